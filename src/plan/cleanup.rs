//! Letting go: certificates first, then the records that nobody else needs, then the finalizer.

use super::{
    Claim, Desired, Effect, Look, Notice, Observed, Patience, Plan, Step, Verdict,
    brief::{few, with_list},
    identity,
    ledger::put_aside,
    release,
    request::is_unanswered,
    sentences::unread_since,
    story, trouble,
};
use crate::{
    api::{AcmCertificateStatus, DeletionPolicy, Reason, TAG_UID},
    aws::{AwsError, CertificateDetail},
    mistake::Mistake,
    names::CertificateArn,
};
use jiff::Timestamp;
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

pub(super) fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let status = &observed.status;
    if !desired.has_finalizer {
        return wait(observed, Verdict::unchanged(), Patience::Settled);
    }
    if desired.suspend {
        let name = &desired.domain_name;
        let message = format!("{name}: suspended by spec.suspend: set it to false to let the deletion go on.");
        let mut verdict = blocked(desired, Reason::Suspended, &message);
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
    if status.request.is_none() && certificates_to_delete(status).is_empty() {
        match &observed.earlier {
            Look::Failed(error) => return failed(desired, observed, error),
            Look::Seen(earlier) => {
                let ours = earlier.iter().filter(|one| desired.owner.is_proven_by(&one.tags));
                let arns: Vec<_> = ours.map(|one| one.arn.to_string()).collect();
                if !arns.is_empty() {
                    // Tagged as ours, and not stored: the last write before the deletion was lost.
                    let mut ledger = status.clone();
                    arns.into_iter().for_each(|arn| put_aside(&mut ledger, arn, None, now));
                    return Plan::new(Step::Write, ledger, deleting(desired), Patience::Soon);
                }
            }
            Look::NotTaken => {}
        }
    }
    if Mistake::RecordsBeforeCertificate.is_made()
        && let Some(plan) = release::all(desired, observed, deleting(desired))
    {
        return plan;
    }
    if let Some(plan) = let_certificates_go(desired, observed) {
        return plan;
    }
    if let Some(error) = &observed.uncounted {
        return failed(desired, observed, error);
    }
    if let Some(plan) = release::all(desired, observed, deleting(desired)) {
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
            put_aside(&mut ledger, other.to_string(), None, since);
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
    let retiring = observed.retiring.get(arn).cloned().unwrap_or_default();
    // The plan, and that ACM has shown the certificate. Once its deletion is sent, "not found" is what is waited for.
    let mut ledger = observed.status.clone();
    if let Look::Seen(Some(detail)) = &retiring.detail {
        note_shown(&mut ledger, detail);
    }
    if !says_deleting(&observed.status) || ledger != observed.status {
        return Some(Plan::new(Step::Write, ledger, deleting(desired), Patience::Soon));
    }
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
        let plan = Plan::new(Step::Write, forget(&observed.status, arn), deleting(desired), Patience::Soon);
        return Some(plan.with_notice(left(desired, arn, tags)));
    }
    if is_retained(desired) {
        let effect = Effect::RemoveTags { arn: arn.clone(), keys: identity::our_tag_keys(tags) };
        return Some(Plan::new(Step::Do(effect), observed.status.clone(), deleting(desired), Patience::Soon));
    }
    if !detail.in_use_by.is_empty() {
        let message = in_use(desired, arn, &detail.in_use_by);
        return Some(wait(observed, blocked(desired, Reason::InUse, &message), Patience::Blocked));
    }
    let effect = Effect::DeleteCertificate(arn.clone());
    Some(Plan::new(Step::Do(effect), observed.status.clone(), deleting(desired), Patience::Soon))
}

/// In an order that does not depend on ACM's.
fn in_use(desired: &Desired, arn: &CertificateArn, users: &[String]) -> String {
    let mut users = users.to_vec();
    users.sort();
    users.dedup();
    let message = format!(
        "{}: {arn} is used by {}; detach it there. Deletion goes on by itself then.",
        desired.domain_name,
        few(&users)
    );
    with_list(message, &users)
}

