//! How much an account may hold, ask for and change.

use acmcert_sim::world::answer::Answer;
use acmcert_sim::world::call::{Call, CreateHostedZone, ListCertificates, RecordChange, SearchCertificates, Tag};
use acmcert_sim::world::settings::Settings;
use serde_json::json;

use crate::fixture::{Sky, change, request, sky, sky_with};

const DAY: i64 = 86_400;

fn refusal(sky: &mut Sky, name: &str) -> String {
    sky.try_request(request(name, &[], None)).unwrap_err().code
}

#[test]
fn requests_of_a_year_are_counted_whether_their_certificates_still_exist_or_not() {
    assert_eq!(Settings::default().quotas.unwrap().requests_per_year, Some(5000));
    let mut sky = sky();
    sky.set(&json!({"quotas": {"requestsPerYear": 2}}));
    let first = sky.request("a.example.com", &[]);
    sky.wait(10);
    sky.request("b.example.com", &[]);
    sky.call(&Call::DeleteCertificate { certificate_arn: first }).unwrap();
    assert_eq!(refusal(&mut sky, "c.example.com"), "LimitExceededException");
    sky.caller.region = "eu-west-1".to_owned();
    sky.request("c.example.com", &[]);
    sky.caller.region = "us-east-1".to_owned();
    sky.caller.account = "210987654321".to_owned();
    sky.request("c.example.com", &[]);
    sky.caller.account = "123456789012".to_owned();
    sky.wait(365 * DAY - 11);
    assert_eq!(refusal(&mut sky, "c.example.com"), "LimitExceededException");
    // The first is a year old, the second not.
    sky.wait(1);
    sky.request("c.example.com", &[]);
    assert_eq!(refusal(&mut sky, "d.example.com"), "LimitExceededException");
}

#[test]
fn a_certificate_counts_whatever_its_status_until_it_is_deleted() {
    assert_eq!(Settings::default().quotas.unwrap().certificates, Some(2500));
    for status in ["PENDING_VALIDATION", "EXPIRED", "REVOKED", "FAILED", "VALIDATION_TIMED_OUT", "INACTIVE"] {
        let mut sky = sky();
        sky.set(&json!({"quotas": {"certificates": 1}}));
        let arn = sky.plant(json!({"domainName": "old.example.com", "status": status}));
        assert_eq!(refusal(&mut sky, "new.example.com"), "LimitExceededException", "{status}");
        sky.call(&Call::DeleteCertificate { certificate_arn: arn }).unwrap();
        sky.request("new.example.com", &[]);
    }
}

#[test]
fn each_acm_operation_has_its_own_rate() {
    let mut sky = sky_with(Settings::default());
    let arn = sky.plant(json!({"domainName": "www.example.com"}));
    let tags = || vec![Tag { key: "team".to_owned(), value: None }];
    for (call, rate) in [
        (Call::RequestCertificate(request("a.example.com", &[], None)), 5),
        (Call::DescribeCertificate { certificate_arn: arn.clone() }, 10),
        (Call::ListCertificates(ListCertificates::default()), 8),
        (Call::GetCertificate { certificate_arn: arn.clone() }, 10),
        (Call::ListTagsForCertificate { certificate_arn: arn.clone() }, 10),
        (Call::AddTagsToCertificate { certificate_arn: arn.clone(), tags: tags() }, 5),
        (Call::RemoveTagsFromCertificate { certificate_arn: arn.clone(), tags: tags() }, 5),
        (
            Call::ResendValidationEmail {
                certificate_arn: arn.clone(),
                domain: "www.example.com".to_owned(),
                validation_domain: "example.com".to_owned(),
            },
            1,
        ),
        // Last of all; that only the first of them finds something to delete does not matter here.
        (Call::DeleteCertificate { certificate_arn: arn.clone() }, 10),
    ] {
        let name = call.operation();
        for number in 1..=rate {
            let code = sky.call(&call).err().map(|error| error.code);
            assert_ne!(code.as_deref(), Some("ThrottlingException"), "{name}, call {number} of {rate}");
        }
        assert_eq!(sky.call(&call).unwrap_err().code, "ThrottlingException", "{name} has a rate of {rate}");
        // The bucket is that of one account in one region.
        sky.caller.region = "eu-west-1".to_owned();
        let code = sky.call(&call).err().map(|error| error.code);
        assert_ne!(code.as_deref(), Some("ThrottlingException"), "{name} in another region");
        sky.caller.region = "us-east-1".to_owned();
    }
}

#[test]
fn a_search_has_no_rate_for_none_is_published() {
    let mut sky = sky_with(Settings::default());
    for _ in 0..100 {
        sky.call(&Call::SearchCertificates(SearchCertificates::default())).unwrap();
    }
}

#[test]
fn a_zone_holds_ten_thousand_record_sets_and_no_more() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let batch = |action: &str, from: usize, to: usize| -> Vec<RecordChange> {
        (from..to).map(|number| change(action, &format!("n{number}.example.com"), "x.example.net")).collect()
    };
    // NS and SOA of the zone are there already.
    for start in (0..9000).step_by(1000) {
        sky.change(&zone, batch("CREATE", start, start + 1000)).unwrap();
    }
    sky.change(&zone, batch("CREATE", 9000, 9998)).unwrap();
    let error = sky.change(&zone, batch("CREATE", 9998, 9999)).unwrap_err();
    assert_eq!(error.code, "InvalidChangeBatch");
    assert_eq!(error.message, "[Number of records limit of 10000 exceeded.]");
    sky.change(&zone, batch("UPSERT", 0, 1)).unwrap();
    let mut exchange = batch("DELETE", 0, 1);
    exchange.extend(batch("CREATE", 9998, 9999));
    sky.change(&zone, exchange).unwrap();
}

#[test]
fn an_account_holds_five_hundred_zones_and_no_more() {
    let mut sky = sky();
    let create = |sky: &mut Sky, number: usize| {
        let name = format!("n{number}.example");
        sky.call(&Call::CreateHostedZone(CreateHostedZone {
            name: name.clone(),
            caller_reference: name,
            ..CreateHostedZone::default()
        }))
    };
    for number in 1..500 {
        create(&mut sky, number).unwrap();
    }
    let answer = create(&mut sky, 500).unwrap();
    let Answer::ZoneCreated { zone, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(create(&mut sky, 501).unwrap_err().code, "TooManyHostedZones");
    sky.caller.account = "210987654321".to_owned();
    create(&mut sky, 501).unwrap();
    sky.caller.account = "123456789012".to_owned();
    sky.call(&Call::DeleteHostedZone { zone_id: zone.id }).unwrap();
    create(&mut sky, 501).unwrap();
}

#[test]
fn record_changes_above_the_throughput_are_throttled() {
    let mut sky = sky();
    sky.set(&json!({"changeThroughput": 10}));
    let zone = sky.zone("example.com");
    let mut last = 0;
    let mut batch = |count: usize| -> Vec<RecordChange> {
        last += count;
        (last - count..last).map(|it| change("UPSERT", &format!("n{it}.example.com"), "x.example.net")).collect()
    };
    sky.change(&zone, batch(10)).unwrap();
    let error = sky.change(&zone, batch(1)).unwrap_err();
    assert_eq!((error.code.as_str(), error.status), ("Throttling", 400));
    sky.wait(1);
    // A batch above a second's worth passes when nothing else was changed, and is paid for afterwards.
    sky.change(&zone, batch(25)).unwrap();
    sky.wait(1);
    assert_eq!(sky.change(&zone, batch(1)).unwrap_err().code, "Throttling");
    sky.wait(1);
    sky.change(&zone, batch(1)).unwrap();
}
