//! Credentials, region and endpoint: the SDK's own chain, read once at start.

use super::{AwsError, Meaning, Operation, error::meaning_of};
use crate::names::Region;
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::{ProvideCredentials, error::CredentialsError};
use aws_sdk_acm::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_acm::operation::RequestId;
use std::{fmt, time::Duration};

/// A call that has not been answered by then is given up; its outcome counts as unknown.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

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
    let message = error.message().map_or_else(|| DisplayErrorContext(error).to_string(), str::to_owned);
    AwsError { operation, meaning, code, message, request_id: error.request_id().map(str::to_owned) }
}
