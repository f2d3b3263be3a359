//! What is true of an object's certificate, by the model, in the words of its status.

use acmcert::api::{AcmCertificate, RecordsMode};
use acmcert_sim::{
    World,
    world::{
        certificate::{Certificate, Status},
        state::ZoneState,
    },
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Of what, and what is said of it.
pub(super) type Said = (&'static str, String);

/// What is true.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// The certificate that serves.
    served: Served,
    /// Is a certificate for this very spec issued?
    ready: bool,
    /// ACM's word for the certificate that matters.
    word: String,
    /// Does the object have to wait for whoever uses its certificate?
    blocked: bool,
    /// Does every validation record of the certificate that matters stand where it belongs? With manual records: has ACM
    /// seen it?
    pub(super) in_place: bool,
}

/// What is true of a certificate that serves.
#[derive(Clone, Debug, Default, PartialEq)]
struct Served {
    is_there: bool,
    issued: bool,
    ends_at: Option<Timestamp>,
    /// By the operator's clock.
    is_past_its_end: bool,
    /// By ACM's word.
    is_ended: bool,
    validity: String,
    serial: String,
    used_by: Vec<String>,
    renewal: String,
    eligible: bool,
    /// Does every validation record that it needs for its renewal stand where it belongs?
    in_place: bool,
}

impl Facts {
    /// `now`: what the operator takes the time to be, for it can know no other.
    pub(super) fn of(object: &AcmCertificate, world: &World, now: Timestamp) -> Self {
        let status = object.status.clone().unwrap_or_default();
        let alive = |arn: Option<String>| {
            arn.and_then(|arn| world.certificate(&arn)).filter(|certificate| certificate.deleted_at.is_none())
        };
        let serving = alive(status.certificate_arn);
        let matters = alive(status.request.and_then(|request| request.certificate_arn)).or(serving);
        let served = serving.map(|certificate| Served::of(object, certificate, world, now)).unwrap_or_default();
        let is_good = |certificate: &Certificate| {
            Served::of(object, certificate, world, now).issued && names_of(object) == names_in(certificate)
        };
        let is_deleting = object.metadata.deletion_timestamp.is_some();
        Self {
            ready: serving.is_some_and(is_good) || matters.is_some_and(is_good),
            word: matters.map_or(String::new(), |certificate| certificate.status.as_str().to_owned()),
            blocked: is_deleting && !served.used_by.is_empty(),
            in_place: matters.is_some_and(|certificate| are_in_place(object, certificate, world)),
            served,
        }
    }

    /// In the order of `Told::of_acm`.
    pub(super) fn of_acm(&self, is_deleting: bool) -> Vec<Said> {
        if is_deleting {
            return vec![("DeletionBlocked", self.blocked.to_string())];
        }
        let served = &self.served;
        let eligibility = match (served.is_there, served.eligible) {
            (false, _) => "",
            (true, true) => "ELIGIBLE",
            (true, false) => "INELIGIBLE",
        };
        let count = served.is_there.then_some(served.used_by.len());
        vec![
            ("Ready", self.ready.to_string()),
            ("Issued", served.issued.to_string()),
            ("certificateStatus", self.word.clone()),
            ("validity", served.validity.clone()),
            ("serial", served.serial.clone()),
            ("inUseBy", served.used_by.join(" ")),
            ("inUseByCount", count.map_or(String::new(), |count| count.to_string())),
            ("renewal.status", served.renewal.clone()),
            ("renewal.eligibility", eligibility.to_owned()),
        ]
    }

    /// Has the certificate that serves come to its end, or has it not, since this was true?
    pub(super) fn is_outdated(&self, now: Timestamp) -> bool {
        self.served.ends_at.is_some_and(|end| (end <= now) != self.served.is_past_its_end)
    }

    /// Has ACM said that the certificate that serves is at its end?
    pub(super) fn is_ended_by_acm(&self) -> bool {
        self.served.is_ended
    }

    /// Do the records of the certificate that serves stand where they belong?
    pub(super) fn is_served_in_place(&self) -> bool {
        self.served.in_place
    }

    /// What `RenewalReady` may say. True: it is eligible, in use, its records are in place, and ACM reports no trouble.
    /// False: by any one of what is in the way.
    pub(super) fn of_renewal(&self, in_place: bool) -> Vec<String> {
        let served = &self.served;
        if !served.is_there {
            return vec!["Unknown/NotYetIssued".to_owned()];
        }
        if served.is_ended || served.is_past_its_end {
            return vec!["False/Ineligible".to_owned()];
        }
        let is_used = !served.used_by.is_empty();
        let obstacles = [
            ("RenewalPendingValidation", served.renewal == "PENDING_VALIDATION"),
            ("RenewalFailed", served.renewal == "FAILED"),
            ("NotInUse", !is_used),
            ("Ineligible", is_used && !served.eligible),
            ("RecordMissing", !in_place),
        ];
        let in_the_way = obstacles.into_iter().filter(|(_, is_there)| *is_there);
        let said: Vec<_> = in_the_way.map(|(reason, _)| format!("False/{reason}")).collect();
        match said.is_empty() {
            true if served.renewal == "PENDING_AUTO_RENEWAL" => vec!["True/Renewing".to_owned()],
            true => vec!["True/Eligible".to_owned()],
            false => said,
        }
    }
}

impl Served {
    fn of(object: &AcmCertificate, certificate: &Certificate, world: &World, now: Timestamp) -> Self {
        let is_past_its_end = certificate.not_after.is_some_and(|end| end <= now);
        let is_ended = matches!(certificate.status, Status::Expired | Status::Revoked);
        let issued = certificate.status == Status::Issued && !is_past_its_end && certificate.not_after.is_some();
        let seconds = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.as_second().to_string());
        let mut used_by = certificate.in_use_by.clone();
        used_by.sort();
        Self {
            is_there: true,
            issued,
            ends_at: certificate.not_after,
            is_past_its_end,
            is_ended,
            validity: format!("{}..{}", seconds(certificate.not_before), seconds(certificate.not_after)),
            serial: certificate.serial.clone().unwrap_or_default(),
            eligible: certificate.status == Status::Issued && !used_by.is_empty(),
            used_by,
            renewal: certificate.renewal.as_ref().map_or(String::new(), |renewal| renewal.status.clone()),
            in_place: are_in_place(object, certificate, world),
        }
    }
}

