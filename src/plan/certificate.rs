//! From requested to issued, and what becomes of an issued certificate.

use super::{
    Desired, Effect, Look, Observed, Patience, Plan, Retiring, Sight, Step, Verdict,
    adoption::{self, is_said_to_be_lost, with_tags},
    attempts::{after_the_end, gone},
    cleanup, expiry, identity,
    ledger::{is_pending, put_aside, served, take_in},
    records::{self, RecordsPlan, wanted_records},
    rejection, release,
    request::{abandon, ask, crowded, intend, is_unanswered},
    sentences::{
        ACM_VALIDATES, NO_RECORDS_YET, in_place, issued_for, listed, manual_records, missing, not_yet,
        stale_or_unchanged,
    },
    story, suspension, trouble,
};
use crate::api::{AcmCertificateStatus, ClaimState, ConditionType, Reason, RequestIntent};
use crate::mistake::Mistake;
use jiff::Timestamp;

pub(super) fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let mut plan = next_step(desired, observed, now);
    if plan.patience == Patience::Settled
        && let Some(at) = expiry::next_due(&plan.ledger, &desired.limits, now)
    {
        plan.patience = Patience::Until(at);
    }
    plan
}

fn next_step(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    if let Some(rejection) = &desired.rejection {
        return rejection::plan(desired, observed, rejection, now);
    }
    if desired.suspend {
        return suspension::plan(desired, observed, now);
    }
    if !desired.has_finalizer {
        let status = observed.status.clone();
        return Plan::new(Step::Do(Effect::AddFinalizer), status, Verdict::unchanged(), Patience::Soon);
    }
    let mut plan = unless_refused(advance(desired, observed, now), observed);
    let is_lost = plan.verdict.ready.as_ref().is_some_and(|ready| ready.reason == Reason::OwnershipLost);
    if is_lost || is_said_to_be_lost(&observed.status) && observed.tags.seen().is_none() {
        return plan;
    }
    if plan.step == Step::Wait {
        plan = unless_refused(with_tags(desired, observed, plan), observed);
    }
    // Where there is nothing else to do, what was replaced is retired, and then the records that only it needed.
    if plan.step == Step::Wait {
        let effect = cleanup::retire_previous(desired, observed, &mut plan);
        let unseen = |arn: &str| observed.status.previous.iter().any(|p| !p.shown && p.certificate_arn == arn);
        if plan.ledger.previous.iter().any(|previous| previous.shown && unseen(&previous.certificate_arn)) {
            plan.step = Step::Write;
        } else if let Some(effect) = effect {
            plan.otherwise = Some(Box::new((plan.ledger.clone(), plan.verdict.clone())));
            plan.step = Step::Do(effect);
        }
    }
    plan = unless_refused(plan, observed);
    if plan.step == Step::Wait {
        plan = unless_refused(release::unwanted(desired, observed, plan, now), observed);
    }
    let unsure = |retiring: &Retiring| !matches!(retiring.detail, Look::Seen(_));
    if plan.patience == Patience::Settled && observed.retiring.values().any(unsure) {
        plan.patience = Patience::Pending;
    }
    plan
}

/// What AWS has refused is not sent again yet, and holds up nothing else.
fn unless_refused(plan: Plan, observed: &Observed) -> Plan {
    match &plan.step {
        Step::Do(effect) if observed.is_refused(effect) => plan.without_effect(&observed.status),
        _ => plan,
    }
}

fn advance(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let status = &observed.status;
    let Some(request) = &status.request else {
        return match &desired.adopts {
            Some(arn) => adoption::adopt(desired, observed, arn, now),
            None => adoption::begin(desired, observed, now),
        };
    };
    match &observed.tags {
        Look::Seen(tags) if !desired.owner.is_named_by(tags) => {
            let ledger = match &observed.certificate {
                Look::Seen(Sight::Detail(detail)) => take_in(status, detail),
                _ => status.clone(),
            };
            return adoption::lost(desired, ledger, tags, now);
        }
        // Nobody fights: until the tags are seen to be ours again, nothing is written.
        Look::NotTaken | Look::Failed(_) if is_said_to_be_lost(status) => {
            let verdict = stale_or_unchanged(desired, observed);
            return Plan::new(Step::Wait, status.clone(), verdict, Patience::Pending);
        }
        _ => {}
    }
    let same_spec = request.spec_hash == desired.spec_hash() || Mistake::ReadyFromAPreviousGeneration.is_made();
    if desired.adopts.is_some() && !same_spec {
        let mut plan = follow_what_is_seen(desired, observed, request, now);
        plan.verdict.ready = adoption::mismatch(desired, status, adoption::EDITED_AWAY, now).verdict.ready;
        return plan;
    }
    match (is_unanswered(status), same_spec) {
        (true, true) => return ask(desired, observed, request, now),
        (true, false) => {
            return crowded(desired, status).unwrap_or_else(|| abandon(desired, observed, request, now));
        }
        (false, false) => {
            let attempt = request.attempt.saturating_add(1);
            return crowded(desired, status).unwrap_or_else(|| intend(desired, observed, now, attempt, 0));
        }
        (false, true) => {}
    }
    follow_what_is_seen(desired, observed, request, now)
}

