//! Objects that wait for a pass or are in one. For a metric only: the queue itself is kube's, and does not tell.

use crate::fleet::ObjectKey;
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

#[derive(Debug, Default)]
struct Inner {
    /// When each object is due. By the hash of its key, for there may be many.
    due: HashMap<u64, Instant>,
    in_work: HashSet<u64>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Queue(Mutex<Inner>);

impl Queue {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An object is due after so long, if not sooner.
    pub(super) fn due_in(&self, key: &ObjectKey, wait: Duration) {
        let Some(at) = Instant::now().checked_add(wait) else { return };
        let mut inner = self.inner();
        let due = inner.due.entry(hash(key)).or_insert(at);
        *due = at.min(*due);
    }

    /// A pass begins.
    pub(super) fn begin(&self, key: &ObjectKey) {
        let mut inner = self.inner();
        inner.due.remove(&hash(key));
        inner.in_work.insert(hash(key));
    }

    /// A pass has ended.
    pub(super) fn end(&self, key: &ObjectKey) {
        self.inner().in_work.remove(&hash(key));
    }

    /// An object is gone.
    pub(super) fn forget(&self, key: &ObjectKey) {
        self.inner().due.remove(&hash(key));
    }

    /// How many objects are due or in work now.
    pub fn depth(&self) -> usize {
        let inner = self.inner();
        let now = Instant::now();
        let waiting = inner.due.iter().filter(|(key, at)| **at <= now && !inner.in_work.contains(*key));
        inner.in_work.len() + waiting.count()
    }
}

fn hash(key: &ObjectKey) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_counts_once_from_when_it_is_due_until_its_pass_has_ended() {
        let queue = Queue::default();
        let key = |name: &str| ObjectKey { namespace: "shop".into(), name: name.into() };
        queue.due_in(&key("later"), Duration::from_secs(3600));
        assert_eq!(queue.depth(), 0);
        queue.due_in(&key("now"), Duration::ZERO);
        queue.due_in(&key("now"), Duration::from_secs(3600));
        assert_eq!(queue.depth(), 1, "sooner counts");
        queue.begin(&key("now"));
        queue.due_in(&key("now"), Duration::ZERO);
        assert_eq!(queue.depth(), 1, "in work, and due again");
        queue.end(&key("now"));
        assert_eq!(queue.depth(), 1);
        queue.forget(&key("now"));
        assert_eq!(queue.depth(), 0);
    }
}
