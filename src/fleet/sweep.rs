//! One region's sweeper: list, compare, wake.

use super::{Fleet, ObjectKey, RegionTable};
use crate::{
    aws::{AwsError, CertificateSummary},
    names::Region,
};
use jiff::Timestamp;
use std::{
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
        // NB: `hurry` does not cut a backoff short.
        if wait > LAST_BACKOFF || backoff == FIRST_BACKOFF {
            let hurried = async {
                strong.hurry.notified().await;
                tokio::time::sleep(strong.periods.pending.min(Duration::from_secs(1))).await;
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
    /// Lists a region once and wakes whom it concerns.
    pub(super) async fn sweep(self: &Arc<Self>, region: &Region) -> Result<(), AwsError> {
        let listed = self.store.list_certificates(region.clone()).await;
        let now = self.clock.now();
        let mut tables = self.tables();
        let table = tables.entry(region.clone()).or_default();
        match listed {
            Ok(rows) => {
                for key in table.take(rows, now) {
                    // NB: nobody listens only while the operator stops.
                    let _ = self.wake.send(key);
                }
                Ok(())
            }
            Err(error) => {
                table.error = Some(error.clone());
                Err(error)
            }
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
    fn take(&mut self, rows: Vec<CertificateSummary>, now: Timestamp) -> Vec<ObjectKey> {
        // After silence everybody has something to take back.
        let is_first = self.swept_at.is_none() || self.error.is_some();
        let rows: std::collections::BTreeMap<_, _> = rows.into_iter().map(|row| (row.arn.clone(), row)).collect();
        let is_news = |arn| self.rows.get(arn) != rows.get(arn);
        let concerned = self.interests.iter().filter(|(_, interest)| is_first || interest.arns.iter().any(is_news));
        let concerned = concerned.map(|(key, _)| key.clone()).collect();
        self.rows = Arc::new(rows);
        self.swept_at = Some(now);
        self.error = None;
        concerned
    }
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
        }
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey { namespace: "default".into(), name: name.into() }
    }

    #[test]
    fn only_those_are_woken_whose_certificate_changed() {
        let mut table = RegionTable::default();
        for id in ["a", "b"] {
            let arns = [row(id, "").arn].into();
            table.interests.insert(key(id), Interest { arns, pending: true });
        }
        let now = Timestamp::UNIX_EPOCH;
        let mut first = table.take(vec![row("a", "PENDING_VALIDATION"), row("b", "PENDING_VALIDATION")], now);
        first.sort();
        assert_eq!(first, [key("a"), key("b")]);
        assert!(table.take(vec![row("a", "PENDING_VALIDATION"), row("b", "PENDING_VALIDATION")], now).is_empty());
        assert_eq!(table.take(vec![row("a", "ISSUED"), row("b", "PENDING_VALIDATION")], now), [key("a")]);
        assert_eq!(table.take(vec![row("a", "ISSUED")], now), [key("b")]);
    }
}
