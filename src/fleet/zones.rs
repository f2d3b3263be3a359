//! The hosted zones of the account, listed once for all.

use super::ERROR_AGE;
use crate::{
    aws::{AwsError, HostedZone, RecordStore},
    clock::Clock,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use tokio::sync::Mutex;

type Listed = (Timestamp, Result<Arc<Vec<HostedZone>>, AwsError>);

/// A list of zones that ages.
#[derive(Debug)]
pub struct Zones {
    store: Arc<dyn RecordStore>,
    clock: Clock,
    listed: Mutex<Option<Listed>>,
}

impl Zones {
    /// Not listed yet.
    pub fn new(store: Arc<dyn RecordStore>, clock: Clock) -> Self {
        Self { store, clock, listed: Mutex::default() }
    }

    /// All zones, listed no longer ago than `max_age`. Who comes while a listing is under way waits for that one.
    ///
    /// # Errors
    /// Where Route 53 cannot be read.
    pub async fn list(&self, max_age: SignedDuration) -> Result<Arc<Vec<HostedZone>>, AwsError> {
        let mut listed = self.listed.lock().await;
        if let Some((at, zones)) = &*listed
            && self.clock.steady().duration_since(*at) <= if zones.is_ok() { max_age } else { ERROR_AGE }
        {
            return zones.clone();
        }
        let zones = self.store.list_hosted_zones().await.map(Arc::new);
        *listed = Some((self.clock.steady(), zones.clone()));
        zones
    }
}
