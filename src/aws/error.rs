//! What an error of AWS means to the operator.

use super::Operation;
use std::fmt;

/// The classes of errors between which the operator's behaviour differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The thing does not exist (or not yet).
    NotFound,
    /// The certificate is used by an AWS resource.
    InUse,
    /// Too many requests.
    Throttled,
    /// The credentials are refused or lack a permission.
    Denied,
    /// AWS refuses the parameters.
    Invalid,
    /// Something else stands there, or another change is under way.
    Conflict,
    /// A resource quota of the account is used up: waiting does not help.
    QuotaExceeded,
    /// No answer, half an answer, or a server error: the outcome is unknown.
    Unavailable,
}

/// A call of AWS that failed: which one, what it means, and AWS's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// The call.
    pub operation: Operation,
    /// What it means.
    pub meaning: Meaning,
    /// AWS's code, where there was an answer.
    pub code: Option<String>,
    /// AWS's words, or those of the transport.
    pub message: String,
    /// AWS's id of the request, for its support.
    pub request_id: Option<String>,
}

impl AwsError {
    /// Is the error of this class?
    pub fn is(&self, meaning: Meaning) -> bool {
        self.meaning == meaning
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.operation)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AwsError {}

/// What one of AWS's error codes means. Unknown ones are `Unavailable`: the safe reading, for it assumes nothing about
/// the outcome and is retried with backoff.
pub(super) fn meaning_of(code: &str) -> Meaning {
    match code {
        "ResourceNotFoundException" | "NoSuchHostedZone" | "NoSuchChange" | "HostedZoneNotFound" => Meaning::NotFound,
        "ResourceInUseException" => Meaning::InUse,
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "RequestThrottled"
        | "TooManyRequestsException"
        | "RequestLimitExceeded" => Meaning::Throttled,
        "AccessDeniedException"
        | "AccessDenied"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "AuthFailure"
        | "OptInRequired"
        | "NotAuthorized" => Meaning::Denied,
        "ValidationException"
        | "InvalidParameterException"
        | "InvalidDomainValidationOptionsException"
        | "InvalidArnException"
        | "InvalidArgsException"
        | "InvalidTagException"
        | "TagPolicyException"
        | "InvalidInput"
        | "InvalidDomainName" => Meaning::Invalid,
        "InvalidChangeBatch" | "PriorRequestNotComplete" | "ConflictException" | "RequestInProgressException" => {
            Meaning::Conflict
        }
        "LimitExceededException" | "LimitsExceeded" | "TooManyTagsException" => Meaning::QuotaExceeded,
        _ => Meaning::Unavailable,
    }
}
