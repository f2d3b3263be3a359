//! What the operator asks of Route 53.

use super::{AwsError, Page, Permit};
use crate::names::{HostedZoneId, RecordName};
use futures::future::BoxFuture;
use std::fmt;

/// Route 53, as far as the operator uses it.
pub trait RecordStore: Send + Sync + fmt::Debug {
    /// ListHostedZones, one page, private ones included, and the marker of the next page.
    fn list_hosted_zones_page(&self, marker: Option<String>) -> BoxFuture<'_, Result<Page<HostedZone>, AwsError>>;
    /// ListHostedZones, all pages.
    fn list_hosted_zones(&self) -> BoxFuture<'_, Result<Vec<HostedZone>, AwsError>> {
        Box::pin(async move {
            let mut all = vec![];
            let mut next = None;
            loop {
                let page = self.list_hosted_zones_page(next).await?;
                all.extend(page.items);
                match page.next {
                    Some(marker) => next = Some(marker),
                    None => return Ok(all),
                }
            }
        })
    }
    /// ListResourceRecordSets from that name on: the first record set of exactly that name, of whatever type. A CNAME
    /// stands alone at its name, so this is it or what is in its way.
    fn find_record_set(
        &self,
        zone: HostedZoneId,
        name: RecordName,
    ) -> BoxFuture<'_, Result<Option<RecordSet>, AwsError>>;
    /// ChangeResourceRecordSets: all of them or none.
    fn change_record_sets(
        &self,
        permit: Permit,
        zone: HostedZoneId,
        changes: Vec<RecordChange>,
    ) -> BoxFuture<'_, Result<(), AwsError>>;
}

/// A hosted zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedZone {
    /// Its id.
    pub id: HostedZoneId,
    /// Its name, canonical.
    pub name: RecordName,
    /// Private zones are invisible to ACM.
    pub private: bool,
}

/// A simple record set: name, type, TTL and values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSet {
    /// Name.
    pub name: RecordName,
    /// Type.
    pub type_: String,
    /// Time to live in seconds; absent for an alias.
    pub ttl_seconds: Option<i64>,
    /// Values, as they stand there.
    pub values: Vec<String>,
}

impl RecordSet {
    /// Is this the one value, whatever the trailing dot and case?
    pub fn has_only_value(&self, value: &str) -> bool {
        let plain = |text: &str| text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        matches!(&self.values[..], [only] if plain(only) == plain(value))
    }
}

/// UPSERT does not exist here: the operator never overwrites what it has not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeAction {
    /// Fails if the set exists.
    Create,
    /// Fails unless name, type, TTL and every value match.
    Delete,
}

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordChange {
    /// Create or delete.
    pub action: ChangeAction,
    /// The set, complete.
    pub set: RecordSet,
}
