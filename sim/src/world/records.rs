//! Record sets as they are shown, and how far their changes have come.

use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use super::answer::{Answer, ApiError, ChangeDetail, RecordPage};
use super::call::{AliasTarget, Caller};
use super::zones::page_size;
use super::{dns_name, instant};

const MAX_PAGE: i64 = 300;

/// A record set; values as the caller wrote them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordSet {
    pub name: String,
    pub record_type: String,
    pub ttl: Option<i64>,
    pub values: Vec<String>,
    pub alias: Option<AliasTarget>,
    /// When the name servers answer with it.
    #[serde(with = "instant")]
    pub visible_at: Timestamp,
}

impl RecordSet {
    /// The values in the spelling of `/_sim/`: those that are names lose their trailing dot and upper case.
    #[must_use]
    pub fn plain_values(&self) -> Vec<String> {
        plain_values(&self.record_type, &self.values)
    }
}

pub(crate) fn plain_values(record_type: &str, values: &[String]) -> Vec<String> {
    if matches!(record_type, "CNAME" | "NS" | "PTR") {
        values.iter().map(|value| dns_name::plain(value)).collect()
    } else {
        values.to_vec()
    }
}

/// What orders the sets of a zone as Route 53 does: labels from the right, then type.
#[must_use]
pub fn record_key(name: &str, record_type: &str) -> String {
    // NB: the space comes before every character of a name, so a parent comes before its children.
    format!("{} {record_type}", dns_name::sort_key(name))
}

/// A change on its way to the name servers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Change {
    pub account: String,
    #[serde(with = "instant")]
    pub submitted_at: Timestamp,
    #[serde(with = "instant")]
    pub in_sync_at: Timestamp,
    pub comment: Option<String>,
}

impl World {
    pub(crate) fn add_change(&mut self, account: &str, comment: Option<&str>) -> ChangeDetail {
        let number = self.next_number();
        let id = format!("C{}", self.seed.capitals(&["change", &number.to_string()], 20));
        let in_sync_at = self.moment_after(self.settings.dns_propagation_seconds);
        let change = Change {
            account: account.to_owned(),
            submitted_at: self.now,
            in_sync_at,
            comment: comment.map(str::to_owned),
        };
        let detail = self.change_detail(&id, &change);
        self.changes.insert(id, change);
        detail
    }

    fn change_detail(&self, id: &str, change: &Change) -> ChangeDetail {
        ChangeDetail {
            id: id.to_owned(),
            submitted_at: change.submitted_at,
            in_sync: change.in_sync_at <= self.now,
            comment: change.comment.clone(),
        }
    }

    pub(crate) fn in_sync_at(&self, change_id: &str) -> Timestamp {
        self.changes.get(change_id).map_or(self.now, |change| change.in_sync_at)
    }

    pub(crate) fn get_change(&self, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
        match self.changes.get(id).filter(|change| change.account == caller.account) {
            Some(change) => Ok(Answer::Change(self.change_detail(id, change))),
            None => Err(ApiError::with_status("NoSuchChange", format!("Could not find resource with ID: {id}"), 404)),
        }
    }

    pub(crate) fn list_record_sets(
        &self,
        caller: &Caller,
        zone_id: &str,
        name: Option<&str>,
        record_type: Option<&str>,
        max_items: Option<i64>,
    ) -> Result<Answer, ApiError> {
        let number = self.zone_of(caller, zone_id)?;
        let max_items = page_size(max_items, MAX_PAGE)?;
        let start = match (name, record_type) {
            (None, None) => String::new(),
            (None, Some(_)) => {
                return Err(ApiError::new("InvalidInput", "The input is not valid: type needs a name beside it"));
            }
            (Some(name), record_type) => record_key(&dns_name::plain(name), record_type.unwrap_or_default()),
        };
        let Some(zone) = self.zones.get(number) else {
            return Err(ApiError::internal(super::call::Service::Route53));
        };
        let range = zone.records.range::<str, _>((Bound::Included(start.as_str()), Bound::Unbounded));
        let mut found = range.map(|(_, set)| set);
        let records = found.by_ref().take(max_items).cloned().collect();
        let next = found.next().map(|set| (set.name.clone(), set.record_type.clone()));
        Ok(Answer::Records(RecordPage { records, next, max_items }))
    }
}
