//! What the user is told in Events: one for each transition, with a name that follows from the transition itself.

use super::{
    Claim, Desired, Limits, Observed,
    brief::{few, in_note},
    expiry, renewal,
    sentences::{date, whose},
};
use crate::{
    api::{AcmCertificateStatus, Announced, ConditionType, EventReason, Reason, RecordClaim, ToldTrouble},
    aws::AwsError,
    names::{CertificateArn, DomainName},
};
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// Conditions whose troubles are told.
const TROUBLES: [ConditionType; 4] =
    [ConditionType::Ready, ConditionType::Issued, ConditionType::RecordsReady, ConditionType::DeletionBlocked];

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

/// What keeps the operator from seeing the certificate that serves, and can be mended.
pub(super) fn unreadable(claim: &Claim, error: &AwsError, observed: &Observed) -> Notice {
    let since = observed.stale_since.map_or(String::new(), |since| format!("{since:.0}"));
    Notice::new(EventReason::AccessDenied, claim.message.clone(), format!("{}@{since}", error.operation))
}

/// The notices that follow from a change of status.
pub fn tell(before: &AcmCertificateStatus, after: &AcmCertificateStatus, limits: &Limits) -> Vec<Notice> {
    let mut notices = vec![];
    if let Some(arn) = after.certificate_arn.as_ref().filter(|arn| Some(*arn) != before.certificate_arn.as_ref()) {
        let until = after.not_after.as_ref().map_or(String::new(), |end| format!(", valid until {}", date(end)));
        let (reason, note) = match &before.certificate_arn {
            None => match issued_before(before, after) {
                Some(day) => {
                    let note = format!("{}{arn} serves, which ACM issued {day}{until}.", whose(after));
                    (EventReason::Issued, note)
                }
                None => (EventReason::Issued, format!("{}ACM issued {arn}{until}.", whose(after))),
            },
            Some(old) => {
                let note = format!("{}{arn} serves now{until}; {old} is retired once it is unused.", whose(after));
                (EventReason::Replaced, note)
            }
        };
        notices.push(Notice::new(reason, note, arn.clone()));
    }
    notices.extend(TROUBLES.into_iter().filter_map(|kind| trouble_of(kind, before, after)));
    if !is_deleting(after) {
        let warnings = expiry::tell(before, after, limits);
        let is_told = |notice: &Notice| warnings.iter().any(|warning| warning.reason == notice.reason);
        notices.extend(renewal::tell(before, after).into_iter().filter(|notice| !is_told(notice)));
        notices.extend(warnings);
    }
    notices
}

/// The day on which ACM issued the certificate, if that was before the object waited for it: it is adopted, or taken over.
fn issued_before(before: &AcmCertificateStatus, after: &AcmCertificateStatus) -> Option<String> {
    // Clocks differ.
    const WELL_BEFORE: SignedDuration = SignedDuration::from_hours(1);
    let waits_since = condition(before, ConditionType::Ready)?.last_transition_time.0;
    let issued_at = after.issued_at.as_ref()?;
    (waits_since.duration_since(issued_at.0) >= WELL_BEFORE).then(|| date(issued_at))
}

/// What a condition has come to say that is worth an Event.
fn trouble_of(kind: ConditionType, before: &AcmCertificateStatus, after: &AcmCertificateStatus) -> Option<Notice> {
    let (old, new) = (condition(before, kind), condition(after, kind)?);
    let has = |status: &AcmCertificateStatus, kind| condition(status, kind).is_some_and(|c| c.reason == new.reason);
    let is_said = match kind {
        // Of a certificate whose replacement is on its way, `Issued` has told the end before `Ready` does.
        ConditionType::Ready => has(before, ConditionType::Issued),
        // What is wrong with them is often what `Ready` says.
        ConditionType::RecordsReady => has(after, ConditionType::Ready),
        ConditionType::Issued => {
            has(after, ConditionType::Ready) || has(before, ConditionType::Ready) || is_deleting(after)
        }
        _ => false,
    };
    // What could not be seen for a while, and is still so, was told before.
    let was_told = hidden(before, kind).is_some_and(|told| told.reason == new.reason);
    if is_said || was_told || old.is_some_and(|old| old.reason == new.reason) {
        return None;
    }
    let reason = match kind {
        ConditionType::DeletionBlocked => EventReason::DeletionBlocked,
        _ => warning_for(&new.reason)?,
    };
    // NB: stored values only, so that a pass which is repeated makes the same key: after a crash, and with another spec.
    let from = old.map_or("", |old| &old.reason);
    let since = old.map_or(String::new(), |old| old.last_transition_time.0.to_string());
    let attempt = before.request.as_ref().map_or(0, |request| request.attempt);
    let generation = before.observed_generation.unwrap_or_default();
    let key = match (reason, &after.serial) {
        // Once for each certificate, whatever came in between.
        (EventReason::Expired, Some(serial)) => serial.clone(),
        _ => format!("{from}>{}@{generation}#{attempt}@{since}", new.reason),
    };
    Some(Notice::new(reason, format!("{}{}", in_note(&new.message, kind), consequence(kind, after)), key))
}

