//! ChangeResourceRecordSets: all of a batch or nothing, with one message for each change that cannot be.

use std::collections::BTreeMap;

use serde_json::json;

use super::World;
use super::answer::{Answer, ApiError};
use super::call::{Caller, RecordChange, Service};
use super::dns_name;
use super::records::{RecordSet, plain_values, record_key};
use super::schedule::Event;
use super::zones::Zone;

/// UPSERT counts twice in both.
const MAX_ELEMENTS: usize = 1000;
const MAX_CHARACTERS: usize = 32_000;

const TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
];

/// What a batch would make of a zone's sets: `None` where one is removed.
type Staged = BTreeMap<String, Option<RecordSet>>;

impl World {
    pub(crate) fn change_record_sets(
        &mut self,
        caller: &Caller,
        zone_id: &str,
        comment: Option<&str>,
        changes: &[RecordChange],
    ) -> Result<Answer, ApiError> {
        let number = self.zone_of(caller, zone_id)?;
        check_form(changes)?;
        let now = self.now;
        let Some(zone) = self.zones.get(number) else { return Err(ApiError::internal(Service::Route53)) };
        if zone.busy_until > now {
            return Err(ApiError::new(
                "PriorRequestNotComplete",
                format!("The request was rejected because Route 53 was still processing a prior request: {zone_id}"),
            ));
        }
        let mut messages = size_messages(changes);
        let staged = if messages.is_empty() { stage(zone, changes, &mut messages) } else { Staged::new() };
        let limit = self.settings.quotas.as_ref().and_then(|quotas| quotas.records_per_zone);
        if let Some(limit) = limit
            && count_after(zone, &staged) as u64 > limit
        {
            messages.push(format!("Number of records limit of {limit} exceeded."));
        }
        if !messages.is_empty() {
            return Err(ApiError::new("InvalidChangeBatch", format!("[{}]", messages.join(", "))));
        }
        self.admit_changes(&caller.account, changes.len())?;
        let detail = self.add_change(&caller.account, comment);
        self.commit(caller, number, changes, staged, &detail.id);
        Ok(Answer::RecordsChanged(detail))
    }

    fn commit(&mut self, caller: &Caller, number: u64, changes: &[RecordChange], staged: Staged, change_id: &str) {
        let visible_at = self.in_sync_at(change_id);
        let busy_until = self.moment_after(self.settings.change_processing_seconds);
        let Some(zone) = self.zones.get_mut(number) else { return };
        let zone_id = zone.id.clone();
        zone.busy_until = busy_until;
        let mut events = Vec::new();
        for (key, set) in staged {
            let values = set.as_ref().map(|set| set.values.clone());
            let old = match set {
                Some(mut set) => {
                    set.visible_at = visible_at;
                    let identity = (set.name.clone(), set.record_type.clone());
                    zone.records.insert(key, set);
                    Some(identity)
                }
                None => zone.records.remove(&key).map(|set| (set.name, set.record_type)),
            };
            if let Some((name, record_type)) = old {
                events.push(Event::Propagate { zone: number, name, record_type, values });
            }
        }
        for event in events {
            self.schedule(visible_at, event);
        }
        for change in changes {
            let detail = json!({
                "action": change.action,
                "name": dns_name::plain(&change.name),
                "type": change.record_type,
                "ttl": change.ttl,
                "values": plain_values(&change.record_type, &change.values),
            });
            self.note(caller, "ChangeResourceRecordSets", &zone_id, detail);
        }
    }
}

/// What the API refuses before it looks at the zone.
fn check_form(changes: &[RecordChange]) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ApiError::new("InvalidInput", message));
    if changes.is_empty() {
        return invalid("Invalid request: Expected at least 1 change".to_owned());
    }
    for change in changes {
        if !["CREATE", "DELETE", "UPSERT"].contains(&change.action.as_str()) {
            return invalid(format!("Invalid request: {} is no action", change.action));
        }
        if !TYPES.contains(&change.record_type.as_str()) {
            return invalid(format!("Invalid request: {} is no record type", change.record_type));
        }
        if change.alias.is_none() && change.ttl.is_none() {
            return invalid(format!("Invalid request: Missing field 'TTL' in the change of {}", change.name));
        }
        if change.ttl.is_some_and(|ttl| !(0..=2_147_483_647).contains(&ttl)) {
            return invalid(format!("Invalid request: TTL of {} is out of range", change.name));
        }
        if change.alias.is_none() && change.values.is_empty() {
            return invalid(format!(
                "Invalid request: Missing field 'ResourceRecords' in the change of {}",
                change.name
            ));
        }
    }
    Ok(())
}