fn names_of(object: &AcmCertificate) -> BTreeSet<&str> {
    let others = object.spec.subject_alternative_names.iter().map(String::as_str);
    others.chain([object.spec.domain_name.as_str()]).collect()
}

fn names_in(certificate: &Certificate) -> BTreeSet<&str> {
    certificate.subject_alternative_names.iter().map(String::as_str).collect()
}

fn are_in_place(object: &AcmCertificate, certificate: &Certificate, world: &World) -> bool {
    if are_manual(object) {
        return certificate.validations.iter().all(|validation| validation.status == "SUCCESS");
    }
    let zones = world.state().hosted_zones;
    certificate.validations.iter().all(|validation| match (&validation.record_name, &validation.record_value) {
        (Some(name), Some(value)) => stands(&zones, name, value),
        _ => false,
    })
}

fn are_manual(object: &AcmCertificate) -> bool {
    let dns = object.spec.validation.as_ref().and_then(|validation| validation.dns.as_ref());
    dns.is_some_and(|dns| dns.records == RecordsMode::Manual)
}

fn stands(zones: &[ZoneState], name: &str, value: &str) -> bool {
    let plain = |text: &str| text.trim_end_matches('.').to_owned();
    let holds = |zone: &&ZoneState| !zone.private && plain(name).ends_with(&plain(&zone.name));
    zones.iter().filter(holds).flat_map(|zone| &zone.records).any(|record| {
        let is_it = plain(&record.name) == plain(name) && record.record_type == "CNAME";
        is_it && record.values.iter().map(|value| plain(value)).eq([plain(value)])
    })
}

#[test]
fn a_renewal_works_only_if_nothing_is_in_the_way_and_says_whatever_is() {
    let used = Served { is_there: true, used_by: vec!["balancer".into()], eligible: true, ..Served::default() };
    let said = |served: Served, in_place| Facts { served, ..Facts::default() }.of_renewal(in_place);
    let renewing = Served { renewal: "PENDING_AUTO_RENEWAL".into(), ..used.clone() };
    let failed = Served { renewal: "FAILED".into(), ..used.clone() };
    assert_eq!(said(Served::default(), true), ["Unknown/NotYetIssued"]);
    assert_eq!(said(used.clone(), true), ["True/Eligible"]);
    assert_eq!(said(used.clone(), false), ["False/RecordMissing"]);
    assert_eq!(said(renewing.clone(), true), ["True/Renewing"]);
    assert_eq!(said(renewing, false), ["False/RecordMissing"], "it has begun, and cannot be finished");
    assert_eq!(said(failed, false), ["False/RenewalFailed", "False/RecordMissing"]);
    assert_eq!(said(Served { used_by: vec![], eligible: false, ..used.clone() }, true), ["False/NotInUse"]);
    assert_eq!(said(Served { is_past_its_end: true, ..used }, true), ["False/Ineligible"]);
}
