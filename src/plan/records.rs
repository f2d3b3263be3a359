//! Validation records: which are wanted, where they belong, and what to do about each.

use super::{
    Claim, Desired, Effect, Look, Observed,
    sentences::{in_place, listed, manual_records, missing, unread_since},
    trouble,
};
use crate::{
    api::{AcmCertificateStatus, ClaimState, Reason, RecordClaim},
    aws::{AwsError, HostedZone, Meaning},
    mistake::Mistake,
    names::{HostedZoneId, RecordName},
};
use std::collections::BTreeMap;

/// A validation record and the names that it validates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRecord {
    /// Name of the record set.
    pub name: RecordName,
    /// Type of the record set.
    pub type_: String,
    /// Its value.
    pub value: String,
    /// Names that it validates: `x` and `*.x` share one.
    pub domains: Vec<String>,
}

/// Why there is no zone for a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneProblem {
    /// No public zone holds the name.
    NotFound,
    /// Several public zones of the same, longest name.
    Ambiguous(Vec<HostedZoneId>),
    /// The zone that the spec pins does not exist, is private, or does not hold the name.
    BadPin(&'static str),
}

/// The records of all names, each once.
pub fn wanted_records(status: &AcmCertificateStatus) -> Vec<WantedRecord> {
    let mut wanted: BTreeMap<RecordName, WantedRecord> = BTreeMap::new();
    for validation in &status.validations {
        let Some(record) = &validation.record else { continue };
        let name = RecordName::new(&record.name);
        let entry = wanted.entry(name.clone()).or_insert_with(|| WantedRecord {
            name,
            type_: record.type_.clone(),
            value: record.value.clone(),
            domains: vec![],
        });
        entry.domains.push(validation.domain_name.clone());
    }
    wanted.into_values().collect()
}

/// The public zone of the longest name that holds the record, or the pinned one.
///
/// # Errors
/// Where there is none, or more than one: the operator never guesses.
pub fn zone_for(
    name: &RecordName,
    zones: &[HostedZone],
    pin: Option<&HostedZoneId>,
) -> Result<HostedZoneId, ZoneProblem> {
    if let Some(pin) = pin {
        return match zones.iter().find(|zone| zone.id == *pin) {
            None => Err(ZoneProblem::BadPin("does not exist")),
            Some(zone) if zone.private => Err(ZoneProblem::BadPin("is private")),
            Some(zone) if !name.is_within(zone.name.as_str()) => Err(ZoneProblem::BadPin("does not hold the name")),
            Some(zone) => Ok(zone.id.clone()),
        };
    }
    let counts = |zone: &HostedZone| !zone.private || Mistake::PrivateZonesNotExcluded.is_made();
    let holds = |zone: &&HostedZone| counts(zone) && name.is_within(zone.name.as_str());
    let longest = zones.iter().filter(holds).map(|zone| zone.name.as_str().len()).max().ok_or(ZoneProblem::NotFound)?;
    let mut closest: Vec<_> =
        zones.iter().filter(holds).filter(|zone| zone.name.as_str().len() == longest).map(|z| z.id.clone()).collect();
    closest.sort();
    match closest.pop() {
        Some(only) if closest.is_empty() => Ok(only),
        Some(last) => Err(ZoneProblem::Ambiguous(closest.into_iter().chain([last]).collect())),
        None => Err(ZoneProblem::NotFound),
    }
}

/// What a pass makes of the records.
#[derive(Debug)]
pub(super) struct RecordsPlan {
    /// The claims as they shall be stored.
    pub(super) claims: Vec<RecordClaim>,
    /// The next batch, once the claims are stored.
    pub(super) create: Option<(HostedZoneId, Vec<RecordClaim>)>,
    /// What stands in the way, worst first.
    pub(super) problem: Option<Claim>,
    /// A look at Route 53 that failed.
    pub(super) failed: Option<AwsError>,
    /// Was every wanted record looked at and found in place?
    pub(super) in_place: bool,
    /// Route 53 could not be read for so long that nothing is claimed any more.
    pub(super) stale: Option<Claim>,
    /// Is there a record of which nobody knows whether it is in place?
    pub(super) unseen: bool,
    /// Was any record looked at, so that a word on them is due?
    pub(super) looked: bool,
    /// Records whose creation was not known to have succeeded, and that are there.
    pub(super) confirmed: Vec<RecordClaim>,
    /// Missing records that wait, either for the batch or for another object to finish with them.
    pub(super) missing: Vec<RecordName>,
}

