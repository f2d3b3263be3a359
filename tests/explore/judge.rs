//! The invariants of `docs/protocol.md`, judged from the model and the API server alone, after every request.

use super::{
    api_server::{ApiServer, Seen},
    ground::{ACCOUNT, REGION},
};
use acmcert::api::{AcmCertificate, FINALIZER};
use acmcert_sim::{
    World,
    world::{
        certificate::{Certificate, Status},
        journal::Entry,
        planting::{CertificatePlanting, ZonePlanting},
    },
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Watches over a run.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    seq: u64,
    foreign: BTreeMap<String, Certificate>,
    /// Records that the operator made, by zone and name.
    made: BTreeSet<(String, String)>,
    violations: Vec<String>,
    mutations: u32,
    in_order: bool,
    forgiven: Option<String>,
    /// Certificates that objects were told to keep.
    retained: BTreeSet<String>,
}

fn tag<'a>(certificate: &'a Certificate, name: &str) -> Option<&'a str> {
    certificate.tags.get(&format!("acmcert.io/{name}")).and_then(|value| value.as_deref())
}

fn is_alive(certificate: &Certificate) -> bool {
    certificate.deleted_at.is_none()
}

/// Does the certificate need the record, now or at its next renewal?
fn needs(certificate: &Certificate, record: &str) -> bool {
    let stands = matches!(certificate.status, Status::PendingValidation | Status::Issued | Status::Inactive);
    let uses = certificate.validations.iter().any(|validation| validation.record_name.as_deref() == Some(record));
    is_alive(certificate) && stands && uses && certificate.certificate_type == "AMAZON_ISSUED"
}

/// Certificates and records of others, which nobody may touch.
pub(crate) fn plant_foreign(world: &mut World) -> Vec<String> {
    let tags = |uid: &str, cluster: &str| {
        json!({ "acmcert.io/managed-by": "acmcert", "acmcert.io/cluster": cluster, "acmcert.io/uid": uid,
            "acmcert.io/namespace": "shop", "acmcert.io/name": "a", "acmcert.io/spec-hash": "x", "acmcert.io/attempt": "0" })
    };
    let certificates = [
        json!({ "domainName": "shop.example.com", "region": REGION }),
        json!({ "domainName": "shop.example.com", "region": REGION, "tags": tags("other", "other-cluster") }),
        json!({ "domainName": "legacy.example.com", "region": REGION, "status": "PENDING_VALIDATION" }),
    ];
    let mut planted = vec![];
    for certificate in certificates {
        let certificate: CertificatePlanting = serde_json::from_value(certificate).unwrap();
        planted.push(world.plant_certificate(certificate).unwrap());
    }
    let private: ZonePlanting = serde_json::from_value(json!({ "name": "example.com", "private": true })).unwrap();
    world.plant_zone(&private).unwrap();
    planted
}

impl Judge {
    /// These belong to others, and are to stay as they are.
    pub(crate) fn foreign(&mut self, world: &World, arns: Vec<String>) {
        self.foreign =
            arns.into_iter().filter_map(|arn| Some((arn.clone(), world.certificate(&arn)?.clone()))).collect();
    }

    pub(crate) fn violations(&self) -> &[String] {
        &self.violations
    }

    pub(crate) fn has_made_a_record(&self) -> bool {
        !self.made.is_empty()
    }

    /// How often the operator has changed something in AWS.
    pub(crate) fn mutations(&self) -> u32 {
        self.mutations
    }

    fn accuse(&mut self, invariant: &str, what: &str) {
        if self.forgiven.as_deref() == Some(invariant) {
            return;
        }
        let line = format!("{invariant}: {what}");
        if !self.violations.contains(&line) {
            self.violations.push(line);
        }
    }

