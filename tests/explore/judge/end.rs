//! What is left: while objects live, nothing that none of them knows; when they are gone, nothing at all (S2), and all that
//! others have (S3, S4).

use super::{Judge, is_alive, records::needs, tag};
use crate::explore::{api_server::ApiServer, ground::REGION};
use acmcert::api::{AcmCertificate, DeletionPolicy};
use acmcert_sim::{
    World,
    world::certificate::{Certificate, Status},
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every certificate that a status names, also that of an object which cannot be read.
fn known(api: &ApiServer) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for object in api.objects() {
        let status = &object["status"];
        let previous = status["previous"].as_array().into_iter().flatten().map(|previous| &previous["certificateArn"]);
        let arns = [&status["certificateArn"], &status["request"]["certificateArn"]].into_iter().chain(previous);
        known.extend(arns.filter_map(Value::as_str).map(str::to_owned));
    }
    known
}

fn is_ours(certificate: &Certificate) -> bool {
    is_alive(certificate) && tag(certificate, "cluster").is_some_and(|cluster| cluster != "other-cluster")
}

impl Judge {
    /// The finalizers of that object are removed by hand, with all that only its status knew.
    pub(crate) fn abandon(&mut self, object: &Value) {
        self.forget_owner(object["metadata"]["uid"].as_str().unwrap_or_default());
        let claims = object["status"]["records"].as_array().into_iter().flatten();
        self.kept.extend(claims.filter_map(|claim| claim["name"].as_str()).map(str::to_owned));
    }

    /// Somebody else has taken that certificate, by its tags.
    pub(crate) fn give_away(&mut self, arn: &str, now: Timestamp) {
        self.taken.entry(arn.to_owned()).or_insert(now);
    }

    /// Has somebody else taken it?
    pub(crate) fn is_taken(&self, arn: &str) -> bool {
        self.taken.contains_key(arn)
    }

    /// Users are told, or would be if the Event came through, that a record stays.
    pub(crate) fn is_told(&mut self, note: &str) {
        self.told.push(note.to_owned());
    }

    /// `Retain` leaves the records where they are.
    pub(super) fn note_what_is_kept(&mut self, object: &AcmCertificate) {
        let adopts = object.spec.certificate_arn.is_some();
        let retains = object.spec.deletion_policy.map_or(adopts, |policy| policy == DeletionPolicy::Retain);
        if retains && let Some(status) = &object.status {
            self.kept.extend(status.records.iter().map(|claim| claim.name.clone()));
        }
    }

    /// Not the operator's to clear: of what was left by hand, the issued and the used is reported and stays; and in a region
    /// without objects nobody looks.
    fn is_excused(&self, certificate: &Certificate) -> bool {
        let is_used = certificate.status == Status::Issued || !certificate.in_use_by.is_empty();
        let stays = is_used || certificate.region != REGION;
        let is_abandoned = tag(certificate, "uid").is_some_and(|uid| self.abandoned.contains(uid));
        self.is_taken(&certificate.certificate_arn) || (is_abandoned && stays)
    }

    /// Certificates of ours that no object knows.
    pub(crate) fn unknown(&self, world: &World, api: &ApiServer) -> Vec<String> {
        let known = known(api);
        let certificates = world.state().certificates.into_iter();
        let strangers =
            certificates.filter(|c| is_ours(c) && !known.contains(&c.certificate_arn) && !self.is_excused(c));
        strangers.map(|certificate| certificate.certificate_arn).collect()
    }

    /// Everything lives: each certificate of ours is known to an object.
    pub(crate) fn all_known(&mut self, world: &World, api: &ApiServer) {
        for arn in self.unknown(world, api) {
            self.accuse("S2", &format!("no object knows {arn}"));
        }
        self.foreign_untouched(world);
    }

    /// At the end, when every object is gone: S2, and no record is left behind.
    pub(crate) fn nothing_left(&mut self, world: &World) {
        for what in self.left_behind(world) {
            self.accuse("S2", &format!("{what} is left behind"));
        }
        self.foreign_untouched(world);
    }

    /// What is there though every object is gone.
    pub(crate) fn left_behind(&self, world: &World) -> Vec<String> {
        let state = world.state();
        let strays =
            state.certificates.iter().filter(|certificate| is_ours(certificate) && !self.is_excused(certificate));
        let mut left: Vec<_> = strays.map(|stray| format!("{} ({:?})", stray.certificate_arn, stray.status)).collect();
        for (zone, name) in self.made.keys() {
            let stands =
                state.hosted_zones.iter().any(|z| z.id == *zone && z.records.iter().any(|record| record.name == *name));
            let needed = state.certificates.iter().any(|certificate| needs(certificate, name));
            // In doubt it stays, and an Event says so.
            let is_told = self.told.iter().any(|note| note.contains(name) && note.contains(zone));
            if stands && !needed && !is_told && !self.kept.contains(name) {
                left.push(format!("the record {name}"));
            }
        }
        left
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
}
