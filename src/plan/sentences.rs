//! What is said of a certificate: domain, cause, next step.

use super::{
    Claim, Desired, Observed, Verdict,
    records::{RecordsPlan, wanted_records},
    trouble::failure_in_words,
};
use crate::api::{AcmCertificateStatus, DomainValidation, Reason};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// So many names are listed; a message has an end.
const LISTED: usize = 10;

/// The first names of a list, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    let first = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// While ACM has not shown the validation records.
pub(super) const NO_RECORDS_YET: &str = "waiting for ACM to show the validation records.";
/// While ACM has everything that it needs.
pub(super) const ACM_VALIDATES: &str = "the validation records are in place; ACM normally issues within 30 minutes.";

/// A status of ACM that is an end, and when the next certificate is requested. Unknown ones are shown as they came.
pub(super) fn ended(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    word: &str,
    next: Option<Timestamp>,
) -> (Reason, String) {
    let name = &desired.domain_name;
    let then = match (next, &desired.adopts) {
        (Some(next), _) => {
            format!(
                "another one is requested at {next:.0}, or at once when the annotation acmcert.io/retry gets a new value"
            )
        }
        (None, Some(_)) => "an adopted certificate is not requested anew: make an object that requests one".to_owned(),
        (None, None) => "see the certificate in ACM".to_owned(),
    };
    match word {
        "FAILED" => {
            let code = ledger.failure.as_ref().map_or("OTHER", |failure| failure.reason.as_str());
            (Reason::RequestFailed, format!("{name}: ACM refused the certificate, {}; {then}.", failure_in_words(code)))
        }
        "VALIDATION_TIMED_OUT" => (
            Reason::ValidationTimedOut,
            format!(
                "{name}: ACM did not see the validation records within 72 hours and gave up; check that the zone is \
                 delegated and the records are visible; {then}."
            ),
        ),
        "EXPIRED" => (Reason::Expired, format!("{name}: the certificate has expired; {then}.")),
        "REVOKED" => (Reason::Revoked, format!("{name}: the certificate was revoked; {then}.")),
        other => (Reason::RequestFailed, format!("{name}: ACM reports the certificate as {other}.")),
    }
}

pub(super) fn in_place(desired: &Desired, ledger: &AcmCertificateStatus) -> Claim {
    let name = &desired.domain_name;
    let message = match wanted_records(ledger).len() {
        1 => format!("{name}: the validation record is in place."),
        count => format!("{name}: all {count} validation records are in place."),
    };
    Claim::yes(Reason::InPlace, message)
}

pub(super) fn missing(desired: &Desired, records: &RecordsPlan) -> Option<Claim> {
    let names: Vec<_> = records.missing.iter().map(ToString::to_string).collect();
    let message =
        format!("{}: not in Route 53 yet: {}; the operator is writing it.", desired.domain_name, listed(&names));
    (!names.is_empty()).then(|| Claim::no(Reason::RecordMissing, message))
}

/// With records that the user writes, ACM's word is all there is.
pub(super) fn manual_records(desired: &Desired, ledger: &AcmCertificateStatus) -> Claim {
    let name = &desired.domain_name;
    let validated = |v: &&DomainValidation| v.status.as_deref() == Some("SUCCESS");
    let open: Vec<_> = ledger.validations.iter().filter(|v| !validated(v)).map(|v| v.domain_name.clone()).collect();
    match open.is_empty() {
        true => Claim::yes(Reason::InPlace, format!("{name}: ACM has seen the validation record of every name.")),
        false => Claim::no(
            Reason::RecordMissing,
            format!(
                "{name}: ACM has not validated {}; write the records in status.validations, where they are missing.",
                listed(&open)
            ),
        ),
    }
}

/// What may be said while nothing can be seen: nothing new, or that the last good observation is too old.
pub(super) fn stale_or_unchanged(desired: &Desired, observed: &Observed) -> Verdict {
    let stale = observed.stale_since.map(|since| unread_since(desired, since));
    Verdict { stale, ..Verdict::unchanged() }
}

/// Nothing is known of the present: the last good observation is too old.
pub(super) fn unread_since(desired: &Desired, since: Timestamp) -> String {
    format!(
        "{}: ACM could not be read since {since:.0}; what is shown was true then. See the operator's log for the cause.",
        desired.domain_name
    )
}

/// Not ready, and not a failure either. While another certificate serves, what happens is a replacement.
pub(super) fn not_yet(desired: &Desired, ledger: &AcmCertificateStatus, reason: Reason, doing: &str) -> Verdict {
    let name = &desired.domain_name;
    match &ledger.certificate_arn {
        Some(_) => Verdict::not_ready(
            Reason::Replacing,
            format!("{name}: {doing} The certificate of the earlier spec serves until the new one is issued."),
        ),
        None => Verdict::not_ready(reason, format!("{name}: {doing}")),
    }
}

pub(super) fn date(time: &Time) -> String {
    time.0.strftime("%Y-%m-%d").to_string()
}
