//! Events. A server forgets each an hour after it was last written; what users were told is on record here all the same.

use super::{
    journal::By,
    object::{text, tidy},
    refusal::{Refusal, Served},
    store::{State, key},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// `--event-ttl` of a kube-apiserver, where nothing else is said.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);

/// NB: nobody updates one here, so that it was last written when it was created.
#[derive(Default)]
pub(super) struct Events {
    /// All that there have ever been, in the order of their creation.
    pub(super) record: Vec<Value>,
    /// By key: the place in the record of the one that was created last, and when that was.
    latest: BTreeMap<String, (usize, Timestamp)>,
}

impl Events {
    fn is_kept(at: Timestamp, now: Timestamp) -> bool {
        now.duration_since(at) < KEPT_FOR
    }

    fn has(&self, key: &str, now: Timestamp) -> bool {
        self.latest.get(key).is_some_and(|(_, at)| Self::is_kept(*at, now))
    }

    fn add(&mut self, key: String, event: Value, now: Timestamp) {
        self.latest.insert(key, (self.record.len(), now));
        self.record.push(event);
    }

    /// Those that are not forgotten, by key.
    pub(super) fn kept(&self, now: Timestamp) -> Vec<(String, Value)> {
        let kept = self.latest.iter().filter(|(_, (_, at))| Self::is_kept(*at, now));
        kept.map(|(key, (place, _))| (key.clone(), self.record[*place].clone())).collect()
    }
}

impl State {
    /// Creates an Event.
    pub(super) fn create_event(&mut self, by: By<'_>, namespace: &str, mut event: Value) -> Result<Value, Refusal> {
        self.check_namespace(namespace, Served::Events, text(&event, "name"))?;
        tidy(&mut event);
        let (key, now) = (key(namespace, text(&event, "name")), self.now());
        if self.events.has(&key, now) {
            return Err(Refusal::already_exists(Served::Events, text(&event, "name"), false));
        }
        self.revision += 1;
        event["metadata"]["namespace"] = namespace.into();
        event["metadata"]["uid"] = self.new_uid().into();
        event["metadata"]["resourceVersion"] = self.revision.to_string().into();
        event["metadata"]["creationTimestamp"] = self.timestamp();
        self.events.add(key, event.clone(), now);
        self.log(by, Served::Events, &event, true);
        Ok(event)
    }
}
