//! Certificates that came to their end, or that somebody deleted: when the next one may be requested.

use super::{
    Claim, Desired, Observed, Patience, Plan, Step, Verdict,
    ledger::{clear_served, put_aside},
    request::{crowded, intend, over_budget},
    sentences::ended,
};
use crate::api::{AcmCertificateStatus, Failure, Reason, RequestIntent};
use crate::mistake::Mistake;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// Ends after which another certificate may be of use. Any other word of ACM is shown and waited out.
pub(super) const ENDS: [&str; 4] = ["FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED"];

/// ACM has given the certificate up. The next attempt comes when a person asks for it, or after a pause of hours.
pub(super) fn after_the_end(
    desired: &Desired,
    observed: &Observed,
    mut ledger: AcmCertificateStatus,
    word: &str,
    now: Timestamp,
) -> Plan {
    let (code, since) = first_seen(&ledger, &observed.status, word, now);
    let request = ledger.request.clone();
    let again = request.as_ref().filter(|_| desired.adopts.is_none() && ENDS.contains(&word));
    // A certificate that served longer than the longest pause was no failure of its request.
    let served = matches!(word, "EXPIRED" | "REVOKED")
        && request.as_ref().is_some_and(|r| since.0.duration_since(r.sent_at.0) >= desired.retry_backoff.1);
    let failures = request.as_ref().filter(|_| !served).map_or(0, |request| request.failures);
    let next = again.map(|request| since.0 + pause(desired, request, failures));
    if let (Some(request), Some(next)) = (again, next)
        && (now >= next || Mistake::TerminalStateRetriedAtOnce.is_made() || is_retry_asked(desired, &ledger))
        && crowded(desired, &ledger).is_none()
        && observed.next_request_at.is_none()
    {
        ledger.last_handled_retry_at.clone_from(&desired.retry);
        retire_dead(&mut ledger, now);
        let observed = Observed { status: ledger, ..observed.clone() };
        return intend(desired, &observed, now, request.attempt.saturating_add(1), failures.saturating_add(1));
    }
    let (reason, message) = ended(desired, &ledger, word, next);
    ledger.failure = Some(Failure { reason: code, message: message.clone(), since: Some(since) });
    let patience = match (next, observed.next_request_at) {
        (Some(_), Some(at)) => Patience::Until(at),
        // Due, but for the certificates that wait to be retired.
        (Some(next), None) if now >= next => Patience::Pending,
        (Some(next), None) => Patience::Until(next),
        (None, _) => Patience::Settled,
    };
    Plan::new(Step::Wait, ledger, Verdict::not_ready(reason, message), patience)
}

/// ACM's code for an end, and when it was first seen: from then on the pause before the next attempt counts.
fn first_seen(
    ledger: &AcmCertificateStatus,
    stored: &AcmCertificateStatus,
    word: &str,
    now: Timestamp,
) -> (String, Time) {
    let code = ledger.failure.as_ref().map_or_else(|| word.to_owned(), |failure| failure.reason.clone());
    let known = stored.failure.as_ref().filter(|failure| failure.reason == code);
    let since = known.and_then(|failure| failure.since.clone()).unwrap_or(Time(now));
    // NB: not later than now, whatever clock has written that into the status; and it stays so.
    (code, Time(since.0.min(now)))
}

/// An end that is seen while nothing may be done about it.
pub(super) fn note_end(
    desired: &Desired,
    ledger: &mut AcmCertificateStatus,
    stored: &AcmCertificateStatus,
    now: Timestamp,
) {
    let word = ledger.certificate_status.clone().unwrap_or_default();
    if ENDS.contains(&word.as_str()) {
        let (reason, since) = first_seen(ledger, stored, &word, now);
        let (_, message) = ended(desired, ledger, &word, None);
        ledger.failure = Some(Failure { reason, message, since: Some(since) });
    }
}

