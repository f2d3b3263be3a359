//! What is done and read without HTTP: by users, by backups, and by those who judge.
//!
//! Writes obey the rules of the server and answer the object after them; where it refuses them, nothing.

use super::{
    ApiServer, Change, Lists, Write,
    journal::By,
    object::{text, updated},
};
use acmcert::api::AcmCertificate;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn user(verb: &'static str) -> By<'static> {
    By { caller: "user", verb, subresource: None }
}

impl ApiServer {
    /// Makes a namespace, unless it is there.
    pub(crate) fn add_namespace(&self, name: &str) {
        self.lock().add_namespace(name);
    }

    /// Deletes a namespace: all that is in it is asked to go, nothing new is let in, and it goes with the last object.
    pub(crate) fn delete_namespace(&self, name: &str) {
        self.lock().terminate(By { caller: "namespace-controller", verb: "delete", subresource: None }, name);
    }

    /// Creates an object, and its namespace if that is missing.
    pub(crate) fn create(
        &self,
        namespace: &str,
        name: &str,
        spec: Value,
        annotations: &[(&str, &str)],
    ) -> Option<Value> {
        let annotations: BTreeMap<_, _> = annotations.iter().copied().collect();
        let object = json!({ "metadata": { "name": name, "annotations": annotations }, "spec": spec });
        let mut state = self.lock();
        state.add_namespace(namespace);
        state.create(user("create"), namespace, object, None).ok()
    }

    /// Creates an object from what was saved of one, without its status: under a new UID, as a backup tool does it, or
    /// under that one.
    pub(crate) fn restore(&self, saved: &Value, uid: Option<&str>) -> Option<Value> {
        let mut object = saved.clone();
        object["metadata"]["resourceVersion"] = Value::Null;
        let namespace = text(saved, "namespace");
        let mut state = self.lock();
        state.add_namespace(namespace);
        state.create(user("create"), namespace, object, uid).ok()
    }

    /// Changes the spec of an object. `edit` must not call the server.
    pub(crate) fn edit_spec(&self, namespace: &str, name: &str, edit: impl FnOnce(&mut Value)) -> Option<Value> {
        self.edit(namespace, name, |object| edit(&mut object["spec"]))
    }

    /// Sets an annotation, or removes it.
    pub(crate) fn annotate(&self, namespace: &str, name: &str, annotation: &str, value: Option<&str>) -> Option<Value> {
        self.edit(namespace, name, |object| object["metadata"]["annotations"][annotation] = value.into())
    }

    /// Removes all finalizers, as users do who lose patience.
    pub(crate) fn force_remove_finalizers(&self, namespace: &str, name: &str) -> Option<Value> {
        self.edit(namespace, name, |object| object["metadata"]["finalizers"] = Value::Null)
    }

    fn edit(&self, namespace: &str, name: &str, edit: impl FnOnce(&mut Value)) -> Option<Value> {
        let edited = self.lock().update(user("update"), namespace, name, |before| {
            let mut next = before.clone();
            edit(&mut next);
            updated(before, next, None)
        });
        edited.ok()
    }

    /// From now on lists are like this. NB: with `Empty`, a watch that begins is shown nothing either.
    pub(crate) fn set_lists(&self, lists: Lists) {
        self.lock().lists = lists;
    }

    pub(crate) fn lists(&self) -> Lists {
        self.lock().lists
    }

    /// Asks for the deletion of an object. Is there one?
    pub(crate) fn delete(&self, namespace: &str, name: &str) -> bool {
        self.lock().delete(user("delete"), namespace, name, &Value::Null).is_ok()
    }

    /// An object.
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<Value> {
        self.lock().get(namespace, name).ok()
    }

    /// All objects, by namespace and name.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.lock().live().into_values().map(|object| (*object).clone()).collect()
    }

    /// The same, typed: those that can be read.
    pub(crate) fn certificates(&self) -> Vec<AcmCertificate> {
        self.objects().into_iter().filter_map(|object| serde_json::from_value(object).ok()).collect()
    }

    /// All Events that there have ever been, in the order of their creation: one that was forgotten and is created once
    /// more is there twice, as users have seen it.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.lock().events.record.clone()
    }

    /// The same about the object of that UID.
    pub(crate) fn events_about(&self, uid: &str) -> Vec<Value> {
        let state = self.lock();
        state.events.record.iter().filter(|event| event["regarding"]["uid"] == uid).cloned().collect()
    }

    /// All accepted writes.
    pub(crate) fn writes(&self) -> Vec<Write> {
        self.lock().writes.clone()
    }

    /// The resourceVersion of the last change of anything.
    pub(crate) fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// All changes of objects, in their order: what a watch since the beginning tells.
    pub(crate) fn history(&self) -> Vec<Change> {
        self.lock().history.clone()
    }

    /// Those after a revision.
    pub(crate) fn history_since(&self, revision: u64) -> Vec<Change> {
        let state = self.lock();
        let known = state.history.partition_point(|change| change.revision <= revision);
        state.history.iter().skip(known).cloned().collect()
    }

    /// All objects as they were at a revision: a watch cache that has come so far.
    pub(crate) fn state_at(&self, revision: u64) -> Vec<Value> {
        self.lock().as_of(revision).into_values().map(|object| (*object).clone()).collect()
    }
}
