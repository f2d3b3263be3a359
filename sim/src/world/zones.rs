//! Hosted zones: made, shown, listed and removed.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::World;
use super::answer::{Answer, ApiError, ZoneByNamePage, ZoneDetail, ZonePage};
use super::call::{Caller, CreateHostedZone};
use super::records::{RecordSet, record_key};
use super::{dns_name, instant};

const MAX_PAGE: i64 = 100;

/// A hosted zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Zone {
    pub id: String,
    pub name: String,
    pub account: String,
    pub private: bool,
    /// Whether the parent points here; always false for a private zone's answers to the public.
    pub delegated: bool,
    pub caller_reference: String,
    pub comment: Option<String>,
    pub name_servers: Vec<String>,
    /// What the API shows, by [`record_key`].
    pub records: BTreeMap<String, RecordSet>,
    /// What the name servers answer: the same, somewhat later.
    pub visible: BTreeMap<String, Vec<String>>,
    #[serde(with = "instant")]
    pub busy_until: Timestamp,
}

/// All hosted zones, by number of creation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Zones {
    zones: BTreeMap<u64, Zone>,
    ids: BTreeMap<String, u64>,
    names: BTreeMap<String, Vec<u64>>,
}

impl Zones {
    fn insert(&mut self, number: u64, zone: Zone) {
        self.ids.insert(zone.id.clone(), number);
        self.names.entry(zone.name.clone()).or_default().push(number);
        self.zones.insert(number, zone);
    }

