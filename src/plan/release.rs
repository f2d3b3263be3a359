//! Records that nobody needs any more: announced as going, counted, then deleted exactly as they stand there.

use super::{
    Desired, Effect, Look, Need, Observed, Patience, Plan, Step, Verdict, cleanup, records::wanted_records, story,
};
use crate::{
    api::{AcmCertificateStatus, ClaimState, RecordClaim},
    aws::{Meaning, RecordSet},
    names::{HostedZoneId, RecordName},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How soon it is asked again who needs a record that a living object lets go of.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// D7: every record of an object that is being deleted, once its certificates are gone.
pub(super) fn all(desired: &Desired, observed: &Observed, verdict: Verdict) -> Option<Plan> {
    let mut ledger = observed.status.clone();
    if ledger.records.is_empty() {
        return None;
    }
    announce(desired, &mut ledger, |_| true);
    if ledger.records != observed.status.records {
        return Some(Plan::new(Step::Write, ledger, verdict, Patience::Soon));
    }
    let plan = delete(observed, ledger, verdict)?;
    // A deletion names its blocker.
    Some(match plan.failed.clone() {
        Some(error) => cleanup::failed(desired, observed, &error),
        None => plan,
    })
}

/// Records of names that were edited out, while the object lives: once nothing pends and nothing waits to be retired.
pub(super) fn unwanted(desired: &Desired, observed: &Observed, plan: Plan, now: Timestamp) -> Plan {
    let is_settled = plan.ledger.certificate_status.as_deref() == Some("ISSUED")
        && plan.ledger.previous.is_empty()
        && plan.ledger.request.as_ref().is_some_and(|request| request.certificate_arn.is_none());
    if !is_settled {
        return plan;
    }
    let wanted: Vec<_> = wanted_records(&plan.ledger).into_iter().map(|record| record.name).collect();
    // NB: of a certificate that is shown in part only, some record may be one that is claimed.
    if wanted.is_empty() || plan.ledger.validations.iter().any(|validation| validation.record.is_none()) {
        return plan;
    }
    let mut ledger = plan.ledger.clone();
    announce(desired, &mut ledger, |claim| !wanted.contains(&RecordName::new(&claim.name)));
    if ledger.records != plan.ledger.records {
        return Plan { step: Step::Write, ledger, ..plan };
    }
    let otherwise = Some(Box::new((plan.ledger.clone(), plan.verdict.clone())));
    match delete(observed, ledger, plan.verdict.clone()) {
        Some(next) if next.step != Step::Wait => Plan { otherwise, ..next },
        // Undecided, perhaps for long: that holds up nothing else.
        Some(_) if plan.patience == Patience::Settled => Plan { patience: Patience::Until(now + LOOK_AGAIN), ..plan },
        Some(_) => plan,
        None => plan,
    }
}

/// What we only found is not ours to delete; what we made is announced as going before anybody is asked.
fn announce(desired: &Desired, ledger: &mut AcmCertificateStatus, goes: impl Fn(&RecordClaim) -> bool) {
    let retained = cleanup::is_retained(desired);
    ledger.records.retain(|claim| !goes(claim) || (!retained && claim.state != ClaimState::Found));
    for claim in ledger.records.iter_mut().filter(|claim| goes(claim)) {
        claim.state = ClaimState::Deleting;
    }
}

/// One step for the records that are announced as going; nothing if there is none.
fn delete(observed: &Observed, mut ledger: AcmCertificateStatus, verdict: Verdict) -> Option<Plan> {
    if observed.status.records.iter().all(|claim| claim.state != ClaimState::Deleting) {
        return None;
    }
    let mut notices = vec![];
    let mut batches: BTreeMap<HostedZoneId, Vec<RecordClaim>> = BTreeMap::new();
    let mut undecided = None;
    for claim in observed.status.records.iter().filter(|claim| claim.state == ClaimState::Deleting) {
        let name = RecordName::new(&claim.name);
        let zone = HostedZoneId::new(&claim.zone_id);
        match observed.needs.get(&(zone.clone(), name.clone())) {
            None => undecided = Some(None),
            Some(Need::Nobody) => {}
            Some(Need::Object { namespace, name, uid }) => {
                let mut plan = Plan::new(
                    Step::Do(Effect::HandOver {
                        namespace: namespace.clone(),
                        name: name.clone(),
                        uid: uid.clone(),
                        record: RecordClaim { state: ClaimState::Created, ..claim.clone() },
                    }),
                    ledger.clone(),
                    verdict.clone(),
                    Patience::Soon,
                );
                plan.ledger.records.retain(|other| other != claim);
                // NB: what was decided of the records before this one goes with it.
                return Some(Plan { notices, ..plan });
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
        return Some(Plan { notices, ..Plan::new(Step::Write, ledger, verdict, Patience::Soon) });
    }
    let next = observed.next_batch(batches, |zone| Effect::DeleteRecords { zone, records: vec![] });
    if let Some((zone, records)) = next {
        ledger.records.retain(|claim| !records.contains(claim));
        let effect = Effect::DeleteRecords { zone, records };
        return Some(Plan::new(Step::Do(effect), ledger, verdict.clone(), Patience::Soon));
    }
    match undecided {
        Some(Some(error)) => {
            let plan = cleanup::wait(observed, verdict, Patience::Pending);
            Some(Plan { failed: Some(error), ..plan })
        }
        _ => Some(cleanup::wait(observed, verdict, Patience::Soon)),
    }
}

/// Route 53 deletes only what matches name, type, TTL and every value; so do we.
fn is_exactly(claim: &RecordClaim, set: &RecordSet) -> bool {
    set.type_ == claim.type_ && set.ttl_seconds == Some(claim.ttl_seconds) && set.has_only_value(&claim.value)
}