fn follow_what_is_seen(desired: &Desired, observed: &Observed, request: &RequestIntent, now: Timestamp) -> Plan {
    let status = &observed.status;
    match &observed.certificate {
        Look::NotTaken => {
            Plan::new(Step::Wait, status.clone(), stale_or_unchanged(desired, observed), Patience::Pending)
        }
        Look::Failed(error) => {
            let mut verdict = stale_or_unchanged(desired, observed);
            let denied = trouble(&desired.domain_name, error);
            // While it is not the first time that this is told: `Ready` says so, or the Event.
            let is_news = verdict.stale.is_some() && !is_said_to_be_stale(status);
            let notice = denied.clone().filter(|_| is_news).map(|claim| story::unreadable(&claim, error, observed));
            if let Some(denied) = denied.filter(|_| status.certificate_arn.is_none()) {
                // What has to be done is known, however long ago anything was seen.
                verdict = Verdict { ready: Some(denied), ..Verdict::unchanged() };
            }
            let mut plan = Plan::new(Step::Wait, status.clone(), verdict, Patience::Pending);
            plan.notices.extend(notice.filter(|_| plan.verdict.stale.is_some()));
            Plan { failed: Some(error.clone()), ..plan }
        }
        Look::Seen(Sight::Absent { confirmed: false }) => {
            let waiting = not_yet(desired, status, Reason::WaitingForRecords, NO_RECORDS_YET);
            let verdict = if request.certificate_arn.is_some() { waiting } else { Verdict::unchanged() };
            Plan::new(Step::Wait, status.clone(), verdict, Patience::Soon)
        }
        Look::Seen(Sight::Absent { confirmed: true }) if desired.adopts.is_some() => {
            let arn = desired.adopts.as_ref();
            adoption::mismatch(desired, status, &arn.map(adoption::is_missing).unwrap_or_default(), now)
        }
        Look::Seen(Sight::Absent { confirmed: true }) => {
            crowded(desired, status).unwrap_or_else(|| gone(desired, observed, request, now))
        }
        Look::Seen(Sight::Unchanged) => follow(desired, observed, status.clone(), now),
        Look::Seen(Sight::Detail(detail)) => follow(desired, observed, take_in(status, detail), now),
    }
}

/// Do the conditions say that what they told is too old?
fn is_said_to_be_stale(status: &AcmCertificateStatus) -> bool {
    story::condition(status, ConditionType::Ready).is_some_and(|c| c.reason == Reason::ObservationStale.as_str())
}

/// The certificate exists: its records, and what its status means.
fn follow(desired: &Desired, observed: &Observed, ledger: AcmCertificateStatus, now: Timestamp) -> Plan {
    let word = ledger.certificate_status.clone().unwrap_or_default();
    match word.as_str() {
        "PENDING_VALIDATION" | "" => pending(desired, observed, ledger),
        // The switch takes a description: a listing does not tell serial, issuer and names.
        "ISSUED" if is_pending(&ledger) && !matches!(observed.certificate, Look::Seen(Sight::Detail(_))) => {
            Plan::new(Step::Wait, ledger, Verdict::unchanged(), Patience::Soon)
        }
        "ISSUED" => issued(desired, observed, ledger, now),
        _ => after_the_end(desired, observed, ledger, &word, now),
    }
}