    /// Something may have changed in AWS.
    pub(crate) fn after_call(&mut self, world: &World, api: &ApiServer) {
        let news: Vec<Entry> = world.journal(self.seq).to_vec();
        if news.is_empty() {
            return;
        }
        self.seq += news.len() as u64;
        let certificates = world.state().certificates;
        for entry in &news {
            if entry.by.starts_with("AKIAOPERATOR") {
                self.mutations += 1;
                self.judge_entry(entry, &certificates, api);
            }
        }
        self.at_most_one_each(&certificates);
    }

    /// S1
    fn at_most_one_each(&mut self, certificates: &[Certificate]) {
        let mut seen = BTreeMap::new();
        for certificate in certificates.iter().filter(|c| is_alive(c)) {
            let (Some(uid), Some(hash), Some(attempt)) =
                (tag(certificate, "uid"), tag(certificate, "spec-hash"), tag(certificate, "attempt"))
            else {
                continue;
            };
            if let Some(other) = seen.insert((uid, hash, attempt), &certificate.certificate_arn) {
                let arn = &certificate.certificate_arn;
                self.accuse("S1", &format!("{arn} and {other} were both requested for {uid}, attempt {attempt}"));
            }
        }
    }

    fn judge_entry(&mut self, entry: &Entry, certificates: &[Certificate], api: &ApiServer) {
        let target = certificates.iter().find(|certificate| certificate.certificate_arn == entry.target);
        match entry.operation.as_str() {
            "ChangeResourceRecordSets" => self.judge_record(entry, certificates, api),
            "RequestCertificate" => {
                let made = certificates.iter().rev().find(|c| c.domain_name == entry.target && is_alive(c));
                let uid = made.and_then(|certificate| tag(certificate, "uid")).unwrap_or_default().to_owned();
                self.has_finalizer(&uid, api, entry);
                let token = made.and_then(|certificate| certificate.idempotency_token.clone());
                self.has_intent(&uid, token, api);
            }
            _ => match target {
                None => self.accuse("S3", &format!("{} of an unknown {}", entry.operation, entry.target)),
                Some(certificate) => {
                    let removes_ours = entry.operation == "RemoveTagsFromCertificate";
                    let cluster = tag(certificate, "cluster");
                    let ours = removes_ours || cluster.is_some_and(|cluster| cluster != "other-cluster");
                    if !ours {
                        self.accuse("S3", &format!("{} of the foreign {}", entry.operation, entry.target));
                    }
                    if entry.operation == "DeleteCertificate" && !certificate.in_use_by.is_empty() {
                        self.accuse("S3", &format!("{} was deleted in use", entry.target));
                    }
                }
            },
        }
    }

    /// S7, first half: the finalizer is durable before the first external effect.
    fn has_finalizer(&mut self, uid: &str, api: &ApiServer, entry: &Entry) {
        let owner = api.certificates().into_iter().find(|object| object.metadata.uid.as_deref() == Some(uid));
        let guarded =
            owner.is_some_and(|object| object.metadata.finalizers.unwrap_or_default().iter().any(|f| f == FINALIZER));
        // NB: what was on its way when its object went with `kubectl patch` is nobody's fault: see `orphans`.
        if !guarded && !self.retained.contains(uid) {
            self.accuse("S7", &format!("{} for {uid}, which has no finalizer", entry.operation));
        }
    }

    /// E2 before E4: without the intent, nobody would look for what a lost answer has made. While users edit, what is on its
    /// way may be of an earlier intent.
    fn has_intent(&mut self, uid: &str, token: Option<String>, api: &ApiServer) {
        let owner = api.certificates().into_iter().find(|object| object.metadata.uid.as_deref() == Some(uid));
        let stored = owner.and_then(|object| object.status?.request).map(|request| request.token);
        if self.in_order && stored != token {
            self.accuse("S1", &format!("a certificate was requested for {uid} without its intent having been stored"));
        }
    }

    /// Users wait for what they have asked for before they ask for more.
    pub(crate) fn expect_order(&mut self) {
        self.in_order = true;
    }

    /// The finalizers of that object were removed by hand.
    pub(crate) fn forget_owner(&mut self, uid: &str) {
        self.retained.insert(uid.to_owned());
    }

