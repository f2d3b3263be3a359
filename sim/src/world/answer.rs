//! What comes back from a call: an answer, an error in AWS's words, and how much of either reaches the caller.

use jiff::Timestamp;

use super::call::Tag;
use super::certificate::{CertificateDetail, CertificateSummary};
use super::records::RecordSet;

/// An error as AWS words it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    pub code: String,
    pub message: String,
    /// The HTTP status AWS sends it with.
    pub status: u16,
}

impl ApiError {
    /// An error of the caller's making.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> ApiError {
        ApiError::with_status(code, message, 400)
    }

    /// An error with an HTTP status of its own.
    #[must_use]
    pub fn with_status(code: &str, message: impl Into<String>, status: u16) -> ApiError {
        ApiError { code: code.to_owned(), message: message.into(), status }
    }

    /// A parameter outside what the API model bounds.
    #[must_use]
    pub fn constraint(value: &str, member: &str, constraint: &str) -> ApiError {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        );
        ApiError::new("ValidationException", message)
    }

    /// A parameter that is none of the words it may be.
    #[must_use]
    pub fn enumeration(value: &str, member: &str, words: &[&str]) -> ApiError {
        let set = format!("Member must satisfy enum value set: [{}]", words.join(", "));
        ApiError::constraint(value, member, &set)
    }
}

/// The answer of a call that succeeded.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The operation answers nothing but success.
    Done,
    Requested {
        certificate_arn: String,
    },
    Certificate(Box<CertificateDetail>),
    Certificates {
        summaries: Vec<CertificateSummary>,
        next_token: Option<String>,
    },
    Found {
        summaries: Vec<CertificateSummary>,
        next_token: Option<String>,
    },
    /// Certificate and chain as PEM.
    CertificateText {
        certificate: String,
        chain: String,
    },
    Tags(Vec<Tag>),
    ZoneCreated {
        zone: ZoneDetail,
        change: ChangeDetail,
    },
    Zone(ZoneDetail),
    ZoneDeleted(ChangeDetail),
    Zones(ZonePage),
    ZonesByName(ZoneByNamePage),
    Records(RecordPage),
    RecordsChanged(ChangeDetail),
    Change(ChangeDetail),
    Identity {
        account: String,
        arn: String,
        user_id: String,
    },
    Credentials(Credentials),
}

/// A hosted zone as Route 53 shows it.
#[derive(Debug, Clone)]
pub struct ZoneDetail {
    pub id: String,
    pub name: String,
    pub caller_reference: String,
    pub comment: Option<String>,
    pub private: bool,
    pub record_count: usize,
    pub name_servers: Vec<String>,
}

/// How far a change has come.
#[derive(Debug, Clone)]
pub struct ChangeDetail {
    pub id: String,
    pub submitted_at: Timestamp,
    /// Whether every name server has it: INSYNC, else PENDING.
    pub in_sync: bool,
    pub comment: Option<String>,
}

/// A page of ListHostedZones.
#[derive(Debug, Clone)]
pub struct ZonePage {
    pub zones: Vec<ZoneDetail>,
    pub marker: Option<String>,
    pub next_marker: Option<String>,
    pub max_items: usize,
}

/// A page of ListHostedZonesByName.
#[derive(Debug, Clone)]
pub struct ZoneByNamePage {
    pub zones: Vec<ZoneDetail>,
    pub dns_name: Option<String>,
    pub zone_id: Option<String>,
    /// Name and id of the zone the next page begins with.
    pub next: Option<(String, String)>,
    pub max_items: usize,
}

/// A page of ListResourceRecordSets.
#[derive(Debug, Clone)]
pub struct RecordPage {
    pub records: Vec<RecordSet>,
    /// Name and type of the set the next page begins with.
    pub next: Option<(String, String)>,
    pub max_items: usize,
}

/// What AssumeRole hands out.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: String,
    pub expiration: Timestamp,
    pub role_id: String,
    pub arn: String,
    /// Subject and audience, when a web identity token brought the caller here.
    pub web_identity: Option<(String, String)>,
}

/// How much of the result reaches the caller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Transport {
    Whole,
    /// The connection is cut, nothing arrives.
    Reset,
    /// Half an answer arrives, then the connection is cut.
    Truncated,
    /// Garbage arrives with the status of success.
    Garbage,
    /// An answer with an enum value nobody knows yet.
    UnknownEnum,
    /// All of it, after so many real seconds.
    Slow(f64),
}

/// A result on its way to the caller.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub result: Result<Answer, ApiError>,
    pub transport: Transport,
}