fn size_messages(changes: &[RecordChange]) -> Vec<String> {
    let mut elements = 0;
    let mut characters = 0;
    for change in changes {
        let weight = if change.action == "UPSERT" { 2 } else { 1 };
        elements += weight * change.values.len().max(1);
        characters += weight * change.values.iter().map(|value| value.chars().count()).sum::<usize>();
    }
    let mut messages = Vec::new();
    if elements > MAX_ELEMENTS {
        messages.push(format!("Number of records limit of {MAX_ELEMENTS} exceeded."));
    }
    if characters > MAX_CHARACTERS {
        messages.push(format!("Number of characters limit of {MAX_CHARACTERS} exceeded."));
    }
    messages
}

fn stage(zone: &Zone, changes: &[RecordChange], messages: &mut Vec<String>) -> Staged {
    let mut staged = Staged::new();
    for change in changes {
        if let Err(message) = stage_one(zone, change, &mut staged) {
            messages.push(message);
        }
    }
    let wanted: Vec<&RecordSet> = staged.values().flatten().collect();
    for set in wanted {
        if let Some(message) = conflict(zone, set, &staged) {
            messages.push(message);
        }
    }
    messages.dedup();
    staged
}

fn stage_one(zone: &Zone, change: &RecordChange, staged: &mut Staged) -> Result<(), String> {
    let name = dns_name::plain(&change.name);
    let shown = dns_name::escaped(&name);
    let record_type = change.record_type.as_str();
    if !dns_name::is_sound(&name) {
        return Err(format!("FATAL problem: DomainLabelInvalid encountered with '{}'", change.name));
    }
    if !dns_name::is_within(&name, &zone.name) {
        return Err(format!("RRSet with DNS name {shown} is not permitted in zone {}", dns_name::escaped(&zone.name)));
    }
    if record_type == "CNAME" && change.alias.is_none() && change.values.len() != 1 {
        return Err(format!("Invalid Resource Record: '{shown}' of type CNAME must have exactly one value"));
    }
    let key = record_key(&name, record_type);
    let present = match staged.get(&key) {
        Some(staged) => staged.clone(),
        None => zone.records.get(&key).cloned(),
    };
    let set = RecordSet {
        name: name.clone(),
        record_type: record_type.to_owned(),
        ttl: change.ttl,
        values: change.values.clone(),
        alias: change.alias.clone(),
        visible_at: zone.busy_until,
    };
    match (change.action.as_str(), present) {
        ("CREATE", Some(_)) => Err(format!(
            "Tried to create resource record set [name='{shown}', type='{record_type}'] but it already exists"
        )),
        ("DELETE", None) => Err(format!(
            "Tried to delete resource record set [name='{shown}', type='{record_type}'] but it was not found"
        )),
        ("DELETE", Some(present)) if !same_record(&present, &set) => Err(format!(
            "Tried to delete resource record set [name='{shown}', type='{record_type}'] but the values provided do \
             not match the current values"
        )),
        ("DELETE", Some(_)) if name == zone.name && matches!(record_type, "NS" | "SOA") => Err(format!(
            "A HostedZone must contain exactly one SOA record and at least one NS record for the zone itself: \
             {shown}"
        )),
        ("DELETE", Some(_)) => {
            staged.insert(key, None);
            Ok(())
        }
        _ => {
            staged.insert(key, Some(set));
            Ok(())
        }
    }
}

/// Whether a DELETE names the set that is there. Values may come in another order.
fn same_record(present: &RecordSet, given: &RecordSet) -> bool {
    let mut ours = present.plain_values();
    let mut theirs = given.plain_values();
    ours.sort();
    theirs.sort();
    present.ttl == given.ttl && present.alias == given.alias && ours == theirs
}

/// A CNAME stands alone at its name, and never at the top of a zone.
fn conflict(zone: &Zone, set: &RecordSet, staged: &Staged) -> Option<String> {
    let shown = dns_name::escaped(&set.name);
    let zone_name = dns_name::escaped(&zone.name);
    if set.record_type == "CNAME" && set.name == zone.name {
        return Some(format!("RRSet of type CNAME with DNS name {shown} is not permitted at apex in zone {zone_name}"));
    }
    let stands = |record_type: &str| {
        let key = record_key(&set.name, record_type);
        match staged.get(&key) {
            Some(staged) => staged.is_some(),
            None => zone.records.contains_key(&key),
        }
    };
    let clash = if set.record_type == "CNAME" {
        TYPES.iter().any(|other| *other != "CNAME" && stands(other))
    } else {
        stands("CNAME")
    };
    clash.then(|| {
        format!(
            "RRSet of type {} with DNS name {shown} is not permitted as it conflicts with other records with the \
             same DNS name in zone {zone_name}",
            set.record_type
        )
    })
}

fn count_after(zone: &Zone, staged: &Staged) -> usize {
    let added = staged.iter().filter(|(key, set)| set.is_some() && !zone.records.contains_key(*key)).count();
    let removed = staged.iter().filter(|(key, set)| set.is_none() && zone.records.contains_key(*key)).count();
    (zone.records.len() + added).saturating_sub(removed)
}
