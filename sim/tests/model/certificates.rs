//! Requesting, describing, listing, tagging and deleting.

use acmcert_sim::world::answer::Answer;
use acmcert_sim::world::call::{Call, ListCertificates, Tag};

use crate::fixture::{request, sky};

#[test]
fn the_same_token_within_an_hour_is_the_same_certificate() {
    let mut sky = sky();
    let first = sky.try_request(request("example.com", &[], Some("token"))).unwrap();
    sky.wait(3599);
    assert_eq!(sky.try_request(request("example.com", &[], Some("token"))).unwrap(), first);
    sky.wait(1);
    assert_ne!(sky.try_request(request("example.com", &[], Some("token"))).unwrap(), first);
}

#[test]
fn a_token_of_a_deleted_certificate_makes_a_new_one() {
    let mut sky = sky();
    let first = sky.try_request(request("example.com", &[], Some("token"))).unwrap();
    sky.wait(10);
    sky.call(&Call::DeleteCertificate { certificate_arn: first.clone() }).unwrap();
    assert_ne!(sky.try_request(request("example.com", &[], Some("token"))).unwrap(), first);
}

#[test]
fn a_token_counts_in_its_own_region_only() {
    let mut sky = sky();
    let first = sky.try_request(request("example.com", &[], Some("token"))).unwrap();
    sky.caller.region = "eu-west-1".to_owned();
    let second = sky.try_request(request("example.com", &[], Some("token"))).unwrap();
    assert_ne!(first, second);
    assert!(second.starts_with("arn:aws:acm:eu-west-1:123456789012:certificate/"));
}

#[test]
fn an_arn_has_the_partition_of_its_region() {
    let mut sky = sky();
    for (region, partition) in [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        sky.caller.region = region.to_owned();
        let arn = sky.request("example.com", &[]);
        assert!(arn.starts_with(&format!("arn:{partition}:acm:{region}:123456789012:certificate/")), "{arn}");
        sky.wait(10);
        sky.describe(&arn).unwrap();
    }
}

#[test]
fn a_new_certificate_cannot_be_described_for_some_seconds() {
    let mut sky = sky();
    let arn = sky.request("example.com", &[]);
    assert_eq!(sky.describe(&arn).unwrap_err().code, "ResourceNotFoundException");
    sky.wait(2);
    assert!(sky.describe(&arn).is_ok());
}

#[test]
fn the_validation_records_are_shown_later_still() {
    let mut sky = sky();
    let arn = sky.request("example.com", &[]);
    sky.wait(4);
    assert!(!sky.describe(&arn).unwrap().records_known);
    sky.wait(1);
    assert!(sky.describe(&arn).unwrap().records_known);
}

#[test]
fn a_name_and_its_wildcard_share_one_record_in_every_region() {
    let mut sky = sky();
    let arn = sky.request("example.com", &["*.example.com"]);
    let here = sky.world.certificate(&arn).unwrap().clone();
    assert_eq!(here.validations[0].record_name, here.validations[1].record_name);
    assert_eq!(here.validations[0].record_value, here.validations[1].record_value);
    sky.caller.region = "eu-west-1".to_owned();
    let there = sky.request("*.example.com", &[]);
    assert_eq!(sky.record(&there), sky.record(&arn));
    sky.caller.account = "210987654321".to_owned();
    let elsewhere = sky.request("example.com", &[]);
    assert_ne!(sky.record(&elsewhere).0, sky.record(&arn).0);
}

