//! From intent to issued, and what becomes of an issued certificate.

use super::{
    Claim, Desired, Effect, Look, Observed, Patience, Plan, Sight, Step, Verdict, cleanup, identity,
    records::{self, RecordsPlan, wanted_records},
    story, trouble,
    trouble::failure_in_words,
};
use crate::{
    api::{AcmCertificateStatus, Failure, PreviousCertificate, Reason, RequestIntent},
    aws::CertificateDetail,
};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

/// ACM remembers an idempotency token for an hour. A request that may still be on its way is repeated only well within
/// it; later the certificate is looked for by its tags.
const TOKEN_SAFE: SignedDuration = SignedDuration::from_mins(40);

/// Does the serving certificate cover exactly what the spec asks for?
pub fn covers(status: &AcmCertificateStatus, desired: &Desired) -> bool {
    let served: std::collections::BTreeSet<&str> = status.names.iter().map(String::as_str).collect();
    let wanted: std::collections::BTreeSet<&str> = desired.names().map(|name| name.as_str()).collect();
    // NB: the common name is part of the certificate, so another choice of it is another certificate.
    let same_common_name = status.names.first().map(String::as_str) == Some(desired.domain_name.as_str());
    let same_key = status.key_algorithm.as_deref().is_none_or(|key| key == desired.requested_key_algorithm());
    status.certificate_arn.is_some() && same_common_name && served == wanted && same_key
}

/// Was a request begun whose certificate is not known, so that it has to be looked for before anything else?
pub fn is_intent_open(desired: &Desired, status: &AcmCertificateStatus, now: Timestamp) -> bool {
    let unanswered = |request: &RequestIntent| request.certificate_arn.is_none() && !covers(status, desired);
    let Some(request) = status.request.as_ref().filter(|request| unanswered(request)) else { return false };
    let repeatable = !desired.deleting
        && now.duration_since(request.sent_at.0) < TOKEN_SAFE
        && request.tags_hash == identity::tags_hash(&desired.tags);
    !repeatable
}

pub(super) fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let status = &observed.status;
    if !desired.has_finalizer && !desired.suspend {
        return Plan::new(Step::Do(Effect::AddFinalizer), status.clone(), Verdict::unchanged(), Patience::Soon);
    }
    if desired.suspend {
        return suspended(desired, observed);
    }
    let Some(request) = &status.request else { return intend(desired, observed, now, 0) };
    if request.spec_hash != desired.spec_hash() {
        return intend(desired, observed, now, request.attempt.saturating_add(1));
    }
    if request.certificate_arn.is_none() && !covers(status, desired) {
        return ask(desired, observed, request, now);
    }
    match &observed.certificate {
        Look::NotTaken => Plan::new(Step::Wait, status.clone(), stale_or_unchanged(observed), Patience::Pending),
        Look::Failed(error) => {
            let mut verdict = stale_or_unchanged(observed);
            if status.certificate_arn.is_none() {
                verdict.ready = trouble(error);
            }
            Plan::new(Step::Wait, status.clone(), verdict, Patience::Pending)
        }
        Look::Seen(Sight::Absent { confirmed: false }) => {
            let waiting =
                not_yet(desired, status, Reason::WaitingForRecords, "waiting for ACM to show the validation records.");
            let verdict = if request.certificate_arn.is_some() { waiting } else { Verdict::unchanged() };
            Plan::new(Step::Wait, status.clone(), verdict, Patience::Soon)
        }
        Look::Seen(Sight::Absent { confirmed: true }) => gone(desired, observed, request, now),
        Look::Seen(Sight::Unchanged) => follow(desired, observed, status.clone(), now),
        Look::Seen(Sight::Detail(detail)) => follow(desired, observed, take_in(status, detail), now),
    }
}

