//! What happens seldom in a long run: certificates that were there before, other owners, zones that come and go, objects
//! that cannot be read, a second region, and what people do by hand. And what of that has to be undone by hand.

use super::{
    ground::Ground,
    story::{NAMESPACE, is_ready, spec},
};
use acmcert::{
    api::{AcmCertificate, TAG_NAME, TAG_UID},
    plan::certificate_that_matters,
};
use serde_json::{Value, json};

/// Objects whose certificates are in another region. Nobody edits them.
const FAR: [&str; 2] = ["f", "g"];
pub(super) const ELSEWHERE: &str = "eu-central-1";
/// The zones that everything needs.
const ZONES: [&str; 2] = ["example.com", "example.org"];
/// Zones below them that may take names over.
const CLOSER: [&str; 2] = ["shop.example.com", "deep.shop.example.com"];
/// No certificate needs such a record.
const WRONG: &str = "elsewhere.example.net";
/// The names of objects that never could be read begin like this.
const POISON: &str = "poison-";

/// Numbers, so that nothing has the name of anything before it.
#[derive(Debug, Default)]
pub(super) struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 += 1;
        self.0
    }
}

fn one_of<T: Clone>(ground: &Ground, list: &[T]) -> Option<T> {
    let at = usize::try_from(ground.chance(list.len() as u64)).unwrap();
    list.get(at).cloned()
}

/// `names`: of objects that users create and edit; `hosts`: what they ask for.
pub(super) fn act(ground: &Ground, numbers: &mut Numbers, names: &[&'static str], hosts: &[&'static str]) {
    let (Some(name), Some(host)) = (one_of(ground, names), one_of(ground, hosts)) else { return };
    match ground.chance(13) {
        0 => create(ground, name, host, "deletionPolicy", "Retain"),
        1 => {
            let name = one_of(ground, &FAR).unwrap();
            create(ground, name, host, "region", ELSEWHERE);
        }
        2 => adopt(ground, numbers.next()),
        3 => take(ground, numbers.next()),
        4 => untag(ground),
        5 => delete_zone(ground),
        6 => add_zone(ground),
        7 => poison(ground, name),
        8 => {
            ground.say("user: an object that cannot be read");
            ground.api.create(NAMESPACE, &format!("{POISON}{}", numbers.next()), json!({ "domainName": 7 }), &[]);
        }
        9 => {
            let name = if ground.chance(3) == 0 { one_of(ground, &FAR).unwrap() } else { name };
            force_away(ground, name);
        }
        10 => change_record(ground),
        11 => {
            let name = one_of(ground, &FAR).unwrap();
            ground.say(&format!("user: delete {name}"));
            ground.api.delete(NAMESPACE, name);
        }
        _ => {
            let down = ground.chance(2) == 0;
            ground.say(&format!("{ELSEWHERE} is down: {down}"));
            ground.take_down(if down { &[ELSEWHERE] } else { &[] });
        }
    }
}

fn create(ground: &Ground, name: &str, host: &str, field: &str, value: &str) {
    ground.say(&format!("user: create {name} for {host}, {field} {value}"));
    let mut spec = spec(&[host]);
    spec[field] = json!(value);
    ground.api.create(NAMESPACE, name, spec, &[]);
}

/// A user hands over a certificate that he has had for long.
fn adopt(ground: &Ground, number: u32) {
    let host = format!("adopted-{number}.example.com");
    let arn = ground.plant_issued(&host);
    ground.say(&format!("user: adopt {arn}"));
    let mut spec = spec(&[&host]);
    spec["certificateArn"] = json!(arn);
    ground.api.create(NAMESPACE, &format!("adopter-{number}"), spec, &[]);
}

fn some_certificate(ground: &Ground) -> Option<String> {
    let objects = ground.api.certificates();
    let arns: Vec<_> = objects.iter().filter_map(|object| object.status.as_ref()?.certificate_arn.clone()).collect();
    one_of(ground, &arns)
}

/// Somebody makes a certificate his own, or nobody's.
fn take(ground: &Ground, number: u32) {
    let Some(arn) = some_certificate(ground) else { return };
    ground.say(&format!("colleague: takes {arn}"));
    let is_taken = match ground.chance(2) {
        0 => ground.retag(&arn, TAG_UID, &format!("somebody-{number}")),
        _ => ground.untag(&arn, TAG_UID),
    };
    if is_taken {
        let now = ground.now();
        ground.judge().give_away(&arn, now);
    }
}

/// A tag that proves nothing: it is mended.
fn untag(ground: &Ground) {
    let Some(arn) = some_certificate(ground) else { return };
    ground.say(&format!("colleague: removes {TAG_NAME} from {arn}"));
    ground.untag(&arn, TAG_NAME);
}

fn delete_zone(ground: &Ground) {
    let all: Vec<_> = ZONES.iter().chain(&CLOSER).copied().filter(|name| ground.zone_named(name).is_some()).collect();
    if let Some(name) = one_of(ground, &all) {
        ground.say(&format!("colleague: deletes the zone {name}"));
        ground.delete_zone(name);
    }
}

