//! From the intent to a certificate of which the ARN is known.

use super::{
    Desired, Effect, Look, Observed, Patience, Plan, Step, Verdict, identity,
    ledger::{clear_served, put_aside},
    sentences::{NO_RECORDS_YET, not_yet},
    story, trouble,
};
use crate::api::{AcmCertificateStatus, Reason, RequestIntent};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// ACM remembers an idempotency token for an hour. A request that may still be on its way is repeated only well within
/// it; later the certificate is looked for by its tags.
const TOKEN_SAFE: SignedDuration = SignedDuration::from_mins(40);

/// Certificates being retired at once; the schema of the status takes some more.
const PREVIOUS_LIMIT: usize = 16;

/// Does the serving certificate cover exactly what the spec asks for?
pub fn covers(status: &AcmCertificateStatus, desired: &Desired) -> bool {
    identity::served_hash(status).is_some_and(|served| served == desired.spec_hash())
}

/// Was a request begun whose certificate is not known? It may have been sent, whatever the spec says by now.
pub(super) fn is_unanswered(status: &AcmCertificateStatus) -> bool {
    let serves = |request: &RequestIntent| identity::served_hash(status).is_some_and(|hash| hash == request.spec_hash);
    status.request.as_ref().is_some_and(|request| request.certificate_arn.is_none() && !serves(request))
}

/// Has the certificate of an unanswered request to be looked for, because the request cannot be repeated as it was?
pub fn is_intent_open(desired: &Desired, status: &AcmCertificateStatus, now: Timestamp) -> bool {
    let Some(request) = status.request.as_ref().filter(|_| is_unanswered(status)) else { return false };
    let repeatable = !desired.deleting
        && now.duration_since(request.sent_at.0) < TOKEN_SAFE
        && request.spec_hash == desired.spec_hash()
        && request.tags_hash == identity::tags_hash(&desired.tags);
    !repeatable
}

/// Many edits in a short time: the certificates put aside go first, so that the list stays whole.
pub(super) fn crowded(desired: &Desired, status: &AcmCertificateStatus) -> Option<Plan> {
    let verdict = || not_yet(desired, status, Reason::Requesting, "waiting for replaced certificates to be deleted.");
    (status.previous.len() >= PREVIOUS_LIMIT)
        .then(|| Plan::new(Step::Wait, status.clone(), verdict(), Patience::Pending))
}

/// The spec has changed since a request of which no answer is known: what it made is put aside before the next intent.
pub(super) fn abandon(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    match &observed.found_by_tags {
        Look::Seen(found) => {
            let mut observed = observed.clone();
            for arn in found {
                put_aside(&mut observed.status, arn.to_string(), now);
            }
            intend(desired, &observed, now, request.attempt.saturating_add(1))
        }
        _ => wait_for_search(desired, observed),
    }
}

fn wait_for_search(desired: &Desired, observed: &Observed) -> Plan {
    let status = &observed.status;
    let doing = "looking for the certificate of a request whose answer was lost.";
    let mut plan =
        Plan::new(Step::Wait, status.clone(), not_yet(desired, status, Reason::Requesting, doing), Patience::Soon);
    if let Look::Failed(error) = &observed.found_by_tags {
        plan.verdict.ready = trouble(error).or(plan.verdict.ready);
        plan.failed = Some(error.clone());
    }
    plan
}

/// E2: the intent, before the request is sent. A pending certificate of another spec is put aside.
pub(super) fn intend(desired: &Desired, observed: &Observed, now: Timestamp, attempt: i32) -> Plan {
    let mut ledger = observed.status.clone();
    let pending = ledger.request.take().and_then(|request| request.certificate_arn);
    if let Some(arn) = pending {
        put_aside(&mut ledger, arn, now);
    }
    // These speak of the certificate to come, of which nothing is known yet.
    ledger.validations.clear();
    ledger.certificate_status = None;
    ledger.failure = None;
    let spec_hash = desired.spec_hash();
    ledger.request = Some(RequestIntent {
        token: identity::token(&desired.owner, &spec_hash, attempt),
        tags_hash: identity::tags_hash(&desired.tags),
        spec_hash,
        attempt,
        sent_at: Time(now),
        certificate_arn: None,
    });
    ledger.region = Some(desired.region.to_string());
    if covers(&ledger, desired) {
        // Edited back to what still serves: the old certificate is simply kept.
        return Plan::new(Step::Write, ledger, Verdict::unchanged(), Patience::Soon);
    }
    let replacing = ledger.certificate_arn.is_some();
    let verdict = not_yet(desired, &ledger, Reason::Requesting, "requesting a certificate from ACM.");
    let plan = Plan::new(Step::Write, ledger, verdict, Patience::Soon);
    if replacing { plan.with_notice(story::replacement_started(desired, attempt)) } else { plan }
}

/// E4, or the recovery of a request that may have been sent long ago.
pub(super) fn ask(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    let status = &observed.status;
    if !is_intent_open(desired, status, now) {
        let effect = Effect::RequestCertificate(Box::new(identity::certificate_request(desired, request)));
        let verdict = not_yet(desired, status, Reason::WaitingForRecords, NO_RECORDS_YET);
        return Plan::new(Step::Do(effect), status.clone(), verdict, Patience::Soon);
    }
    let mut ledger = status.clone();
    match &observed.found_by_tags {
        Look::NotTaken | Look::Failed(_) => wait_for_search(desired, observed),
        Look::Seen(found) => match found.split_first() {
            Some((first, others)) => {
                for other in others {
                    put_aside(&mut ledger, other.to_string(), now);
                }
                ledger.request = Some(RequestIntent { certificate_arn: Some(first.to_string()), ..request.clone() });
                let verdict = not_yet(desired, &ledger, Reason::WaitingForRecords, NO_RECORDS_YET);
                let plan = Plan::new(Step::Write, ledger, verdict, Patience::Soon);
                if others.is_empty() { plan } else { plan.with_notice(story::duplicate_found(first, others)) }
            }
            // Nothing was made. The same token serves again, unless the user's tags would make it another request.
            None if request.tags_hash == identity::tags_hash(&desired.tags) => {
                ledger.request = Some(RequestIntent { sent_at: Time(now), ..request.clone() });
                Plan::new(Step::Write, ledger, Verdict::unchanged(), Patience::Soon)
            }
            None => intend(desired, observed, now, request.attempt.saturating_add(1)),
        },
    }
}

/// A certificate that ACM does not know any more is requested anew, under a new attempt.
pub(super) fn gone(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    let mut ledger = observed.status.clone();
    let arn = match &mut ledger.request {
        Some(request) if request.certificate_arn.is_some() => request.certificate_arn.take(),
        _ => {
            clear_served(&mut ledger);
            ledger.certificate_arn.take()
        }
    };
    let arn = arn.unwrap_or_default();
    // Put aside rather than forgotten: should ACM have been wrong, the certificate is still known.
    put_aside(&mut ledger, arn.clone(), now);
    let observed = Observed { status: ledger, ..observed.clone() };
    let mut plan = intend(desired, &observed, now, request.attempt.saturating_add(1));
    let message =
        format!("{}: {arn} was deleted outside of the operator; requesting a new certificate.", desired.domain_name);
    plan.verdict = Verdict::not_ready(Reason::CertificateGone, message);
    plan
}
