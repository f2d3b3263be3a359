//! A watch, as a process sees it: it lags, and now and then it begins anew.

use super::{
    api_server::{Change, ChangeKind, Lists},
    ground::Ground,
    operator::Guarded,
};
use acmcert::fleet::ObjectKey;
use kube::{
    Resource, ResourceExt,
    runtime::{reflector::store::Writer, watcher},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a watch shows of an object, as far as the predicates of the real one look at it.
type Fingerprint = (Option<i64>, Vec<String>, BTreeMap<String, String>);

/// What a process knows of the objects.
pub(super) struct Watch {
    revision: u64,
    writer: Writer<Guarded>,
    fingerprints: BTreeMap<ObjectKey, Fingerprint>,
}

impl Watch {
    pub(super) fn new(writer: Writer<Guarded>) -> Self {
        Self { revision: 0, writer, fingerprints: BTreeMap::new() }
    }

    /// Lists everything, as a watch that begins, or that has been told 410 Gone.
    pub(super) fn list(&mut self, ground: &Ground) -> Vec<ObjectKey> {
        self.revision = ground.api.revision();
        self.writer.apply_watcher_event(&watcher::Event::Init);
        let mut news = vec![];
        let mut present = BTreeSet::new();
        let is_empty = ground.api.lists() == Lists::Empty;
        let listed = if is_empty { vec![] } else { ground.api.state_at(self.revision) };
        for object in listed {
            let object: Guarded = serde_json::from_value(object).unwrap();
            present.insert(key(&object));
            news.extend(self.note(&object));
            self.writer.apply_watcher_event(&watcher::Event::InitApply(object));
        }
        self.writer.apply_watcher_event(&watcher::Event::InitDone);
        self.fingerprints.retain(|key, _| present.contains(key));
        news
    }

    /// Takes the changes in up to the present.
    pub(super) fn catch_up(&mut self, ground: &Ground) -> Vec<ObjectKey> {
        let mut news = vec![];
        for Change { revision, kind, object } in ground.api.history_since(self.revision) {
            self.revision = revision;
            let object: Guarded = serde_json::from_value((*object).clone()).unwrap();
            if kind == ChangeKind::Deleted {
                self.fingerprints.remove(&key(&object));
                self.writer.apply_watcher_event(&watcher::Event::Delete(object));
            } else {
                news.extend(self.note(&object));
                self.writer.apply_watcher_event(&watcher::Event::Apply(object));
            }
        }
        news
    }

    fn note(&mut self, object: &Guarded) -> Option<ObjectKey> {
        let fingerprint = (object.meta().generation, object.finalizers().to_vec(), object.annotations().clone());
        let old = self.fingerprints.insert(key(object), fingerprint.clone());
        (old.as_ref() != Some(&fingerprint)).then(|| key(object))
    }
}

fn key(object: &Guarded) -> ObjectKey {
    ObjectKey { namespace: object.namespace().unwrap(), name: object.name_any() }
}