    /// S4, S5
    fn judge_record(&mut self, entry: &Entry, certificates: &[Certificate], api: &ApiServer) {
        let detail = &entry.detail;
        let name = detail["name"].as_str().unwrap_or_default().to_owned();
        let key = (entry.target.clone(), name.clone());
        match detail["action"].as_str() {
            Some("CREATE") => {
                let is_validation = certificates.iter().any(|certificate| {
                    certificate.validations.iter().any(|validation| validation.record_name.as_deref() == Some(&name))
                });
                if !is_validation || detail["type"] != "CNAME" {
                    self.accuse("S4", &format!("{name} is no validation record"));
                }
                self.made.insert(key);
            }
            Some("DELETE") => {
                if !self.made.contains(&key) {
                    self.accuse("S4", &format!("{name} was deleted, and the operator had not made it"));
                }
                let needed = certificates
                    .iter()
                    .find(|certificate| certificate.account_id == ACCOUNT && needs(certificate, &name));
                if let Some(needed) = needed {
                    self.accuse("S5", &format!("{name} was deleted, and {} needs it", needed.certificate_arn));
                }
                for object in api.certificates() {
                    let relies = object.metadata.deletion_timestamp.is_none()
                        && object.status.iter().flat_map(|status| &status.records).any(|claim| {
                            claim.name == name
                                && claim.zone_id == entry.target
                                && claim.state != acmcert::api::ClaimState::Deleting
                        });
                    if relies {
                        let namesake = object.metadata.name.unwrap_or_default();
                        self.accuse("S5", &format!("{name} was deleted, and the object {namesake} relies on it"));
                    }
                }
            }
            other => self.accuse("S4", &format!("{other:?} of {name}")),
        }
    }

    /// A request to the API server has been carried out.
    pub(crate) fn after_request(&mut self, world: &World, api: &ApiServer, process: u32, seen: &Seen) {
        let text = seen.body.to_string();
        if text.contains("AKIA") || text.contains("not-to-be-shown") {
            self.accuse("S10", &format!("p{process} wrote a credential into {} {}", seen.resource, seen.name));
        }
        if !matches!(seen.verb, "update" | "patch") || seen.resource != "acmcertificates" {
            return;
        }
        // S8
        let metadata = &seen.body["metadata"];
        if !metadata["uid"].is_string() || !metadata["resourceVersion"].is_string() {
            self.accuse("S8", &format!("p{process} wrote {} without UID or resourceVersion", seen.name));
        }
        if seen.subresource == Some("status") {
            // What was refused is no claim.
            let stored = api.get(&seen.namespace, &seen.name);
            if let Some(stored) = stored.filter(|stored| stored["status"] == seen.body["status"]) {
                self.judge_status(world, &stored);
            }
        } else if metadata["finalizers"].as_array().is_some_and(Vec::is_empty)
            && api.get(&seen.namespace, &seen.name).is_none()
        {
            self.judge_farewell(world, metadata["uid"].as_str().unwrap_or_default(), seen);
        }
    }

    /// S9
    fn judge_status(&mut self, world: &World, stored: &Value) {
        let object: AcmCertificate = serde_json::from_value(stored.clone()).unwrap();
        let name = object.metadata.name.clone().unwrap_or_default();
        let Some(status) = object.status.as_ref() else { return };
        let condition = |kind: &str| status.conditions.iter().find(|condition| condition.type_ == kind);
        let served = status.certificate_arn.as_deref().and_then(|arn| world.certificate(arn));
        if let Some(ready) = condition("Ready").filter(|ready| ready.status == "True") {
            let Some(served) = served else {
                return self.accuse("S9", &format!("{name} is Ready without a certificate"));
            };
            // The listing lags, and is swept from time to time: what it was within that time may still be told.
            let was_issued = served.issued_at.is_some();
            if !was_issued {
                self.accuse("S9", &format!("{name} is Ready, and {} was never issued", served.certificate_arn));
            }
            let wanted: BTreeSet<&str> = std::iter::once(&object.spec.domain_name)
                .chain(&object.spec.subject_alternative_names)
                .map(String::as_str)
                .collect();
            let has: BTreeSet<&str> = served.subject_alternative_names.iter().map(String::as_str).collect();
            let current = ready.observed_generation == object.metadata.generation;
            if current && wanted != has {
                self.accuse("S9", &format!("{name} is Ready for {wanted:?} with a certificate for {has:?}"));
            }
        }
        if let Some(served) = served
            && served.issued_at.is_none()
        {
            self.accuse("S9", &format!("{name} names {} as serving, which was never issued", served.certificate_arn));
        }
        let both = ["Reconciling", "Stalled"].iter().all(|kind| condition(kind).is_some_and(|c| c.status == "True"));
        if both {
            self.accuse("S9", &format!("{name} is Reconciling and Stalled at once"));
        }
    }

