//! A certificate: what everyone may know of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instant;

/// The status of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    PendingValidation,
    Issued,
    Inactive,
    Expired,
    ValidationTimedOut,
    Revoked,
    Failed,
}

impl Status {
    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::PendingValidation => "PENDING_VALIDATION",
            Status::Issued => "ISSUED",
            Status::Inactive => "INACTIVE",
            Status::Expired => "EXPIRED",
            Status::ValidationTimedOut => "VALIDATION_TIMED_OUT",
            Status::Revoked => "REVOKED",
            Status::Failed => "FAILED",
        }
    }
}

/// How far the proof of one name has come: PENDING_VALIDATION, SUCCESS or FAILED.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Validation {
    pub domain_name: String,
    pub status: String,
    pub record_name: Option<String>,
    pub record_type: Option<String>,
    pub record_value: Option<String>,
}

/// The last renewal, if there was one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Renewal {
    pub status: String,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(with = "instant")]
    pub updated_at: Timestamp,
}

/// A certificate in the field names of `/_sim/state`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    pub certificate_arn: String,
    pub account_id: String,
    pub region: String,
    pub domain_name: String,
    /// All names, the domain name first, as ACM lists them.
    pub subject_alternative_names: Vec<String>,
    pub status: Status,
    #[serde(rename = "type")]
    pub certificate_type: String,
    pub key_algorithm: String,
    pub validation_method: Option<String>,
    #[serde(with = "instant")]
    pub created_at: Timestamp,
    #[serde(with = "instant::optional")]
    pub issued_at: Option<Timestamp>,
    #[serde(with = "instant::optional")]
    pub not_before: Option<Timestamp>,
    #[serde(with = "instant::optional")]
    pub not_after: Option<Timestamp>,
    pub serial: Option<String>,
    pub in_use_by: Vec<String>,
    pub exported: bool,
    pub managed_by: Option<String>,
    pub tags: BTreeMap<String, Option<String>>,
    pub idempotency_token: Option<String>,
    pub failure_reason: Option<String>,
    pub renewal: Option<Renewal>,
    pub validations: Vec<Validation>,
    #[serde(with = "instant::optional")]
    pub deleted_at: Option<Timestamp>,
}

/// What ListCertificates and SearchCertificates show of a certificate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CertificateSummary {
    pub certificate_arn: String,
    pub domain_name: String,
    pub subject_alternative_names: Vec<String>,
    pub status: Status,
    pub certificate_type: String,
    pub key_algorithm: String,
    pub in_use: bool,
    pub exported: bool,
    #[serde(default)]
    pub exportable: bool,
    pub renewal_eligible: bool,
    #[serde(default)]
    pub renewal_status: Option<String>,
    #[serde(default)]
    pub validation_method: Option<String>,
    #[serde(default)]
    pub serial: Option<String>,
    pub managed_by: Option<String>,
    #[serde(with = "instant")]
    pub created_at: Timestamp,
    #[serde(with = "instant::optional")]
    pub issued_at: Option<Timestamp>,
    #[serde(with = "instant::optional")]
    pub not_before: Option<Timestamp>,
    #[serde(with = "instant::optional")]
    pub not_after: Option<Timestamp>,
    #[serde(with = "instant::optional")]
    pub revoked_at: Option<Timestamp>,
}

impl CertificateSummary {
    /// ELIGIBLE or INELIGIBLE for renewal.
    #[must_use]
    pub fn eligibility(&self) -> &'static str {
        if self.renewal_eligible { "ELIGIBLE" } else { "INELIGIBLE" }
    }

    /// Who made the private key.
    #[must_use]
    pub fn key_pair_origin(&self) -> &'static str {
        if self.certificate_type == "IMPORTED" { "CUSTOMER_PROVIDED" } else { "AWS_MANAGED" }
    }

    /// Whether it may be exported.
    #[must_use]
    pub fn export_option(&self) -> &'static str {
        export_option(self.exportable)
    }
}

fn export_option(exportable: bool) -> &'static str {
    if exportable { "ENABLED" } else { "DISABLED" }
}

/// What DescribeCertificate shows of a certificate.
#[derive(Debug, Clone)]
pub struct CertificateDetail {
    pub certificate: Certificate,
    /// Whether the validation records are shown yet.
    pub records_known: bool,
    pub renewal_eligible: bool,
    pub exportable: bool,
    /// How far the renewal is with each name, in the order of the certificate's validations; empty without one.
    pub renewal_validations: Vec<String>,
    /// Where the mails about each name go, in the same order; empty unless validated by e-mail.
    pub mails: Vec<Mails>,
    pub revoked_at: Option<Timestamp>,
}

impl CertificateDetail {
    /// Whether it may be exported.
    #[must_use]
    pub fn export_option(&self) -> &'static str {
        export_option(self.exportable)
    }
}

/// Where the mails about one name go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mails {
    pub validation_domain: String,
    pub addresses: Vec<String>,
}
