//! What happens to objects, zones and namespaces in a life: objects that nobody can read, finalizers that people remove,
//! zones that come and go, a namespace that is deleted, a name that is used again too soon.

use super::{
    ground::Ground,
    operator::Setup,
    regressions::{HOUR, act, arn_of, expect, gone, object, ours, ready, requests, start, tell},
    story::{NAMESPACE, is_ready, spec, until},
};
use acmcert::api::{AcmCertificate, TAG_UID};
use serde_json::json;
use std::time::Duration;

/// The name of the first validation record.
pub(super) fn record_of(object: &AcmCertificate) -> String {
    let validations = object.status.iter().flat_map(|status| &status.validations);
    validations.filter_map(|validation| validation.record.as_ref()).map(|record| record.name.clone()).next().unwrap()
}

pub(super) fn stands(ground: &Ground, record: &str) -> bool {
    ground.validation_records().iter().any(|(_, found)| found.name == record)
}

pub(super) fn stands_in(ground: &Ground, zone: &str, record: &str) -> bool {
    ground.validation_records().iter().any(|(of, found)| of == zone && found.name == record)
}

pub(super) fn has(ground: &Ground, name: &str, kind: &str, status: &str, reason: &str) -> bool {
    let status_of = object(ground, name).and_then(|object| object.status).unwrap_or_default();
    status_of.conditions.iter().any(|c| c.type_ == kind && c.status == status && c.reason == reason)
}

/// Was a user told so of that?
fn is_told(ground: &Ground, reason: &str, of: &str) -> bool {
    let events = ground.api.events();
    events.iter().any(|event| event["reason"] == reason && event["note"].as_str().unwrap_or_default().contains(of))
}

pub(super) fn is_alive(ground: &Ground, arn: &str) -> bool {
    ground.world().certificate(arn).is_some_and(|certificate| certificate.deleted_at.is_none())
}

fn poison(ground: &Ground, name: &str) {
    ground.api.edit_spec(NAMESPACE, name, |spec| spec["domainName"] = json!(7));
}

/// Without its finalizers, and so at once.
fn force_away(ground: &Ground, name: &str) {
    let Some(object) = ground.api.get(NAMESPACE, name) else { return };
    ground.judge().abandon(&object);
    ground.api.force_remove_finalizers(NAMESPACE, name);
    ground.api.delete(NAMESPACE, name);
    ground.tell_news();
}

#[test]
fn an_object_that_cannot_be_read_stops_nobody_and_keeps_the_record_that_it_needs() {
    tell("poison-shared", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        ground.api.create(NAMESPACE, "b", spec(&["api.example.com", "own.example.org"]), &[]);
        let arn = arn_of(&ready(&ground, "b").await);
        poison(&ground, "b");
        ground.api.create(NAMESPACE, "c", spec(&["c.example.com"]), &[]);
        ready(&ground, "c").await;
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        expect(&ground, stands(&ground, &record), "the record of the unreadable object is gone");
        let is_said = is_told(&ground, "RecordKept", &record);
        expect(&ground, is_said, "nobody is told why the record stays");
        ground.api.delete(NAMESPACE, "b");
        tokio::time::sleep(2 * HOUR).await;
        expect(&ground, ground.api.get(NAMESPACE, "b").is_some(), "it has gone, and nobody has read it");
        expect(&ground, is_alive(&ground, &arn), "its certificate is gone");
        ground.api.edit_spec(NAMESPACE, "b", |spec| spec["domainName"] = json!("api.example.com"));
        gone(&ground, "b").await;
        ground.api.delete(NAMESPACE, "c");
        gone(&ground, "c").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_record_that_an_unreadable_object_of_another_region_needs_stays() {
    tell("poison-elsewhere", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        let mut elsewhere = spec(&["api.example.com"]);
        elsewhere["region"] = json!("eu-central-1");
        ground.api.create(NAMESPACE, "b", elsewhere, &[]);
        ready(&ground, "b").await;
        poison(&ground, "b");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        // NB: S5 is judged at the deletion as well.
        expect(&ground, stands(&ground, &record), "the record of the unreadable object is gone");
    });
}

#[test]
fn an_issued_certificate_without_its_object_is_reported_and_can_be_adopted() {
    tell("orphan-issued", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let before = ready(&ground, "a").await;
        force_away(&ground, "a");
        tokio::time::sleep(4 * HOUR).await;
        expect(&ground, is_alive(&ground, &arn_of(&before)), "an issued certificate is gone");
        expect(&ground, stands(&ground, &record_of(&before)), "the record of an issued certificate is gone");
        let scraped = ground.scrape();
        expect(&ground, scraped.contains("\nacmcert_orphans{region=\"eu-west-1\"} 1"), "it is not reported");
        let mut adopting = spec(&["api.example.com"]);
        adopting["certificateArn"] = json!(arn_of(&before));
        ground.api.create(NAMESPACE, "b", adopting, &[]);
        let after = ready(&ground, "b").await;
        expect(&ground, arn_of(&after) == arn_of(&before), "another certificate serves");
        tokio::time::sleep(HOUR).await;
        let scraped = ground.scrape();
        expect(&ground, scraped.contains("\nacmcert_orphans{region=\"eu-west-1\"} 0"), "it is still reported");
        expect(&ground, requests(&ground) == 1, "a certificate was requested again");
    });
}