/// E2: the intent, before the request is sent. A pending certificate of another spec is put aside.
fn intend(desired: &Desired, observed: &Observed, now: Timestamp, attempt: i32) -> Plan {
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
fn ask(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    let status = &observed.status;
    if !is_intent_open(desired, status, now) {
        let effect = Effect::RequestCertificate(Box::new(identity::certificate_request(desired, request)));
        let verdict =
            not_yet(desired, status, Reason::WaitingForRecords, "waiting for ACM to show the validation records.");
        return Plan::new(Step::Do(effect), status.clone(), verdict, Patience::Soon);
    }
    let mut ledger = status.clone();
    match &observed.found_by_tags {
        Look::NotTaken => Plan::new(Step::Wait, ledger, Verdict::unchanged(), Patience::Soon),
        Look::Failed(error) => {
            let verdict = Verdict { ready: trouble(error), ..Verdict::unchanged() };
            Plan::new(Step::Wait, ledger, verdict, Patience::Pending)
        }
        Look::Seen(found) => match found.split_first() {
            Some((first, others)) => {
                for other in others {
                    put_aside(&mut ledger, other.to_string(), now);
                }
                ledger.request = Some(RequestIntent { certificate_arn: Some(first.to_string()), ..request.clone() });
                let verdict = not_yet(
                    desired,
                    &ledger,
                    Reason::WaitingForRecords,
                    "waiting for ACM to show the validation records.",
                );
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
fn gone(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    let mut ledger = observed.status.clone();
    let arn = match &mut ledger.request {
        Some(request) if request.certificate_arn.is_some() => request.certificate_arn.take(),
        _ => {
            clear_served(&mut ledger);
            ledger.certificate_arn.take()
        }
    };
    let observed = Observed { status: ledger, ..observed.clone() };
    let mut plan = intend(desired, &observed, now, request.attempt.saturating_add(1));
    let arn = arn.unwrap_or_default();
    let message =
        format!("{}: {arn} was deleted outside of the operator; requesting a new certificate.", desired.domain_name);
    plan.verdict = Verdict::not_ready(Reason::CertificateGone, message);
    plan
}

/// The certificate exists: its records, and what its status means.
fn follow(desired: &Desired, observed: &Observed, mut ledger: AcmCertificateStatus, now: Timestamp) -> Plan {
    let word = ledger.certificate_status.clone().unwrap_or_default();
    match word.as_str() {
        "PENDING_VALIDATION" | "" => pending(desired, observed, ledger),
        "ISSUED" => issued(desired, observed, ledger, now),
        _ => {
            let (reason, message) = ended(desired, &ledger, &word);
            ledger.failure = Some(Failure { reason: failure_code(&ledger, &word), message: message.clone() });
            let mut verdict = Verdict::not_ready(reason, message);
            verdict.records = None;
            Plan::new(Step::Wait, ledger, verdict, Patience::Settled)
        }
    }
}

fn failure_code(ledger: &AcmCertificateStatus, word: &str) -> String {
    ledger.failure.as_ref().map_or_else(|| word.to_owned(), |failure| failure.reason.clone())
}

/// A status of ACM that is an end. Unknown ones are shown as they came.
fn ended(desired: &Desired, ledger: &AcmCertificateStatus, word: &str) -> (Reason, String) {
    let name = &desired.domain_name;
    match word {
        "FAILED" => {
            let code = ledger.failure.as_ref().map_or("OTHER", |failure| failure.reason.as_str());
            (Reason::RequestFailed, format!("{name}: ACM refused the certificate, {}.", failure_in_words(code)))
        }
        "VALIDATION_TIMED_OUT" => (
            Reason::ValidationTimedOut,
            format!(
                "{name}: ACM did not see the validation records within 72 hours and gave up; check that the zone is \
                 delegated and the records are visible, then delete this object and create it again."
            ),
        ),
        "EXPIRED" => (Reason::Expired, format!("{name}: the certificate has expired.")),
        "REVOKED" => (Reason::Revoked, format!("{name}: the certificate was revoked.")),
        other => (Reason::RequestFailed, format!("{name}: ACM reports the certificate as {other}.")),
    }
}

fn pending(desired: &Desired, observed: &Observed, mut ledger: AcmCertificateStatus) -> Plan {
    let shown = !ledger.validations.is_empty() && ledger.validations.iter().all(|v| v.record.is_some());
    if !shown {
        let verdict =
            not_yet(desired, &ledger, Reason::WaitingForRecords, "waiting for ACM to show the validation records.");
        return Plan::new(Step::Wait, ledger, verdict, Patience::Soon);
    }
    let records = records::plan(desired, observed, &ledger);
    let verdict = pending_verdict(desired, observed, &ledger, &records);
    step_for_records(desired, observed, &mut ledger, records, verdict, Patience::Pending)
}

fn pending_verdict(
    desired: &Desired,
    observed: &Observed,
    ledger: &AcmCertificateStatus,
    records: &RecordsPlan,
) -> Verdict {
    if let Some(problem) = &records.problem {
        let verdict = Verdict { ready: Some(problem.clone()), ..Verdict::unchanged() };
        return verdict.with_records(Some(problem.clone()));
    }
    if !desired.writes_records {
        let list: Vec<_> =
            wanted_records(ledger).iter().map(|r| format!("{} {} {}", r.name, r.type_, r.value)).collect();
        let message = format!("waiting for these records to be written and seen by ACM: {}", list.join("; "));
        let verdict = not_yet(desired, ledger, Reason::WaitingForValidation, &message);
        return verdict.with_records(Some(manual_records(ledger)));
    }
    if records.in_place {
        let verdict = not_yet(
            desired,
            ledger,
            Reason::WaitingForValidation,
            "the validation records are in place; ACM normally issues within 30 minutes.",
        );
        return verdict.with_records(Some(in_place(ledger)));
    }
    if observed.zones == Look::NotTaken || records.failed.is_some() {
        return Verdict::unchanged();
    }
    let verdict = not_yet(desired, ledger, Reason::WaitingForRecords, "writing the validation records to Route 53.");
    verdict.with_records(missing(desired, records))
}

fn issued(desired: &Desired, observed: &Observed, mut ledger: AcmCertificateStatus, now: Timestamp) -> Plan {
    if let Some(Look::Seen(Sight::Detail(detail))) = Some(&observed.certificate)
        && let Some(request) = ledger.request.as_mut().filter(|request| request.certificate_arn.is_some())
    {
        // E15: the new certificate serves from now on, the one before it is put aside.
        request.certificate_arn = None;
        let before = ledger.certificate_arn.replace(detail.arn.to_string());
        if let Some(before) = before.filter(|before| before != detail.arn.as_str()) {
            put_aside(&mut ledger, before, now);
        }
        serve(&mut ledger, detail);
    }
    ledger.failure = None;
    let records = records::plan(desired, observed, &ledger);
    let until = ledger.not_after.as_ref().map_or(String::new(), |time| format!("; expires {}", date(time)));
    let names = match desired.other_names.len() {
        0 => desired.domain_name.to_string(),
        1 => format!("{} and 1 other name", desired.domain_name),
        more => format!("{} and {more} other names", desired.domain_name),
    };
    let mut verdict = Verdict::ready(format!("issued for {names}{until}."));
    verdict.records = match &records.problem {
        Some(problem) => Some(problem.clone()),
        None if !desired.writes_records => Some(manual_records(&ledger)),
        None if records.in_place => Some(in_place(&ledger)),
        None if records.looked => missing(desired, &records),
        None => None,
    };
    let retire = cleanup::retire_previous(desired, observed, &mut ledger);
    let plan = step_for_records(desired, observed, &mut ledger, records, verdict, Patience::Settled);
    match (plan.step == Step::Wait, retire) {
        (true, Some(effect)) => Plan { step: Step::Do(effect), ..plan },
        _ => plan,
    }
}

/// Claims are stored before their batch is sent.
fn step_for_records(
    desired: &Desired,
    observed: &Observed,
    ledger: &mut AcmCertificateStatus,
    records: RecordsPlan,
    verdict: Verdict,
    patience: Patience,
) -> Plan {
    let claims_change = records.claims != observed.status.records;
    let Some(create) = records.create else {
        let waits = !records.missing.is_empty() || records.failed.is_some();
        let patience = if waits { Patience::Soon } else { patience };
        ledger.records = records.claims;
        return Plan::new(Step::Wait, ledger.clone(), verdict, patience);
    };
    ledger.records = records.claims;
    if claims_change {
        return Plan::new(Step::Write, ledger.clone(), verdict, Patience::Soon);
    }
    let Effect::CreateRecords { records: batch, .. } = &create else {
        return Plan::new(Step::Wait, ledger.clone(), verdict, patience);
    };
    for claim in &mut ledger.records {
        if batch.contains(claim) {
            claim.state = crate::api::ClaimState::Created;
        }
    }
    let others_left = records.missing.len() > batch.len();
    let after = match (others_left, records.problem.is_some(), ledger.certificate_status.as_deref()) {
        (false, false, Some("PENDING_VALIDATION")) => {
            let message = "the validation records are in place; ACM normally issues within 30 minutes.";
            not_yet(desired, ledger, Reason::WaitingForValidation, message).with_records(Some(in_place(ledger)))
        }
        (false, false, _) => verdict.with_records(Some(in_place(ledger))),
        _ => verdict,
    };
    let restored = ledger.certificate_status.as_deref() == Some("ISSUED");
    let notices = batch.iter().map(|record| story::record_created(record, restored, ledger)).collect();
    let mut plan = Plan::new(Step::Do(create), ledger.clone(), after, patience);
    plan.notices = notices;
    plan
}

fn in_place(ledger: &AcmCertificateStatus) -> Claim {
    let message = match wanted_records(ledger).len() {
        1 => "the validation record is in place.".to_owned(),
        count => format!("all {count} validation records are in place."),
    };
    Claim::yes(Reason::InPlace, message)
}

fn missing(desired: &Desired, records: &RecordsPlan) -> Option<Claim> {
    let names: Vec<_> = records.missing.iter().map(ToString::to_string).collect();
    let message =
        format!("{}: not in Route 53 yet: {}; the operator is writing it.", desired.domain_name, names.join(", "));
    (!names.is_empty()).then(|| Claim::no(Reason::RecordMissing, message))
}

/// With records that the user writes, ACM's word is all there is.
fn manual_records(ledger: &AcmCertificateStatus) -> Claim {
    let validated = |v: &&crate::api::DomainValidation| v.status.as_deref() == Some("SUCCESS");
    let open: Vec<_> = ledger.validations.iter().filter(|v| !validated(v)).map(|v| v.domain_name.as_str()).collect();
    match open.is_empty() {
        true => Claim::yes(Reason::InPlace, "ACM has seen the validation record of every name."),
        false => Claim::no(
            Reason::RecordMissing,
            format!(
                "ACM has not seen the validation records of {}; write those in status.validations.",
                open.join(", ")
            ),
        ),
    }
}

/// Not ready, and not a failure either. While another certificate serves, what happens is a replacement.
fn not_yet(desired: &Desired, ledger: &AcmCertificateStatus, reason: Reason, doing: &str) -> Verdict {
    let name = &desired.domain_name;
    match &ledger.certificate_arn {
        Some(_) => Verdict::not_ready(
            Reason::Replacing,
            format!("{name}: {doing} The certificate of the earlier spec serves until the new one is issued."),
        ),
        None => Verdict::not_ready(reason, format!("{name}: {doing}")),
    }
}

fn suspended(desired: &Desired, observed: &Observed) -> Plan {
    let mut ledger = observed.status.clone();
    if let Look::Seen(Sight::Detail(detail)) = &observed.certificate {
        ledger = take_in(&ledger, detail);
    }
    let message = format!("{}: suspended by spec.suspend; nothing is changed in AWS.", desired.domain_name);
    let good = covers(&ledger, desired) && ledger.certificate_status.as_deref() == Some("ISSUED");
    let mut verdict = if good {
        Verdict::ready("issued; the object is suspended.")
    } else {
        Verdict::not_ready(Reason::Suspended, message.clone())
    };
    verdict.suspended = Some(Claim::yes(Reason::Suspended, message));
    Plan::new(Step::Wait, ledger, verdict, Patience::Settled)
}

fn stale_or_unchanged(observed: &Observed) -> Verdict {
    let stale = observed.stale_since.map(|since| {
        format!(
            "ACM could not be read since {since}; what is shown was true then. See the operator's log for the cause."
        )
    });
    Verdict { stale, ..Verdict::unchanged() }
}

fn put_aside(ledger: &mut AcmCertificateStatus, arn: String, now: Timestamp) {
    if !ledger.previous.iter().any(|previous| previous.certificate_arn == arn) {
        ledger.previous.push(PreviousCertificate { certificate_arn: arn, since: Time(now), blocked_by: None });
    }
}

fn date(time: &Time) -> String {
    time.0.strftime("%Y-%m-%d").to_string()
}

/// What a description says of the certificate that matters, put into the status.
pub fn take_in(status: &AcmCertificateStatus, detail: &CertificateDetail) -> AcmCertificateStatus {
    let mut ledger = status.clone();
    ledger.certificate_status = Some(detail.status.clone());
    ledger.validations = report_validations(detail);
    ledger.failure = detail.failure_reason.clone().map(|reason| Failure { message: failure_in_words(&reason), reason });
    if ledger.certificate_arn.as_deref() == Some(detail.arn.as_str()) {
        serve(&mut ledger, detail);
    }
    ledger
}

fn report_validations(detail: &CertificateDetail) -> Vec<crate::api::DomainValidation> {
    super::report::validations(detail)
}

fn serve(ledger: &mut AcmCertificateStatus, detail: &CertificateDetail) {
    super::report::served(ledger, detail);
}

fn clear_served(ledger: &mut AcmCertificateStatus) {
    super::report::clear_served(ledger);
}