fn pending(desired: &Desired, observed: &Observed, mut ledger: AcmCertificateStatus) -> Plan {
    let shown = !ledger.validations.is_empty() && ledger.validations.iter().all(|v| v.record.is_some());
    if !shown {
        let verdict = not_yet(desired, &ledger, Reason::WaitingForRecords, NO_RECORDS_YET);
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
        let message = format!("write these records; ACM goes on once it sees them in public DNS: {}.", listed(&list));
        let verdict = not_yet(desired, ledger, Reason::WaitingForValidation, &message);
        return verdict.with_records(Some(manual_records(desired, ledger)));
    }
    if records.in_place {
        let verdict = not_yet(desired, ledger, Reason::WaitingForValidation, ACM_VALIDATES);
        return verdict.with_records(Some(in_place(desired, ledger)));
    }
    if records.stale.is_some() {
        return Verdict::unchanged().with_records(records.stale.clone());
    }
    if observed.zones == Look::NotTaken || records.failed.is_some() {
        return Verdict::unchanged();
    }
    let verdict = not_yet(desired, ledger, Reason::WaitingForRecords, "writing the validation records to Route 53.");
    verdict.with_records(missing(desired, records))
}

fn issued(desired: &Desired, observed: &Observed, mut ledger: AcmCertificateStatus, now: Timestamp) -> Plan {
    let mut switched = false;
    if let Look::Seen(Sight::Detail(detail)) = &observed.certificate
        && let Some(request) = ledger.request.as_mut().filter(|request| request.certificate_arn.is_some())
    {
        // The new certificate serves from now on, the one before it is put aside.
        request.certificate_arn = None;
        let hash = identity::served_hashes(&ledger).map(|[requested, _]| requested);
        let before = ledger.certificate_arn.replace(detail.arn.to_string());
        if let Some(before) = before.filter(|before| before != detail.arn.as_str()) {
            put_aside(&mut ledger, before, hash, now);
        }
        served(&mut ledger, detail);
        switched = true;
    }
    ledger.failure = None;
    let records = records::plan(desired, observed, &ledger);
    let mut verdict = Verdict::ready(issued_for(desired, &ledger));
    verdict.ready = expiry::expired(desired, &ledger, now).or(verdict.ready);
    verdict.records = records.claim(desired, &ledger);
    let plan = step_for_records(desired, observed, &mut ledger, records, verdict, Patience::Settled);
    match plan.step {
        // The switch is stored first; then what follows from it is looked at.
        Step::Wait if switched => Plan { step: Step::Write, ..plan },
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
    let Some((zone, batch)) = records.create else {
        let patience = if records.missing.is_empty() { patience } else { Patience::Soon };
        // A claim on a record that was found is stored, and then the record is looked at once more.
        let step = if claims_change { Step::Write } else { Step::Wait };
        ledger.records = records.claims;
        let mut plan = Plan::new(step, ledger.clone(), verdict, patience);
        plan.failed = records.failed;
        let one = |record| story::records_created(std::slice::from_ref(record), false, ledger);
        plan.notices = records.confirmed.iter().filter_map(one).collect();
        return plan;
    };
    ledger.records = records.claims;
    if claims_change {
        return Plan::new(Step::Write, ledger.clone(), verdict, Patience::Soon);
    }
    // Without the batch: what is true of the certificate itself, and nothing new of its records.
    let serves = ledger.certificate_status.as_deref() == Some("ISSUED");
    let without = if serves { Verdict { records: None, ..verdict.clone() } } else { Verdict::unchanged() };
    let otherwise = Some(Box::new((ledger.clone(), without)));
    for claim in &mut ledger.records {
        if batch.contains(claim) {
            claim.state = ClaimState::Created;
        }
    }
    let others_left = records.missing.len() > batch.len() || records.unseen;
    let after = match (others_left, records.problem.is_some(), ledger.certificate_status.as_deref()) {
        (false, false, Some("PENDING_VALIDATION")) => {
            let message = ACM_VALIDATES;
            let records = Some(in_place(desired, ledger));
            not_yet(desired, ledger, Reason::WaitingForValidation, message).with_records(records)
        }
        (false, false, _) => verdict.with_records(Some(in_place(desired, ledger))),
        _ => verdict,
    };
    let notices = story::records_created(&batch, serves, ledger).into_iter().collect();
    let create = Effect::CreateRecords { zone, records: batch };
    let plan = Plan::new(Step::Do(create), ledger.clone(), after, patience);
    Plan { notices, otherwise, ..plan }
}
