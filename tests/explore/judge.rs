//! The invariants of `docs/protocol.md`, judged from the model and the API server alone, after every request.

mod end;
mod records;
mod renewals;
mod status;
mod zones;

use super::{
    api_server::{ApiServer, Seen},
    bounds::{EVENTS_PER_HOUR, Lag},
    ground::REGION,
};
use acmcert::api::{FINALIZER, TAG_UID};
use acmcert_sim::{
    World,
    world::{
        certificate::{Certificate, Status},
        journal::Entry,
        planting::{CertificatePlanting, ZonePlanting},
    },
};
use jiff::{SignedDuration, Timestamp};
use renewals::Renewals;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use zones::Zones;

/// No request is on its way for longer.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(60);

/// Watches over a run.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    seq: u64,
    foreign: BTreeMap<String, Certificate>,
    /// The value of each record that the operator made, by zone and name.
    made: BTreeMap<(String, String), Value>,
    violations: Vec<String>,
    mutations: u32,
    /// Reads of the API server.
    reads: u64,
    in_order: bool,
    forgiven: Option<String>,
    /// UIDs of objects whose finalizers were removed by hand.
    abandoned: BTreeSet<String>,
    /// Since when somebody else has had certificates, by their tags.
    taken: BTreeMap<String, Timestamp>,
    /// Names of records that stay on purpose.
    kept: BTreeSet<String>,
    /// What users were told of records that stay.
    told: Vec<String>,
    zones: Zones,
    renewals: Renewals,
    lag: Lag,
    /// How far clocks may be off.
    clocks_off: SignedDuration,
}

fn tag<'a>(certificate: &'a Certificate, name: &str) -> Option<&'a str> {
    certificate.tags.get(&format!("acmcert.io/{name}")).and_then(|value| value.as_deref())
}

fn is_alive(certificate: &Certificate) -> bool {
    certificate.deleted_at.is_none()
}

