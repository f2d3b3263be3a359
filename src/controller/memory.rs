//! What is remembered between passes. All of it may be lost: it saves work and keeps order, it proves nothing.
//!
//! Times are those of [`Clock::steady`](crate::clock::Clock::steady).

mod looks;
mod refusals;

use crate::{
    api::AcmCertificateStatus,
    aws::Meaning,
    fleet::ObjectKey,
    names::{CertificateArn, HostedZoneId, RecordName, Region},
    plan::{Which, certificates_to_delete, wanted_records},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::OwnedMutexGuard;

/// The window in which Events are counted.
const EVENTS_WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Events of an object in it.
const EVENTS_PER_HOUR: usize = 20;
/// So many of them are kept for warnings.
const FOR_WARNINGS: usize = 5;

/// Passes that wait for a record besides the one that holds it, and how long they do.
const WAITING: usize = 1;
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// A look that long ago does not count as the first of two.
const ABSENCE_FORGOTTEN: SignedDuration = SignedDuration::from_mins(15);

/// An effect that AWS has refused.
#[derive(Clone, Debug)]
struct Refusal {
    /// Of which generation of the spec.
    generation: i64,
    which: Which,
    meaning: Meaning,
    /// It is not sent again before.
    until: Timestamp,
    /// In a row.
    times: u32,
}

/// A record, by its zone and name.
type Record = (HostedZoneId, RecordName);

/// An object, as far as something may be remembered of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) uid: String,
    pub(super) key: ObjectKey,
    pub(super) status: AcmCertificateStatus,
    /// `spec.certificateArn`
    pub(super) adopts: Option<CertificateArn>,
}

/// What cannot be read of an object's surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unread {
    Certificates,
    Records,
}

