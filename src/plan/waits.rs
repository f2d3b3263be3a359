//! What a renewal waits for: which record ACM does not see, where it should be, and what stands there.

use super::{
    Desired,
    brief::{few, with_list},
    records::{WantedRecord, wanted_records},
    renewal::expires,
    trouble::failure_in_words,
};
use crate::api::{AcmCertificateStatus, DomainValidation, Reason, Renewal};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// `records`: that condition as it is told now, if it speaks of the certificate that is renewed.
pub(super) fn what_it_waits_for(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    renewal: &Renewal,
    records: Option<&Condition>,
) -> String {
    let open = open_names(ledger);
    // NB: before the records were looked at for the first time, the condition says only that.
    let records = records.filter(|records| records.reason != Reason::WaitingForRecords.as_str());
    let trouble = records.filter(|records| records.status == "False" && desired.writes_records);
    // NB: none is open while ACM has seen all that it waited for, and has not gone on yet.
    let names = if open.is_empty() { "a name that it does not tell".to_owned() } else { few(&open) };
    let why = renewal.reason.as_deref().map_or(String::new(), |reason| format!(" {}.", failure_in_words(reason)));
    let needed = needed(ledger, &open, trouble);
    let needs = if needed.is_empty() { String::new() } else { format!(" It needs: {}.", few(&needed)) };
    let then = match trouble {
        Some(trouble) => what_is_wrong(desired, needed.len(), trouble),
        None => what_to_check(desired, needed.len(), records),
    };
    let message = format!(
        "{}: ACM waits for the validation of {names} to renew the certificate{}.{why}{needs} {then}",
        desired.domain_name,
        expires(ledger)
    );
    with_list(message, &needed)
}

/// What the records' condition says; a denial is told there in AWS's own words, and not again.
pub(super) fn in_short<'a>(records: &'a Condition, desired: &Desired) -> &'a str {
    if records.reason == Reason::AccessDenied.as_str() {
        return "AWS does not let the operator read or write them: see RecordsReady.";
    }
    // Whose records they are is said already.
    let said = records.message.strip_prefix(desired.domain_name.as_str());
    said.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&records.message)
}

/// While another certificate is on its way, what is stored of the validation is of that one.
fn is_replaced(ledger: &AcmCertificateStatus) -> bool {
    ledger.request.as_ref().is_some_and(|request| request.certificate_arn.is_some())
}

fn open_names(ledger: &AcmCertificateStatus) -> Vec<String> {
    let is_open = |validation: &&DomainValidation| validation.status.as_deref() != Some("SUCCESS");
    let open = ledger.validations.iter().filter(|_| !is_replaced(ledger)).filter(is_open);
    open.map(|validation| validation.domain_name.clone()).collect()
}

/// The records of those names, but for one that the trouble itself names.
fn needed(ledger: &AcmCertificateStatus, open: &[String], trouble: Option<&Condition>) -> Vec<String> {
    let is_missing = trouble.is_some_and(|trouble| trouble.reason == Reason::RecordMissing.as_str());
    let is_told = |name: &str| !is_missing && trouble.is_some_and(|trouble| trouble.message.contains(name));
    let is_concerned =
        |record: &&WantedRecord| open.is_empty() || record.domains.iter().any(|domain| open.contains(domain));
    let wanted = if is_replaced(ledger) { vec![] } else { wanted_records(ledger) };
    let concerned = wanted.iter().filter(is_concerned).filter(|record| !is_told(record.name.as_str()));
    concerned
        .map(|record| {
            let zone = zone_of(ledger, record.name.as_str());
            format!("{} {} {} in {zone}", record.name, record.type_, record.value)
        })
        .collect()
}

fn zone_of(ledger: &AcmCertificateStatus, record: &str) -> String {
    let claim = ledger.records.iter().find(|claim| claim.name == record);
    claim.map_or("the public zone of the name".to_owned(), |claim| format!("hosted zone {}", claim.zone_id))
}

/// What is the matter with the records, and what is done about it.
fn what_is_wrong(desired: &Desired, needed: usize, trouble: &Condition) -> String {
    if trouble.reason != Reason::RecordMissing.as_str() {
        return in_short(trouble, desired).to_owned();
    }
    let what = if needed == 1 { "It is not" } else { "Not all that it needs is" };
    // Which are missing is said there, and what is done about it stands last.
    let doing = trouble.message.rsplit_once("; ").map_or("see RecordsReady.", |(_, doing)| doing);
    format!("{what} in Route 53: {doing}")
}

/// What to do where nothing is known to be wrong.
fn what_to_check(desired: &Desired, needed: usize, records: Option<&Condition>) -> String {
    let words = match records {
        _ if needed == 0 => "Look at the certificate in ACM.",
        _ if !desired.writes_records => "Write it if it is missing; else check that public DNS shows it.",
        Some(records) if records.status == "True" => {
            "The operator finds it there, and ACM looks for it again by itself; if this lasts, check that the zone is \
             delegated and that no CAA record forbids Amazon to issue."
        }
        _ => {
            "Whether it stands there could not be seen; if this lasts, check that it does, that the zone is delegated and \
             that no CAA record forbids Amazon to issue."
        }
    };
    words.to_owned()
}
