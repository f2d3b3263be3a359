//! From the intent to a certificate of which the ARN is known.

use super::{
    Desired, Effect, Look, Observed, Patience, Plan, Step, Verdict, identity,
    ledger::{put_aside, set_aside},
    sentences::{NO_RECORDS_YET, not_yet},
    story, trouble,
};
use crate::{
    api::{AcmCertificateStatus, Reason, RequestIntent},
    mistake::Mistake,
    names::CertificateArn,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// ACM remembers an idempotency token for an hour. A request that may still be on its way is repeated only well within
/// it; later the certificate is looked for by its tags.
const TOKEN_SAFE: SignedDuration = SignedDuration::from_mins(40);

/// Clocks of two leaders may differ by so much.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A certificate that was put aside so recently may not be visible yet.
const VISIBLE_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// Certificates being retired at once; the schema of the status takes some more.
const PREVIOUS_LIMIT: usize = 16;

/// Does the serving certificate cover exactly what the spec asks for?
pub fn covers(status: &AcmCertificateStatus, desired: &Desired) -> bool {
    identity::served_hashes(status).is_some_and(|served| served.contains(&desired.spec_hash()))
}

/// Was a request begun whose certificate is not known? It may have been sent, whatever the spec says by now.
pub fn is_unanswered(status: &AcmCertificateStatus) -> bool {
    let serves = |request: &RequestIntent| {
        identity::served_hashes(status).is_some_and(|served| served.contains(&request.spec_hash))
    };
    status.request.as_ref().is_some_and(|request| request.certificate_arn.is_none() && !serves(request))
}

/// May the request still be sent as it is? Asked once more when its turn has come, for that may have taken long.
pub fn is_token_safe(status: &AcmCertificateStatus, now: Timestamp) -> bool {
    let sent = status.request.as_ref().map(|request| request.sent_at.0);
    let mistaken = Mistake::NeverLookedFor.is_made() || Mistake::TokenChangedAfterAnHour.is_made();
    mistaken || sent.is_none_or(|sent| is_safe_age(now.duration_since(sent)))
}

/// A time that lies ahead was taken by a clock that differs from this one: how long ago that was is not known.
fn is_safe_age(age: SignedDuration) -> bool {
    age < TOKEN_SAFE && age > -CLOCK_SKEW
}

/// Has the certificate of an unanswered request to be looked for, because the request cannot be repeated as it was?
pub fn is_intent_open(desired: &Desired, status: &AcmCertificateStatus, now: Timestamp) -> bool {
    let Some(request) = status.request.as_ref().filter(|_| is_unanswered(status)) else { return false };
    let repeatable = Mistake::NeverLookedFor.is_made()
        || Mistake::TokenChangedAfterAnHour.is_made()
        || !desired.deleting
            && is_safe_age(now.duration_since(request.sent_at.0))
            && request.spec_hash == desired.spec_hash()
            && request.tags_hash == identity::tags_hash(&desired.tags);
    !repeatable
}

/// May the object have had a certificate that its status does not tell? One that is younger than ACM's memory of a token
/// cannot be a restored one: its request would be repeated, and be the same.
pub fn is_earlier_life_possible(desired: &Desired, now: Timestamp) -> bool {
    let is_young = desired.created_at.is_some_and(|at| now.duration_since(at) < TOKEN_SAFE);
    desired.owner.may_take_over() || !is_young || (desired.adopts.is_some() && desired.deleting)
}

/// Many edits in a short time: the certificates put aside go first, so that the list stays whole.
pub(super) fn crowded(desired: &Desired, status: &AcmCertificateStatus) -> Option<Plan> {
    let verdict = || not_yet(desired, status, Reason::Requesting, "waiting for replaced certificates to be deleted.");
    // What is edited back to what serves needs no place in it.
    (status.previous.len() >= PREVIOUS_LIMIT && !covers(status, desired))
        .then(|| Plan::new(Step::Wait, status.clone(), verdict(), Patience::Pending))
}

/// The spec has changed since a request of which no answer is known: what it made is put aside before the next intent.
pub(super) fn abandon(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    match &observed.found_by_tags {
        Look::Seen(found) => {
            let mut observed = observed.clone();
            for arn in found {
                put_aside(&mut observed.status, arn.to_string(), Some(request.spec_hash.clone()), now);
            }
            intend(desired, &observed, now, request.attempt.saturating_add(1), 0)
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
        plan.verdict.ready = trouble(&desired.domain_name, error).or(plan.verdict.ready);
        plan.failed = Some(error.clone());
    }
    plan
}

/// E2: the intent, before the request is sent. A pending certificate of another spec is put aside.
pub(super) fn intend(desired: &Desired, observed: &Observed, now: Timestamp, attempt: i32, failures: i32) -> Plan {
    let mut ledger = observed.status.clone();
    if let Some(request) = ledger.request.take()
        && let Some(arn) = request.certificate_arn
    {
        let shown = ledger.certificate_status.is_some();
        set_aside(&mut ledger, arn, Some(request.spec_hash), shown, now);
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
        failures,
        sent_at: Time(now),
        certificate_arn: None,
    });
    ledger.region = Some(desired.region.to_string());
    if covers(&ledger, desired) {
        // Edited back to what still serves: the old certificate is simply kept.
        return Plan::new(Step::Write, ledger, Verdict::unchanged(), Patience::Soon);
    }
    if let Some(plan) = take_back(desired, observed, &ledger, now) {
        return plan;
    }
    if let Some(at) = observed.next_request_at {
        return over_budget(desired, &observed.status, at);
    }
    if Mistake::IntentAfterRequest.is_made()
        && let Some(request) = &ledger.request
    {
        let effect = Effect::RequestCertificate(Box::new(identity::certificate_request(desired, request)));
        return Plan::new(Step::Do(effect), ledger, Verdict::unchanged(), Patience::Soon);
    }
    let replacing = ledger.certificate_arn.is_some();
    let verdict = not_yet(desired, &ledger, Reason::Requesting, "requesting a certificate from ACM.");
    let plan = Plan::new(Step::Write, ledger, verdict, Patience::Soon);
    if replacing { plan.with_notice(story::replacement_started(desired, attempt)) } else { plan }
}

/// Edited back to a spec whose certificate is on its way out: it is taken back, and nothing is requested.
fn take_back(desired: &Desired, observed: &Observed, intended: &AcmCertificateStatus, now: Timestamp) -> Option<Plan> {
    let spec_hash = desired.spec_hash();
    let same = |previous: &&crate::api::PreviousCertificate| previous.spec_hash.as_ref() == Some(&spec_hash);
    let previous = intended.previous.iter().rev().find(same)?;
    let arn: CertificateArn = previous.certificate_arn.parse().ok()?;
    let retiring = observed.retiring.get(&arn).cloned().unwrap_or_default();
    let mut ledger = intended.clone();
    match (&retiring.detail, &retiring.tags) {
        (Look::Seen(Some(detail)), Look::Seen(tags))
            if matches!(detail.status.as_str(), "PENDING_VALIDATION" | "ISSUED")
                && desired.owner.is_proven_by(tags) =>
        {
            ledger.previous.retain(|previous| previous.certificate_arn != arn.as_str());
            if let Some(request) = &mut ledger.request {
                request.certificate_arn = Some(arn.to_string());
            }
            let verdict = not_yet(desired, &ledger, Reason::WaitingForRecords, NO_RECORDS_YET);
            Some(Plan::new(Step::Write, ledger, verdict, Patience::Soon))
        }
        (Look::Seen(Some(_)), Look::NotTaken | Look::Failed(_)) => {
            let doing = "looking whose the certificate is that was requested for this spec before.";
            let mut verdict = not_yet(desired, intended, Reason::Requesting, doing);
            let failed = match &retiring.tags {
                Look::Failed(error) => Some(error.clone()),
                Look::Seen(_) | Look::NotTaken => None,
            };
            verdict.ready = failed.as_ref().and_then(|error| trouble(&desired.domain_name, error)).or(verdict.ready);
            let plan = Plan::new(Step::Wait, observed.status.clone(), verdict, Patience::Soon);
            Some(Plan { failed, ..plan })
        }
        (Look::NotTaken | Look::Failed(_), _)
            if (SignedDuration::ZERO..VISIBLE_WITHIN).contains(&now.duration_since(previous.since.0)) =>
        {
            let doing = "looking at the certificate that was requested for this spec before.";
            let verdict = not_yet(desired, intended, Reason::Requesting, doing);
            Some(Plan::new(Step::Wait, observed.status.clone(), verdict, Patience::Soon))
        }
        _ => None,
    }
}

/// The namespace has used its share of the account's yearly quota.
pub fn over_budget(desired: &Desired, status: &AcmCertificateStatus, at: Timestamp) -> Plan {
    let message = format!(
        "{}: namespace {} has requested as many certificates within 24 hours as --requests-per-day allows; the next one is \
         requested at {at:.0}.",
        desired.domain_name, desired.owner.namespace
    );
    let verdict = Verdict::not_ready(Reason::QuotaExceeded, message);
    Plan::new(Step::Wait, status.clone(), verdict, Patience::Until(at))
}

/// E4, or the recovery of a request that may have been sent long ago.
pub(super) fn ask(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    let status = &observed.status;
    if !is_intent_open(desired, status, now) {
        let mut certificate = identity::certificate_request(desired, request);
        if Mistake::TokenChangedAfterAnHour.is_made() && now.duration_since(request.sent_at.0).as_hours() > 0 {
            certificate.token = certificate.token.chars().rev().collect();
        }
        let effect = Effect::RequestCertificate(Box::new(certificate));
        let verdict = not_yet(desired, status, Reason::WaitingForRecords, NO_RECORDS_YET);
        return Plan::new(Step::Do(effect), status.clone(), verdict, Patience::Soon);
    }
    let mut ledger = status.clone();
    match &observed.found_by_tags {
        Look::NotTaken | Look::Failed(_) => wait_for_search(desired, observed),
        Look::Seen(found) => match found.split_first() {
            Some((first, others)) => {
                for other in others {
                    put_aside(&mut ledger, other.to_string(), None, now);
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
            None => intend(desired, observed, now, request.attempt.saturating_add(1), request.failures),
        },
    }
}