    fn remove(&mut self, number: u64) {
        let Some(zone) = self.zones.remove(&number) else { return };
        self.ids.remove(&zone.id);
        if let Some(same_name) = self.names.get_mut(&zone.name) {
            same_name.retain(|other| *other != number);
            if same_name.is_empty() {
                self.names.remove(&zone.name);
            }
        }
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Zone> {
        self.zones.get(&number)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Zone> {
        self.zones.get_mut(&number)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Zone> {
        self.zones.values()
    }

    /// The zone that answers the public for this very name: of several, the first made.
    pub(crate) fn public_zone_named(&self, name: &str) -> Option<&Zone> {
        let numbers = self.names.get(name)?;
        numbers.iter().filter_map(|number| self.zones.get(number)).find(|zone| zone.delegated && !zone.private)
    }
}

impl Zone {
    pub(crate) fn detail(&self) -> ZoneDetail {
        ZoneDetail {
            id: self.id.clone(),
            name: self.name.clone(),
            caller_reference: self.caller_reference.clone(),
            comment: self.comment.clone(),
            private: self.private,
            record_count: self.records.len(),
            name_servers: self.name_servers.clone(),
        }
    }
}

impl World {
    /// The number of a zone of this account.
    pub(crate) fn zone_of(&self, caller: &Caller, id: &str) -> Result<u64, ApiError> {
        let missing = || ApiError::with_status("NoSuchHostedZone", format!("No hosted zone found with ID: {id}"), 404);
        let number = self.zones.ids.get(id).copied().ok_or_else(missing)?;
        let zone = self.zones.get(number).ok_or_else(missing)?;
        if zone.account == caller.account { Ok(number) } else { Err(missing()) }
    }

    pub(crate) fn create_hosted_zone(&mut self, caller: &Caller, zone: &CreateHostedZone) -> Result<Answer, ApiError> {
        let name = dns_name::plain(&zone.name);
        if !dns_name::is_sound(&name) {
            return Err(ApiError::new("InvalidDomainName", format!("{} is not a valid domain name", zone.name)));
        }
        if zone.caller_reference.is_empty() || zone.caller_reference.len() > 128 {
            return Err(ApiError::new("InvalidInput", "CallerReference must have 1 to 128 characters"));
        }
        let mine: Vec<&Zone> = self.zones.all().filter(|other| other.account == caller.account).collect();
        if mine.iter().any(|other| other.caller_reference == zone.caller_reference) {
            let message = format!(
                "A hosted zone has already been created with the specified caller reference: {}",
                zone.caller_reference
            );
            return Err(ApiError::with_status("HostedZoneAlreadyExists", message, 409));
        }
        let limit = self.settings.quotas.as_ref().and_then(|quotas| quotas.hosted_zones);
        if limit.is_some_and(|limit| mine.len() as u64 >= limit) {
            let message = "You have exceeded the number of hosted zones allowed for your account";
            return Err(ApiError::new("TooManyHostedZones", message));
        }
        let number = self.add_zone(caller, zone, &name, true);
        let change = self.add_change(&caller.account, None);
        match self.zones.get(number) {
            Some(zone) => Ok(Answer::ZoneCreated { zone: zone.detail(), change }),
            None => Err(ApiError::internal(super::call::Service::Route53)),
        }
    }

    /// Makes a zone with its NS and SOA record sets; it is visible to the public at once.
    pub(crate) fn add_zone(&mut self, caller: &Caller, zone: &CreateHostedZone, name: &str, delegated: bool) -> u64 {
        let number = self.next_number();
        let key = number.to_string();
        let id = format!("Z{}", self.seed.capitals(&["hosted zone", &key], 20));
        let servers: Vec<String> = [("com", 1), ("net", 600), ("org", 1100), ("co.uk", 1700)]
            .into_iter()
            .map(|(domain, first)| {
                let server = first + (self.seed.fraction(&["name server", &key, domain]) * 400.0) as u64;
                format!("ns-{server}.awsdns-{:02}.{domain}", server % 64)
            })
            .collect();
        let primary = servers.first().cloned().unwrap_or_default();
        let soa = format!("{primary}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
        let dotted: Vec<String> = servers.iter().map(|server| format!("{server}.")).collect();
        let mut records = BTreeMap::new();
        let mut visible = BTreeMap::new();
        for (record_type, ttl, values) in [("NS", 172_800, dotted), ("SOA", 900, vec![soa])] {
            let set = RecordSet {
                name: name.to_owned(),
                record_type: record_type.to_owned(),
                ttl: Some(ttl),
                values,
                alias: None,
                visible_at: self.now,
            };
            visible.insert(record_key(name, record_type), set.values.clone());
            records.insert(record_key(name, record_type), set);
        }
        let made = Zone {
            id: id.clone(),
            name: name.to_owned(),
            account: caller.account.clone(),
            private: zone.private,
            delegated: delegated && !zone.private,
            caller_reference: zone.caller_reference.clone(),
            comment: zone.comment.clone(),
            name_servers: servers,
            records,
            visible,
            busy_until: self.now,
        };
        let detail = json!({"name": name, "private": made.private, "delegated": made.delegated});
        self.zones.insert(number, made);
        self.note(caller, "CreateHostedZone", &id, detail);
        self.delegation_changed();
        number
    }

    pub(crate) fn get_hosted_zone(&self, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
        let number = self.zone_of(caller, id)?;
        match self.zones.get(number) {
            Some(zone) => Ok(Answer::Zone(zone.detail())),
            None => Err(ApiError::internal(super::call::Service::Route53)),
        }
    }

    pub(crate) fn delete_hosted_zone(&mut self, caller: &Caller, id: &str) -> Result<Answer, ApiError> {
        let number = self.zone_of(caller, id)?;
        // NB: two sets come with every zone and do not count: NS and SOA of its own name.
        if self.zones.get(number).is_some_and(|zone| zone.records.len() > 2) {
            let message =
                "The specified hosted zone contains non-required resource record sets and so cannot be deleted.";
            return Err(ApiError::new("HostedZoneNotEmpty", message));
        }
        self.zones.remove(number);
        self.note(caller, "DeleteHostedZone", id, json!({}));
        self.delegation_changed();
        Ok(Answer::ZoneDeleted(self.add_change(&caller.account, None)))
    }

    pub(crate) fn list_hosted_zones(
        &self,
        caller: &Caller,
        marker: Option<&str>,
        max_items: Option<i64>,
    ) -> Result<Answer, ApiError> {
        let max_items = page_size(max_items, MAX_PAGE)?;
        let start = match marker {
            None => Bound::Unbounded,
            Some(marker) => Bound::Included(self.zone_of(caller, marker)?),
        };
        let range = self.zones.zones.range((start, Bound::Unbounded));
        let mut found = range.map(|(_, zone)| zone).filter(|zone| zone.account == caller.account);
        let zones = found.by_ref().take(max_items).map(Zone::detail).collect();
        let next_marker = found.next().map(|zone| zone.id.clone());
        Ok(Answer::Zones(ZonePage { zones, marker: marker.map(str::to_owned), next_marker, max_items }))
    }

    pub(crate) fn list_hosted_zones_by_name(
        &self,
        caller: &Caller,
        name: Option<&str>,
        id: Option<&str>,
        max_items: Option<i64>,
    ) -> Result<Answer, ApiError> {
        let max_items = page_size(max_items, MAX_PAGE)?;
        if id.is_some() && name.is_none() {
            return Err(ApiError::new("InvalidInput", "hostedzoneid needs a dnsname beside it"));
        }
        let start = match name {
            Some(name) => (dns_name::sort_key(&dns_name::plain(name)), id.unwrap_or_default()),
            None => (String::new(), ""),
        };
        let mut found: Vec<(String, &Zone)> = self
            .zones
            .all()
            .filter(|zone| zone.account == caller.account)
            .map(|zone| (dns_name::sort_key(&zone.name), zone))
            .filter(|(key, zone)| (key.as_str(), zone.id.as_str()) >= (start.0.as_str(), start.1))
            .collect();
        found.sort_by(|(a, zone_a), (b, zone_b)| (a, &zone_a.id).cmp(&(b, &zone_b.id)));
        let next = found.get(max_items).map(|(_, zone)| (zone.name.clone(), zone.id.clone()));
        let zones = found.iter().take(max_items).map(|(_, zone)| zone.detail()).collect();
        let dns_name = name.map(str::to_owned);
        Ok(Answer::ZonesByName(ZoneByNamePage { zones, dns_name, zone_id: id.map(str::to_owned), next, max_items }))
    }
}

/// How many a page holds; a wish above the most is cut to it.
pub(crate) fn page_size(wanted: Option<i64>, most: i64) -> Result<usize, ApiError> {
    let size = wanted.unwrap_or(most).min(most);
    if size < 1 {
        return Err(ApiError::new("InvalidInput", format!("The value for maxitems must be from 1 to {most}")));
    }
    Ok(usize::try_from(size).unwrap_or(1))
}