pub(super) fn plan(desired: &Desired, observed: &Observed, ledger: &AcmCertificateStatus) -> RecordsPlan {
    let mut plan = RecordsPlan {
        claims: ledger.records.clone(),
        create: None,
        problem: None,
        failed: None,
        in_place: true,
        stale: None,
        unseen: false,
        looked: false,
        confirmed: vec![],
        missing: vec![],
    };
    if !desired.writes_records {
        return plan;
    }
    let mut batches: BTreeMap<HostedZoneId, Vec<RecordClaim>> = BTreeMap::new();
    for wanted in wanted_records(ledger) {
        let zones = match &observed.zones {
            Look::Seen(zones) => zones,
            Look::Failed(error) => {
                plan.fail(desired, error);
                continue;
            }
            Look::NotTaken => {
                plan.in_place = false;
                plan.unseen = true;
                continue;
            }
        };
        match zone_for(&wanted.name, zones, desired.hosted_zone.as_ref()) {
            Err(problem) => plan.blame(zone_claim(&problem, &wanted, desired)),
            Ok(zone) => plan.look_at(desired, observed, &wanted, zone, &mut batches),
        }
    }
    if let (Some(error), Some(since)) = (&plan.failed, observed.records_stale_since) {
        let message = unread_since(desired, "Route 53", since, Some(error));
        plan.stale = Some(Claim::unknown(Reason::ObservationStale, message));
    }
    // One batch at a time, in the order of the zones; the claims of a batch are stored before it is sent.
    plan.create = observed.next_batch(batches, |zone| Effect::CreateRecords { zone, records: vec![] });
    plan
}

impl RecordsPlan {
    /// What is to be said of the records; nothing where nobody has looked.
    pub(super) fn claim(&self, desired: &Desired, ledger: &AcmCertificateStatus) -> Option<Claim> {
        match &self.problem {
            Some(problem) => Some(problem.clone()),
            None if !desired.writes_records => Some(manual_records(desired, ledger)),
            None if self.in_place => Some(in_place(desired, ledger)),
            None if self.stale.is_some() => self.stale.clone(),
            None if self.looked => missing(desired, self),
            None => None,
        }
    }

    fn blame(&mut self, claim: Claim) {
        self.in_place = false;
        self.looked = true;
        self.problem.get_or_insert(claim);
    }

    fn fail(&mut self, desired: &Desired, error: &AwsError) {
        self.in_place = false;
        self.unseen = true;
        self.failed = Some(error.clone());
        if let Some(claim) = trouble(&desired.domain_name, error) {
            self.blame(claim);
        }
    }

