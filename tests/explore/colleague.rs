//! What somebody else does by hand in AWS, and in the zones above all.

use super::ground::{ACCOUNT, Inner, REGION};
use acmcert_sim::world::{
    call::{Call, Caller, RecordChange, Tag},
    planting::CertificatePlanting,
    state::RecordState,
};
use serde_json::{Value, json};

fn colleague(region: &str) -> Caller {
    Caller { account: ACCOUNT.to_owned(), region: region.to_owned(), access_key: "colleague".to_owned() }
}

fn region_of(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or(REGION)
}

/// A validation record, and the zone in which it stands.
pub(crate) type Placed = (String, RecordState);

fn change(action: &str, record: &RecordState) -> RecordChange {
    RecordChange {
        action: action.to_owned(),
        name: record.name.clone(),
        record_type: record.record_type.clone(),
        ttl: record.ttl,
        values: record.values.clone(),
        alias: None,
    }
}

impl Inner {
    /// Has it been done?
    fn by_colleague(&self, region: &str, call: &Call) -> bool {
        let now = self.now();
        self.world().call(&colleague(region), call, now).is_ok()
    }

    fn change_records(&self, zone: &str, changes: Vec<RecordChange>) {
        if changes.is_empty() {
            return;
        }
        let call = Call::ChangeResourceRecordSets { zone_id: zone.to_owned(), comment: None, changes };
        assert!(self.by_colleague(REGION, &call), "the records of {zone} are not as they were seen");
    }

    /// Every validation record that stands anywhere.
    pub(crate) fn validation_records(&self) -> Vec<Placed> {
        let zones = self.world().state().hosted_zones;
        let placed = zones.into_iter().flat_map(|zone| {
            let id = zone.id;
            zone.records.into_iter().map(move |record| (id.clone(), record))
        });
        placed.filter(|(_, record)| record.name.starts_with('_')).collect()
    }

    /// Somebody clears the zones of what he does not know.
    pub(crate) fn delete_validation_records(&self) {
        for (zone, record) in self.validation_records() {
            self.delete_record(&zone, &record);
        }
    }

    /// Somebody deletes one record.
    pub(crate) fn delete_record(&self, zone: &str, record: &RecordState) {
        self.change_records(zone, vec![change("DELETE", record)]);
    }

    /// Somebody makes a CNAME.
    pub(crate) fn create_record(&self, zone: &str, name: &str, value: &str) {
        let (action, record_type) = ("CREATE".to_owned(), "CNAME".to_owned());
        let (name, values) = (name.to_owned(), vec![value.to_owned()]);
        let change = RecordChange { action, name, record_type, ttl: Some(300), values, alias: None };
        self.change_records(zone, vec![change]);
    }

    /// Somebody gives a record another value, or another TTL, or both.
    pub(crate) fn change_record(&self, zone: &str, record: &RecordState, value: Option<&str>, ttl: Option<i64>) {
        let mut changed = change("CREATE", record);
        changed.values = value.map_or(changed.values, |value| vec![value.to_owned()]);
        changed.ttl = ttl.or(changed.ttl);
        self.change_records(zone, vec![change("DELETE", record), changed]);
    }

    /// The public zone of that name, if there is one.
    pub(crate) fn zone_named(&self, name: &str) -> Option<String> {
        let zones = self.world().state().hosted_zones;
        zones.into_iter().find(|zone| zone.name == name && !zone.private).map(|zone| zone.id)
    }

    /// Somebody deletes the public zone of that name, with the validation records in it.
    pub(crate) fn delete_zone(&self, name: &str) {
        let Some(zone) = self.zone_named(name) else { return };
        let inside = self.validation_records().into_iter().filter(|(of, _)| *of == zone);
        let changes = inside.map(|(_, record)| change("DELETE", &record)).collect();
        self.change_records(&zone, changes);
        assert!(self.by_colleague(REGION, &Call::DeleteHostedZone { zone_id: zone }), "{name} is not empty");
    }

    /// Somebody changes a tag, if the certificate is there.
    pub(crate) fn retag(&self, arn: &str, key: &str, value: &str) -> bool {
        let tags = vec![Tag { key: key.to_owned(), value: Some(value.to_owned()) }];
        self.by_colleague(region_of(arn), &Call::AddTagsToCertificate { certificate_arn: arn.to_owned(), tags })
    }

    /// Somebody removes a tag, if the certificate is there.
    pub(crate) fn untag(&self, arn: &str, key: &str) -> bool {
        let tags = vec![Tag { key: key.to_owned(), value: None }];
        self.by_colleague(region_of(arn), &Call::RemoveTagsFromCertificate { certificate_arn: arn.to_owned(), tags })
    }

    /// A certificate that was there before the operator, issued for that name.
    pub(crate) fn plant_issued(&self, name: &str) -> String {
        let planting = json!({ "domainName": name, "region": REGION });
        let planting: CertificatePlanting = serde_json::from_value(planting).unwrap();
        self.world().plant_certificate(planting).unwrap()
    }

    /// A certificate like that one, with all its tags, as a request that was on its way for long makes it.
    pub(crate) fn request_again(&self, arn: &str) {
        let mut world = self.world();
        let mut copy = serde_json::to_value(world.certificate(arn).unwrap()).unwrap();
        for own in ["certificateArn", "createdAt", "deletedAt", "idempotencyToken", "inUseBy", "renewal"] {
            copy[own] = Value::Null;
        }
        let copy: CertificatePlanting = serde_json::from_value(copy).unwrap();
        world.plant_certificate(copy).unwrap();
    }
}
