//! What the server holds, and the only ways in which that changes.

use super::{
    events::Events,
    journal::{By, Change, ChangeKind, Write},
    lists::Lists,
    object::{self, SERVERS_OWN, default_status, finalizers, is_deleting, metadata, raise_generation, text, tidy},
    refusal::{Refusal, Served},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Clone)]
struct Stored {
    object: Arc<Value>,
    /// As created: without a status, which it is only read with. So the first write after the creation changes what is
    /// stored, and with it the resourceVersion, even if it changes nothing else.
    bare: bool,
}

/// All that the server holds. The order of keys is that of a real server's storage.
pub(super) struct State {
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub(super) revision: u64,
    uids: u64,
    pub(super) namespaces: BTreeMap<String, Value>,
    certificates: BTreeMap<String, Stored>,
    pub(super) events: Events,
    pub(super) history: Vec<Change>,
    pub(super) writes: Vec<Write>,
    pub(super) lists: Lists,
}

pub(super) fn key(namespace: &str, name: &str) -> String {
    format!("{namespace}/{name}")
}

impl State {
    pub(super) fn new(cluster_uid: &str, now: Box<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        let mut state = Self {
            now,
            revision: 0,
            uids: 0,
            namespaces: BTreeMap::new(),
            certificates: BTreeMap::new(),
            events: Events::default(),
            history: vec![],
            writes: vec![],
            lists: Lists::default(),
        };
        state.add_namespace("default");
        state.add_namespace("kube-system");
        if let Some(namespace) = state.namespaces.get_mut("kube-system") {
            namespace["metadata"]["uid"] = cluster_uid.into();
        }
        state
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(super) fn timestamp(&self) -> Value {
        self.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into()
    }

    pub(super) fn new_uid(&mut self) -> String {
        self.uids += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.uids)
    }

    /// Makes a namespace, unless it is there.
    pub(super) fn add_namespace(&mut self, name: &str) {
        if self.namespaces.contains_key(name) {
            return;
        }
        self.revision += 1;
        let served = Served::Namespaces;
        let namespace = json!({
            "apiVersion": served.api_version(),
            "kind": served.kind(),
            "metadata": {
                "name": name,
                "uid": self.new_uid(),
                "resourceVersion": self.revision.to_string(),
                "creationTimestamp": self.timestamp(),
                "labels": { "kubernetes.io/metadata.name": name },
            },
            "spec": { "finalizers": ["kubernetes"] },
            "status": { "phase": "Active" },
        });
        self.namespaces.insert(name.to_owned(), namespace);
    }

    /// Lets nothing into a namespace that is not there, or on its way out.
    pub(super) fn check_namespace(&self, namespace: &str, served: Served, name: &str) -> Result<(), Refusal> {
        match self.namespaces.get(namespace) {
            None => Err(Refusal::not_found(Served::Namespaces, namespace)),
            Some(_) if self.is_terminating(namespace) => Err(Refusal::terminating(served, name, namespace)),
            Some(_) => Ok(()),
        }
    }

