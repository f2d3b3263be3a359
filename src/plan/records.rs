//! Validation records: which are wanted, where they belong, and what to do about each.

use super::{Claim, Desired, Look, Observed, sentences::listed, trouble};
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
                continue;
            }
        };
        match zone_for(&wanted.name, zones, desired.hosted_zone.as_ref()) {
            Err(problem) => plan.blame(zone_claim(&problem, &wanted, desired)),
            Ok(zone) => plan.look_at(desired, observed, &wanted, zone, &mut batches),
        }
    }
    // One batch at a time, in the order of the zones; the claims of a batch are stored before it is sent.
    plan.create = batches.into_iter().next();
    plan
}

impl RecordsPlan {
    fn blame(&mut self, claim: Claim) {
        self.in_place = false;
        self.looked = true;
        self.problem.get_or_insert(claim);
    }

    fn fail(&mut self, desired: &Desired, error: &AwsError) {
        self.in_place = false;
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
                self.in_place &= at.is_some_and(done);
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
                let message = format!(
                    "{}: the {} record {} in hosted zone {zone} is {}, ACM needs the CNAME {}; remove or correct it. \
                     The operator does not change records that it did not create.",
                    listed(&wanted.domains),
                    set.type_,
                    wanted.name,
                    set.values.join(" "),
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
mod tests {
    use super::*;

    fn zone(id: &str, name: &str, private: bool) -> HostedZone {
        HostedZone { id: HostedZoneId::new(id), name: RecordName::new(name), private }
    }

    fn found(name: &str, zones: &[HostedZone]) -> Result<String, ZoneProblem> {
        zone_for(&RecordName::new(name), zones, None).map(|id| id.to_string())
    }

    #[test]
    fn the_longest_public_zone_holds_the_record() {
        let zones = [
            zone("Z1", "example.com", false),
            zone("Z2", "shop.example.com", false),
            zone("Z3", "www.shop.example.com", true),
            zone("Z4", "hop.example.com", false),
        ];
        assert_eq!(found("_a.www.shop.example.com", &zones), Ok("Z2".into()));
        assert_eq!(found("_a.other.example.com", &zones), Ok("Z1".into()));
        assert_eq!(found("_a.example.org", &zones), Err(ZoneProblem::NotFound));
    }

    #[test]
    fn two_zones_of_one_name_are_not_guessed_between() {
        let zones = [zone("Z2", "example.com", false), zone("Z1", "example.com", false), zone("Z3", "com", false)];
        let both = vec![HostedZoneId::new("Z1"), HostedZoneId::new("Z2")];
        assert_eq!(found("_a.example.com", &zones), Err(ZoneProblem::Ambiguous(both)));
        let name = RecordName::new("_a.example.com");
        assert_eq!(zone_for(&name, &zones, Some(&HostedZoneId::new("Z2"))), Ok(HostedZoneId::new("Z2")));
    }

    #[test]
    fn a_pinned_zone_must_be_public_and_hold_the_name() {
        let zones =
            [zone("Z1", "example.com", false), zone("Z2", "example.com", true), zone("Z3", "example.org", false)];
        let name = RecordName::new("_a.example.com");
        let pin = |id| zone_for(&name, &zones, Some(&HostedZoneId::new(id)));
        assert_eq!(pin("Z1"), Ok(HostedZoneId::new("Z1")));
        for id in ["Z2", "Z3", "Z4"] {
            assert!(matches!(pin(id), Err(ZoneProblem::BadPin(_))), "{id}");
        }
    }
}
