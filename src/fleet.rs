//! The shared observation: one sweep of ListCertificates for each region and period, however many objects there are, and
//! for each settled period one search for renewals.
//!
//! A pass reads the table; it never lists by itself. What changed between two sweeps wakes the objects that it
//! concerns. A row that is missing proves nothing: listings lag.

mod sweep;
mod zones;

pub use zones::Zones;

use crate::{
    aws::{AwsError, CertificateStore, CertificateSummary, RenewalSummary},
    clock::Clock,
    names::{CertificateArn, Region},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinSet,
};

/// An object of the cluster, as the fleet knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// How old an observation may be.
#[derive(Clone, Copy, Debug)]
pub struct Periods {
    /// While something is pending.
    pub pending: Duration,
    /// Otherwise.
    pub settled: Duration,
}

/// All certificates of a region, by ARN.
pub type Rows = Arc<BTreeMap<CertificateArn, CertificateSummary>>;

/// The last listing that could not wait for a sweep: when it began, or when it failed.
type Listing = Arc<tokio::sync::Mutex<Option<(Timestamp, Result<Rows, AwsError>)>>>;

/// Who waited for a listing that failed is told so, instead of trying one after the other.
const ERROR_AGE: SignedDuration = SignedDuration::from_secs(1);

/// A time as it is shown, and as ages are reckoned from it.
#[derive(Clone, Copy, Debug)]
struct Moment {
    shown: Timestamp,
    steady: Timestamp,
}

impl Moment {
    fn now(clock: &Clock) -> Self {
        Self { shown: clock.now(), steady: clock.steady() }
    }
}

#[derive(Debug)]
struct Interest {
    arns: BTreeSet<CertificateArn>,
    pending: bool,
}

#[derive(Debug, Default)]
struct RegionTable {
    rows: Rows,
    swept_at: Option<Moment>,
    /// When the first interest in the region came up.
    since: Option<Moment>,
    error: Option<AwsError>,
    /// Renewals that are under way or have failed; nothing while that is not known.
    renewals: Option<BTreeMap<CertificateArn, RenewalSummary>>,
    /// When they were last searched for.
    searched_at: Option<Timestamp>,
    /// Did the last search fail?
    search_fails: bool,
    interests: BTreeMap<ObjectKey, Interest>,
}

/// The shared observation of one account.
#[derive(Debug)]
pub struct Fleet {
    store: Arc<dyn CertificateStore>,
    clock: Clock,
    periods: Periods,
    wake: mpsc::UnboundedSender<ObjectKey>,
    hurry: Arc<Notify>,
    tables: Mutex<HashMap<Region, RegionTable>>,
    listings: Mutex<HashMap<Region, Listing>>,
    sweepers: Mutex<JoinSet<()>>,
}

impl Fleet {
    /// A fleet without regions: each begins with the first interest in it. Keys of objects to look at come out of the
    /// receiver.
    pub fn new(
        store: Arc<dyn CertificateStore>,
        clock: Clock,
        periods: Periods,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<ObjectKey>) {
        let (wake, woken) = mpsc::unbounded_channel();
        let fleet = Self {
            store,
            clock,
            periods,
            wake,
            hurry: Arc::default(),
            tables: Mutex::default(),
            listings: Mutex::default(),
            sweepers: Mutex::default(),
        };
        (Arc::new(fleet), woken)
    }

    /// An object depends on these certificates of a region; while `pending`, the region is swept more often.
    pub fn watch(self: &Arc<Self>, key: ObjectKey, region: &Region, arns: BTreeSet<CertificateArn>, pending: bool) {
        let (is_new, hurry) = {
            let mut tables = self.tables();
            let is_new = !tables.contains_key(region);
            let table = tables.entry(region.clone()).or_default();
            table.since.get_or_insert_with(|| Moment::now(&self.clock));
            let was_pending = table.interests.values().any(|interest| interest.pending);
            table.interests.insert(key, Interest { arns, pending });
            (is_new, pending && !was_pending)
        };
        if is_new {
            let mut sweepers = self.sweepers.lock().unwrap_or_else(PoisonError::into_inner);
            sweepers.spawn(sweep::run(Arc::downgrade(self), region.clone()));
        } else if hurry {
            self.hurry.notify_waiters();
        }
    }

