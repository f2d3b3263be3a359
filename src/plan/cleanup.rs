//! Letting go: certificates first, then the records that nobody else needs, then the finalizer.

use super::{
    Claim, Desired, Effect, Look, Need, Observed, Patience, Plan, Step, Verdict, identity, ledger::put_aside,
    request::is_unanswered, story, trouble,
};
use crate::{
    api::{AcmCertificateStatus, ClaimState, DeletionPolicy, Reason, RecordClaim},
    aws::{AwsError, Meaning, RecordSet},
    names::{CertificateArn, HostedZoneId, RecordName},
};
use std::collections::BTreeMap;

/// Every certificate that goes with the object.
pub fn certificates_to_delete(status: &AcmCertificateStatus) -> Vec<CertificateArn> {
    let pending = status.request.as_ref().and_then(|request| request.certificate_arn.as_ref());
    let previous = status.previous.iter().map(|previous| &previous.certificate_arn);
    let mut arns: Vec<CertificateArn> = vec![];
    for arn in pending.into_iter().chain(&status.certificate_arn).chain(previous).filter_map(|arn| arn.parse().ok()) {
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    arns
}

/// Does the certificate stay when the object goes?
pub fn is_retained(desired: &Desired) -> bool {
    desired.deletion_policy == DeletionPolicy::Retain
}

pub(super) fn plan(desired: &Desired, observed: &Observed) -> Plan {
    let status = &observed.status;
    if !desired.has_finalizer {
        return wait(observed, Verdict::unchanged(), Patience::Settled);
    }
    if desired.suspend {
        let message = "suspended by spec.suspend: set it to false to let the deletion go on.";
        let mut verdict = blocked(desired, Reason::Suspended, message);
        verdict.suspended = Some(Claim::yes(Reason::Suspended, message));
        return wait(observed, verdict, Patience::Settled);
    }
    if is_unanswered(status) {
        match &observed.found_by_tags {
            Look::NotTaken => return wait(observed, deleting(desired), Patience::Soon),
            Look::Failed(error) => return failed(desired, observed, error),
            Look::Seen(found) if !found.is_empty() => return remember(desired, observed, found),
            Look::Seen(_) => {}
        }
    }
    if let Some(plan) = let_certificates_go(desired, observed) {
        return plan;
    }
    if let Some(plan) = let_records_go(desired, observed) {
        return plan;
    }
    Plan::new(Step::Do(Effect::RemoveFinalizer), status.clone(), deleting(desired), Patience::Soon)
}

/// A certificate that a lost answer left behind: it is stored before it is deleted (D4).
fn remember(desired: &Desired, observed: &Observed, found: &[CertificateArn]) -> Plan {
    let mut ledger = observed.status.clone();
    if let (Some(request), Some((first, others))) = (&mut ledger.request, found.split_first()) {
        let since = request.sent_at.0;
        request.certificate_arn = Some(first.to_string());
        for other in others {
            put_aside(&mut ledger, other.to_string(), since);
        }
    }
    Plan::new(Step::Write, ledger, deleting(desired), Patience::Soon)
}

fn let_certificates_go(desired: &Desired, observed: &Observed) -> Option<Plan> {
    let arns = certificates_to_delete(&observed.status);
    let arn = arns.first()?;
    let says_deleting = |status: &AcmCertificateStatus| {
        status.conditions.iter().any(|c| c.type_ == "Ready" && c.reason == Reason::Deleting.as_str())
    };
    if !says_deleting(&observed.status) {
        return Some(Plan::new(Step::Write, observed.status.clone(), deleting(desired), Patience::Soon));
    }
    let retiring = observed.retiring.get(arn).cloned().unwrap_or_default();
    let detail = match &retiring.detail {
        Look::NotTaken => return Some(wait(observed, deleting(desired), Patience::Soon)),
        Look::Failed(error) => return Some(failed(desired, observed, error)),
        Look::Seen(None) => {
            let plan = Plan::new(Step::Write, forget(&observed.status, arn), deleting(desired), Patience::Soon);
            return Some(plan.with_notice(story::deleted(arn)));
        }
        Look::Seen(Some(detail)) => detail,
    };
    let tags = match &retiring.tags {
        Look::NotTaken => return Some(wait(observed, deleting(desired), Patience::Soon)),
        Look::Failed(error) => return Some(failed(desired, observed, error)),
        Look::Seen(tags) => tags,
    };
    if !desired.owner.is_proven_by(tags) {
        // Also after `Retain` has removed our tags: it is not ours (any more), so it stays.
        let plan = Plan::new(Step::Write, forget(&observed.status, arn), deleting(desired), Patience::Soon);
        let notice = if is_retained(desired) { story::retained(arn) } else { story::ownership_lost(arn) };
        return Some(plan.with_notice(notice));
    }
    if is_retained(desired) {
        let effect = Effect::RemoveTags { arn: arn.clone(), keys: identity::our_tag_keys(tags) };
        return Some(Plan::new(Step::Do(effect), observed.status.clone(), deleting(desired), Patience::Soon));
    }
    if !detail.in_use_by.is_empty() {
        let message = format!(
            "{arn} is used by {}; detach it there. Deletion goes on by itself then.",
            detail.in_use_by.join(", ")
        );
        return Some(wait(observed, blocked(desired, Reason::InUse, &message), Patience::Blocked));
    }
    let effect = Effect::DeleteCertificate(arn.clone());
    Some(Plan::new(Step::Do(effect), observed.status.clone(), deleting(desired), Patience::Soon))
}

fn let_records_go(desired: &Desired, observed: &Observed) -> Option<Plan> {
    let mut ledger = observed.status.clone();
    if ledger.records.is_empty() {
        return None;
    }
    if is_retained(desired) {
        ledger.records.clear();
        return Some(Plan::new(Step::Write, ledger, deleting(desired), Patience::Soon));
    }
    // What we only found is not ours to delete; what we made is announced as going before anybody is asked.
    ledger.records.retain(|claim| claim.state != ClaimState::Found);
    ledger.records.iter_mut().for_each(|claim| claim.state = ClaimState::Deleting);
    if ledger.records != observed.status.records {
        return Some(Plan::new(Step::Write, ledger, deleting(desired), Patience::Soon));
    }
    let mut notices = vec![];
    let mut batches: BTreeMap<HostedZoneId, Vec<RecordClaim>> = BTreeMap::new();
    let mut undecided = None;
    for claim in &observed.status.records {
        let name = RecordName::new(&claim.name);
        let zone = HostedZoneId::new(&claim.zone_id);
        match observed.needs.get(&(zone.clone(), name.clone())) {
            None => undecided = Some(None),
            Some(Need::Nobody) => {}
            Some(Need::Object { namespace, name }) => {
                let mut plan = Plan::new(
                    Step::Do(Effect::HandOver {
                        namespace: namespace.clone(),
                        name: name.clone(),
                        record: RecordClaim { state: ClaimState::Created, ..claim.clone() },
                    }),
                    ledger.clone(),
                    deleting(desired),
                    Patience::Soon,
                );
                plan.ledger.records.retain(|other| other != claim);
                return Some(plan);
            }
            Some(Need::Certificate(arn)) => {
                notices.push(story::record_kept(claim, &format!("{arn} needs it")));
                ledger.records.retain(|other| other != claim);
                continue;
            }
            Some(Need::Doubt(why)) => {
                notices.push(story::record_kept(claim, why));
                ledger.records.retain(|other| other != claim);
                continue;
            }
        }
        match observed.record_sets.get(&(zone.clone(), name)) {
            Some(Look::Seen(Some(set))) if is_exactly(claim, set) => {
                if !matches!(undecided, Some(None)) {
                    batches.entry(zone).or_default().push(claim.clone());
                }
            }
            Some(Look::Seen(Some(_))) => {
                notices.push(story::record_kept(claim, "somebody has changed it since"));
                ledger.records.retain(|other| other != claim);
            }
            Some(Look::Seen(None)) => ledger.records.retain(|other| other != claim),
            Some(Look::Failed(error)) if error.is(Meaning::NotFound) => {
                ledger.records.retain(|other| other != claim);
            }
            Some(Look::Failed(error)) => undecided = Some(Some(error.clone())),
            Some(Look::NotTaken) | None => undecided = Some(None),
        }
    }
    if ledger.records != observed.status.records {
        let mut plan = Plan::new(Step::Write, ledger, deleting(desired), Patience::Soon);
        plan.notices = notices;
        return Some(plan);
    }
    if let Some((zone, records)) = batches.into_iter().next() {
        ledger.records.retain(|claim| !records.contains(claim));
        let effect = Effect::DeleteRecords { zone, records };
        return Some(Plan::new(Step::Do(effect), ledger, deleting(desired), Patience::Soon));
    }
    match undecided {
        Some(Some(error)) => Some(failed(desired, observed, &error)),
        _ => Some(wait(observed, deleting(desired), Patience::Soon)),
    }
}

/// Route 53 deletes only what matches name, type, TTL and every value; so do we.
fn is_exactly(claim: &RecordClaim, set: &RecordSet) -> bool {
    set.type_ == claim.type_ && set.ttl_seconds == Some(claim.ttl_seconds) && set.has_only_value(&claim.value)
}

/// E16: a replaced certificate goes once it is unused, if the live tags prove it ours.
pub(super) fn retire_previous(desired: &Desired, observed: &Observed, plan: &mut Plan) -> Option<Effect> {
    let mut effect = None;
    let notices = &mut plan.notices;
    plan.ledger.previous.retain_mut(|previous| {
        let Ok(arn) = previous.certificate_arn.parse::<CertificateArn>() else { return false };
        let Some(retiring) = observed.retiring.get(&arn) else { return true };
        let (Look::Seen(detail), Look::Seen(tags)) = (&retiring.detail, &retiring.tags) else {
            return retiring.detail != Look::Seen(None);
        };
        let Some(detail) = detail else { return false };
        if !desired.owner.is_proven_by(tags) {
            notices.push(if is_retained(desired) { story::retained(&arn) } else { story::ownership_lost(&arn) });
            return false;
        }
        previous.blocked_by = detail.in_use_by.iter().min().cloned();
        if previous.blocked_by.is_none() && effect.is_none() {
            effect = Some(if is_retained(desired) {
                Effect::RemoveTags { arn, keys: identity::our_tag_keys(tags) }
            } else {
                Effect::DeleteCertificate(arn)
            });
        }
        true
    });
    effect
}

/// The status without that certificate.
fn forget(status: &AcmCertificateStatus, arn: &CertificateArn) -> AcmCertificateStatus {
    let mut ledger = status.clone();
    let is_it = |text: &Option<String>| text.as_deref() == Some(arn.as_str());
    if let Some(request) = ledger.request.as_mut().filter(|request| is_it(&request.certificate_arn)) {
        request.certificate_arn = None;
        ledger.request = None;
    }
    if is_it(&ledger.certificate_arn) {
        // An unanswered request of another spec is still to be looked for.
        let unanswered = is_unanswered(&ledger);
        ledger.certificate_arn = None;
        if !unanswered && ledger.request.as_ref().is_some_and(|request| request.certificate_arn.is_none()) {
            ledger.request = None;
        }
    }
    ledger.previous.retain(|previous| previous.certificate_arn != arn.as_str());
    ledger
}

fn wait(observed: &Observed, verdict: Verdict, patience: Patience) -> Plan {
    Plan::new(Step::Wait, observed.status.clone(), verdict, patience)
}

fn deleting(desired: &Desired) -> Verdict {
    let what = if is_retained(desired) {
        "letting the certificate go; it stays in ACM."
    } else {
        "deleting the certificate, then its records."
    };
    Verdict::not_ready(Reason::Deleting, format!("{}: {what}", desired.domain_name))
}

fn blocked(desired: &Desired, reason: Reason, message: &str) -> Verdict {
    Verdict { deletion_blocked: Some(Claim::yes(reason, message)), ..deleting(desired) }
}

fn failed(desired: &Desired, observed: &Observed, error: &AwsError) -> Plan {
    let verdict = match trouble(error) {
        Some(claim) if claim.reason == Reason::AccessDenied => blocked(desired, claim.reason, &claim.message),
        // A blocker that was named stays named while nothing new can be seen.
        _ => Verdict::unchanged(),
    };
    Plan { failed: Some(error.clone()), ..wait(observed, verdict, Patience::Pending) }
}
