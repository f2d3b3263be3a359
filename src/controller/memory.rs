//! What is remembered between passes. All of it may be lost: it saves work and keeps order, it proves nothing.

use crate::{
    fleet::ObjectKey,
    names::{CertificateArn, HostedZoneId, RecordName, Region},
    plan::Effect,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::OwnedMutexGuard;

/// Events of an object in an hour.
const EVENTS_PER_HOUR: usize = 20;
/// So many of them are kept for warnings.
const FOR_WARNINGS: usize = 5;

/// Which of the effects.
type Kind = std::mem::Discriminant<Effect>;

/// A look that long ago does not count as the first of two.
const ABSENCE_FORGOTTEN: SignedDuration = SignedDuration::from_mins(15);

/// Failures of an object in a row.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    count: u32,
    /// Which effect of which generation of the spec AWS refused, and until when it is not sent again.
    refused: Option<(i64, Kind, Timestamp)>,
}

#[derive(Debug, Default)]
struct Inner {
    written: HashMap<String, u128>,
    absent: HashMap<CertificateArn, Timestamp>,
    let_go: HashMap<CertificateArn, (String, u32)>,
    sent: HashMap<String, Timestamp>,
    record_looks: HashMap<(HostedZoneId, RecordName), Timestamp>,
    tag_looks: HashMap<CertificateArn, Timestamp>,
    failures: HashMap<ObjectKey, Failures>,
    events: HashMap<ObjectKey, Vec<Timestamp>>,
    /// Since when, and when last.
    unreadable: HashMap<Region, (Timestamp, Timestamp)>,
    unread: HashMap<ObjectKey, Timestamp>,
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
        if let Some(version) = resource_version.and_then(|version| version.parse().ok()) {
            self.inner().written.insert(uid.to_owned(), version);
        }
    }

    /// Is this copy older than what we wrote ourselves?
    pub(super) fn is_stale(&self, uid: &str, resource_version: Option<&str>) -> bool {
        // Resource versions of one resource type are comparable as integers (KEP-5504); where they are not, every
        // write is refused by its precondition anyway.
        let version: Option<u128> = resource_version.and_then(|version| version.parse().ok());
        match (self.inner().written.get(uid), version) {
            (Some(written), Some(version)) => version < *written,
            _ => false,
        }
    }

    /// An object is gone.
    pub(super) fn forget(&self, uid: &str, key: &ObjectKey) {
        let mut inner = self.inner();
        inner.written.remove(uid);
        inner.sent.remove(uid);
        inner.let_go.retain(|_, (of, _)| of != uid);
        inner.failures.remove(key);
        inner.events.remove(key);
        inner.unread.remove(key);
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

    /// Is it time to look at a record again? After a start the looks are spread over the period.
    pub(super) fn is_record_due(&self, record: &(HostedZoneId, RecordName), period: Duration, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let last = *inner.record_looks.entry(record.clone()).or_insert_with(|| spread(record, period, now));
        now.duration_since(last) >= SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX)
    }

    /// The same for the tags of a certificate.
    pub(super) fn are_tags_due(&self, arn: &CertificateArn, period: Duration, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let last = *inner.tag_looks.entry(arn.clone()).or_insert_with(|| spread(arn, period, now));
        now.duration_since(last) >= SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX)
    }

    /// The tags of a certificate were looked at, or given by us.
    pub(super) fn looked_at_tags(&self, arn: &CertificateArn, now: Timestamp) {
        self.inner().tag_looks.insert(arn.clone(), now);
    }

    /// A record has to be looked at in the next pass, whatever its period.
    pub(super) fn look_again(&self, record: &(HostedZoneId, RecordName)) {
        self.inner().record_looks.insert(record.clone(), Timestamp::UNIX_EPOCH);
    }

    /// How long until one of these records is due again. A record that has claims in several zones is looked at in one.
    pub(super) fn next_record_look(
        &self,
        records: impl Iterator<Item = (HostedZoneId, RecordName)>,
        period: Duration,
        now: Timestamp,
    ) -> Duration {
        let inner = self.inner();
        let mut newest: HashMap<RecordName, SignedDuration> = HashMap::new();
        for record in records {
            let Some(at) = inner.record_looks.get(&record) else { continue };
            let age = now.duration_since(*at);
            newest.entry(record.1).and_modify(|known| *known = (*known).min(age)).or_insert(age);
        }
        let oldest = newest.into_values().max().unwrap_or(SignedDuration::ZERO);
        period.saturating_sub(Duration::try_from(oldest).unwrap_or_default())
    }

    /// A record was looked at.
    pub(super) fn looked_at(&self, record: (HostedZoneId, RecordName), now: Timestamp) {
        self.inner().record_looks.insert(record, now);
    }

    /// A pass went well.
    pub(super) fn succeeded(&self, key: &ObjectKey) {
        let mut inner = self.inner();
        // What AWS has refused is counted until it is carried out.
        if inner.failures.get(key).is_some_and(|failures| failures.refused.is_none()) {
            inner.failures.remove(key);
        }
    }

    /// A pass failed: how often in a row?
    pub(super) fn failed(&self, key: &ObjectKey) -> u32 {
        let mut inner = self.inner();
        let failures = inner.failures.entry(key.clone()).or_default();
        failures.count = failures.count.saturating_add(1);
        failures.count
    }

    /// AWS refused an effect of this generation: it is not sent again before `until`.
    pub(super) fn refuse(&self, key: &ObjectKey, generation: i64, kind: Kind, until: Timestamp) {
        self.inner().failures.entry(key.clone()).or_default().refused = Some((generation, kind, until));
    }

    /// Which effect of this generation is not to be sent yet, and for how long?
    pub(super) fn refusal(&self, key: &ObjectKey, generation: i64, now: Timestamp) -> Option<(Kind, SignedDuration)> {
        let (refused, kind, until) = self.inner().failures.get(key)?.refused?;
        (refused == generation && until > now).then(|| (kind, until.duration_since(now)))
    }

    /// A person asked to try again, or AWS has carried an effect out.
    pub(super) fn clear_refusal(&self, key: &ObjectKey) {
        self.inner().failures.remove(key);
    }

    /// Could an object's surroundings be read? Since when not?
    pub(super) fn unread_since(&self, key: &ObjectKey, is_unread: bool, now: Timestamp) -> Option<Timestamp> {
        let mut inner = self.inner();
        if is_unread {
            return Some(*inner.unread.entry(key.clone()).or_insert(now));
        }
        inner.unread.remove(key);
        None
    }

    /// May an object have another Event now?
    pub(super) fn may_publish(&self, key: &ObjectKey, warning: bool, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let recent = inner.events.entry(key.clone()).or_default();
        recent.retain(|at| now.duration_since(*at) < SignedDuration::from_hours(1));
        let may = recent.len() < if warning { EVENTS_PER_HOUR } else { EVENTS_PER_HOUR - FOR_WARNINGS };
        if may {
            recent.push(now);
        }
        may
    }

    /// Holds records for the length of a pass: who relies on one and who deletes it take turns. In the order of the
    /// names, so that no two passes wait for each other.
    pub(super) async fn lock_records(&self, names: BTreeSet<RecordName>) -> Vec<OwnedMutexGuard<()>> {
        let locks: Vec<_> = {
            let mut inner = self.inner();
            inner.locks.retain(|_, lock| Arc::strong_count(lock) > 1);
            names.into_iter().map(|name| Arc::clone(inner.locks.entry(name).or_default())).collect()
        };
        let mut held = Vec::with_capacity(locks.len());
        for lock in locks {
            held.push(lock.lock_owned().await);
        }
        held
    }
}

