//! S9: what a status claims, held against the model.

use super::{Judge, is_alive};
use acmcert::api::{AcmCertificate, AcmCertificateStatus};
use acmcert_sim::{
    World,
    world::certificate::{Certificate, Status},
};
use serde_json::Value;
use std::collections::BTreeSet;

fn is_true(status: &AcmCertificateStatus, kind: &str) -> bool {
    status.conditions.iter().any(|condition| condition.type_ == kind && condition.status == "True")
}

/// Are the records of the object looked at, so that its conditions have to follow them? Not while it goes, nor while
/// somebody has asked to leave AWS alone, nor when another owner has its certificate.
fn is_followed(object: &AcmCertificate) -> bool {
    let mut conditions = object.status.iter().flat_map(|status| &status.conditions);
    let is_lost = conditions.any(|condition| condition.type_ == "Ready" && condition.reason == "OwnershipLost");
    object.metadata.deletion_timestamp.is_none() && object.spec.suspend != Some(true) && !is_lost
}

fn stands(certificate: &Certificate) -> bool {
    is_alive(certificate) && matches!(certificate.status, Status::PendingValidation | Status::Issued)
}

impl Judge {
    /// A status that was stored.
    pub(super) fn judge_status(&mut self, world: &World, stored: &Value) {
        // One that cannot be read was not written by the operator.
        let Ok(object) = serde_json::from_value::<AcmCertificate>(stored.clone()) else { return };
        self.note_what_is_kept(&object);
        let name = object.metadata.name.clone().unwrap_or_default();
        let Some(status) = object.status.as_ref() else { return };
        let served = status.certificate_arn.as_deref().and_then(|arn| world.certificate(arn));
        let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready");
        if let Some(ready) = ready.filter(|ready| ready.status == "True") {
            let Some(served) = served else {
                return self.accuse("S9", &format!("{name} is Ready without a certificate"));
            };
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
        // The listing lags, and is swept from time to time: what it was within that time may still be told.
        if let Some(served) = served
            && served.issued_at.is_none()
        {
            let claim = if is_true(status, "Ready") { "is Ready by" } else { "names as serving" };
            self.accuse("S9", &format!("{name} {claim} {}, which was never issued", served.certificate_arn));
        }
        if is_true(status, "Reconciling") && is_true(status, "Stalled") {
            self.accuse("S9", &format!("{name} is Reconciling and Stalled at once"));
        }
        for lie in self.false_claims(world, &object) {
            self.accuse("S9", &lie);
        }
    }

    /// What is told and is not so, nor was so until lately. For a time when everything could be seen.
    pub(crate) fn lies(&mut self, world: &World, objects: &[AcmCertificate]) -> Vec<String> {
        self.catch_up(world);
        let mut lies = vec![];
        for object in objects {
            lies.extend(self.false_claims(world, object));
            let Some(status) = object.status.as_ref().filter(|_| is_followed(object)) else { continue };
            let served = status.certificate_arn.as_deref().and_then(|arn| world.certificate(arn));
            let good = served.is_some_and(|served| is_alive(served) && served.status == Status::Issued);
            if is_true(status, "Ready") && !good {
                let name = object.metadata.name.as_deref().unwrap_or_default();
                lies.push(format!("{name} is still Ready, and its certificate is not issued any more"));
            }
        }
        lies
    }

    fn false_claims(&self, world: &World, object: &AcmCertificate) -> Vec<String> {
        let mut lies = vec![];
        let Some(status) = object.status.as_ref().filter(|_| is_followed(object)) else { return lies };
        let name = object.metadata.name.as_deref().unwrap_or_default();
        let (lag, now) = (self.lag(), world.now());
        let find = |arn: Option<&str>| arn.and_then(|arn| world.certificate(arn));
        let pending = find(status.request.as_ref().and_then(|request| request.certificate_arn.as_deref()));
        let served = find(status.certificate_arn.as_deref());
        // Of one that has come to its end, nobody needs the records any more.
        let concerned: Vec<&Certificate> = match pending {
            Some(pending) if !stands(pending) => vec![],
            pending => pending.into_iter().chain(served).filter(|certificate| stands(certificate)).collect(),
        };
        // NB: until ACM has shown the records of a replacement, the condition tells of those of the one that serves.
        let since = now - lag.records;
        let is_in_place = |certificate: &&Certificate| {
            let mut records =
                certificate.validations.iter().filter_map(|v| v.record_name.as_ref().zip(v.record_value.as_ref()));
            records.all(|(name, value)| self.zones.stood(name, value, since))
        };
        if is_true(status, "RecordsReady") && !concerned.is_empty() && !concerned.iter().any(is_in_place) {
            let names = concerned.iter().map(|certificate| certificate.domain_name.as_str()).collect::<Vec<_>>();
            lies.push(format!("{name} has RecordsReady, and a record of {names:?} is not in the right zone ({now})"));
        }
        let on_track = |served: &Certificate| self.renewals.was_on_track(&served.certificate_arn, now - lag.renewal);
        // NB: while a replacement is pending, it is the one that is looked at.
        if is_true(status, "RenewalReady") && pending.is_none() && !served.is_some_and(on_track) {
            lies.push(format!("{name} has RenewalReady, and its certificate is unused, in trouble or none"));
        }
        lies
    }
}