    fn look_at(
        &mut self,
        desired: &Desired,
        observed: &Observed,
        wanted: &WantedRecord,
        zone: HostedZoneId,
        batches: &mut BTreeMap<HostedZoneId, Vec<RecordClaim>>,
    ) {
        let mine = |claim: &RecordClaim| claim.name == wanted.name.as_str() && claim.zone_id == zone.as_str();
        let at = self.claims.iter().position(mine);
        let claim = |state, ttl_seconds| RecordClaim {
            name: wanted.name.to_string(),
            type_: wanted.type_.clone(),
            value: wanted.value.clone(),
            ttl_seconds,
            zone_id: zone.to_string(),
            state,
        };
        let key = (zone.clone(), wanted.name.clone());
        match observed.record_sets.get(&key).unwrap_or(&Look::NotTaken) {
            Look::NotTaken => {
                // Not due for a look: what is claimed as done counts as in place, for the period between two looks.
                let done = |i: usize| matches!(self.claims[i].state, ClaimState::Created | ClaimState::Found);
                let is_done = at.is_some_and(done);
                self.in_place &= is_done;
                self.unseen |= !is_done;
            }
            Look::Failed(error) if error.is(Meaning::NotFound) => {
                self.blame(zone_claim(&ZoneProblem::NotFound, wanted, desired));
            }
            Look::Failed(error) => self.fail(desired, error),
            Look::Seen(Some(set)) if observed.records_in_deletion.contains(&wanted.name) => {
                // It is about to go: relying on it now would be believing what another has already decided.
                self.looked = true;
                self.in_place = false;
                self.missing.push(wanted.name.clone());
                // Our entry all the same, if it is our record: whoever deletes it sees that, and hands it over instead.
                if set.has_only_value(&wanted.value) && at.is_none() {
                    self.claims.push(claim(ClaimState::Found, set.ttl_seconds.unwrap_or(desired.ttl_seconds)));
                }
            }
            Look::Seen(Some(set)) if set.type_ == wanted.type_ && set.has_only_value(&wanted.value) => {
                self.looked = true;
                let found = set.ttl_seconds.unwrap_or(desired.ttl_seconds);
                match at {
                    // Seen absent, then `Creating` was stored, now it is there: nobody else knows the value, so it is ours.
                    Some(i) if self.claims[i].state == ClaimState::Creating => {
                        self.claims[i].state = ClaimState::Created;
                        self.confirmed.push(self.claims[i].clone());
                    }
                    // Somebody may have given it another TTL: it is to be deleted as it stands there.
                    Some(i) if self.claims[i].state == ClaimState::Created => self.claims[i].ttl_seconds = found,
                    // It was on its way out, and is wanted again.
                    Some(i) if self.claims[i].state == ClaimState::Deleting => {
                        self.claims[i] = claim(ClaimState::Created, found)
                    }
                    Some(i) => self.claims[i] = claim(ClaimState::Found, found),
                    None => self.claims.push(claim(ClaimState::Found, found)),
                }
            }
            Look::Seen(Some(set)) => {
                // What somebody has changed is somebody's.
                let remedy = match at.map(|i| self.claims[i].state) {
                    Some(ClaimState::Created) => "somebody has changed it since the operator created it",
                    _ => "the operator does not change records that it did not create",
                };
                let message = format!(
                    "{}: the {} record {} in hosted zone {zone} is {}, ACM needs the CNAME {}; {remedy}. Remove it, and the \
                     operator writes its own; or correct it.",
                    listed(&wanted.domains),
                    set.type_,
                    wanted.name,
                    shown(&set.values),
                    wanted.value
                );
                self.blame(Claim::no(Reason::RecordConflict, message));
            }
            Look::Seen(None) => {
                self.looked = true;
                self.in_place = false;
                self.missing.push(wanted.name.clone());
                if observed.records_in_deletion.contains(&wanted.name) {
                    return;
                }
                let creating = claim(ClaimState::Creating, desired.ttl_seconds);
                match at {
                    Some(i) => self.claims[i] = creating.clone(),
                    None => self.claims.push(creating.clone()),
                }
                batches.entry(zone).or_default().push(creating);
            }
        }
    }
}

/// The first values of a record, in an order that does not depend on Route 53's.
fn shown(values: &[String]) -> String {
    const VALUES: usize = 3;
    const CHARS: usize = 100;
    let cut = |value: &String| match value.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.clone(),
    };
    let mut values: Vec<_> = values.iter().map(cut).collect();
    values.sort();
    let first = values.iter().take(VALUES).map(String::as_str).collect::<Vec<_>>().join(" ");
    match values.len().saturating_sub(VALUES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

fn zone_claim(problem: &ZoneProblem, wanted: &WantedRecord, desired: &Desired) -> Claim {
    let domains = listed(&wanted.domains);
    match problem {
        ZoneProblem::NotFound => Claim::no(
            Reason::ZoneNotFound,
            format!(
                "{domains}: no public hosted zone of this account holds {}; create and delegate one, or set \
                 spec.validation.dns.records to Manual and write the record elsewhere.",
                wanted.name
            ),
        ),
        ZoneProblem::Ambiguous(zones) => Claim::no(
            Reason::ZoneAmbiguous,
            format!(
                "{domains}: the public hosted zones {} have the same name; set spec.validation.dns.hostedZoneId to \
                 the delegated one.",
                zones.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
        ),
        ZoneProblem::BadPin(why) => Claim::no(
            Reason::ZoneNotFound,
            format!(
                "{domains}: spec.validation.dns.hostedZoneId ({}) {why}; correct it, or remove it to let the \
                 operator find the zone.",
                desired.hosted_zone.as_ref().map_or("", HostedZoneId::as_str)
            ),
        ),
    }
}

#[cfg(test)]
mod tests;
