//! SearchCertificates: filters, orders, pages, and how old its results are.

use acmcert_sim::world::answer::{Answer, ApiError};
use acmcert_sim::world::call::{Call, SearchCertificates};
use acmcert_sim::world::certificate::CertificateSummary;
use acmcert_sim::world::search_filter::CertificateFilter as Filter;
use acmcert_sim::world::search_filter::{Comparison, FilterStatement, NameProperty, TextProperty};
use serde_json::json;

use crate::fixture::{Sky, sky};

type Page = (Vec<CertificateSummary>, Option<String>);

fn search(sky: &mut Sky, search: SearchCertificates) -> Result<Page, ApiError> {
    match sky.call(&Call::SearchCertificates(search))? {
        Answer::Found { summaries, next_token } => Ok((summaries, next_token)),
        other => panic!("{other:?}"),
    }
}

fn found(sky: &mut Sky, filter: FilterStatement) -> Vec<String> {
    let page = search(sky, SearchCertificates { filter: Some(filter), ..SearchCertificates::default() });
    page.unwrap().0.into_iter().map(|summary| summary.domain_name).collect()
}

fn text(property: TextProperty, text: &str) -> FilterStatement {
    FilterStatement::Filter(Filter::Text(property, text.to_owned()))
}

fn name(property: NameProperty, comparison: Comparison, name: &str) -> FilterStatement {
    FilterStatement::Filter(Filter::Name(property, comparison, name.to_owned()))
}

/// Three certificates: `a` used and renewed, `b` with an EC key and another name, `c` imported and expired.
fn three() -> Sky {
    let mut sky = sky();
    sky.plant(json!({
        "domainName": "a.example.com", "inUseBy": ["arn:aws:cloudfront:x"], "serial": "0a:01",
        "renewal": {"status": "SUCCESS", "updatedAt": "2026-01-01T00:00:00Z"},
        "notBefore": "2026-01-01T00:00:00Z", "notAfter": "2026-12-31T00:00:00Z",
    }));
    sky.plant(json!({
        "domainName": "b.example.com", "subjectAlternativeNames": ["www.example.net"], "validationMethod": "EMAIL",
        "keyAlgorithm": "EC_prime256v1", "exported": true,
        "notBefore": "2026-02-01T00:00:00Z", "notAfter": "2026-11-30T00:00:00Z",
    }));
    sky.plant(json!({
        "domainName": "c.example.org", "type": "IMPORTED", "status": "EXPIRED",
        "notBefore": "2025-01-01T00:00:00Z", "notAfter": "2026-01-31T00:00:00Z",
    }));
    sky
}

#[test]
fn every_filter_finds_what_it_says() {
    let mut sky = three();
    let arn = sky.world.state().certificates[1].certificate_arn.clone();
    let at = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let end = at("2026-11-30T00:00:00Z");
    let only = FilterStatement::Filter;
    let (common, other) = (NameProperty::CommonName, NameProperty::SubjectAlternativeName);
    for (filter, expected) in [
        (only(Filter::CertificateArn(arn)), vec!["b"]),
        (text(TextProperty::Status, "EXPIRED"), vec!["c"]),
        (text(TextProperty::RenewalStatus, "SUCCESS"), vec!["a"]),
        (text(TextProperty::Type, "IMPORTED"), vec!["c"]),
        (text(TextProperty::ExportOption, "ENABLED"), vec!["b"]),
        (text(TextProperty::ManagedBy, "CLOUDFRONT"), vec![]),
        (text(TextProperty::ValidationMethod, "EMAIL"), vec!["b"]),
        (text(TextProperty::CertificateKeyPairOrigin, "CUSTOMER_PROVIDED"), vec!["c"]),
        (text(TextProperty::AcmeAccountId, "any"), vec![]),
        (text(TextProperty::KeyAlgorithm, "EC_prime256v1"), vec!["b"]),
        (text(TextProperty::KeyUsage, "DIGITAL_SIGNATURE"), vec!["a", "b", "c"]),
        (text(TextProperty::ExtendedKeyUsage, "CODE_SIGNING"), vec![]),
        (text(TextProperty::SerialNumber, "0A:01"), vec!["a"]),
        (only(Filter::InUse(true)), vec!["a"]),
        (only(Filter::Exported(true)), vec!["b"]),
        (name(common, Comparison::Equals, "A.example.com"), vec!["a"]),
        (name(common, Comparison::Equals, "example.com"), vec![]),
        (name(common, Comparison::Contains, "example.com"), vec!["a", "b"]),
        (name(other, Comparison::Equals, "www.example.net"), vec!["b"]),
        (name(other, Comparison::Contains, "example"), vec!["a", "b", "c"]),
        (only(Filter::NotBefore(at("2026-01-01T00:00:00Z"), None)), vec!["a", "b"]),
        (only(Filter::NotAfter(None, end)), vec!["b", "c"]),
        (only(Filter::NotAfter(end, end)), vec!["b"]),
    ] {
        let described = format!("{filter:?}");
        let found = found(&mut sky, filter);
        let found: Vec<&str> = found.iter().filter_map(|name| name.get(..1)).collect();
        assert_eq!(found, expected, "{described}");
    }
}