/// A time within the last period, by what is looked at.
fn spread(what: &impl Hash, period: Duration, now: Timestamp) -> Timestamp {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let age = hasher.finish() % u64::try_from(period.as_millis()).unwrap_or(u64::MAX).max(1);
    now - SignedDuration::from_millis(i64::try_from(age).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_older_than_our_own_write_are_stale() {
        let memory = Memory::default();
        assert!(!memory.is_stale("u", Some("5")));
        memory.wrote("u", Some("10"));
        assert!(memory.is_stale("u", Some("9")));
        assert!(
            !memory.is_stale("u", Some("10")) && !memory.is_stale("u", Some("11")) && !memory.is_stale("v", Some("1"))
        );
    }

    #[test]
    fn an_object_has_twenty_events_an_hour() {
        let memory = Memory::default();
        let key = ObjectKey { namespace: "n".into(), name: "o".into() };
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!((0..30).filter(|_| memory.may_publish(&key, false, start)).count(), 15);
        assert_eq!((0..30).filter(|_| memory.may_publish(&key, true, start)).count(), 5);
        assert!(memory.may_publish(&key, false, start + SignedDuration::from_hours(1)));
    }

    #[test]
    fn a_refusal_ends_with_its_time_or_its_generation() {
        let memory = Memory::default();
        let key = ObjectKey { namespace: "n".into(), name: "o".into() };
        let now = Timestamp::UNIX_EPOCH;
        let (add, remove) = (Effect::AddFinalizer.kind(), Effect::RemoveFinalizer.kind());
        memory.refuse(&key, 1, add, now + SignedDuration::from_secs(60));
        let refused = |kind, generation, at| memory.refusal(&key, generation, at).is_some_and(|(of, _)| of == kind);
        assert!(refused(add, 1, now));
        assert!(!refused(remove, 1, now));
        assert!(!refused(add, 2, now));
        assert!(!refused(add, 1, now + SignedDuration::from_secs(60)));
    }

    #[test]
    fn refusals_are_counted_until_one_is_carried_out() {
        let memory = Memory::default();
        let key = ObjectKey { namespace: "n".into(), name: "o".into() };
        for expected in 1..4 {
            assert_eq!(memory.failed(&key), expected);
            memory.refuse(&key, 1, Effect::AddFinalizer.kind(), Timestamp::UNIX_EPOCH);
            memory.succeeded(&key);
        }
        memory.clear_refusal(&key);
        assert_eq!(memory.failed(&key), 1);
        memory.succeeded(&key);
        assert_eq!(memory.failed(&key), 1);
    }
}