fn object_of(api: &ApiServer, uid: &str) -> Option<Value> {
    api.objects().into_iter().find(|object| object["metadata"]["uid"] == uid)
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
        let news = self.catch_up(world);
        if news.is_empty() {
            return;
        }
        let certificates = world.state().certificates;
        for entry in &news {
            if entry.by.starts_with("AKIAOPERATOR") {
                self.mutations += 1;
                self.judge_entry(entry, &certificates, api);
            }
        }
        self.at_most_one_each(&certificates);
    }

    /// What the model's journal has since the last time.
    fn catch_up(&mut self, world: &World) -> Vec<Entry> {
        let news: Vec<Entry> = world.journal(self.seq).to_vec();
        self.seq += news.len() as u64;
        for entry in &news {
            self.zones.take(entry);
            self.renewals.take(entry, world);
        }
        news
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
                let made = certificates.iter().find(|c| entry.detail["certificateArn"] == c.certificate_arn);
                let uid = made.and_then(|certificate| tag(certificate, "uid")).unwrap_or_default().to_owned();
                self.has_finalizer(&uid, api, entry);
                let token = made.and_then(|certificate| certificate.idempotency_token.clone());
                self.has_intent(&uid, token, api);
                self.is_needed(made, certificates);
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
                    let takes_back =
                        entry.operation == "AddTagsToCertificate" && entry.detail["tags"][TAG_UID].is_string();
                    let taken = self.taken.get(&entry.target).copied();
                    // What was on its way already is no answer to it.
                    if takes_back && taken.is_some_and(|at| entry.at.duration_since(at) > ON_ITS_WAY) {
                        self.accuse("S3", &format!("{} is fought for with its other owner", entry.target));
                    }
                    if entry.operation == "DeleteCertificate" && !certificate.in_use_by.is_empty() {
                        self.accuse("S3", &format!("{} was deleted in use", entry.target));
                    }
                }
            },
        }
    }

    /// S1: while a certificate pends or is issued, the same is not requested once more. While users edit, it may be on its
    /// way out already.
    fn is_needed(&mut self, made: Option<&Certificate>, certificates: &[Certificate]) {
        let Some(made) = made.filter(|made| self.in_order && tag(made, "uid").is_some()) else { return };
        let is_good = |other: &Certificate| {
            let is_other = other.certificate_arn != made.certificate_arn && is_alive(other);
            is_other && matches!(other.status, Status::PendingValidation | Status::Issued)
        };
        let is_same = |other: &Certificate| ["uid", "spec-hash"].iter().all(|name| tag(other, name) == tag(made, name));
        if let Some(other) = certificates.iter().find(|other| is_good(other) && is_same(other)) {
            let arn = &other.certificate_arn;
            self.accuse("S1", &format!("{} was requested though {arn} was never gone", made.certificate_arn));
        }
    }

    /// S7, first half: the finalizer is durable before the first external effect.
    fn has_finalizer(&mut self, uid: &str, api: &ApiServer, entry: &Entry) {
        let is_ours = |finalizer: &Value| finalizer == FINALIZER;
        let has_ours =
            |object: Value| object["metadata"]["finalizers"].as_array().is_some_and(|f| f.iter().any(is_ours));
        let guarded = object_of(api, uid).is_some_and(has_ours);
        // NB: what was on its way when its object went with `kubectl patch` is nobody's fault: see `orphans`.
        if !guarded && !self.abandoned.contains(uid) {
            self.accuse("S7", &format!("{} for {uid}, which has no finalizer", entry.operation));
        }
    }

    /// E2 before E4: without the intent, nobody would look for what a lost answer has made. While users edit, what is on its
    /// way may be of an earlier intent.
    fn has_intent(&mut self, uid: &str, token: Option<String>, api: &ApiServer) {
        let stored =
            object_of(api, uid).and_then(|object| Some(object["status"]["request"]["token"].as_str()?.to_owned()));
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
        self.abandoned.insert(uid.to_owned());
    }

    /// So late may a status be.
    pub(crate) fn expect_lag(&mut self, lag: Lag) {
        self.lag = lag;
    }

    /// Clocks are off by so much at most.
    pub(crate) fn let_clocks_be_off(&mut self, off: SignedDuration) {
        self.clocks_off = off;
    }

    fn lag(&self) -> Lag {
        self.lag.with_clocks_off_by(self.clocks_off)
    }

    /// How often the operator has read objects.
    pub(crate) fn reads(&self) -> u64 {
        self.reads
    }

    /// A request to the API server has been carried out.
    pub(crate) fn after_request(&mut self, world: &World, api: &ApiServer, process: u32, seen: &Seen) {
        let text = seen.body.to_string();
        if text.contains("AKIA") || text.contains("not-to-be-shown") {
            self.accuse("S10", &format!("p{process} wrote a credential into {} {}", seen.resource, seen.name));
        }
        match (seen.resource, seen.verb) {
            ("acmcertificates", "update" | "patch") => {}
            ("events", "create") => {
                return self.judge_events(api, seen.body["regarding"]["uid"].as_str().unwrap_or_default());
            }
            (_, "get" | "list") => {
                self.reads += 1;
                return;
            }
            _ => return,
        }
        // What others have done meanwhile.
        self.after_call(world, api);
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

    /// B4, by the times that the Events themselves tell.
    fn judge_events(&mut self, api: &ApiServer, uid: &str) {
        let time = |event: &Value| event["eventTime"].as_str()?.parse::<Timestamp>().ok();
        let mut times: Vec<Timestamp> = api.events_about(uid).iter().filter_map(time).collect();
        times.sort_unstable();
        let is_crowded =
            |some: &[Timestamp]| some[EVENTS_PER_HOUR].duration_since(some[0]) < SignedDuration::from_hours(1);
        if times.windows(EVENTS_PER_HOUR + 1).any(is_crowded) {
            self.accuse("B4", &format!("{uid} has more than {EVENTS_PER_HOUR} Events within an hour"));
        }
    }

    /// S7, second half: the finalizer goes only after all is cleared.
    fn judge_farewell(&mut self, world: &World, uid: &str, seen: &Seen) {
        for certificate in world.state().certificates.iter().filter(|c| is_alive(c) && tag(c, "uid") == Some(uid)) {
            let arn = &certificate.certificate_arn;
            self.accuse("S7", &format!("{} went, and left {arn} ({:?})", seen.name, certificate.status));
        }
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
