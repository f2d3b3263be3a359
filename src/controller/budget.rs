//! What a namespace may request in a day, so that no tenant eats the account's yearly quota.

use crate::api::AcmCertificateStatus;
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The window in which requests are counted.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Requests of the last day, by namespace and token: a repeated one counts once. After a start they are read off the
/// objects' statuses, which tell the last request of each; what deleted objects had requested before is forgotten then.
#[derive(Debug)]
pub(super) struct Budget {
    limit: usize,
    requests: Mutex<HashMap<String, BTreeMap<String, Timestamp>>>,
    seeded: Mutex<HashSet<String>>,
}

impl Budget {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit: limit as usize, requests: Mutex::default(), seeded: Mutex::default() }
    }

    /// Reads a namespace's requests off the statuses of its objects, once. A certificate that was adopted or taken over has
    /// the time of its own request there, and so does not count.
    pub(super) fn seed(&self, namespace: &str, statuses: impl FnOnce() -> Vec<(String, String, AcmCertificateStatus)>) {
        if !self.seeded.lock().unwrap_or_else(PoisonError::into_inner).insert(namespace.to_owned()) {
            return;
        }
        let statuses = statuses();
        let mut requests = self.requests();
        let sent = requests.entry(namespace.to_owned()).or_default();
        let own = statuses.into_iter().filter(|(of, ..)| of == namespace);
        sent.extend(own.filter_map(|(.., status)| status.request).map(|request| (request.token, request.sent_at.0)));
    }

    /// When the namespace may request again, if not now.
    pub(super) fn next_at(&self, namespace: &str, now: Timestamp) -> Option<Timestamp> {
        self.full_until(self.requests().get_mut(namespace)?, now)
    }

    /// Counts a request that is about to be sent; else when it may be.
    pub(super) fn take(&self, namespace: &str, token: &str, now: Timestamp) -> Result<(), Timestamp> {
        let mut requests = self.requests();
        let sent = requests.entry(namespace.to_owned()).or_default();
        if sent.contains_key(token) {
            return Ok(());
        }
        match self.full_until(sent, now) {
            Some(at) => Err(at),
            None => {
                sent.insert(token.to_owned(), now);
                Ok(())
            }
        }
    }

    fn full_until(&self, sent: &mut BTreeMap<String, Timestamp>, now: Timestamp) -> Option<Timestamp> {
        // What lies ahead was counted by another clock: it is as old as can be told, and so it stays.
        sent.values_mut().for_each(|at| *at = now.min(*at));
        sent.retain(|_, at| now.duration_since(*at) < DAY);
        let oldest = sent.values().min().map_or(now, |oldest| *oldest);
        (sent.len() >= self.limit).then(|| oldest + DAY)
    }

    fn requests(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<String, Timestamp>>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }

    #[test]
    fn a_namespace_requests_so_many_in_a_day_and_no_more() {
        let budget = Budget::new(2);
        assert_eq!(budget.take("shop", "a", at(0)), Ok(()));
        assert_eq!(budget.take("shop", "b", at(1)), Ok(()));
        assert_eq!(budget.take("shop", "c", at(2)), Err(at(24)));
        assert_eq!(budget.take("shop", "a", at(2)), Ok(()), "a repetition is the same request");
        assert_eq!(budget.take("blog", "c", at(2)), Ok(()), "other namespaces have their own");
        assert_eq!(budget.next_at("shop", at(23)), Some(at(24)));
        assert_eq!(budget.take("shop", "c", at(24)), Ok(()));
        assert_eq!(budget.next_at("shop", at(24)), Some(at(25)));
    }

    #[test]
    fn a_clock_that_was_ahead_costs_a_namespace_no_more_than_a_day() {
        let budget = Budget::new(1);
        assert_eq!(budget.take("shop", "a", at(1000)), Ok(()));
        assert_eq!(budget.next_at("shop", at(0)), Some(at(24)));
        assert_eq!(budget.next_at("shop", at(10)), Some(at(24)), "it does not move on");
        assert_eq!(budget.next_at("shop", at(24)), None);
    }
}