    /// An object is gone.
    pub fn forget(&self, key: &ObjectKey) {
        for table in self.tables().values_mut() {
            table.interests.remove(key);
        }
    }

    /// How many objects depend on a certificate.
    pub fn objects(&self) -> usize {
        self.tables().values().map(|table| table.interests.len()).sum()
    }

    /// The regions in which any object has, or had, a certificate.
    pub fn regions(&self) -> BTreeSet<Region> {
        self.tables().keys().cloned().collect()
    }

    /// The rows of a region; nothing before the first sweep.
    pub fn rows(&self, region: &Region) -> Option<Rows> {
        self.swept(region).map(|(_, rows)| rows)
    }

    fn swept(&self, region: &Region) -> Option<(Timestamp, Rows)> {
        let tables = self.tables();
        let table = tables.get(region)?;
        Some((table.swept_at?.steady, Arc::clone(&table.rows)))
    }

    /// Since when the region could not be read, if that is longer than `limit`.
    pub fn stale_since(&self, region: &Region, limit: SignedDuration) -> Option<Timestamp> {
        let is_long = self.unread_for(region)? > limit;
        self.last_read(region).filter(|_| is_long).map(|last| last.shown)
    }

    /// How long ago the region was read.
    pub fn unread_for(&self, region: &Region) -> Option<SignedDuration> {
        self.last_read(region).map(|last| self.clock.steady().duration_since(last.steady))
    }

    fn last_read(&self, region: &Region) -> Option<Moment> {
        self.tables().get(region).and_then(|table| table.swept_at.or(table.since))
    }

    /// The error of the last sweep, if it failed.
    pub fn last_error(&self, region: &Region) -> Option<AwsError> {
        self.tables().get(region).and_then(|table| table.error.clone())
    }

    /// When each region was last swept, in seconds since the epoch.
    pub fn last_sweeps(&self) -> Vec<(Region, Timestamp)> {
        let tables = self.tables();
        let mut sweeps: Vec<_> =
            tables.iter().filter_map(|(region, table)| Some((region.clone(), table.swept_at?.shown))).collect();
        sweeps.sort();
        sweeps
    }

    /// The rows of any region, listed no longer ago than `max_age`. For decisions that cannot wait for a sweep.
    ///
    /// # Errors
    /// Where the region cannot be listed: nothing may be concluded then.
    pub async fn list_certificates(&self, region: &Region, max_age: SignedDuration) -> Result<Rows, AwsError> {
        let asked = self.clock.steady();
        // One listing for all who ask at the same time; no two regions wait for each other.
        let listed = {
            let mut listings = self.listings.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(listings.entry(region.clone()).or_default())
        };
        let mut listed = listed.lock().await;
        let swept = self.swept(region).map(|(at, rows)| (at, Ok(rows)));
        let newest = [swept, listed.clone()].into_iter().flatten().max_by_key(|(at, _)| *at);
        // NB: what began after it was asked for is as new as can be.
        if let Some((at, rows)) = newest
            && (at > asked || self.clock.steady().duration_since(at) <= if rows.is_ok() { max_age } else { ERROR_AGE })
        {
            return rows;
        }
        // NB: dated by its beginning, for that is how old its first row may be.
        let at = self.clock.steady();
        let by_arn = |rows: Vec<CertificateSummary>| rows.into_iter().map(|row| (row.arn.clone(), row)).collect();
        let rows = self.store.list_certificates(region.clone()).await.map(|rows| Arc::new(by_arn(rows)));
        let dated = if rows.is_ok() { at } else { self.clock.steady() };
        *listed = Some((dated, rows.clone()));
        rows
    }

    fn tables(&self) -> MutexGuard<'_, HashMap<Region, RegionTable>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
