//! What stood in the public zones, and until when: read off the model's journal.

use acmcert_sim::world::journal::Entry;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// A public zone.
#[derive(Debug)]
struct Zone {
    name: String,
    since: Timestamp,
    until: Option<Timestamp>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Zones {
    /// By id.
    zones: BTreeMap<String, Zone>,
    /// Until when, by zone, name and value; nothing if it stands.
    records: BTreeMap<(String, String, String), Option<Timestamp>>,
}

impl Zone {
    fn holds(&self, record: &str) -> bool {
        record.strip_suffix(&self.name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

impl Zones {
    pub(super) fn take(&mut self, entry: &Entry) {
        let text = |field: &str| entry.detail[field].as_str().unwrap_or_default().to_owned();
        match entry.operation.as_str() {
            "CreateHostedZone" if entry.detail["private"] == false => {
                let zone = Zone { name: text("name"), since: entry.at, until: None };
                self.zones.insert(entry.target.clone(), zone);
            }
            "DeleteHostedZone" => {
                if let Some(zone) = self.zones.get_mut(&entry.target) {
                    zone.until = Some(entry.at);
                }
            }
            "ChangeResourceRecordSets" => self.change(entry, &text("action"), &text("name")),
            _ => {}
        }
    }

    fn change(&mut self, entry: &Entry, action: &str, name: &str) {
        if action != "CREATE" {
            let stood = self.records.iter_mut().filter(|((zone, of, _), _)| *zone == entry.target && of == name);
            stood.for_each(|(_, until)| _ = until.get_or_insert(entry.at));
        }
        if action != "DELETE" {
            let values = entry.detail["values"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for value in values {
                self.records.insert((entry.target.clone(), name.to_owned(), value.to_owned()), None);
            }
        }
    }

    /// Did the record stand with that value, in the zone that answers for it, at any moment since then?
    pub(super) fn stood(&self, name: &str, value: &str, since: Timestamp) -> bool {
        self.records.iter().any(|((zone, of, is), until)| {
            of == name && is == value && until.is_none_or(|until| until >= since) && self.is_right(zone, name, since)
        })
    }

    /// Does the zone answer for the name, or did it until a closer one came, since then?
    fn is_right(&self, zone: &str, name: &str, since: Timestamp) -> bool {
        let Some(own) = self.zones.get(zone) else { return false };
        let has_hidden_it = |other: &Zone| {
            other.holds(name) && other.name.len() > own.name.len() && other.since <= since && other.until.is_none()
        };
        let was_there = own.until.is_none_or(|until| until >= since);
        own.holds(name) && was_there && !self.zones.values().any(has_hidden_it)
    }
}
