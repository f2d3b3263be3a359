//! Route 53 through the bare client.

use super::{Sky, code};
use acmcert_sim::world::planting::ZonePlanting;
use aws_sdk_route53::{
    client::Waiters,
    types::{
        Change, ChangeAction, ChangeBatch, ChangeStatus, HostedZone, HostedZoneConfig, ResourceRecord,
        ResourceRecordSet, RrType,
    },
};
use serde_json::json;
use std::time::Duration;

fn cname(action: ChangeAction, name: &str, value: &str) -> ChangeBatch {
    let record = ResourceRecord::builder().value(value).build().unwrap();
    let set = ResourceRecordSet::builder().name(name).r#type(RrType::Cname).ttl(300).resource_records(record);
    let change = Change::builder().action(action).resource_record_set(set.build().unwrap()).build().unwrap();
    ChangeBatch::builder().changes(change).comment("why & how").build().unwrap()
}

/// Creates a CNAME; the id of the change.
pub(super) async fn create_cname(sky: &Sky, zone: &str, name: &str, value: &str) -> String {
    let call = sky.route53().change_resource_record_sets().hosted_zone_id(zone);
    let answer = call.change_batch(cname(ChangeAction::Create, name, value)).send().await.unwrap();
    answer.change_info().unwrap().id().to_owned()
}

fn names(zones: &[HostedZone]) -> Vec<&str> {
    zones.iter().map(HostedZone::name).collect()
}

/// A life in which every operation of Route 53 has its part.
pub(super) async fn story(sky: &Sky) {
    let route53 = sky.route53();
    let config = HostedZoneConfig::builder().comment("a & b").build();
    let create = route53.create_hosted_zone().name("Example.COM").caller_reference("one").hosted_zone_config(config);
    let made = create.send().await.unwrap();
    let zone = made.hosted_zone().unwrap();
    assert_eq!((zone.name(), zone.caller_reference()), ("example.com.", "one"));
    assert_eq!(zone.config().and_then(HostedZoneConfig::comment), Some("a & b"));
    assert_eq!(made.delegation_set().unwrap().name_servers().len(), 4);
    assert!(made.location().ends_with(zone.id()), "{made:?}");
    let read = route53.get_hosted_zone().id(zone.id()).send().await.unwrap();
    assert_eq!(read.hosted_zone(), Some(zone));
    assert_eq!(read.hosted_zone().unwrap().resource_record_set_count(), Some(2));

    for name in ["b.org", "a.org"] {
        sky.zone(name);
    }
    let all = route53.list_hosted_zones().into_paginator().page_size(2).items().send().try_collect().await.unwrap();
    assert_eq!(names(&all), ["example.com.", "b.org.", "a.org."]);
    let by_name = route53.list_hosted_zones_by_name().dns_name("a.org").max_items(1).send().await.unwrap();
    assert_eq!((names(by_name.hosted_zones()), by_name.is_truncated()), (vec!["a.org."], true));
    let next = route53
        .list_hosted_zones_by_name()
        .dns_name(by_name.next_dns_name().unwrap())
        .hosted_zone_id(by_name.next_hosted_zone_id().unwrap());
    assert_eq!(names(next.send().await.unwrap().hosted_zones()), ["b.org."]);

    let change = create_cname(sky, zone.id(), "*.example.com", "x.example.net.").await;
    let listed = route53
        .list_resource_record_sets()
        .hosted_zone_id(zone.id())
        .start_record_name("\\052.example.com")
        .start_record_type(RrType::Cname);
    let listed = listed.send().await.unwrap();
    let [set] = listed.resource_record_sets() else { panic!("{listed:?}") };
    assert_eq!((set.name(), set.ttl()), ("\\052.example.com.", Some(300)));
    assert_eq!(set.resource_records().iter().map(ResourceRecord::value).collect::<Vec<_>>(), ["x.example.net."]);
    let status = async || {
        let read = route53.get_change().id(&change).send().await.unwrap();
        let info = read.change_info().unwrap();
        assert_eq!(info.comment(), Some("why & how"));
        info.status().clone()
    };
    assert_eq!(status().await, ChangeStatus::Pending);
    sky.wait(30);
    assert_eq!(status().await, ChangeStatus::Insync);

    assert_eq!(code(route53.delete_hosted_zone().id(zone.id()).send().await), "HostedZoneNotEmpty");
    let delete = cname(ChangeAction::Delete, "*.example.com", "x.example.net.");
    route53.change_resource_record_sets().hosted_zone_id(zone.id()).change_batch(delete).send().await.unwrap();
    route53.delete_hosted_zone().id(zone.id()).send().await.unwrap();
    assert_eq!(code(route53.get_hosted_zone().id(zone.id()).send().await), "NoSuchHostedZone");
}

#[tokio::test]
async fn a_zone_is_refused_for_its_name_its_reference_and_its_number() {
    let sky = Sky::new().await;
    let route53 = sky.route53();
    let create = async |name: &str, reference: &str| {
        code(route53.create_hosted_zone().name(name).caller_reference(reference).send().await)
    };
    assert_eq!(create("example.com", "one").await, "ok");
    // Several zones may bear one name; a reference is used once.
    assert_eq!(create("example.com", "two").await, "ok");
    assert_eq!(create("example.org", "one").await, "HostedZoneAlreadyExists");
    assert_eq!(create("a..b", "three").await, "InvalidDomainName");
    sky.set(&json!({"quotas": {"hostedZones": 2}}));
    assert_eq!(create("example.org", "three").await, "TooManyHostedZones");
}

#[tokio::test]
async fn a_private_zone_has_no_delegation_and_comes_among_the_others() {
    let sky = Sky::new().await;
    let planting = ZonePlanting { name: "example.com".to_owned(), private: true, delegated: true, account_id: None };
    let id = sky.world().plant_zone(&planting).unwrap();
    let read = sky.route53().get_hosted_zone().id(&id).send().await.unwrap();
    assert!(read.delegation_set().is_none(), "{read:?}");
    assert_eq!(read.hosted_zone().unwrap().config().map(HostedZoneConfig::private_zone), Some(true));
    let listed = sky.route53().list_hosted_zones_by_name().send().await.unwrap();
    assert_eq!(names(listed.hosted_zones()), ["example.com."]);
}

#[tokio::test]
async fn what_is_not_there_is_each_operation_s_own_error() {
    let sky = Sky::new().await;
    let route53 = sky.route53();
    assert_eq!(code(route53.get_hosted_zone().id("Z0NONE").send().await), "NoSuchHostedZone");
    assert_eq!(code(route53.delete_hosted_zone().id("Z0NONE").send().await), "NoSuchHostedZone");
    assert_eq!(code(route53.list_resource_record_sets().hosted_zone_id("Z0NONE").send().await), "NoSuchHostedZone");
    assert_eq!(code(route53.get_change().id("C0NONE").send().await), "NoSuchChange");
}

#[tokio::test(start_paused = true)]
async fn the_waiter_of_the_sdk_sees_the_record_sets_changed() {
    let sky = Sky::new().await;
    let zone = sky.zone("example.com");
    let change = create_cname(&sky, zone.as_str(), "a.example.com", "x.example.net.").await;
    let clock = sky.keep_time();
    let wait = sky.route53().wait_until_resource_record_sets_changed().id(&change);
    wait.wait(Duration::from_secs(600)).await.unwrap();
    clock.abort();
    let read = sky.route53().get_change().id(&change).send().await.unwrap();
    assert_eq!(read.change_info().unwrap().status(), &ChangeStatus::Insync);
}