#[test]
fn eleven_names_are_more_than_the_default_quota() {
    let mut sky = sky();
    let names: Vec<String> = (0..10).map(|number| format!("n{number}.example.com")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let error = sky.try_request(request("example.com", &names, None)).unwrap_err();
    assert_eq!(error.code, "LimitExceededException");
    assert!(sky.try_request(request("example.com", &names[..9], None)).is_ok());
}

#[test]
fn tags_with_an_asterisk_or_the_reserved_prefix_are_refused() {
    let mut sky = sky();
    for (key, value, code) in
        [("name", "*.example.com", "ValidationException"), ("aws:name", "x", "InvalidTagException")]
    {
        let mut request = request("example.com", &[], None);
        request.tags = Some(vec![Tag { key: key.to_owned(), value: Some(value.to_owned()) }]);
        assert_eq!(sky.try_request(request).unwrap_err().code, code);
    }
}

#[test]
fn a_list_without_key_types_hides_elliptic_curve_certificates() {
    let mut sky = sky();
    let mut elliptic = request("example.com", &[], None);
    elliptic.key_algorithm = Some("EC_prime256v1".to_owned());
    sky.try_request(elliptic).unwrap();
    sky.wait(10);
    assert!(sky.list(ListCertificates::default()).0.is_empty());
    let all = ListCertificates { key_types: vec!["EC_prime256v1".to_owned()], ..ListCertificates::default() };
    assert_eq!(sky.list(all).0.len(), 1);
}

#[test]
fn a_list_filters_by_export_option_and_by_who_made_the_key() {
    let mut sky = sky();
    let mut exportable = request("a.example.com", &[], None);
    exportable.export = Some("ENABLED".to_owned());
    sky.try_request(exportable).unwrap();
    sky.request("b.example.com", &[]);
    sky.plant(serde_json::json!({"domainName": "c.example.com", "type": "IMPORTED"}));
    sky.wait(10);
    for (export_option, origins, expected) in [
        (Some("ENABLED"), vec![], vec!["a.example.com"]),
        (Some("DISABLED"), vec![], vec!["b.example.com", "c.example.com"]),
        (None, vec!["AWS_MANAGED"], vec!["a.example.com", "b.example.com"]),
        (None, vec!["CUSTOMER_PROVIDED"], vec!["c.example.com"]),
        (None, vec!["ACME"], vec![]),
        (None, vec!["ACME", "CUSTOMER_PROVIDED"], vec!["c.example.com"]),
        (Some("ENABLED"), vec!["CUSTOMER_PROVIDED"], vec![]),
    ] {
        let list = ListCertificates {
            export_option: export_option.map(str::to_owned),
            key_pair_origins: origins.iter().copied().map(str::to_owned).collect(),
            ..ListCertificates::default()
        };
        let found: Vec<String> = sky.list(list).0.into_iter().map(|summary| summary.domain_name).collect();
        assert_eq!(found, expected, "{export_option:?} {origins:?}");
    }
}

#[test]
fn a_list_refuses_words_that_the_api_does_not_have() {
    let mut sky = sky();
    let word = || vec!["GONE".to_owned()];
    for list in [
        ListCertificates { statuses: word(), ..ListCertificates::default() },
        ListCertificates { key_pair_origins: word(), ..ListCertificates::default() },
        ListCertificates { key_types: word(), ..ListCertificates::default() },
        ListCertificates { key_usage: word(), ..ListCertificates::default() },
        ListCertificates { extended_key_usage: word(), ..ListCertificates::default() },
        ListCertificates { export_option: word().pop(), ..ListCertificates::default() },
        ListCertificates { managed_by: word().pop(), ..ListCertificates::default() },
    ] {
        assert_eq!(sky.call(&Call::ListCertificates(list)).unwrap_err().code, "ValidationException");
    }
}

#[test]
fn a_list_is_as_old_as_its_lag() {
    let mut sky = sky();
    let arn = sky.request("example.com", &[]);
    sky.wait(1);
    assert!(sky.list(ListCertificates::default()).0.is_empty());
    sky.wait(1);
    assert_eq!(sky.list(ListCertificates::default()).0.len(), 1);
    sky.wait(10);
    sky.call(&Call::DeleteCertificate { certificate_arn: arn }).unwrap();
    sky.wait(1);
    assert_eq!(sky.list(ListCertificates::default()).0.len(), 1);
    sky.wait(1);
    assert!(sky.list(ListCertificates::default()).0.is_empty());
}

#[test]
fn pages_of_a_list_show_every_certificate_once() {
    let mut sky = sky();
    let mut expected: Vec<String> = (0..5).map(|number| sky.request(&format!("n{number}.example.com"), &[])).collect();
    sky.wait(10);
    let mut seen = Vec::new();
    let mut next_token = None;
    loop {
        let page = ListCertificates {
            max_items: Some(2),
            next_token,
            sort_by: Some("CREATED_AT".to_owned()),
            sort_order: Some("DESCENDING".to_owned()),
            ..ListCertificates::default()
        };
        let (summaries, more) = sky.list(page);
        seen.extend(summaries.into_iter().map(|summary| summary.certificate_arn));
        next_token = more;
        if next_token.is_none() {
            break;
        }
    }
    expected.reverse();
    assert_eq!(seen, expected);
}

#[test]
fn a_certificate_in_use_cannot_be_deleted_until_it_is_released() {
    let mut sky = sky();
    let settings = sky.world.settings().patched(&serde_json::json!({"deleteReleaseSeconds": 60})).unwrap();
    sky.world.set_settings(settings);
    let arn = sky.request("example.com", &[]);
    sky.wait(10);
    let delete = Call::DeleteCertificate { certificate_arn: arn.clone() };
    let balancer = serde_json::json!({"action": "set-in-use", "by": ["arn:aws:elasticloadbalancing:lb"]});
    sky.act(&arn, balancer).unwrap();
    assert_eq!(sky.call(&delete).unwrap_err().code, "ResourceInUseException");
    sky.act(&arn, serde_json::json!({"action": "set-in-use", "by": []})).unwrap();
    sky.wait(59);
    assert_eq!(sky.call(&delete).unwrap_err().code, "ResourceInUseException");
    sky.wait(1);
    sky.call(&delete).unwrap();
    assert_eq!(sky.describe(&arn).unwrap_err().code, "ResourceNotFoundException");
    assert!(sky.world.certificate(&arn).unwrap().deleted_at.is_some());
}

#[test]
fn a_certificate_can_be_fetched_once_it_is_issued_and_differs_after_renewal() {
    let mut sky = sky();
    let arn = sky.request("example.com", &[]);
    sky.wait(10);
    let fetch = Call::GetCertificate { certificate_arn: arn };
    assert_eq!(sky.call(&fetch).unwrap_err().code, "RequestInProgressException");
    let arn = sky.plant(serde_json::json!({"domainName": "example.com"}));
    let fetch = Call::GetCertificate { certificate_arn: arn.clone() };
    let mut fetched = Vec::new();
    for _ in 0..2 {
        let answer = sky.call(&fetch).unwrap();
        let Answer::CertificateText { certificate, chain } = answer else { panic!("{answer:?}") };
        assert!(certificate.starts_with("-----BEGIN CERTIFICATE-----\n"), "{certificate}");
        assert_eq!(chain.matches("-----END CERTIFICATE-----\n").count(), 2);
        fetched.push(certificate);
        sky.act(&arn, serde_json::json!({"action": "finish-renewal"})).unwrap();
    }
    assert_ne!(fetched[0], fetched[1]);
}