    /// S7, second half: the finalizer goes only after all is cleared.
    fn judge_farewell(&mut self, world: &World, uid: &str, seen: &Seen) {
        for certificate in world.state().certificates.iter().filter(|c| is_alive(c) && tag(c, "uid") == Some(uid)) {
            let arn = &certificate.certificate_arn;
            self.accuse("S7", &format!("{} went, and left {arn} ({:?})", seen.name, certificate.status));
        }
    }

    /// At the end, when every object is gone: S2, and no record is left behind.
    pub(crate) fn nothing_left(&mut self, world: &World) {
        let state = world.state();
        for certificate in state.certificates.iter().filter(|c| is_alive(c)) {
            if tag(certificate, "cluster").is_some_and(|cluster| cluster != "other-cluster") {
                self.accuse(
                    "S2",
                    &format!("{} ({:?}) is left behind", certificate.certificate_arn, certificate.status),
                );
            }
        }
        for (zone, name) in self.made.clone() {
            let stands =
                state.hosted_zones.iter().any(|z| z.id == zone && z.records.iter().any(|record| record.name == name));
            let needed = state.certificates.iter().any(|certificate| needs(certificate, &name));
            if stands && !needed {
                self.accuse("S2", &format!("the record {name} is left behind"));
            }
        }
        self.foreign_untouched(world);
    }

    /// S3, S4: what others have is as it was.
    fn foreign_untouched(&mut self, world: &World) {
        let planted: Vec<String> = self.foreign.keys().cloned().collect();
        for arn in planted {
            let owned = |certificate: Option<&Certificate>| certificate.map(|c| (c.deleted_at, c.tags.clone()));
            if owned(self.foreign.get(&arn)) != owned(world.certificate(&arn)) {
                self.accuse("S3", &format!("{arn} of somebody else is not what it was"));
            }
        }
    }

    /// Everything lives: each certificate of ours is known to an object.
    pub(crate) fn all_known(&mut self, world: &World, api: &ApiServer) {
        let mut known = BTreeSet::new();
        for object in api.certificates() {
            let status = object.status.unwrap_or_default();
            known.extend(status.certificate_arn);
            known.extend(status.request.and_then(|request| request.certificate_arn));
            known.extend(status.previous.into_iter().map(|previous| previous.certificate_arn));
        }
        for certificate in world.state().certificates.iter().filter(|c| is_alive(c)) {
            let ours = tag(certificate, "cluster").is_some_and(|cluster| cluster != "other-cluster");
            if ours && !known.contains(&certificate.certificate_arn) {
                self.accuse("S2", &format!("no object knows {}", certificate.certificate_arn));
            }
        }
        self.foreign_untouched(world);
    }

    /// What the story itself has broken.
    pub(crate) fn forgive(&mut self, invariant: &str) {
        self.violations.retain(|violation| !violation.starts_with(&format!("{invariant}:")));
        self.forgiven = Some(invariant.to_owned());
    }

    pub(crate) fn accuse_of(&mut self, invariant: &str, what: &str) {
        self.accuse(invariant, what);
    }
}