#[test]
fn filters_combine() {
    let mut sky = three();
    let expired = || text(TextProperty::Status, "EXPIRED");
    let used = || FilterStatement::Filter(Filter::InUse(true));
    let not = |statement| FilterStatement::Not(Box::new(statement));
    assert_eq!(found(&mut sky, FilterStatement::Or(vec![expired(), used()])), ["a.example.com", "c.example.org"]);
    assert_eq!(found(&mut sky, FilterStatement::And(vec![not(expired()), not(used())])), ["b.example.com"]);
    assert!(found(&mut sky, FilterStatement::And(vec![expired(), used()])).is_empty());
}

#[test]
fn a_word_that_the_api_does_not_have_is_refused() {
    let mut sky = three();
    let wrong = FilterStatement::Not(Box::new(text(TextProperty::Status, "GONE")));
    for refused in [
        SearchCertificates { filter: Some(wrong), ..SearchCertificates::default() },
        SearchCertificates { sort_by: Some("COLOUR".to_owned()), ..SearchCertificates::default() },
        SearchCertificates { sort_order: Some("UP".to_owned()), ..SearchCertificates::default() },
        SearchCertificates { next_token: Some("next".to_owned()), ..SearchCertificates::default() },
        SearchCertificates { max_results: Some(0), ..SearchCertificates::default() },
        SearchCertificates { max_results: Some(501), ..SearchCertificates::default() },
    ] {
        assert_eq!(search(&mut sky, refused).unwrap_err().code, "ValidationException");
    }
}

#[test]
fn pages_in_any_order_show_every_certificate_once() {
    for (sort_by, sort_order, expected) in [
        (None, None, ["a", "b", "c"]),
        (Some("NOT_AFTER"), None, ["c", "b", "a"]),
        (Some("NOT_AFTER"), Some("DESCENDING"), ["a", "b", "c"]),
        (Some("IN_USE"), Some("ASCENDING"), ["b", "c", "a"]),
        (Some("RENEWAL_STATUS"), Some("DESCENDING"), ["a", "c", "b"]),
        (Some("KEY_ALGORITHM"), None, ["b", "a", "c"]),
    ] {
        let mut sky = three();
        let mut seen = Vec::new();
        let mut next_token = None;
        loop {
            let page = SearchCertificates {
                sort_by: sort_by.map(str::to_owned),
                sort_order: sort_order.map(str::to_owned),
                max_results: Some(1),
                next_token,
                ..SearchCertificates::default()
            };
            let (summaries, more) = search(&mut sky, page).unwrap();
            seen.extend(summaries.into_iter().filter_map(|summary| summary.domain_name.get(..1).map(str::to_owned)));
            next_token = more;
            if next_token.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "{sort_by:?} {sort_order:?}");
    }
}

#[test]
fn a_page_holds_a_hundred_unless_asked_otherwise() {
    let mut sky = sky();
    for number in 0..101 {
        sky.plant(json!({"domainName": format!("n{number}.example.com")}));
    }
    let (summaries, next_token) = search(&mut sky, SearchCertificates::default()).unwrap();
    assert_eq!((summaries.len(), next_token.is_some()), (100, true));
    let all = SearchCertificates { max_results: Some(500), ..SearchCertificates::default() };
    let (summaries, next_token) = search(&mut sky, all).unwrap();
    assert_eq!((summaries.len(), next_token), (101, None));
}

#[test]
fn a_search_is_as_old_as_the_lag_of_lists() {
    let mut sky = sky();
    let arn = sky.request("example.com", &[]);
    let count = |sky: &mut Sky| search(sky, SearchCertificates::default()).unwrap().0.len();
    sky.wait(1);
    assert_eq!(count(&mut sky), 0);
    sky.wait(1);
    assert_eq!(count(&mut sky), 1);
    sky.wait(10);
    sky.call(&Call::DeleteCertificate { certificate_arn: arn }).unwrap();
    sky.wait(1);
    assert_eq!(count(&mut sky), 1);
    sky.wait(1);
    assert_eq!(count(&mut sky), 0);
}
