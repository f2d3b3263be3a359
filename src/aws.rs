//! AWS in our own words: what the operator asks of ACM, Route 53 and STS, and what the answers mean.
//!
//! ```text
//!  controller, fleet ──► CertificateStore, RecordStore (traits)
//!                              │
//!                           Paced: permits, breaker, metrics, log lines
//!                              │
//!                        acm, route53: SDK adapters (translate, never decide)
//! ```
//!
//! SDK types never leave this module.

mod acm;
mod breaker;
mod certificate;
mod error;
mod paced;
mod pacer;
mod record;
mod route53;
mod search;
mod session;

pub use acm::SdkCertificates;
pub use certificate::{
    CertificateDetail, CertificateRequest, CertificateStore, CertificateSummary, DomainDetail, OPEN_RENEWALS,
    RecordDetail, RenewalDetail, RenewalSummary,
};
pub use error::{AwsError, Meaning};
pub use paced::{CallObserver, CallOutcome, PacedCertificates, PacedRecords};
pub use pacer::{Operation, Pacer, Permit, RateOverride, Service};
pub use record::{ChangeAction, HostedZone, RecordChange, RecordSet, RecordStore};
pub use route53::SdkRecords;
pub use session::{Session, SessionError};

/// A page of a listing, and what asks for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// Token or marker of the next page, if there is one.
    pub next: Option<String>,
}
