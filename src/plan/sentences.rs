//! What is said of a certificate: domain, cause, next step.

use super::{
    Claim, Desired, Look, Observed, Verdict,
    expiry::end_in_words,
    records::{RecordsPlan, wanted_records},
    trouble::{failure_in_words, trouble},
};
use crate::{
    api::{AcmCertificateStatus, DomainValidation, Reason},
    aws::{AwsError, Meaning},
    names::DomainName,
};
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
pub(super) const NO_RECORDS_YET: &str =
    "waiting for ACM to show the validation records, which takes seconds as a rule.";
/// While ACM has everything that it needs.
pub(super) const ACM_VALIDATES: &str = "the validation records are in place; ACM normally issues within 30 minutes.";

/// What follows an end, and when; nothing where it is neither known nor the user's to bring about.
pub(super) fn what_comes(desired: &Desired, next: Option<Timestamp>) -> Option<String> {
    let words = match next {
        Some(next) => {
            return Some(format!(
                "another one is requested at {next:.0}, or at once when the annotation acmcert.io/retry gets a new value"
            ));
        }
        None if desired.adopts.is_some() => {
            "an adopted certificate is not requested anew: make an object that requests one"
        }
        None if desired.suspend => "another one is requested once spec.suspend is false",
        None if desired.rejection.is_some() => "another one is requested once the spec is corrected",
        None => return None,
    };
    Some(words.to_owned())
}

/// A status of ACM that is an end, and when the next certificate is requested. Unknown ones are shown as they came.
pub(super) fn ended(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    word: &str,
    next: Option<Timestamp>,
) -> (Reason, String) {
    let name = &desired.domain_name;
    let then = what_comes(desired, next).unwrap_or_else(|| "look at the certificate in ACM".to_owned());
    match word {
        "FAILED" => {
            // NB: without a reason of ACM the word itself was stored for one.
            let code = ledger.failure.as_ref().map(|failure| failure.reason.as_str()).filter(|code| *code != word);
            let why = code.map_or_else(|| "and gave no reason".to_owned(), failure_in_words);
            (Reason::RequestFailed, format!("{name}: ACM refused the certificate, {why}; {then}."))
        }
        "VALIDATION_TIMED_OUT" => (
            Reason::ValidationTimedOut,
            format!(
                "{name}: ACM did not see the validation records within 72 hours and gave up; check that the zone is \
                 delegated and the records are visible; {then}."
            ),
        ),
        "EXPIRED" => (Reason::Expired, format!("{name}: {}; {then}.", end_in_words(ledger, Reason::Expired))),
        "REVOKED" => (Reason::Revoked, format!("{name}: {}; {then}.", end_in_words(ledger, Reason::Revoked))),
        other => (
            Reason::RequestFailed,
            format!(
                "{name}: ACM reports the certificate as {other}, which the operator does not know; look at it in ACM."
            ),
        ),
    }
}

/// `Ready` of an issued certificate.
pub(super) fn issued_for(desired: &Desired, ledger: &AcmCertificateStatus) -> String {
    let names = match desired.other_names.len() {
        0 => desired.domain_name.to_string(),
        1 => format!("{} and 1 other name", desired.domain_name),
        more => format!("{} and {more} other names", desired.domain_name),
    };
    let until = ledger.not_after.as_ref().map_or(String::new(), |time| format!("; expires {}", date(time)));
    format!("issued for {names}{until}.")
}

/// While the object is suspended.
pub(super) fn suspended(desired: &Desired) -> String {
    format!("{}: suspended by spec.suspend: nothing is changed in AWS until it is false.", desired.domain_name)
}

/// The name of the certificate that serves, as messages begin with it.
pub(super) fn whose(status: &AcmCertificateStatus) -> String {
    status.names.first().map_or(String::new(), |name| format!("{name}: "))
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
    let it = if names.len() == 1 { "it" } else { "them" };
    let doing = match records.create {
        _ if desired.is_only_watched() => format!("nobody writes {it} until the operator may change something again"),
        Some(_) => format!("the operator is writing {it}"),
        None => format!("another object is deleting {it}, and the operator writes {it} after that"),
    };
    let message = format!("{}: not in Route 53: {}; {doing}.", desired.domain_name, listed(&names));
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
    let cause = match &observed.certificate {
        Look::Failed(error) => Some(error),
        Look::Seen(_) | Look::NotTaken => None,
    };
    let stale = observed.stale_since.map(|since| unread_since(desired, "ACM", since, cause));
    Verdict { stale, ..Verdict::unchanged() }
}

/// Nothing is known of the present: the last good observation is too old.
pub(super) fn unread_since(desired: &Desired, what: &str, since: Timestamp, cause: Option<&AwsError>) -> String {
    let name = &desired.domain_name;
    let why = cause.map_or_else(|| "see the operator's log for the cause.".to_owned(), |error| why_unread(name, error));
    format!("{name}: nothing was seen of {what} since {since:.0}, and the status tells of then: {why}")
}

/// Without what differs from call to call, for that would be written each time.
fn why_unread(name: &DomainName, error: &AwsError) -> String {
    let operation = error.operation;
    if let Some(claim) = trouble(name, error) {
        let brief = claim.in_brief().message;
        return brief.strip_prefix(&format!("{name}: ")).unwrap_or(&brief).to_owned();
    }
    match error.meaning {
        Meaning::Throttled => format!("AWS throttles {operation}; it goes on by itself."),
        _ => {
            format!("{operation} gets no good answer from AWS; it goes on by itself, and the operator's log has more.")
        }
    }
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
