//! The whole truth of all accounts, as `/_sim/state` tells it.

use jiff::Timestamp;
use serde::Serialize;

use super::World;
use super::certificate::Certificate;
use super::instant;
use super::zones::Zone;

/// All certificates, deleted ones too, and all hosted zones.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    pub certificates: Vec<Certificate>,
    pub hosted_zones: Vec<ZoneState>,
}

/// A hosted zone.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ZoneState {
    pub id: String,
    pub name: String,
    pub account_id: String,
    pub private: bool,
    pub delegated: bool,
    pub records: Vec<RecordState>,
}

/// A record set; `visible_at` says when the name servers answer with it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordState {
    pub name: String,
    #[serde(rename = "type")]
    pub record_type: String,
    pub ttl: Option<i64>,
    pub values: Vec<String>,
    #[serde(with = "instant")]
    pub visible_at: Timestamp,
}

impl World {
    /// Everything there is. Call [`World::advance`] first, or it is as old as the last call.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            certificates: self.certificates.all().map(|entry| entry.certificate.clone()).collect(),
            hosted_zones: self.zones.all().map(zone_state).collect(),
        }
    }

    /// One certificate, whoever owns it, deleted or not.
    #[must_use]
    pub fn certificate(&self, arn: &str) -> Option<&Certificate> {
        let number = self.certificates.number_of(arn)?;
        self.certificates.get(number).map(|entry| &entry.certificate)
    }
}

fn zone_state(zone: &Zone) -> ZoneState {
    let records = zone.records.values().map(|set| RecordState {
        name: set.name.clone(),
        record_type: set.record_type.clone(),
        ttl: set.ttl,
        values: set.plain_values(),
        visible_at: set.visible_at,
    });
    ZoneState {
        id: zone.id.clone(),
        name: zone.name.clone(),
        account_id: zone.account.clone(),
        private: zone.private,
        delegated: zone.delegated,
        records: records.collect(),
    }
}
