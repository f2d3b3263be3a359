//! A certificate: what everyone may know of it, and what only the simulator knows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use super::answer::{Answer, ApiError};
use super::call::Caller;
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

impl Certificate {
    /// Whether ACM would renew it by itself.
    #[must_use]
    pub fn renewal_eligible(&self) -> bool {
        self.status == Status::Issued
            && self.validation_method.as_deref() == Some("DNS")
            && (!self.in_use_by.is_empty() || self.exported)
    }
}

/// What ListCertificates shows of a certificate.
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
    pub renewal_eligible: bool,
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

/// What DescribeCertificate shows of a certificate.
#[derive(Debug, Clone)]
pub struct CertificateDetail {
    pub certificate: Certificate,
    /// Whether the validation records are shown yet.
    pub records_known: bool,
    pub revoked_at: Option<Timestamp>,
}

/// Since when one name's record has stood in public DNS. `attempt` tells a stale event from a live one.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Proof {
    pub standing: bool,
    pub attempt: u64,
}

/// What a list showed of a certificate from `at` on; `None` once it was deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shown {
    #[serde(with = "instant")]
    pub at: Timestamp,
    pub summary: Option<CertificateSummary>,
}

/// A certificate and what only the simulator knows of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    pub certificate: Certificate,
    pub planted: bool,
    #[serde(with = "instant")]
    pub visible_at: Timestamp,
    #[serde(with = "instant")]
    pub records_known_at: Timestamp,
    #[serde(with = "instant::optional")]
    pub released_at: Option<Timestamp>,
    #[serde(with = "instant::optional")]
    pub revoked_at: Option<Timestamp>,
    /// One for each of the certificate's validations.
    pub proofs: Vec<Proof>,
    /// Oldest first.
    pub shown: Vec<Shown>,
}

impl Entry {
    pub(crate) fn summary(&self) -> Option<CertificateSummary> {
        let certificate = &self.certificate;
        if certificate.deleted_at.is_some() {
            return None;
        }
        Some(CertificateSummary {
            certificate_arn: certificate.certificate_arn.clone(),
            domain_name: certificate.domain_name.clone(),
            subject_alternative_names: certificate.subject_alternative_names.clone(),
            status: certificate.status,
            certificate_type: certificate.certificate_type.clone(),
            key_algorithm: certificate.key_algorithm.clone(),
            in_use: !certificate.in_use_by.is_empty(),
            exported: certificate.exported,
            renewal_eligible: certificate.renewal_eligible(),
            managed_by: certificate.managed_by.clone(),
            created_at: certificate.created_at,
            issued_at: certificate.issued_at,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            revoked_at: self.revoked_at,
        })
    }

    /// The caller that stands for time in the journal.
    pub(crate) fn by(&self, who: &str) -> Caller {
        Caller {
            account: self.certificate.account_id.clone(),
            region: self.certificate.region.clone(),
            access_key: who.to_owned(),
        }
    }
}

/// Every certificate there ever was since the last reset, by number of creation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Certificates {
    entries: BTreeMap<u64, Entry>,
    numbers: BTreeMap<String, u64>,
}

impl Certificates {
    pub(crate) fn insert(&mut self, number: u64, entry: Entry) {
        self.numbers.insert(entry.certificate.certificate_arn.clone(), number);
        self.entries.insert(number, entry);
    }

    pub(crate) fn number_of(&self, arn: &str) -> Option<u64> {
        self.numbers.get(arn).copied()
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        self.entries.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        self.entries.get_mut(&number)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.iter().map(|(number, entry)| (*number, entry))
    }
}

impl World {
    /// The number of a certificate that this caller can see now.
    pub(crate) fn visible_certificate(&self, caller: &Caller, arn: &str) -> Result<u64, ApiError> {
        if !super::names::is_certificate_arn(arn) {
            let pattern = r"Member must satisfy regular expression pattern: arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(/[\w+=,.@-]+)*";
            return Err(ApiError::constraint(arn, "certificateArn", pattern));
        }
        let missing = || {
            let message = format!("Could not find certificate {arn} in account {}.", caller.account);
            ApiError::new("ResourceNotFoundException", message)
        };
        let number = self.certificates.number_of(arn).ok_or_else(missing)?;
        let entry = self.certificates.get(number).ok_or_else(missing)?;
        let certificate = &entry.certificate;
        let seen = certificate.account_id == caller.account
            && certificate.region == caller.region
            && certificate.deleted_at.is_none()
            && entry.visible_at <= self.now;
        if seen { Ok(number) } else { Err(missing()) }
    }

    pub(crate) fn describe_certificate(&self, caller: &Caller, arn: &str) -> Result<Answer, ApiError> {
        let number = self.visible_certificate(caller, arn)?;
        let Some(entry) = self.certificates.get(number) else {
            return Err(ApiError::internal(super::call::Service::Acm));
        };
        Ok(Answer::Certificate(Box::new(CertificateDetail {
            certificate: entry.certificate.clone(),
            records_known: entry.records_known_at <= self.now,
            revoked_at: entry.revoked_at,
        })))
    }

    /// Takes note that lists will show something else of this certificate from now on.
    pub(crate) fn show(&mut self, number: u64) {
        let now = self.now;
        let lag = self.settings.list_lag_seconds.unwrap_or(0.0);
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let summary = entry.summary();
        entry.shown.push(Shown { at: now, summary });
        // What a list can show no more need not be kept: everything before the last one that has come through.
        let horizon = instant::after(now, -lag);
        if let Some(last) = entry.shown.iter().rposition(|shown| shown.at <= horizon) {
            entry.shown.drain(..last);
        }
    }
}