    fn is_terminating(&self, namespace: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|namespace| namespace["status"]["phase"] == "Terminating")
    }

    /// Asks everything in a namespace to go.
    pub(super) fn terminate(&mut self, by: By<'_>, namespace: &str) {
        if let Some(namespace) = self.namespaces.get_mut(namespace) {
            namespace["status"]["phase"] = "Terminating".into();
        }
        let inside = self.live().into_values().filter(|object| text(object, "namespace") == namespace);
        let names: Vec<String> = inside.map(|object| text(&object, "name").to_owned()).collect();
        for name in names {
            // NB: it is there, and nothing is demanded of it.
            let _ = self.delete(by, namespace, &name, &Value::Null);
        }
        self.close(namespace);
    }

    /// A namespace on its way out goes with its last object.
    fn close(&mut self, namespace: &str) {
        let is_inside = |stored: &Stored| text(&stored.object, "namespace") == namespace;
        if self.is_terminating(namespace) && !self.certificates.values().any(is_inside) {
            self.revision += 1;
            self.namespaces.remove(namespace);
        }
    }

    fn stored(&self, namespace: &str, name: &str) -> Result<Stored, Refusal> {
        let stored = self.certificates.get(&key(namespace, name)).cloned();
        stored.ok_or_else(|| Refusal::not_found(Served::Certificates, name))
    }

    pub(super) fn get(&self, namespace: &str, name: &str) -> Result<Value, Refusal> {
        self.stored(namespace, name).map(|stored| (*stored.object).clone())
    }

    /// All objects, by key.
    pub(super) fn live(&self) -> BTreeMap<String, Arc<Value>> {
        self.certificates.iter().map(|(key, stored)| (key.clone(), Arc::clone(&stored.object))).collect()
    }

    /// All objects as they were at a revision, by key.
    pub(super) fn as_of(&self, revision: u64) -> BTreeMap<String, Arc<Value>> {
        let mut objects = BTreeMap::new();
        for change in self.history.iter().take_while(|change| change.revision <= revision) {
            let key = key(text(&change.object, "namespace"), text(&change.object, "name"));
            match change.kind {
                ChangeKind::Added | ChangeKind::Modified => objects.insert(key, Arc::clone(&change.object)),
                ChangeKind::Deleted => objects.remove(&key),
            };
        }
        objects
    }

    /// Creates an object, with a new UID unless one is given.
    pub(super) fn create(
        &mut self,
        by: By<'_>,
        namespace: &str,
        mut object: Value,
        uid: Option<&str>,
    ) -> Result<Value, Refusal> {
        self.check_namespace(namespace, Served::Certificates, text(&object, "name"))?;
        tidy(&mut object);
        let name = text(&object, "name").to_owned();
        if name.is_empty() {
            return Err(Refusal::no_name());
        }
        if !text(&object, "resourceVersion").is_empty() {
            return Err(Refusal::internal("resourceVersion should not be set on objects to be created"));
        }
        if let Ok(there) = self.stored(namespace, &name) {
            return Err(Refusal::already_exists(Served::Certificates, &name, is_deleting(&there.object)));
        }
        let age = object["metadata"]["creationTimestamp"].clone();
        for field in SERVERS_OWN {
            metadata(&mut object).remove(field);
        }
        object["apiVersion"] = Served::Certificates.api_version().into();
        object["kind"] = Served::Certificates.kind().into();
        object["metadata"]["name"] = name.into();
        object["metadata"]["namespace"] = namespace.into();
        object["metadata"]["uid"] = uid.map_or_else(|| self.new_uid(), str::to_owned).into();
        // With the UID of before it is not made anew, but back from a backup of the store: as old as it was.
        object["metadata"]["creationTimestamp"] = if uid.is_some() { age } else { self.timestamp() };
        object["metadata"]["generation"] = json!(1);
        object["status"] = default_status();
        Ok(self.put(by, object, ChangeKind::Added))
    }

    /// Stores what `change` makes of an object.
    pub(super) fn update(
        &mut self,
        by: By<'_>,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&Value) -> Result<Value, Refusal>,
    ) -> Result<Value, Refusal> {
        let before = self.stored(namespace, name)?;
        let after = change(&before.object)?;
        if is_deleting(&after) && finalizers(&after).is_empty() {
            // NB: what is answered has been stored nowhere, and so has the old resourceVersion.
            self.remove(by, namespace, name);
            return Ok(after);
        }
        if after == *before.object && !before.bare {
            self.log(by, Served::Certificates, &after, false);
            return Ok(after);
        }
        Ok(self.put(by, after, ChangeKind::Modified))
    }

    /// Deletes an object, or marks it if it has finalizers. Answers what a DELETE answers.
    pub(super) fn delete(
        &mut self,
        by: By<'_>,
        namespace: &str,
        name: &str,
        preconditions: &Value,
    ) -> Result<Value, Refusal> {
        let before = self.stored(namespace, name)?.object;
        object::check_preconditions(&before, preconditions)?;
        if finalizers(&before).is_empty() {
            self.remove(by, namespace, name);
            let served = Served::Certificates;
            let details = json!({
                "name": name, "group": served.group(), "kind": served.plural(), "uid": text(&before, "uid")
            });
            return Ok(json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details
            }));
        }
        let mut after = (*before).clone();
        if is_deleting(&after) {
            self.log(by, Served::Certificates, &after, false);
            return Ok(after);
        }
        after["metadata"]["deletionTimestamp"] = self.timestamp();
        after["metadata"]["deletionGracePeriodSeconds"] = json!(0);
        raise_generation(&mut after);
        Ok(self.put(by, after, ChangeKind::Modified))
    }

    fn put(&mut self, by: By<'_>, mut object: Value, kind: ChangeKind) -> Value {
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        self.log(by, Served::Certificates, &object, true);
        let key = key(text(&object, "namespace"), text(&object, "name"));
        let stored = Stored { object: Arc::new(object.clone()), bare: kind == ChangeKind::Added };
        self.history.push(Change { revision: self.revision, kind, object: Arc::clone(&stored.object) });
        self.certificates.insert(key, stored);
        object
    }

    fn remove(&mut self, by: By<'_>, namespace: &str, name: &str) {
        let Some(stored) = self.certificates.remove(&key(namespace, name)) else { return };
        self.revision += 1;
        let mut last = (*stored.object).clone();
        last["metadata"]["resourceVersion"] = self.revision.to_string().into();
        self.log(by, Served::Certificates, &last, true);
        self.history.push(Change { revision: self.revision, kind: ChangeKind::Deleted, object: Arc::new(last) });
        self.close(namespace);
    }

    pub(super) fn log(&mut self, by: By<'_>, served: Served, object: &Value, changed: bool) {
        self.writes.push(Write {
            seq: self.writes.len(),
            at: self.now(),
            caller: by.caller.to_owned(),
            verb: by.verb,
            resource: served.plural(),
            subresource: by.subresource,
            namespace: text(object, "namespace").to_owned(),
            name: text(object, "name").to_owned(),
            resource_version: text(object, "resourceVersion").parse().unwrap(),
            changed,
        });
    }
}