#[test]
fn a_pending_certificate_without_its_object_is_cleared_after_the_grace() {
    tell("orphan-pending", |ground| async move {
        let _operator = start(&ground, Setup::default());
        // There is no such zone, so it stays pending.
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.net"]), &[]);
        until(&ground, "L1", "nothing is requested", HOUR, || ours(&ground).len() == 1).await;
        tokio::time::sleep(Duration::from_secs(120)).await;
        force_away(&ground, "a");
        tokio::time::sleep(HOUR - Duration::from_secs(600)).await;
        expect(&ground, ours(&ground).len() == 1, "it is gone before the grace is over");
        tokio::time::sleep(HOUR).await;
        expect(&ground, ours(&ground).is_empty(), "it is still there");
    });
}

#[test]
fn a_zone_that_is_deleted_and_made_again_gets_the_record_of_an_issued_certificate_again() {
    tell("zone-again", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        ground.delete_zone("example.com");
        let is_missed = || has(&ground, "a", "RecordsReady", "False", "ZoneNotFound");
        until(&ground, "S9", "nobody is told that the zone is gone", HOUR, is_missed).await;
        let serves = object(&ground, "a").is_some_and(|object| is_ready(&object));
        expect(&ground, serves, "a certificate that is issued is not Ready any more");
        let zone = ground.zone("example.com");
        until(&ground, "L1", "the record is not restored", HOUR, || stands_in(&ground, &zone, &record)).await;
        let is_in_place = || has(&ground, "a", "RecordsReady", "True", "InPlace");
        until(&ground, "L1", "nobody is told that all is well again", HOUR, is_in_place).await;
        let is_said = is_told(&ground, "RecordRestored", &record);
        expect(&ground, is_said, "nobody is told that the record was restored");
        expect(&ground, requests(&ground) == 1, "a second certificate was requested");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_closer_zone_gets_the_record_and_both_records_go_in_the_end() {
    tell("closer-zone", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["deep.api.example.com"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        let zone = ground.zone("api.example.com");
        until(&ground, "L1", "the closer zone has no record", HOUR, || stands_in(&ground, &zone, &record)).await;
        let is_in_place = || has(&ground, "a", "RecordsReady", "True", "InPlace");
        until(&ground, "L1", "nobody is told that all is well", HOUR, is_in_place).await;
        let is_said = is_told(&ground, "RecordRestored", &zone);
        expect(&ground, is_said, "nobody is told of the record in the closer zone");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        expect(&ground, !stands(&ground, &record), "one of the records is left");
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_namespace_of_a_hundred_objects_goes_and_leaves_nothing() {
    tell("namespace", |ground| async move {
        let _operator = start(&ground, Setup::default());
        for number in 0..100 {
            let names = [format!("host-{}.example.com", number % 10), format!("own-{number}.example.org")];
            ground.api.create(NAMESPACE, &format!("object-{number}"), spec(&[&names[0], &names[1]]), &[]);
        }
        let all_ready = || ground.api.certificates().iter().all(is_ready);
        until(&ground, "L1", "not every object is Ready", 8 * HOUR, all_ready).await;
        ground.api.delete_namespace(NAMESPACE);
        let refused = ground.api.create(NAMESPACE, "late", spec(&["late.example.com"]), &[]).is_none();
        expect(&ground, refused, "a namespace on its way out lets something in");
        until(&ground, "L2", "not every object is gone", 8 * HOUR, || ground.api.objects().is_empty()).await;
        expect(&ground, ours(&ground).is_empty(), "a certificate is left");
        expect(&ground, ground.validation_records().is_empty(), "a record is left");
        ground.judge().nothing_left(&ground.world());
    });
}

/// A user, or a tool, who tries again until the name is free.
async fn create_as_soon_as_possible(ground: &Ground, name: &str, names: &[&str]) {
    for _ in 0..36_000 {
        if ground.api.create(NAMESPACE, name, spec(names), &[]).is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ground.judge().accuse_of("L2", &format!("{name} is still going after an hour"));
}

#[test]
fn a_name_is_used_again_the_moment_that_the_old_object_is_gone() {
    tell("again", |ground| async move {
        let _operator = start(&ground, Setup { watch_lag: 20_000, ..Setup::default() });
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let first = ready(&ground, "a").await;
        let user = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1";
        act(&ground, json!({ "certificateArn": arn_of(&first), "action": "set-in-use", "by": [user] }));
        ground.api.delete(NAMESPACE, "a");
        tokio::time::sleep(HOUR).await;
        let refused = ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]).is_none();
        expect(&ground, refused, "the old object has gone, though its certificate is in use");
        act(&ground, json!({ "certificateArn": arn_of(&first), "action": "set-in-use", "by": [] }));
        create_as_soon_as_possible(&ground, "a", &["api.example.com"]).await;
        let second = ready(&ground, "a").await;
        expect(&ground, first.metadata.uid != second.metadata.uid, "it is the same object");
        expect(&ground, arn_of(&first) != arn_of(&second), "a deleted certificate serves");
        expect(&ground, !is_alive(&ground, &arn_of(&first)), "the first certificate is left");
        expect(&ground, ours(&ground).len() == 1, "there is not one certificate");
        ground.judge().all_known(&ground.world(), &ground.api);
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_name_that_is_used_again_amid_a_deletion_takes_no_harm_from_it() {
    tell("amid", |ground| async move {
        let _operator = start(&ground, Setup::default());
        for round in 0..8 {
            ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
            ready(&ground, "a").await;
            ground.api.delete(NAMESPACE, "a");
            ground.tell_news();
            // At another step of the deletion each time.
            tokio::time::sleep(Duration::from_millis(150 * round)).await;
            force_away(&ground, "a");
            ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
            let second = ready(&ground, "a").await;
            let arn = arn_of(&second);
            let owner = ground.world().certificate(&arn).and_then(|c| c.tags.get(TAG_UID).cloned().flatten());
            expect(&ground, owner == second.metadata.uid, "the new object has a certificate of the old one");
            expect(&ground, is_alive(&ground, &arn), "the deletion of the old object has hit the new one");
            ground.api.delete(NAMESPACE, "a");
            gone(&ground, "a").await;
        }
        tokio::time::sleep(2 * HOUR).await;
        ground.judge().nothing_left(&ground.world());
    });
}
