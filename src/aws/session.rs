//! Credentials, region and endpoint: the SDK's own chain, read once at start.

use super::{AwsError, Meaning, Operation, error::meaning_of};
use crate::names::Region;
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use aws_sdk_acm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_acm::operation::RequestId;
use std::{fmt, time::Duration};

/// A call that has not been answered by then is given up; its outcome counts as unknown.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// What every AWS client of the operator is made from.
#[derive(Clone, Debug)]
pub struct Session {
    config: SdkConfig,
    region: Region,
}

/// Why there is no session. Only what the operator finds out without AWS: refused credentials and silence are not
/// start-up failures.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No region anywhere.
    #[error("no AWS region: set --region (or ACMCERT_REGION, AWS_REGION)")]
    NoRegion,
    /// A region that is none.
    #[error("the AWS region is not valid: {0}; set --region (or ACMCERT_REGION, AWS_REGION)")]
    BadRegion(#[source] crate::names::RegionError),
    /// The credential chain is empty.
    #[error(
        "no AWS credentials: {0}. Give the pod's ServiceAccount a role (IRSA or EKS Pod Identity), or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    NoCredentials(String),
}

impl Session {
    /// Reads the SDK's chain: environment, profile, web identity, container, instance.
    ///
    /// # Errors
    /// Where there is no region, or no credentials at all.
    pub async fn load(region: Option<Region>) -> Result<Self, SessionError> {
        // NB: no retries in the SDK. The pacer keeps us below the rates, and a step that failed is planned again from
        // what is then observed, which a blind repetition could not do.
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_timeout(CALL_TIMEOUT).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts);
        if let Some(region) = &region {
            loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
        }
        Self::with_config(loader.load().await).await
    }

    /// A session of a configuration that was put together elsewhere.
    ///
    /// # Errors
    /// Where there is no region, or no credentials at all.
    pub async fn with_config(config: SdkConfig) -> Result<Self, SessionError> {
        let region =
            config.region().ok_or(SessionError::NoRegion)?.as_ref().parse().map_err(SessionError::BadRegion)?;
        let provider =
            config.credentials_provider().ok_or_else(|| SessionError::NoCredentials("no provider".into()))?;
        match provider.provide_credentials().await {
            Err(error) if is_empty_chain(&error) => Err(SessionError::NoCredentials(error.to_string())),
            _ => Ok(Self { config, region }),
        }
    }

    /// The default region.
    pub fn region(&self) -> &Region {
        &self.region
    }

    pub(super) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// GetCallerIdentity: the account of the credentials.
    ///
    /// # Errors
    /// Where AWS refuses the credentials or does not answer.
    pub async fn get_caller_account(&self) -> Result<String, AwsError> {
        let operation = Operation::GetCallerIdentity;
        let client = aws_sdk_sts::Client::new(&self.config);
        let output = client.get_caller_identity().send().await.map_err(|error| translate(operation, &error))?;
        output.account.ok_or_else(|| AwsError::unreadable(operation, "no account in the answer"))
    }
}

fn is_empty_chain(error: &CredentialsError) -> bool {
    matches!(error, CredentialsError::CredentialsNotLoaded(_))
}

impl AwsError {
    /// An answer that cannot be read: the outcome is unknown.
    pub(super) fn unreadable(operation: Operation, message: &str) -> Self {
        Self { operation, meaning: Meaning::Unavailable, code: None, message: message.to_owned(), request_id: None }
    }
}

/// An error of the SDK in our words.
pub(super) fn translate<E, R>(operation: Operation, error: &SdkError<E, R>) -> AwsError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: fmt::Debug,
    SdkError<E, R>: RequestId,
{
    let code = error.code().map(str::to_owned);
    let meaning = match error {
        // NB: the SDK resolves credentials while it builds the request.
        SdkError::ConstructionFailure(_) => Meaning::Denied,
        SdkError::ServiceError(_) => code.as_deref().map_or(Meaning::Unavailable, meaning_of),
        _ => Meaning::Unavailable,
    };
    let message = error.message().map_or_else(|| in_words(error), str::to_owned);
    AwsError { operation, meaning, code, message, request_id: error.request_id().map(str::to_owned) }
}

/// What happened to a call that AWS has said nothing of: one line, for the log and for conditions.
fn in_words<E, R>(error: &SdkError<E, R>) -> String
where
    E: std::error::Error + 'static,
    R: fmt::Debug,
{
    match error {
        SdkError::ConstructionFailure(_) => {
            format!("the request could not be made, most often for want of credentials: {}", causes(error))
        }
        SdkError::TimeoutError(_) => format!("no answer in time ({})", causes(error)),
        SdkError::DispatchFailure(_) => format!("no answer: {}", causes(error)),
        SdkError::ResponseError(_) => format!("the answer could not be read: {}", causes(error)),
        _ => "an error for which AWS gives no words".to_owned(),
    }
}

/// What an error was caused by, from the outside in, in the words of each cause. Without those that say only where in the
/// SDK it was, and without what a cause repeats of the one inside.
fn causes(error: &dyn std::error::Error) -> String {
    let mut told: Vec<String> = vec![];
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        next = cause.source();
        let is_place =
            matches!(words.as_str(), "io error" | "other" | "user error") || words.starts_with("client error (");
        let is_repeated = next.is_some_and(|inside| words.contains(&inside.to_string()));
        if !is_place && !is_repeated && !told.contains(&words) {
            told.push(words);
        }
    }
    if told.is_empty() { error.to_string() } else { told.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_acm::{
        config::http::HttpResponse, error::ConnectorError, operation::list_certificates::ListCertificatesError,
    };
    use std::io;

    type ListError = SdkError<ListCertificatesError, HttpResponse>;

    fn words(error: &ListError) -> String {
        translate(Operation::ListCertificates, error).to_string()
    }

    #[test]
    fn a_call_that_gets_no_answer_is_told_in_one_line_of_plain_words() {
        let refused =
            || Box::new(io::Error::new(io::ErrorKind::ConnectionRefused, "Connection refused (os error 111)"));
        let error = ListError::dispatch_failure(ConnectorError::io(refused()));
        assert_eq!(words(&error), "ListCertificates: no answer: Connection refused (os error 111)");
        let error = ListError::timeout_error("operation timeout occurred after 20s");
        assert_eq!(words(&error), "ListCertificates: no answer in time (operation timeout occurred after 20s)");
        let error = ListError::construction_failure("the credential provider was not enabled");
        let told = words(&error);
        assert!(told.contains("for want of credentials: the credential provider was not enabled"), "{told}");
        for debris in ["{", "DispatchFailure", "ConnectorError", "\n"] {
            assert!(!told.contains(debris), "{told}");
        }
    }
}