/// What trouble with the records of a certificate that serves leads to, and when.
fn consequence(kind: ConditionType, status: &AcmCertificateStatus) -> String {
    let is_ready = condition(status, ConditionType::Ready).is_some_and(|ready| ready.status == "True");
    let end = status.not_after.as_ref().filter(|_| kind == ConditionType::RecordsReady && is_ready);
    let words = |end| format!(" The certificate expires {}, and cannot be renewed until this is mended.", date(end));
    end.map_or(String::new(), words)
}

/// The trouble that was told of a condition before it could not be seen any more.
pub(super) fn hidden(status: &AcmCertificateStatus, kind: ConditionType) -> Option<&ToldTrouble> {
    status.announced.as_ref()?.troubles.iter().find(|told| told.condition == kind.as_str())
}

/// Notes in the status the troubles that were told and cannot be seen now, so that an outage repeats none of them.
pub(super) fn note_hidden(before: &AcmCertificateStatus, status: &mut AcmCertificateStatus) {
    let to_hide = |kind: ConditionType| {
        let stale = Reason::ObservationStale.as_str();
        condition(status, kind).filter(|new| new.reason == stale)?;
        let old = condition(before, kind)?;
        if old.reason == stale {
            return hidden(before, kind).cloned();
        }
        let is_told = kind == ConditionType::DeletionBlocked || warning_for(&old.reason).is_some();
        is_told.then(|| ToldTrouble { condition: kind.as_str().to_owned(), reason: old.reason.clone() })
    };
    let troubles: Vec<_> = TROUBLES.into_iter().filter_map(to_hide).collect();
    let announced = Announced { troubles, ..status.announced.take().unwrap_or_default() };
    status.announced = (announced != Announced::default()).then_some(announced);
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

pub(super) fn requested(name: Option<&DomainName>, ledger: &AcmCertificateStatus, arn: &CertificateArn) -> Notice {
    let attempt = ledger.request.as_ref().map_or(0, |request| request.attempt);
    let name = name.map_or(String::new(), |name| format!("{name}: "));
    let note = match attempt {
        0 => format!("{name}requested {arn} from ACM."),
        // People count from 1.
        attempt => format!("{name}requested {arn} from ACM (attempt {}).", attempt.saturating_add(1)),
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

/// Each of them says whose certificate it is.
pub(super) fn say_whose(desired: &Desired, notices: &mut [Notice]) {
    let who = format!("{}: ", desired.domain_name);
    for notice in notices.iter_mut().filter(|notice| !notice.note.starts_with(&who)) {
        notice.note.insert_str(0, &who);
    }
}

/// More than one certificate of one object.
pub fn duplicate_found(kept: &CertificateArn, others: &[CertificateArn]) -> Notice {
    let others: Vec<_> = others.iter().map(ToString::to_string).collect();
    let note = format!(
        "more than one certificate of this object was found: {kept} is kept, {} will be deleted.",
        few(&others)
    );
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
    let note = format!("{done} {what} {} in hosted zone {}.", few(&names), first.zone_id);
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
    let note =
        format!("{arn} and its records stay, for the deletion policy is Retain; the operator's tags are removed.");
    Notice::new(EventReason::Retained, note, arn.as_str())
}

pub(super) fn ownership_lost(arn: &CertificateArn) -> Notice {
    let note = format!("{arn} does not carry this object's tags any more; it is left as it is.");
    Notice::new(EventReason::OwnershipLost, note, arn.as_str())
}
