//! One region's sweeper: list, compare, wake.

use super::{Fleet, Moment, ObjectKey, RegionTable};
use crate::{
    aws::{AwsError, CertificateSummary, RenewalSummary},
    names::{CertificateArn, Region},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::Duration,
};

/// After a failed sweep the next one waits at least so long, doubling up to a minute.
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
const LAST_BACKOFF: Duration = Duration::from_secs(60);

/// Sweeps a region until the fleet is dropped.
pub(super) async fn run(fleet: Weak<Fleet>, region: Region) {
    let mut backoff = FIRST_BACKOFF;
    loop {
        // NB: nothing of the fleet is held while this waits, or it would never be dropped.
        let Some(strong) = fleet.upgrade() else { return };
        let wait = match strong.sweep(&region).await {
            Ok(()) => {
                backoff = FIRST_BACKOFF;
                strong.period(&region)
            }
            Err(error) => {
                tracing::warn!(%region, code = error.code, request_id = error.request_id, "certificates cannot be listed: {error}");
                backoff = (backoff * 2).min(LAST_BACKOFF);
                backoff
            }
        };
        let (hurry, soon) = (Arc::clone(&strong.hurry), strong.periods.pending.min(Duration::from_secs(1)));
        drop(strong);
        // NB: `hurry` does not cut a backoff short.
        if wait > LAST_BACKOFF || backoff == FIRST_BACKOFF {
            let hurried = async {
                hurry.notified().await;
                tokio::time::sleep(soon).await;
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = hurried => {}
            }
        } else {
            tokio::time::sleep(wait).await;
        }
    }
}

impl Fleet {
    /// Lists a region once and wakes whom it concerns. Then, if it is time, searches for renewals.
    pub(super) async fn sweep(self: &Arc<Self>, region: &Region) -> Result<(), AwsError> {
        let listed = self.store.list_certificates(region.clone()).await;
        let is_search_due = {
            let now = Moment::now(&self.clock);
            let mut tables = self.tables();
            let table = tables.entry(region.clone()).or_default();
            match listed {
                Ok(rows) => self.wake_all(table.take(rows, now)),
                Err(error) => {
                    table.error = Some(error.clone());
                    return Err(error);
                }
            }
            table.begins_search(now.steady, self.periods.settled)
        };
        if is_search_due {
            self.search(region).await;
        }
        Ok(())
    }

    /// ListCertificates does not tell how far a renewal is. Where this fails, all else goes on without it.
    async fn search(&self, region: &Region) {
        let found = self.store.search_renewals(region.clone()).await;
        let mut tables = self.tables();
        let table = tables.entry(region.clone()).or_default();
        let did_fail = std::mem::replace(&mut table.search_fails, found.is_err());
        if let Err(error) = &found
            && !did_fail
        {
            // Once: a permission that is missing stays so.
            tracing::warn!(
                %region,
                code = error.code,
                request_id = error.request_id,
                "renewals cannot be searched for, so their state is seen only when something else of the certificate \
                 changes: {error}"
            );
        }
        self.wake_all(table.take_renewals(found.ok()));
    }

    fn wake_all(&self, keys: Vec<ObjectKey>) {
        for key in keys {
            // NB: nobody listens only while the operator stops.
            let _ = self.wake.send(key);
        }
    }

    fn period(&self, region: &Region) -> Duration {
        let tables = self.tables();
        let pending = tables.get(region).is_some_and(|table| table.interests.values().any(|interest| interest.pending));
        if pending { self.periods.pending } else { self.periods.settled }
    }
}

impl RegionTable {
    /// Takes a listing in and answers whom its news concern.
    fn take(&mut self, rows: Vec<CertificateSummary>, now: Moment) -> Vec<ObjectKey> {
        // After silence everybody has something to take back.
        let is_first = self.swept_at.is_none() || self.error.is_some();
        let rows = rows.into_iter().map(|row| (row.arn.clone(), row)).collect();
        self.swept_at = Some(now);
        self.error = None;
        self.replace(rows, is_first)
    }

    /// Takes the answer of a search in (nothing: it failed), and answers whom its news concern.
    fn take_renewals(&mut self, renewals: Option<BTreeMap<CertificateArn, RenewalSummary>>) -> Vec<ObjectKey> {
        if self.renewals == renewals {
            return vec![];
        }
        self.renewals = renewals;
        self.replace((*self.rows).clone(), false)
    }

