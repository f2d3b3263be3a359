//! What only the simulator knows of a certificate.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::Caller;
use super::certificate::{Certificate, CertificateSummary};
use super::instant;
use super::renewal::Renewing;

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
    /// Where mails about each name go, where the caller wished for another domain than the name itself.
    #[serde(default)]
    pub validation_domains: Vec<Option<String>>,
    #[serde(default)]
    pub renewing: Renewing,
    /// Whether the request asked for a certificate that may be exported.
    #[serde(default)]
    pub exportable: bool,
}

impl Entry {
    /// What is known of a certificate that has just come to be.
    pub(crate) fn new(certificate: Certificate, planted: bool, visible_at: Timestamp) -> Entry {
        Entry {
            proofs: certificate.validations.iter().map(|_| Proof::default()).collect(),
            certificate,
            planted,
            visible_at,
            records_known_at: visible_at,
            released_at: None,
            revoked_at: None,
            shown: Vec::new(),
            validation_domains: Vec::new(),
            renewing: Renewing::default(),
            exportable: false,
        }
    }

    /// Whether it may be exported. Exporting itself is not modelled: what a test says was exported may be, too.
    pub(crate) fn may_be_exported(&self) -> bool {
        self.exportable || self.certificate.exported
    }

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
            exportable: self.may_be_exported(),
            renewal_eligible: self.renewal_eligible(),
            renewal_status: certificate.renewal.as_ref().map(|renewal| renewal.status.clone()),
            validation_method: certificate.validation_method.clone(),
            serial: certificate.serial.clone(),
            managed_by: certificate.managed_by.clone(),
            created_at: certificate.created_at,
            issued_at: certificate.issued_at,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            revoked_at: self.revoked_at,
        })
    }

    pub(crate) fn validated_by(&self, method: &str) -> bool {
        self.certificate.validation_method.as_deref() == Some(method)
    }

    /// The caller that stands for time, or for control, in the journal.
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