#[derive(Debug, Default)]
struct Inner {
    written: HashMap<String, u128>,
    /// Since when all copies of an object have been older than what we wrote.
    outdated: HashMap<String, Timestamp>,
    absent: HashMap<CertificateArn, Timestamp>,
    let_go: HashMap<CertificateArn, (String, u32)>,
    sent: HashMap<String, Timestamp>,
    record_looks: HashMap<Record, Timestamp>,
    /// Looks at records that were not in place.
    own_looks: HashMap<(ObjectKey, Record), Timestamp>,
    tag_looks: HashMap<CertificateArn, Timestamp>,
    /// Passes in a row that failed.
    failures: HashMap<ObjectKey, u32>,
    refusals: HashMap<ObjectKey, Vec<Refusal>>,
    /// The last wish of a person that was acted upon.
    wishes: HashMap<ObjectKey, String>,
    events: HashMap<ObjectKey, Vec<Timestamp>>,
    /// Since when, and when last.
    unreadable: HashMap<Region, (Timestamp, Timestamp)>,
    /// Since when, and how that time is shown.
    unread: HashMap<(ObjectKey, Unread), (Timestamp, Timestamp)>,
    locks: HashMap<RecordName, Arc<tokio::sync::Mutex<()>>>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Inner>);

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// We wrote this version of an object: older copies of it are stale.
    pub(super) fn wrote(&self, uid: &str, resource_version: Option<&str>) {
        if let Some(version) = resource_version.and_then(parsed) {
            let mut inner = self.inner();
            let newest = inner.written.entry(uid.to_owned()).or_default();
            *newest = version.max(*newest);
        }
    }

    /// How long have all copies of this object been older than what we wrote ourselves? Nothing if this one is not.
    pub(super) fn stale_for(&self, uid: &str, version: Option<&str>, now: Timestamp) -> Option<SignedDuration> {
        let mut inner = self.inner();
        // Resource versions of one resource type are comparable as integers (KEP-5504); where they are not, every
        // write is refused by its precondition anyway.
        match (inner.written.get(uid), version.and_then(parsed)) {
            (Some(written), Some(version)) if version < *written => {
                let since = inner.outdated.entry(uid.to_owned()).or_insert(now);
                Some(now.duration_since(*since))
            }
            _ => {
                inner.outdated.remove(uid);
                None
            }
        }
    }

    /// This version was read live: whatever was written before, there is nothing newer.
    pub(super) fn read_live(&self, uid: &str, resource_version: Option<&str>) {
        let mut inner = self.inner();
        inner.outdated.remove(uid);
        if let Some(version) = resource_version.and_then(parsed) {
            inner.written.insert(uid.to_owned(), version);
        }
    }

    /// An object is gone.
    pub(super) fn forget(&self, uid: &str, key: &ObjectKey) {
        let mut inner = self.inner();
        inner.written.remove(uid);
        inner.outdated.remove(uid);
        inner.sent.remove(uid);
        inner.let_go.retain(|_, (of, _)| of != uid);
        inner.failures.remove(key);
        inner.refusals.remove(key);
        inner.wishes.remove(key);
        inner.events.remove(key);
        inner.unread.retain(|(of, _), _| of != key);
    }

    /// Forgets what concerns none of these objects and nothing that they name: for what goes without a last pass.
    pub(super) fn keep_only(&self, objects: &[Known], now: Timestamp) {
        let uids: HashSet<_> = objects.iter().map(|object| &object.uid).collect();
        let keys: HashSet<_> = objects.iter().map(|object| &object.key).collect();
        let named = |object: &Known| certificates_to_delete(&object.status).into_iter().chain(object.adopts.clone());
        let arns: HashSet<_> = objects.iter().flat_map(named).collect();
        let wanted = |status: &AcmCertificateStatus| wanted_records(status).into_iter().map(|record| record.name);
        let claimed = |status: &AcmCertificateStatus| {
            status.records.iter().map(|claim| RecordName::new(&claim.name)).collect::<Vec<_>>()
        };
        let names: HashSet<_> =
            objects.iter().flat_map(|object| wanted(&object.status).chain(claimed(&object.status))).collect();
        let mut inner = self.inner();
        inner.written.retain(|uid, _| uids.contains(uid));
        inner.outdated.retain(|uid, _| uids.contains(uid));
        inner.sent.retain(|uid, _| uids.contains(uid));
        inner.let_go.retain(|_, (uid, _)| uids.contains(uid));
        inner.failures.retain(|key, _| keys.contains(key));
        inner.refusals.retain(|key, _| keys.contains(key));
        inner.wishes.retain(|key, _| keys.contains(key));
        inner.unread.retain(|(key, _), _| keys.contains(key));
        // NB: one that was made anew under its name has no new hour.
        inner.events.retain(|_, at| at.iter().any(|at| now.duration_since(*at) < EVENTS_WINDOW));
        inner.absent.retain(|arn, _| arns.contains(arn));
        inner.tag_looks.retain(|arn, _| arns.contains(arn));
        inner.record_looks.retain(|(_, name), _| names.contains(name));
        inner.own_looks.retain(|(key, _), _| keys.contains(key));
    }

    /// ACM does not know a certificate: since when not?
    pub(super) fn absent_since(&self, arn: &CertificateArn, now: Timestamp) -> Timestamp {
        let mut inner = self.inner();
        let since = inner.absent.entry(arn.clone()).or_insert(now);
        // Two looks make an absence only if nothing else was seen in between, and nobody looked for long.
        if now.duration_since(*since) > ABSENCE_FORGOTTEN {
            *since = now;
        }
        *since
    }

    /// ACM knows the certificate.
    pub(super) fn present(&self, arn: &CertificateArn) {
        self.inner().absent.remove(arn);
    }

    /// A region could not be read: for how long not, without a success in between?
    pub(super) fn unreadable_for(&self, region: &Region, now: Timestamp) -> SignedDuration {
        let mut inner = self.inner();
        let (since, last) = inner.unreadable.entry(region.clone()).or_insert((now, now));
        if now.duration_since(*last) > ABSENCE_FORGOTTEN {
            *since = now;
        }
        *last = now;
        now.duration_since(*since)
    }

    /// A region was read.
    pub(super) fn readable(&self, region: &Region) {
        self.inner().unreadable.remove(region);
    }

    /// ACM has taken a deletion (or the removal of tags): how often for this certificate?
    pub(super) fn let_go(&self, uid: &str, arn: &CertificateArn) -> u32 {
        let mut inner = self.inner();
        let (_, times) = inner.let_go.entry(arn.clone()).or_insert_with(|| (uid.to_owned(), 0));
        *times = times.saturating_add(1);
        *times
    }

    /// A request for an object is about to be sent.
    pub(super) fn sends(&self, uid: &str, now: Timestamp) {
        self.inner().sent.insert(uid.to_owned(), now);
    }

    /// When this process last sent a request for an object.
    pub(super) fn last_sent(&self, uid: &str) -> Option<Timestamp> {
        self.inner().sent.get(uid).copied()
    }

    /// Has ACM taken the deletion of a certificate from this process?
    pub(super) fn was_let_go(&self, arn: &CertificateArn) -> bool {
        self.inner().let_go.contains_key(arn)
    }

    /// A pass went well.
    pub(super) fn succeeded(&self, key: &ObjectKey) {
        self.inner().failures.remove(key);
    }

    /// A pass failed: how often in a row?
    pub(super) fn failed(&self, key: &ObjectKey) -> u32 {
        let mut inner = self.inner();
        let count = inner.failures.entry(key.clone()).or_default();
        *count = count.saturating_add(1);
        *count
    }

    /// Could an object's surroundings be read? Since when not?
    pub(super) fn unread_since(
        &self,
        key: &ObjectKey,
        what: Unread,
        is_unread: bool,
        now: Timestamp,
        shown: Timestamp,
    ) -> Option<(Timestamp, Timestamp)> {
        let mut inner = self.inner();
        if is_unread {
            return Some(*inner.unread.entry((key.clone(), what)).or_insert((now, shown)));
        }
        inner.unread.remove(&(key.clone(), what));
        None
    }

    /// May an object have another Event now?
    pub(super) fn may_publish(&self, key: &ObjectKey, warning: bool, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let recent = inner.events.entry(key.clone()).or_default();
        recent.retain(|at| now.duration_since(*at) < EVENTS_WINDOW);
        let may = recent.len() < if warning { EVENTS_PER_HOUR } else { EVENTS_PER_HOUR - FOR_WARNINGS };
        if may {
            recent.push(now);
        }
        may
    }

    /// Holds records for the length of a pass: who relies on one and who deletes it take turns. In the order of the
    /// names, so that no two passes wait for each other. Nothing if others wait already, or if it takes long: who waits
    /// here holds up objects that have nothing to do with these records.
    pub(super) async fn lock_records(&self, names: BTreeSet<RecordName>) -> Option<Vec<OwnedMutexGuard<()>>> {
        let locks: Vec<_> = {
            let mut inner = self.inner();
            inner.locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            names.into_iter().map(|name| Arc::clone(inner.locks.entry(name).or_default())).collect()
        };
        // The map has one, so have we, the holder, and each who waits.
        if locks.iter().any(|lock| Arc::strong_count(lock) > 3 + WAITING) {
            return None;
        }
        let mut held = Vec::with_capacity(locks.len());
        for lock in locks {
            held.push(tokio::time::timeout(LOCK_WAIT, lock.lock_owned()).await.ok()?);
        }
        Some(held)
    }
}

fn parsed(resource_version: &str) -> Option<u128> {
    resource_version.parse().ok()
}

/// A time within the last period, by what is looked at.
fn spread(what: &impl Hash, period: Duration, now: Timestamp) -> Timestamp {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let age = hasher.finish() % u64::try_from(period.as_millis()).unwrap_or(u64::MAX).max(1);
    now - SignedDuration::from_millis(i64::try_from(age).unwrap_or(0))
}

#[cfg(test)]
mod tests;
