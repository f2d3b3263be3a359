//! ChangeResourceRecordSets: what a batch should do by itself, what it did, and that it is all or nothing.

use std::cell::Cell;

use acmcert_sim::world::call::{Call, RecordChange};
use acmcert_sim::world::state::ZoneState;
use proptest::prelude::prop_assert_eq;
use serde_json::{Value, json};

use crate::resolver::{Key, Sets, Zone};
use crate::sequence::{Edit, ProofValue, Subject, ZONES, for_all, steps};
use crate::walk::Walk;

const HOP: &str = "hop.example.org";
const HOST: &str = "www.example.com";

/// One batch: the zones before and after it, and what was expected of the one it is for.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) zone_id: String,
    pub(crate) succeeded: bool,
    pub(crate) before: Vec<ZoneState>,
    pub(crate) after: Vec<ZoneState>,
    /// The sets the zone should have, `None` if the batch should fail.
    pub(crate) expected: Option<Sets>,
}

fn record(action: &str, name: &str, record_type: &str, value: &str, ttl: i64) -> RecordChange {
    RecordChange {
        action: action.to_owned(),
        // NB: dotted and in capitals, for both spellings must mean the same.
        name: format!("{}.", name.to_ascii_uppercase()),
        record_type: record_type.to_owned(),
        ttl: Some(ttl),
        values: vec![value.to_owned()],
        alias: None,
    }
}

pub(crate) fn cname(action: &str, name: &str, value: &str, ttl: i64) -> RecordChange {
    record(action, name, "CNAME", &format!("{value}."), ttl)
}

/// The changes that edits mean, where `records` are those of all certificates so far.
pub(crate) fn changes_of(edits: &[Edit], records: &[(String, String)]) -> Vec<RecordChange> {
    let known = |number: usize| number.checked_rem(records.len()).map(|position| &records[position]);
    let change = |edit: &Edit| {
        let (action, ttl) = (edit.action, edit.ttl);
        match &edit.subject {
            Subject::Proof { record, value } => {
                let (name, right) = known(*record)?;
                let value = match value {
                    ProofValue::Right => right.as_str(),
                    ProofValue::Wrong => "_wrong.acm-validations.aws",
                    ProofValue::Hop => HOP,
                };
                Some(cname(action, name, value, ttl))
            }
            Subject::Hop { record } => known(*record).map(|(_, value)| cname(action, HOP, value, ttl)),
            Subject::Address => Some(record(action, HOST, "A", "192.0.2.1", ttl)),
            Subject::Alias => Some(cname(action, HOST, "example.net", ttl)),
            Subject::Caa { zone, amazon } => {
                let ca = if *amazon { "0 issue \"amazon.com\"" } else { "0 issue \"ca.example.net\"" };
                Some(record(action, ZONES[*zone], "CAA", ca, ttl))
            }
        }
    };
    edits.iter().filter_map(change).collect()
}

/// What a zone holds after a batch, or `None` where Route 53 refuses it.
fn applied(zone: &Zone, changes: &[RecordChange]) -> Option<Sets> {
    if changes.is_empty() {
        return None;
    }
    let mut sets = zone.sets.clone();
    for change in changes {
        let name = plain(&change.name);
        if !zone.holds(&name) {
            return None;
        }
        let key: Key = (name, change.record_type.clone());
        let set: (i64, Vec<String>) = (change.ttl?, change.values.iter().map(|value| plain(value)).collect());
        let present = sets.get(&key);
        match change.action.as_str() {
            "CREATE" if present.is_some() => return None,
            "DELETE" if present != Some(&set) => return None,
            "DELETE" => {
                sets.remove(&key);
            }
            _ => {
                sets.insert(key, set);
            }
        }
    }
    let crowded = |(name, record_type): &Key| {
        record_type == "CNAME" && sets.keys().any(|(other, kind)| other == name && kind != "CNAME")
    };
    if sets.keys().any(crowded) { None } else { Some(sets) }
}

/// The spelling of `/_sim/state`.
pub(crate) fn plain(text: &str) -> String {
    text.trim_end_matches('.').to_ascii_lowercase()
}

impl Walk {
    /// Sends a batch to the zone at a position, and keeps what became of it.
    pub(crate) fn change(&mut self, position: usize, foreign: bool, changes: Vec<RecordChange>) {
        let caller = self.caller_of(position, foreign);
        let zone = &self.resolver.zones[position];
        let expected = if foreign { None } else { applied(zone, &changes) };
        let zone_id = zone.id.clone();
        let mutations = changes.len() as u64;
        let before = self.world.state().hosted_zones;
        let call = Call::ChangeResourceRecordSets { zone_id: zone_id.clone(), comment: None, changes };
        let succeeded = self.call(&caller, &call).is_ok();
        let after = self.world.state().hosted_zones;
        if succeeded {
            // The journal has an entry for each change.
            self.count("ChangeResourceRecordSets", mutations);
            if let Some(sets) = expected.clone() {
                let now = self.now;
                self.resolver.zones[position].replace(sets, now);
            }
        }
        self.batches.push(Batch { zone_id, succeeded, before, after, expected });
    }
}

fn texts(zones: &[ZoneState], but: &str) -> Value {
    json!(zones.iter().filter(|zone| zone.id != but).collect::<Vec<_>>())
}

fn sets_of(zones: &[ZoneState], id: &str) -> Sets {
    let zone = zones.iter().find(|zone| zone.id == id).unwrap();
    let own = zone.records.iter().filter(|set| set.record_type != "NS" && set.record_type != "SOA");
    own.map(|set| ((set.name.clone(), set.record_type.clone()), (set.ttl.unwrap(), set.values.clone()))).collect()
}

#[test]
fn a_batch_is_applied_whole_or_not_at_all() {
    let (applied, refused) = (Cell::new(0_u64), Cell::new(0_u64));
    for_all(&steps(), |steps| {
        let mut walk = Walk::new(&json!({}));
        for step in &steps {
            walk.take(step);
        }
        for batch in &walk.batches {
            prop_assert_eq!(batch.succeeded, batch.expected.is_some(), "{:?}", batch);
            let Some(expected) = &batch.expected else {
                refused.set(refused.get() + 1);
                prop_assert_eq!(texts(&batch.before, ""), texts(&batch.after, ""));
                continue;
            };
            applied.set(applied.get() + 1);
            prop_assert_eq!(&sets_of(&batch.after, &batch.zone_id), expected);
            let others = |zones: &[ZoneState]| texts(zones, &batch.zone_id);
            prop_assert_eq!(others(&batch.before), others(&batch.after));
        }
        Ok(())
    });
    assert!(applied.get() > 0 && refused.get() > 0, "nothing was tried");
}
