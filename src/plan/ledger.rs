//! The status as a ledger: what a description says, and what is put aside.

use super::trouble::failure_in_words;
use crate::{
    api::{AcmCertificateStatus, DomainValidation, Failure, PreviousCertificate, Renewal, ValidationRecord},
    aws::{CertificateDetail, DomainDetail},
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// Users that are listed by name; the count is always whole.
const IN_USE_LISTED: usize = 20;

/// Is a certificate on its way, of which the ARN is known?
pub(super) fn is_pending(ledger: &AcmCertificateStatus) -> bool {
    ledger.request.as_ref().is_some_and(|request| request.certificate_arn.is_some())
}

/// What a description says of the certificate that matters, put into the status.
pub fn take_in(status: &AcmCertificateStatus, detail: &CertificateDetail) -> AcmCertificateStatus {
    let mut ledger = status.clone();
    ledger.certificate_status = Some(detail.status.clone());
    ledger.validations = validations(detail);
    ledger.failure =
        detail.failure_reason.clone().map(|reason| Failure { message: failure_in_words(&reason), reason, since: None });
    if ledger.certificate_arn.as_deref() == Some(detail.arn.as_str()) {
        served(&mut ledger, detail);
    }
    ledger
}

/// It serves no longer, or never will: it goes once it is unused.
pub fn put_aside(ledger: &mut AcmCertificateStatus, arn: String, spec_hash: Option<String>, now: Timestamp) {
    let pending = ledger.request.as_ref().and_then(|request| request.certificate_arn.as_ref());
    let unseen = pending == Some(&arn) && ledger.certificate_status.is_none();
    set_aside(ledger, arn, spec_hash, !unseen, now);
}

/// The same, of a certificate of which the caller knows whether ACM has shown it.
pub(super) fn set_aside(
    ledger: &mut AcmCertificateStatus,
    arn: String,
    spec_hash: Option<String>,
    shown: bool,
    now: Timestamp,
) {
    if !ledger.previous.iter().any(|previous| previous.certificate_arn == arn) {
        let previous =
            PreviousCertificate { certificate_arn: arn, since: Time(now), shown, spec_hash, blocked_by: None };
        ledger.previous.push(previous);
    }
}

/// Validation of every name, as described. That of a renewal in trouble says more than that of the issue long ago.
fn validations(detail: &CertificateDetail) -> Vec<DomainValidation> {
    let is_open = |word: &str| matches!(word, "PENDING_VALIDATION" | "FAILED");
    let renewal = detail.renewal.as_ref().filter(|renewal| is_open(&renewal.status));
    let renewed = |domain: &DomainDetail| {
        let same = renewal?.domains.iter().find(|other| other.domain_name == domain.domain_name)?;
        same.status.clone()
    };
    let mut list: Vec<DomainValidation> = vec![];
    for domain in &detail.domains {
        if list.iter().any(|known| known.domain_name == domain.domain_name) {
            continue;
        }
        list.push(DomainValidation {
            domain_name: domain.domain_name.clone(),
            method: domain.method.clone(),
            status: renewed(domain).or_else(|| domain.status.clone()),
            record: domain.record.as_ref().map(|record| ValidationRecord {
                name: record.name.to_string(),
                type_: record.type_.clone(),
                value: record.value.clone(),
            }),
            emails: domain.emails.clone(),
        });
    }
    list
}

/// The fields that describe the serving certificate.
pub(super) fn served(ledger: &mut AcmCertificateStatus, detail: &CertificateDetail) {
    let time = |time: Option<Timestamp>| time.map(Time);
    ledger.type_ = Some(detail.type_.clone());
    ledger.serial.clone_from(&detail.serial);
    ledger.issuer.clone_from(&detail.issuer);
    ledger.key_algorithm.clone_from(&detail.key_algorithm);
    ledger.not_before = time(detail.not_before);
    ledger.not_after = time(detail.not_after);
    ledger.issued_at = time(detail.issued_at);
    ledger.names.clone_from(&detail.names);
    let mut users = detail.in_use_by.clone();
    users.sort();
    users.dedup();
    ledger.in_use_by_count = Some(i32::try_from(users.len()).unwrap_or(i32::MAX));
    users.truncate(IN_USE_LISTED);
    ledger.in_use_by = users;
    let renewal = detail.renewal.as_ref();
    let renewal = Renewal {
        eligibility: detail.renewal_eligibility.clone(),
        status: renewal.map(|renewal| renewal.status.clone()),
        reason: renewal.and_then(|renewal| renewal.reason.clone()),
        updated_at: time(renewal.and_then(|renewal| renewal.updated_at)),
    };
    // That ACM has looked once more, and nothing else, is no news.
    let known = ledger.renewal.as_ref();
    let same = known.is_some_and(|known| (&known.status, &known.reason) == (&renewal.status, &renewal.reason));
    let updated_at = if same { known.and_then(|known| known.updated_at.clone()) } else { renewal.updated_at.clone() };
    ledger.renewal = Some(Renewal { updated_at, ..renewal });
}

/// None serves any more.
pub(super) fn clear_served(ledger: &mut AcmCertificateStatus) {
    ledger.type_ = None;
    ledger.serial = None;
    ledger.issuer = None;
    ledger.key_algorithm = None;
    ledger.not_before = None;
    ledger.not_after = None;
    ledger.issued_at = None;
    ledger.names.clear();
    ledger.in_use_by.clear();
    ledger.in_use_by_count = None;
    ledger.renewal = None;
}
