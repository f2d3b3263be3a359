//! What the user is told in Events: one for each transition, with a name that follows from the transition itself.

use super::{Desired, Limits, expiry, renewal, sentences::listed};
use crate::{
    api::{AcmCertificateStatus, ConditionType, EventReason, Reason, RecordClaim},
    names::CertificateArn,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// One Event to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its reason.
    pub reason: EventReason,
    /// Its note.
    pub note: String,
    /// What makes it this transition and no other: the Event's name is made from it, so that neither a restart nor a
    /// second leader repeats it.
    pub key: String,
    /// Can a user act on it? (Event type `Warning`, rather than `Normal`.)
    pub warning: bool,
}

impl Notice {
    pub(super) fn new(reason: EventReason, note: impl Into<String>, key: impl Into<String>) -> Self {
        Self { reason, note: note.into(), key: key.into(), warning: reason.is_warning() }
    }
}

/// The notices that follow from a change of status.
pub fn tell(before: &AcmCertificateStatus, after: &AcmCertificateStatus, limits: &Limits) -> Vec<Notice> {
    let mut notices = vec![];
    if let Some(arn) = after.certificate_arn.as_ref().filter(|arn| Some(*arn) != before.certificate_arn.as_ref()) {
        let until =
            after.not_after.as_ref().map_or(String::new(), |t| format!(", valid until {}", t.0.strftime("%Y-%m-%d")));
        let (reason, note) = match &before.certificate_arn {
            None => (EventReason::Issued, format!("ACM issued {arn}{until}.")),
            Some(old) => {
                (EventReason::Replaced, format!("{arn} serves now{until}; {old} is retired once it is unused."))
            }
        };
        notices.push(Notice::new(reason, note, arn.clone()));
    }
    for kind in [ConditionType::Ready, ConditionType::RecordsReady, ConditionType::DeletionBlocked] {
        let (old, new) = (condition(before, kind), condition(after, kind));
        let Some(new) = new else { continue };
        // What is wrong with the records is often what `Ready` says.
        let is_said = kind == ConditionType::RecordsReady
            && condition(after, ConditionType::Ready).is_some_and(|ready| ready.reason == new.reason);
        let is_news = old.is_none_or(|old| old.reason != new.reason) && !is_said;
        let reason = match kind {
            ConditionType::DeletionBlocked => Some(EventReason::DeletionBlocked),
            _ => warning_for(&new.reason),
        };
        if let (true, Some(reason)) = (is_news, reason) {
            // NB: stored values only, so that a pass which is repeated after a crash makes the same key.
            let from = old.map_or("", |old| &old.reason);
            let since = old.map_or(String::new(), |old| old.last_transition_time.0.to_string());
            let attempt = after.request.as_ref().map_or(0, |request| request.attempt);
            let generation = new.observed_generation.unwrap_or_default();
            let key = match (reason, &after.serial) {
                // Once for each certificate, whatever came in between.
                (EventReason::Expired, Some(serial)) => serial.clone(),
                _ => format!("{from}>{}@{generation}#{attempt}@{since}", new.reason),
            };
            notices.push(Notice::new(reason, new.message.clone(), key));
        }
    }
    if !is_deleting(after) {
        notices.extend(renewal::tell(before, after));
        notices.extend(expiry::tell(before, after, limits));
    }
    notices
}

fn is_deleting(status: &AcmCertificateStatus) -> bool {
    condition(status, ConditionType::Ready).is_some_and(|ready| ready.reason == Reason::Deleting.as_str())
}

pub(super) fn condition(status: &AcmCertificateStatus, kind: ConditionType) -> Option<&Condition> {
    status.conditions.iter().find(|condition| condition.type_ == kind.as_str())
}

/// Reasons of `Ready` that are worth an Event of their own: those on which a user can act.
fn warning_for(reason: &str) -> Option<EventReason> {
    EventReason::ALL.iter().copied().find(|event| event.is_warning() && event.as_str() == reason)
}

pub(super) fn requested(ledger: &AcmCertificateStatus, arn: &CertificateArn) -> Notice {
    let attempt = ledger.request.as_ref().map_or(0, |request| request.attempt);
    let note = match attempt {
        0 => format!("requested {arn}."),
        attempt => format!("requested {arn} (attempt {attempt})."),
    };
    Notice::new(EventReason::Requested, note, arn.as_str())
}

pub(super) fn adopted(arn: &CertificateArn, why: &str) -> Notice {
    let note = format!("{arn} is taken over, {why}; it is tagged and guarded from now on.");
    Notice::new(EventReason::Adopted, note, arn.as_str())
}

pub(super) fn replacement_started(desired: &Desired, attempt: i32) -> Notice {
    let note = format!(
        "{}: the spec asks for other names or another key; a new certificate is requested while the old one serves.",
        desired.domain_name
    );
    Notice::new(EventReason::ReplacementStarted, note, format!("{}#{attempt}", desired.spec_hash()))
}

/// More than one certificate of one object.
pub fn duplicate_found(kept: &CertificateArn, others: &[CertificateArn]) -> Notice {
    let others = others.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let note = format!("more than one certificate of this object was found: {kept} is kept, {others} will be deleted.");
    Notice::new(EventReason::DuplicateFound, note, kept.as_str())
}

/// One Event for each batch: a certificate may have a hundred names, and an object has so many Events an hour.
pub(super) fn records_created(
    records: &[RecordClaim],
    restored: bool,
    ledger: &AcmCertificateStatus,
) -> Option<Notice> {
    let first = records.first()?;
    let attempt = ledger.request.as_ref().map_or(0, |request| request.attempt);
    let (reason, done) =
        if restored { (EventReason::RecordRestored, "restored") } else { (EventReason::RecordCreated, "created") };
    let names: Vec<_> = records.iter().map(|record| record.name.clone()).collect();
    let what = if names.len() == 1 { "the CNAME record".to_owned() } else { format!("{} CNAME records", names.len()) };
    let note = format!("{done} {what} {} in hosted zone {}.", listed(&names), first.zone_id);
    // A record may be restored again and again: each time RecordsReady has become False before.
    let condition = condition(ledger, ConditionType::RecordsReady).filter(|_| restored);
    let since = condition.map_or(String::new(), |condition| condition.last_transition_time.0.to_string());
    let key = format!("{}+{}@{}#{attempt}@{since}", first.name, names.len() - 1, first.zone_id);
    Some(Notice::new(reason, note, key))
}

pub(super) fn record_kept(record: &RecordClaim, why: &str) -> Notice {
    let note = format!("the CNAME record {} in hosted zone {} stays: {why}.", record.name, record.zone_id);
    Notice::new(EventReason::RecordKept, note, format!("{}@{}", record.name, record.zone_id))
}

pub(super) fn deleted(arn: &CertificateArn) -> Notice {
    Notice::new(EventReason::Deleted, format!("{arn} is deleted."), arn.as_str())
}

pub(super) fn retained(arn: &CertificateArn) -> Notice {
    let note = format!("{arn} and its records stay, as spec.deletionPolicy says; the operator's tags are removed.");
    Notice::new(EventReason::Retained, note, arn.as_str())
}

pub(super) fn ownership_lost(arn: &CertificateArn) -> Notice {
    let note = format!("{arn} does not carry this object's tags any more; it is left as it is.");
    Notice::new(EventReason::OwnershipLost, note, arn.as_str())
}
