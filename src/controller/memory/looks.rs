//! When a record, or the tags of a certificate, were last looked at.

use super::{Memory, Record, spread};
use crate::{
    fleet::ObjectKey,
    names::{CertificateArn, RecordName},
};
use jiff::{SignedDuration, Timestamp};
use std::{collections::HashMap, time::Duration};

impl Memory {
    /// Is it time for an object to look at a record again? After a start the looks are spread over the period.
    pub(in super::super) fn is_record_due(
        &self,
        by: &ObjectKey,
        record: &Record,
        period: Duration,
        now: Timestamp,
    ) -> bool {
        let mut inner = self.inner();
        let shared = *inner.record_looks.entry(record.clone()).or_insert_with(|| spread(record, period, now));
        let own = inner.own_looks.get(&(by.clone(), record.clone())).copied();
        let last = own.map_or(shared, |own| own.max(shared));
        now.duration_since(last) >= SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX)
    }

    /// The same for the tags of a certificate.
    pub(in super::super) fn are_tags_due(&self, arn: &CertificateArn, period: Duration, now: Timestamp) -> bool {
        let mut inner = self.inner();
        let last = *inner.tag_looks.entry(arn.clone()).or_insert_with(|| spread(arn, period, now));
        now.duration_since(last) >= SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX)
    }

    /// The tags of a certificate were looked at, or given by us.
    pub(in super::super) fn looked_at_tags(&self, arn: &CertificateArn, now: Timestamp) {
        self.inner().tag_looks.insert(arn.clone(), now);
    }

    /// A record has to be looked at in the next pass, whatever its period.
    pub(in super::super) fn look_again(&self, by: &ObjectKey, record: &Record) {
        let mut inner = self.inner();
        inner.record_looks.insert(record.clone(), Timestamp::UNIX_EPOCH);
        inner.own_looks.remove(&(by.clone(), record.clone()));
    }

    /// How long until one of these records is due again. A record that has claims in several zones is looked at in one.
    pub(in super::super) fn next_record_look(
        &self,
        by: &ObjectKey,
        records: impl Iterator<Item = Record>,
        period: Duration,
        now: Timestamp,
    ) -> Duration {
        let inner = self.inner();
        let mut newest: HashMap<RecordName, SignedDuration> = HashMap::new();
        for record in records {
            let shared = inner.record_looks.get(&record).copied();
            let own = inner.own_looks.get(&(by.clone(), record.clone())).copied();
            let Some(at) = shared.max(own) else { continue };
            let age = now.duration_since(at);
            newest.entry(record.1).and_modify(|known| *known = (*known).min(age)).or_insert(age);
        }
        let oldest = newest.into_values().max().unwrap_or(SignedDuration::ZERO);
        period.saturating_sub(Duration::try_from(oldest).unwrap_or_default())
    }

    /// A record was looked at, and was in place: that is so for whoever relies on it. What is wrong each has to see for
    /// itself, for it may be the one that mends it.
    pub(in super::super) fn looked_at(&self, by: &ObjectKey, record: Record, in_place: bool, now: Timestamp) {
        let mut inner = self.inner();
        if in_place {
            inner.record_looks.insert(record, now);
        } else {
            inner.own_looks.insert((by.clone(), record), now);
        }
    }
}
