//! STS: form-encoded requests, XML answers.

use crate::world::answer::{Answer, ApiError, Credentials};
use crate::world::call::Call;
use crate::world::instant;

use super::form::{field, fields};
use super::xml::leaf;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The call that a form means.
pub(crate) fn read(body: &[u8]) -> Result<Call, ApiError> {
    let form = fields(&String::from_utf8_lossy(body));
    let required = |name: &str| field(&form, name).ok_or_else(|| missing(name));
    let duration_seconds: Option<i64> = match field(&form, "DurationSeconds") {
        None => None,
        Some(text) => match text.parse() {
            Ok(number) => Some(number),
            Err(_) => return Err(ApiError::new("MalformedInput", format!("DurationSeconds is no number: {text}"))),
        },
    };
    match field(&form, "Action").unwrap_or_default().as_str() {
        "GetCallerIdentity" => Ok(Call::GetCallerIdentity),
        "AssumeRole" => Ok(Call::AssumeRole {
            role_arn: required("RoleArn")?,
            session_name: required("RoleSessionName")?,
            duration_seconds,
            external_id: field(&form, "ExternalId"),
        }),
        "AssumeRoleWithWebIdentity" => Ok(Call::AssumeRoleWithWebIdentity {
            role_arn: required("RoleArn")?,
            session_name: required("RoleSessionName")?,
            token: required("WebIdentityToken")?,
            duration_seconds,
        }),
        "" => Err(ApiError::new("MissingAction", "The request has no Action")),
        action => {
            let version = field(&form, "Version").unwrap_or_default();
            let message = format!("Could not find operation {action} for version {version}");
            Err(ApiError::new("InvalidAction", message))
        }
    }
}

/// The body of a success.
pub(crate) fn body(answer: &Answer, request_id: &str) -> String {
    match answer {
        Answer::Identity { account, arn, user_id } => {
            let inner = format!("{}{}{}", leaf("Arn", arn), leaf("UserId", user_id), leaf("Account", account));
            document("GetCallerIdentity", &inner, request_id)
        }
        Answer::Credentials(credentials) => assumed(credentials, request_id),
        _ => String::new(),
    }
}

/// The body of a failure.
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    let kind = if error.status >= 500 { "Receiver" } else { "Sender" };
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error>{}{}{}</Error>{}</ErrorResponse>",
        leaf("Type", kind),
        leaf("Code", &error.code),
        leaf("Message", &error.message),
        leaf("RequestId", request_id)
    )
}

fn assumed(credentials: &Credentials, request_id: &str) -> String {
    let mut inner = format!(
        "<Credentials>{}{}{}{}</Credentials><AssumedRoleUser>{}{}</AssumedRoleUser>",
        leaf("AccessKeyId", &credentials.access_key_id),
        leaf("SecretAccessKey", &credentials.secret_access_key),
        leaf("SessionToken", &credentials.session_token),
        leaf("Expiration", &instant::text(credentials.expiration)),
        leaf("AssumedRoleId", &credentials.role_id),
        leaf("Arn", &credentials.arn)
    );
    let Some((subject, audience)) = &credentials.web_identity else {
        return document("AssumeRole", &inner, request_id);
    };
    inner.push_str(&leaf("SubjectFromWebIdentityToken", subject));
    inner.push_str(&leaf("Audience", audience));
    document("AssumeRoleWithWebIdentity", &inner, request_id)
}

fn document(operation: &str, inner: &str, request_id: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{inner}</{operation}Result>\
         <ResponseMetadata>{}</ResponseMetadata></{operation}Response>",
        leaf("RequestId", request_id)
    )
}

fn missing(name: &str) -> ApiError {
    ApiError::new("ValidationError", format!("The request must contain the parameter {name}"))
}
