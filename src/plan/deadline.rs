//! Waiting that comes to no end: after a deadline it needs a person, until something moves.
//!
//! "Moves" is a change of the ledger, so nothing has to be counted or stored for it: a pass that changes nothing but the
//! words leaves an object where it was.

use super::{Claim, Desired, records::wanted_records, story::condition};
use crate::api::{AcmCertificateStatus, ClaimState, ConditionType, Reason};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// `Ready` as it is to be said, when a pass has changed nothing. `ready`: what the pass says; nothing if it has seen
/// nothing new, such as while AWS does not answer.
pub(super) fn imposed(
    desired: &Desired,
    before: &AcmCertificateStatus,
    ready: Option<&Claim>,
    now: Timestamp,
) -> Option<Claim> {
    let said = ready.cloned();
    // What was said of another generation was said of another wait.
    let stored = condition(before, ConditionType::Ready);
    let Some(stored) = stored.filter(|stored| stored.observed_generation == Some(desired.generation)) else {
        return said;
    };
    let Some(reason) = ready.map(|claim| claim.reason).or_else(|| reason_of(stored)) else { return said };
    if desired.deleting || desired.is_only_watched() || !is_waiting(reason) {
        return said;
    }
    if stored.reason == Reason::ProgressDeadlineExceeded.as_str() {
        return Some(Claim::no(Reason::ProgressDeadlineExceeded, stored.message.clone()));
    }
    // The first pass of a wait is no endless one.
    let Some(since) = since(before).filter(|_| stored.reason == reason.as_str()) else { return said };
    let limit = limit(desired, before, reason);
    if !is_overdue(before, reason, since, limit, now) {
        return said;
    }
    let name = &desired.domain_name;
    let doing = ready.map_or(&stored.message, |claim| &claim.message);
    let doing = doing.strip_prefix(&format!("{name}: ")).unwrap_or(doing);
    let check = to_check(desired, before, reason);
    let message = format!(
        "{name}: no progress for longer than the deadline of {limit:#}, at work since {since:.0}: {doing} {check}"
    );
    Some(Claim::no(Reason::ProgressDeadlineExceeded, message))
}

fn reason_of(condition: &Condition) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == condition.reason)
}

const fn is_waiting(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::Requesting
            | Reason::WaitingForRecords
            | Reason::WaitingForValidation
            | Reason::Replacing
            | Reason::CertificateGone
    )
}

/// Since when the operator has been at work. `Stalled` takes the place of `Reconciling`, so this begins anew after it.
fn since(status: &AcmCertificateStatus) -> Option<Timestamp> {
    condition(status, ConditionType::Reconciling).map(|condition| condition.last_transition_time.0)
}

fn limit(desired: &Desired, status: &AcmCertificateStatus, reason: Reason) -> SignedDuration {
    let validates =
        reason == Reason::WaitingForValidation || reason == Reason::Replacing && is_validating(desired, status);
    if validates { desired.limits.validation_deadline } else { desired.limits.progress_deadline }
}

/// Is everything done that ACM needs to validate the names?
fn is_validating(desired: &Desired, status: &AcmCertificateStatus) -> bool {
    let wanted = wanted_records(status);
    let is_done = |name: &str| {
        let done = |state| matches!(state, ClaimState::Created | ClaimState::Found);
        status.records.iter().any(|claim| claim.name == name && done(claim.state))
    };
    let written = !desired.writes_records || wanted.iter().all(|record| is_done(record.name.as_str()));
    let shown = status.validations.iter().all(|validation| validation.record.is_some());
    status.certificate_status.as_deref() == Some("PENDING_VALIDATION") && !wanted.is_empty() && shown && written
}

/// The operator may have been at work for long before this wait began: what began it counts too.
fn is_overdue(
    status: &AcmCertificateStatus,
    reason: Reason,
    since: Timestamp,
    limit: SignedDuration,
    now: Timestamp,
) -> bool {
    let is_older = |than: SignedDuration, at: Timestamp| now.duration_since(at) >= than;
    let sent_at = status.request.as_ref().map_or(since, |request| request.sent_at.0);
    let records = condition(status, ConditionType::RecordsReady).filter(|records| records.status == "False");
    let missing_since = records.map_or(since, |records| records.last_transition_time.0);
    is_older(limit, since)
        && match reason {
            // NB: the time of an intent is renewed when what it may have made was looked for in vain.
            Reason::Requesting => is_older(limit / 2, sent_at),
            Reason::WaitingForRecords => is_older(limit, sent_at) && is_older(limit, missing_since),
            _ => is_older(limit, sent_at),
        }
}

fn to_check(desired: &Desired, status: &AcmCertificateStatus, reason: Reason) -> &'static str {
    match reason {
        Reason::CertificateGone => "Find out in AWS CloudTrail who calls DeleteCertificate.",
        Reason::WaitingForValidation | Reason::Replacing
            if desired.writes_records && is_validating(desired, status) =>
        {
            "Check that the hosted zone is delegated, and that no CAA record forbids Amazon to issue."
        }
        Reason::WaitingForValidation | Reason::Replacing if is_validating(desired, status) => {
            "Check that the records in status.validations can be seen in public DNS, and that no CAA record forbids Amazon \
             to issue."
        }
        _ => "The operator's log says which calls of AWS fail.",
    }
}