/// Words for an object of which no certificate serves. A later attempt comes after one that there was.
pub(super) fn none_serves(ledger: &AcmCertificateStatus) -> &'static str {
    let was_one = ledger.request.as_ref().is_some_and(|request| request.attempt > 0) || !ledger.previous.is_empty();
    if was_one { "there is no certificate now" } else { "no certificate has been issued yet" }
}

/// ACM does not know the certificate any more: it is requested anew, at once the first time, later and later when it
/// happens again.
pub(super) fn gone(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    // A certificate that stood longer than the longest pause was no failure.
    let is_recent = now.duration_since(request.sent_at.0) < desired.retry_backoff.1;
    let failures = if is_recent { request.failures } else { 0 };
    let mut ledger = observed.status.clone();
    let pending = ledger.request.as_mut().and_then(|request| request.certificate_arn.take());
    let did_serve = pending.is_none();
    let arn = pending.or_else(|| {
        clear_served(&mut ledger);
        ledger.certificate_arn.take()
    });
    let arn = arn.unwrap_or_default();
    let gone = |what: &str| {
        let message = format!("{}: {arn} was deleted outside of the operator; {what}.", desired.domain_name);
        let issued = did_serve.then(|| Claim::no(Reason::CertificateGone, message.clone()));
        Verdict { issued, ..Verdict::not_ready(Reason::CertificateGone, message) }
    };
    if request.sent_at.0 > now && failures > 0 {
        // Another clock wrote that. What follows from it must be the same at the next look.
        let mut ledger = observed.status.clone();
        ledger.request = Some(RequestIntent { sent_at: Time(now), ..request.clone() });
        return Plan::new(Step::Write, ledger, Verdict::unchanged(), Patience::Soon);
    }
    let next = request.sent_at.0 + pause(desired, request, failures.saturating_sub(1));
    if failures > 0 && now < next && !is_retry_asked(desired, &ledger) {
        let verdict = gone(&format!("that has happened before, so the next one is requested at {next:.0}"));
        return Plan::new(Step::Wait, observed.status.clone(), verdict, Patience::Until(next));
    }
    if let Some(at) = observed.next_request_at {
        return over_budget(desired, &observed.status, at);
    }
    ledger.last_handled_retry_at.clone_from(&desired.retry);
    // Put aside rather than forgotten: should ACM have been wrong, the certificate is still known.
    put_aside(&mut ledger, arn.clone(), None, now);
    let observed = Observed { status: ledger, ..observed.clone() };
    let attempt = request.attempt.saturating_add(1);
    let mut plan = intend(desired, &observed, now, attempt, failures.saturating_add(1));
    if plan.step == Step::Write {
        plan.verdict = gone("requesting a new certificate");
    }
    plan
}

/// The annotation `acmcert.io/retry` has a value that was not acted upon.
fn is_retry_asked(desired: &Desired, ledger: &AcmCertificateStatus) -> bool {
    desired.retry.is_some() && desired.retry != ledger.last_handled_retry_at
}

/// A certificate that has come to its end serves no more, or never will; it is not taken back either.
fn retire_dead(ledger: &mut AcmCertificateStatus, now: Timestamp) {
    let pending = ledger.request.as_mut().and_then(|request| request.certificate_arn.take());
    let dead = pending.or_else(|| {
        clear_served(ledger);
        ledger.certificate_arn.take()
    });
    if let Some(arn) = dead {
        put_aside(ledger, arn, None, now);
    }
}

/// Doubles with each failure in a row. Up to a tenth longer, so that what failed together is not tried together: by the
/// token, for the pause must be the same at every look.
fn pause(desired: &Desired, request: &RequestIntent, failures: i32) -> SignedDuration {
    let (first, most) = desired.retry_backoff;
    let doubled = first.saturating_mul(2_i32.saturating_pow(u32::try_from(failures).unwrap_or(0).min(16)));
    let base = doubled.min(most);
    let spread = request.token.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    base + base.checked_div(2550).unwrap_or_default().saturating_mul(spread.into())
}