    /// Is it time for a search? Then it counts as begun.
    fn begins_search(&mut self, now: Timestamp, period: Duration) -> bool {
        let period = SignedDuration::try_from(period).unwrap_or(SignedDuration::MAX);
        let is_due = self.searched_at.is_none_or(|at| now.duration_since(at) >= period);
        if is_due {
            self.searched_at = Some(now);
        }
        is_due
    }

    fn replace(&mut self, mut rows: BTreeMap<CertificateArn, CertificateSummary>, all: bool) -> Vec<ObjectKey> {
        for (arn, row) in &mut rows {
            row.renewal = self.renewals.as_ref().map(|known| known.get(arn).cloned().unwrap_or_default());
        }
        let is_news = |arn: &CertificateArn| !is_same(self.rows.get(arn), rows.get(arn));
        let concerned = self.interests.iter().filter(|(_, interest)| all || interest.arns.iter().any(is_news));
        let concerned = concerned.map(|(key, _)| key.clone()).collect();
        self.rows = Arc::new(rows);
        concerned
    }
}

/// A renewal of which nothing is known counts as none: so a search that fails wakes nobody.
fn is_same(old: Option<&CertificateSummary>, new: Option<&CertificateSummary>) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return old.is_none() && new.is_none() };
    let plain = |row: &CertificateSummary| {
        let renewal = Some(row.renewal.clone().unwrap_or_default());
        CertificateSummary { renewal, ..row.clone() }
    };
    old == new || plain(old) == plain(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::Interest;

    fn row(id: &str, status: &str) -> CertificateSummary {
        CertificateSummary {
            arn: format!("arn:aws:acm:eu-west-1:123456789012:certificate/{id}").parse().unwrap(),
            names: vec!["example.com".into()],
            has_more_names: false,
            status: status.into(),
            type_: "AMAZON_ISSUED".into(),
            in_use: false,
            renewal_eligibility: None,
            not_after: None,
            created_at: None,
            managed_by: None,
            renewal: None,
        }
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey { namespace: "default".into(), name: name.into() }
    }

    fn moment() -> Moment {
        Moment { shown: Timestamp::UNIX_EPOCH, steady: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn only_those_are_woken_whose_certificate_changed() {
        let mut table = RegionTable::default();
        for id in ["a", "b"] {
            let arns = [row(id, "").arn].into();
            table.interests.insert(key(id), Interest { arns, pending: true });
        }
        let now = moment();
        let mut first = table.take(vec![row("a", "PENDING_VALIDATION"), row("b", "PENDING_VALIDATION")], now);
        first.sort();
        assert_eq!(first, [key("a"), key("b")]);
        assert!(table.take(vec![row("a", "PENDING_VALIDATION"), row("b", "PENDING_VALIDATION")], now).is_empty());
        assert_eq!(table.take(vec![row("a", "ISSUED"), row("b", "PENDING_VALIDATION")], now), [key("a")]);
        assert_eq!(table.take(vec![row("a", "ISSUED")], now), [key("b")]);
    }

    #[test]
    fn a_renewal_wakes_its_object_and_a_search_that_fails_wakes_nobody_else() {
        let mut table = RegionTable::default();
        for id in ["a", "b"] {
            table.interests.insert(key(id), Interest { arns: [row(id, "").arn].into(), pending: false });
        }
        let rows = || vec![row("a", "ISSUED"), row("b", "ISSUED")];
        table.take(rows(), moment());
        let renewal = RenewalSummary { status: Some("PENDING_VALIDATION".into()), serial: Some("01".into()) };
        assert!(table.take_renewals(Some(BTreeMap::new())).is_empty(), "nothing is under way");
        let found = BTreeMap::from([(row("a", "").arn, renewal.clone())]);
        assert_eq!(table.take_renewals(Some(found)), [key("a")]);
        assert!(table.take(rows(), moment()).is_empty(), "a listing takes nothing of it away");
        assert_eq!(table.rows[&row("a", "").arn].renewal, Some(renewal));
        assert_eq!(table.rows[&row("b", "").arn].renewal, Some(RenewalSummary::default()));
        assert_eq!(table.take_renewals(None), [key("a")]);
        assert_eq!(table.rows[&row("b", "").arn].renewal, None);
    }

    #[test]
    fn renewals_are_searched_for_once_in_a_settled_period() {
        let mut table = RegionTable::default();
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let due: Vec<_> = (0..25).filter(|n| table.begins_search(at(n * 5), Duration::from_secs(60))).collect();
        assert_eq!(due, [0, 12, 24]);
    }
}
