//! Route 53 and STS as the operator's adapters read and write them.

use super::{Sky, cname, create, remove};
use acmcert::{
    aws::{AwsError, Meaning, RecordSet, RecordStore},
    names::{HostedZoneId, RecordName},
};
use acmcert_sim::world::planting::ZonePlanting;
use serde_json::json;

/// The meaning and AWS's code of an error.
fn told<T: std::fmt::Debug>(answer: Result<T, AwsError>) -> (Meaning, Option<String>) {
    let error = answer.unwrap_err();
    (error.meaning, error.code)
}

fn code(code: &str) -> Option<String> {
    Some(code.to_owned())
}

#[tokio::test]
async fn zones_come_over_all_pages_public_and_private() {
    let sky = Sky::new().await;
    let mut made = vec![];
    for number in 0..100 {
        made.push(sky.zone(&format!("n{number}.example")));
    }
    let planting = ZonePlanting { name: "n0.example".to_owned(), private: true, delegated: true, account_id: None };
    made.push(HostedZoneId::new(&sky.world().plant_zone(&planting).unwrap()));
    let first = sky.records.list_hosted_zones_page(None).await.unwrap();
    assert_eq!((first.items.len(), first.next.is_some()), (100, true));
    let second = sky.records.list_hosted_zones_page(first.next).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    let all = sky.records.list_hosted_zones().await.unwrap();
    assert_eq!(all.iter().map(|zone| zone.id.clone()).collect::<Vec<_>>(), made);
    let namesakes: Vec<bool> =
        all.iter().filter(|zone| zone.name == RecordName::new("n0.example.")).map(|zone| zone.private).collect();
    assert_eq!(namesakes, [false, true]);
}

#[tokio::test]
async fn a_record_set_is_found_by_its_exact_name_whatever_its_type() {
    let sky = Sky::new().await;
    let zone = sky.zone("example.com");
    let text = RecordSet { type_: "TXT".to_owned(), values: vec!["\"x\"".to_owned()], ..cname("t.example.com", "") };
    let sets = [cname("b.example.com", "x.example.net"), cname("*.example.com", "y.example.net"), text];
    sky.change(&zone, sets.iter().cloned().map(create).collect()).await.unwrap();
    for set in sets {
        let found = sky.records.find_record_set(zone.clone(), set.name.clone()).await.unwrap();
        assert_eq!(found, Some(set));
    }
    // The list goes on with b.example.com, and that is another name.
    let none = sky.records.find_record_set(zone, RecordName::new("a.example.com")).await.unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn a_batch_is_all_or_nothing_and_a_conflict_says_what_stands_in_the_way() {
    let sky = Sky::new().await;
    let zone = sky.zone("example.com");
    let set = || cname("a.example.com", "x.example.net");
    sky.change(&zone, vec![create(set())]).await.unwrap();
    let conflict = (Meaning::Conflict, code("InvalidChangeBatch"));
    let batch = vec![create(cname("b.example.com", "x.example.net")), create(set())];
    let error = sky.change(&zone, batch).await.unwrap_err();
    assert!(error.message.contains("but it already exists"), "{error}");
    assert_eq!((error.meaning, error.code), conflict);
    assert!(sky.records.find_record_set(zone.clone(), RecordName::new("b.example.com")).await.unwrap().is_none());
    let other = vec![remove(cname("a.example.com", "y.example.net"))];
    assert_eq!(told(sky.change(&zone, other).await), conflict);
    assert_eq!(told(sky.change(&zone, vec![create(cname("a.example.org", "x.example.net"))]).await), conflict);
    sky.change(&zone, vec![remove(set())]).await.unwrap();
    assert_eq!(told(sky.change(&zone, vec![remove(set())]).await), conflict);
}

#[tokio::test]
async fn a_zone_that_is_busy_is_a_conflict_that_passes() {
    let sky = Sky::new().await;
    sky.set(&json!({"changeProcessingSeconds": 5}));
    let zone = sky.zone("example.com");
    sky.change(&zone, vec![create(cname("a.example.com", "x.example.net"))]).await.unwrap();
    let next = || vec![create(cname("b.example.com", "x.example.net"))];
    assert_eq!(told(sky.change(&zone, next()).await), (Meaning::Conflict, code("PriorRequestNotComplete")));
    sky.wait(5);
    sky.change(&zone, next()).await.unwrap();
}

#[tokio::test]
async fn a_zone_that_is_not_there_is_not_found() {
    let sky = Sky::new().await;
    let gone = HostedZoneId::new("Z0NONE");
    let missing = (Meaning::NotFound, code("NoSuchHostedZone"));
    assert_eq!(told(sky.records.find_record_set(gone.clone(), RecordName::new("a.example.com")).await), missing);
    assert_eq!(told(sky.change(&gone, vec![create(cname("a.example.com", "x.example.net"))]).await), missing);
}

#[tokio::test]
async fn a_change_that_the_api_does_not_know_is_invalid() {
    let sky = Sky::new().await;
    let zone = sky.zone("example.com");
    let odd = RecordSet { type_: "NONE".to_owned(), ..cname("a.example.com", "x.example.net") };
    let timeless = RecordSet { ttl_seconds: None, ..cname("a.example.com", "x.example.net") };
    for set in [odd, timeless] {
        assert_eq!(told(sky.change(&zone, vec![create(set)]).await), (Meaning::Invalid, code("InvalidInput")));
    }
}

#[tokio::test]
async fn calls_above_the_rate_of_the_account_are_throttled() {
    let sky = Sky::new().await;
    sky.set(&json!({"quotas": {"route53": {"account": {"rate": 1, "burst": 2}}}}));
    for _ in 0..2 {
        sky.records.list_hosted_zones().await.unwrap();
    }
    assert_eq!(told(sky.records.list_hosted_zones().await), (Meaning::Throttled, code("Throttling")));
    sky.wait(1);
    sky.records.list_hosted_zones().await.unwrap();
}

#[tokio::test]
async fn the_account_is_that_of_the_credentials() {
    let sky = Sky::new().await;
    assert_eq!(sky.session.get_caller_account().await.unwrap(), "123456789012");
    assert_eq!(sky.session.region().as_str(), super::REGION);
    sky.set(&json!({"accounts": {"AKIAMODEL": "111111111111"}}));
    assert_eq!(sky.session.get_caller_account().await.unwrap(), "111111111111");
}