/// It is not ours, so it stays: `Retain` has removed our tags, or somebody has changed them.
fn left(desired: &Desired, arn: &CertificateArn, tags: &BTreeMap<String, String>) -> Notice {
    match is_retained(desired) && !tags.contains_key(TAG_UID) {
        true => story::retained(arn),
        false => story::ownership_lost(arn),
    }
}

/// ACM has shown the certificate.
fn note_shown(ledger: &mut AcmCertificateStatus, detail: &CertificateDetail) {
    let arn = detail.arn.as_str();
    let is_pending = ledger.request.as_ref().is_some_and(|request| request.certificate_arn.as_deref() == Some(arn));
    if is_pending && ledger.certificate_status.is_none() {
        ledger.certificate_status = Some(detail.status.clone());
    }
    for previous in ledger.previous.iter_mut().filter(|previous| previous.certificate_arn == arn) {
        previous.shown = true;
    }
}

/// E16: a replaced certificate goes once it is unused, if the live tags prove it ours. What has come of one is stored and
/// told before the next one goes.
pub(super) fn retire_previous(desired: &Desired, observed: &Observed, plan: &mut Plan) -> Option<Effect> {
    let mut effect = None;
    let mut told = vec![];
    plan.ledger.previous.retain_mut(|previous| {
        let Ok(arn) = previous.certificate_arn.parse::<CertificateArn>() else { return false };
        let Some(retiring) = observed.retiring.get(&arn) else { return true };
        if retiring.detail == Look::Seen(None) {
            // One that ACM has never shown may never have been.
            told.extend(previous.shown.then(|| story::deleted(&arn)));
            return false;
        }
        let (Look::Seen(Some(detail)), Look::Seen(tags)) = (&retiring.detail, &retiring.tags) else { return true };
        if !desired.owner.is_proven_by(tags) {
            told.push(left(desired, &arn, tags));
            return false;
        }
        previous.blocked_by = detail.in_use_by.iter().min().cloned();
        let was_shown = std::mem::replace(&mut previous.shown, true);
        // NB: that ACM has shown it is stored before its deletion is sent.
        if was_shown && previous.blocked_by.is_none() && effect.is_none() {
            effect = Some(if is_retained(desired) {
                Effect::RemoveTags { arn, keys: identity::our_tag_keys(tags) }
            } else {
                Effect::DeleteCertificate(arn)
            });
        }
        true
    });
    if told.is_empty() {
        return effect;
    }
    plan.step = Step::Write;
    plan.notices.append(&mut told);
    None
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

pub(super) fn wait(observed: &Observed, verdict: Verdict, patience: Patience) -> Plan {
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

pub(super) fn failed(desired: &Desired, observed: &Observed, error: &AwsError) -> Plan {
    if Mistake::FinalizerRemovedOnError.is_made() {
        return Plan::new(
            Step::Do(Effect::RemoveFinalizer),
            observed.status.clone(),
            deleting(desired),
            Patience::Soon,
        );
    }
    let verdict = match (trouble(&desired.domain_name, error), observed.stale_since) {
        (Some(claim), _) if claim.reason == Reason::AccessDenied => blocked(desired, claim.reason, &claim.message),
        (_, Some(since)) => {
            let message =
                format!("{} The deletion goes on by itself then.", unread_since(desired, "AWS", since, Some(error)));
            let stale = Some(unread_since(desired, "AWS", since, Some(error)));
            Verdict { stale, ..blocked(desired, Reason::ObservationStale, &message) }
        }
        // A blocker that was named stays named while nothing new can be seen.
        (_, None) => Verdict::unchanged(),
    };
    Plan { failed: Some(error.clone()), ..wait(observed, verdict, Patience::Pending) }
}
