//! Quotas, faults, credentials, and that nothing is left to chance.

use acmcert_sim::world::answer::{Answer, Transport};
use acmcert_sim::world::call::{Call, ListCertificates};
use acmcert_sim::world::faults::FaultOrder;
use acmcert_sim::world::settings::Settings;
use serde_json::{Value, json};

use crate::fixture::{Sky, change, request, sky, sky_with};

fn fault(sky: &mut Sky, order: Value) {
    let order: FaultOrder = serde_json::from_value(order).unwrap();
    sky.world.add_fault(order).unwrap();
}

fn journal_of_a_day() -> String {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = sky.request("example.com", &["*.example.com", "www.example.com"]);
    sky.wait(10);
    sky.publish(&zone, &arn);
    sky.wait(300);
    let second = sky.request("example.com", &[]);
    sky.wait(86_400);
    sky.call(&Call::DeleteCertificate { certificate_arn: second }).unwrap();
    sky.change(&zone, vec![change("UPSERT", "a.example.com", "x.example.net")]).unwrap();
    serde_json::to_string(sky.world.journal(0)).unwrap()
}

#[test]
fn the_same_seed_calls_and_times_give_the_same_journal() {
    let journal = journal_of_a_day();
    assert_eq!(journal, journal_of_a_day());
    assert!(journal.contains("\"by\":\"world\""), "{journal}");
}

#[test]
fn a_world_goes_on_after_it_was_written_and_read() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = sky.request("example.com", &[]);
    sky.wait(10);
    sky.publish(&zone, &arn);
    sky.wait(20);
    sky.world = serde_json::from_str(&serde_json::to_string(&sky.world).unwrap()).unwrap();
    sky.wait(70);
    assert_eq!(sky.status(&arn), "ISSUED");
}

#[test]
fn calls_above_the_rate_are_throttled_and_the_rate_refills() {
    let mut sky = sky_with(Settings::default());
    let list = Call::ListCertificates(ListCertificates::default());
    for _ in 0..8 {
        sky.call(&list).unwrap();
    }
    assert_eq!(sky.call(&list).unwrap_err().code, "ThrottlingException");
    sky.wait(1);
    assert!(sky.call(&list).is_ok());
    let counts = sky.world.call_counts();
    let throttled = counts.iter().find(|count| count.outcome == "ThrottlingException").unwrap();
    assert_eq!((throttled.service, throttled.operation, throttled.count), ("acm", "ListCertificates", 1));
}

#[test]
fn route_53_throttles_after_a_burst_of_fifty() {
    let mut sky = sky_with(Settings::default());
    let list = Call::ListHostedZones { marker: None, max_items: None };
    for _ in 0..50 {
        sky.call(&list).unwrap();
    }
    assert_eq!(sky.call(&list).unwrap_err().code, "Throttling");
}

#[test]
fn a_full_account_gets_no_more_certificates() {
    let mut sky = sky_with(Settings::default().patched(&json!({"quotas": {"certificates": 1}})).unwrap());
    sky.request("a.example.com", &[]);
    let error = sky.try_request(request("b.example.com", &[], None)).unwrap_err();
    assert_eq!(error.code, "LimitExceededException");
}

#[test]
fn the_second_request_is_struck_and_only_that() {
    let mut sky = sky();
    fault(&mut sky, json!({"service": "acm", "operation": "RequestCertificate", "nth": 2, "kind": "error-after"}));
    sky.request("a.example.com", &[]);
    let error = sky.try_request(request("b.example.com", &[], None)).unwrap_err();
    assert_eq!((error.code.as_str(), error.status), ("InternalFailure", 500));
    sky.request("c.example.com", &[]);
    assert_eq!(sky.world.state().certificates.len(), 3);
    assert_eq!(sky.world.faults()[0].fired, 1);
}

#[test]
fn a_late_request_takes_effect_after_its_delay() {
    let mut sky = sky();
    fault(&mut sky, json!({"kind": "late", "delaySeconds": 30, "match": {"target": "example.com"}}));
    sky.try_request(request("example.com", &[], Some("token"))).unwrap_err();
    sky.wait(29);
    assert!(sky.world.state().certificates.is_empty());
    sky.wait(1);
    let arn = sky.world.state().certificates[0].certificate_arn.clone();
    assert_eq!(sky.try_request(request("example.com", &[], Some("token"))).unwrap(), arn);
}

#[test]
fn a_reset_after_the_fact_leaves_the_fact() {
    let mut sky = sky();
    fault(&mut sky, json!({"kind": "reset-after"}));
    let call = Call::RequestCertificate(request("example.com", &[], None));
    let delivery = sky.world.deliver(&sky.caller, &call, sky.now);
    assert_eq!(delivery.transport, Transport::Reset);
    assert_eq!(sky.world.state().certificates.len(), 1);
}

#[test]
fn an_unknown_kind_service_or_key_of_a_fault_is_named() {
    for (order, word) in [
        (json!({"kind": "explode"}), "explode"),
        (json!({"kind": "late", "service": "s3"}), "s3"),
        (json!({"kind": "late", "colour": "red"}), "colour"),
    ] {
        let error = serde_json::from_value::<FaultOrder>(order).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn credentials_of_a_role_belong_to_its_account_and_survive_a_reset() {
    let mut sky = sky();
    let call = Call::AssumeRole {
        role_arn: "arn:aws:iam::210987654321:role/acmcert".to_owned(),
        session_name: "session".to_owned(),
        duration_seconds: None,
        external_id: None,
    };
    let answer = sky.call(&call).unwrap();
    let Answer::Credentials(credentials) = answer else { panic!("{answer:?}") };
    sky.world.reset();
    assert_eq!(sky.world.account_of(&credentials.access_key_id), "210987654321");
    assert_eq!(sky.world.account_of("AKIAOTHER"), "123456789012");
}

#[test]
fn credentials_of_a_role_end_at_their_time() {
    let mut sky = sky();
    let call = Call::AssumeRole {
        role_arn: "arn:aws:iam::210987654321:role/acmcert".to_owned(),
        session_name: "session".to_owned(),
        duration_seconds: Some(900),
        external_id: Some("external".to_owned()),
    };
    let answer = sky.call(&call).unwrap();
    let Answer::Credentials(credentials) = answer else { panic!("{answer:?}") };
    sky.caller.account = sky.world.account_of(&credentials.access_key_id);
    sky.caller.access_key = credentials.access_key_id;
    sky.wait(899);
    sky.call(&Call::ListCertificates(ListCertificates::default())).unwrap();
    sky.wait(1);
    let list = Call::ListHostedZones { marker: None, max_items: None };
    assert_eq!(sky.call(&list).unwrap_err().code, "ExpiredToken");
    let list = Call::ListCertificates(ListCertificates::default());
    assert_eq!(sky.call(&list).unwrap_err().code, "ExpiredTokenException");
}

#[test]
fn time_never_goes_back() {
    let mut sky = sky();
    sky.wait(60);
    let before = sky.world.now();
    sky.world.advance("2020-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(sky.world.now(), before);
}