fn add_zone(ground: &Ground) {
    let none: Vec<_> = ZONES.iter().chain(&CLOSER).copied().filter(|name| ground.zone_named(name).is_none()).collect();
    if let Some(name) = one_of(ground, &none) {
        ground.say(&format!("colleague: creates the zone {name}"));
        ground.zone(name);
    }
}

fn poison(ground: &Ground, name: &str) {
    ground.say(&format!("user: {name} cannot be read any more"));
    ground.api.edit_spec(NAMESPACE, name, |spec| spec["domainName"] = json!(7));
}

/// A user who has lost patience: no finalizer is waited for.
fn force_away(ground: &Ground, name: &str) {
    let Some(object) = ground.api.get(NAMESPACE, name) else { return };
    ground.say(&format!("user: removes the finalizers of {name}, and deletes it"));
    ground.judge().abandon(&object);
    ground.api.force_remove_finalizers(NAMESPACE, name);
    ground.api.delete(NAMESPACE, name);
}

/// Somebody deletes a record, or gives it another value or TTL.
fn change_record(ground: &Ground) {
    let Some((zone, record)) = one_of(ground, &ground.validation_records()) else { return };
    let name = &record.name;
    match ground.chance(3) {
        0 => {
            ground.say(&format!("colleague: deletes {name}"));
            ground.delete_record(&zone, &record);
        }
        1 => {
            ground.say(&format!("colleague: changes the value of {name}"));
            ground.change_record(&zone, &record, Some(WRONG), None);
        }
        _ => {
            ground.say(&format!("colleague: changes the TTL of {name}"));
            ground.change_record(&zone, &record, None, Some(60));
        }
    }
}

/// What only people can put right: zones that are missing, records that say something else, objects that cannot be read.
/// One that never could be stays as it is.
pub(super) fn put_right(ground: &Ground, host: &str) {
    for name in ZONES {
        if ground.zone_named(name).is_none() {
            ground.zone(name);
        }
    }
    for (zone, record) in ground.validation_records() {
        if record.values == [WRONG] {
            ground.delete_record(&zone, &record);
        }
    }
    for object in ground.api.objects() {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let is_readable = serde_json::from_value::<AcmCertificate>(object).is_ok();
        if is_readable || name.starts_with(POISON) {
            continue;
        }
        ground.api.edit_spec(NAMESPACE, &name, |spec| {
            spec["domainName"] = json!(host);
            spec["subjectAlternativeNames"] = Value::Null;
        });
    }
}

/// Has somebody else the certificate of the object?
pub(super) fn is_lost(ground: &Ground, object: &AcmCertificate) -> bool {
    let arn = object.status.as_ref().and_then(certificate_that_matters);
    arn.is_some_and(|arn| ground.judge().is_taken(&arn))
}

/// L1: what a user has asked for, or the reason why it cannot be.
pub(super) fn is_well(ground: &Ground, object: &AcmCertificate) -> bool {
    let status = object.status.clone().unwrap_or_default();
    let says = |kind: &str, what: &str| {
        status.conditions.iter().any(|c| c.type_ == kind && (c.status == what || c.reason == what))
    };
    if object.metadata.deletion_timestamp.is_some() {
        return false;
    }
    let is_gone = |arn: &String| ground.world().certificate(arn).is_none_or(|c| c.deleted_at.is_some());
    if object.spec.certificate_arn.as_ref().is_some_and(is_gone) {
        return says("Ready", "AdoptionMismatch") || says("Ready", "OwnershipLost");
    }
    if is_lost(ground, object) {
        return says("Ready", "OwnershipLost");
    }
    let is_tagged = |arn: &String| {
        let world = ground.world();
        let name = world.certificate(arn).and_then(|certificate| certificate.tags.get(TAG_NAME).cloned().flatten());
        name == object.metadata.name
    };
    let is_idle = status.previous.is_empty() && status.certificate_arn.as_ref().is_some_and(is_tagged);
    is_ready(object) && says("RecordsReady", "True") && is_idle
}

/// S2: certificates of ours that no object knows, and none will look for.
pub(super) fn strangers(ground: &Ground) -> Vec<String> {
    let objects = ground.api.certificates();
    let lost: Vec<_> =
        objects.iter().filter(|object| is_lost(ground, object)).filter_map(|o| o.metadata.uid.clone()).collect();
    let world = ground.world();
    let unknown = ground.judge().unknown(&world, &ground.api);
    // An object that has lost its certificate does nothing at all, until it is deleted.
    let waits = |arn: &String| {
        let uid = world.certificate(arn).and_then(|certificate| certificate.tags.get(TAG_UID).cloned().flatten());
        uid.is_some_and(|uid| lost.contains(&uid))
    };
    unknown.into_iter().filter(|arn| !waits(arn)).collect()
}
