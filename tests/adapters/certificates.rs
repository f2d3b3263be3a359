//! ACM as the operator's adapter reads and writes it.

use super::{REGION, Sky, cname, create, region, request, tags};
use acmcert::aws::{CertificateStore, Operation, Permit, RecordStore};
use acmcert::names::{CertificateArn, RecordName};
use serde_json::json;

#[tokio::test]
async fn a_certificate_comes_to_be_issued_by_what_the_adapters_read_and_write() {
    let sky = Sky::new().await;
    let zone = sky.zone("example.com");
    let mut wanted = request("www.example.com");
    wanted.subject_alternative_names = vec!["*.www.example.com".parse().unwrap()];
    let arn = sky.request(wanted).await.unwrap();
    assert_eq!((arn.region().as_str(), arn.account()), (REGION, "123456789012"));

    sky.wait(3);
    let early = sky.certificates.describe_certificate(arn.clone()).await.unwrap();
    assert!(early.domains.iter().all(|domain| domain.record.is_none()));
    sky.wait(7);
    let pending = sky.certificates.describe_certificate(arn.clone()).await.unwrap();
    assert_eq!(pending.arn, arn);
    assert_eq!(pending.names, ["www.example.com", "*.www.example.com"]);
    assert_eq!((pending.status.as_str(), pending.type_.as_str()), ("PENDING_VALIDATION", "AMAZON_ISSUED"));
    assert_eq!(pending.key_algorithm.as_deref(), Some("RSA_2048"));
    assert_eq!((pending.serial, pending.not_after, pending.issued_at), (None, None, None));
    let domain = &pending.domains[0];
    assert_eq!((domain.method.as_deref(), domain.status.as_deref()), (Some("DNS"), Some("PENDING_VALIDATION")));
    let record = domain.record.clone().unwrap();
    assert_eq!(record.type_, "CNAME");
    assert!(record.value.ends_with(".acm-validations.aws"), "{}", record.value);
    assert_eq!(pending.domains[1].record.as_ref(), Some(&record));

    sky.change(&zone, vec![create(cname(record.name.as_str(), &record.value))]).await.unwrap();
    let found = sky.records.find_record_set(zone, record.name.clone()).await.unwrap().unwrap();
    assert!(found.has_only_value(&record.value), "{found:?}");
    sky.wait(100);
    let issued = sky.certificates.describe_certificate(arn).await.unwrap();
    assert_eq!(issued.status, "ISSUED");
    assert!(issued.serial.is_some() && issued.issued_at.is_some() && issued.issuer.is_some());
    let validity = issued.not_after.unwrap().duration_since(issued.not_before.unwrap());
    assert_eq!(validity.as_hours(), 198 * 24);
    assert!(issued.domains.iter().all(|domain| domain.status.as_deref() == Some("SUCCESS")));
}

#[tokio::test]
async fn one_token_is_one_certificate_and_one_region_is_not_another() {
    let sky = Sky::new().await;
    let first = sky.request(request("www.example.com")).await.unwrap();
    assert_eq!(sky.request(request("www.example.com")).await.unwrap(), first);
    let mut elsewhere = request("www.example.com");
    elsewhere.region = "us-east-1".parse().unwrap();
    let second = sky.request(elsewhere).await.unwrap();
    assert_eq!(second.region().as_str(), "us-east-1");
    sky.wait(10);
    // Each is described where its ARN says that it is.
    for arn in [first, second] {
        assert_eq!(sky.certificates.describe_certificate(arn.clone()).await.unwrap().arn, arn);
    }
    assert_eq!(sky.certificates.list_certificates(region()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn tags_ride_in_the_request_and_are_read_added_and_removed() {
    let sky = Sky::new().await;
    let arn = sky.request(request("www.example.com")).await.unwrap();
    sky.wait(10);
    assert_eq!(sky.certificates.list_tags(arn.clone()).await.unwrap(), tags(&[("team", "a")]));
    let permit = Permit::unpaced(Operation::AddTagsToCertificate);
    sky.certificates.add_tags(permit, arn.clone(), tags(&[("team", "b"), ("empty", "")])).await.unwrap();
    assert_eq!(sky.certificates.list_tags(arn.clone()).await.unwrap(), tags(&[("team", "b"), ("empty", "")]));
    let permit = Permit::unpaced(Operation::RemoveTagsFromCertificate);
    sky.certificates.remove_tags(permit, arn.clone(), vec!["team".to_owned(), "other".to_owned()]).await.unwrap();
    assert_eq!(sky.certificates.list_tags(arn).await.unwrap(), tags(&[("empty", "")]));
}

#[tokio::test]
async fn a_list_shows_certificates_of_every_key_and_status_over_all_pages() {
    let sky = Sky::new().await;
    for number in 0..1000 {
        sky.plant(json!({"domainName": format!("n{number}.example.com")}));
    }
    let curve = sky.plant(json!({"domainName": "ec.example.com", "keyAlgorithm": "EC_prime256v1"}));
    let expired = sky.plant(json!({"domainName": "old.example.com", "status": "EXPIRED", "inUseBy": ["arn:x"]}));
    let first = sky.certificates.list_certificates_page(region(), None).await.unwrap();
    assert_eq!((first.items.len(), first.next.is_some()), (1000, true));
    let all = sky.certificates.list_certificates(region()).await.unwrap();
    assert_eq!(all.len(), 1002);
    let row = |arn: &CertificateArn| all.iter().find(|row| row.arn == *arn).unwrap();
    assert_eq!(row(&curve).names.first().map(String::as_str), Some("ec.example.com"));
    let expired = row(&expired);
    assert_eq!((expired.status.as_str(), expired.in_use), ("EXPIRED", true));
    assert!(expired.not_after.is_some() && expired.created_at.is_some());
    assert_eq!(expired.renewal_eligibility.as_deref(), Some("INELIGIBLE"));
}

#[tokio::test]
async fn a_row_says_when_the_certificate_has_more_names_than_it_shows() {
    let sky = Sky::new().await;
    let names: Vec<String> = (0..100).map(|number| format!("n{number}.example.com")).collect();
    sky.plant(json!({"domainName": "example.com", "subjectAlternativeNames": names}));
    sky.plant(json!({"domainName": "example.net"}));
    let rows = sky.certificates.list_certificates(region()).await.unwrap();
    let more: Vec<(&str, bool)> = rows.iter().map(|row| (row.names[0].as_str(), row.has_more_names)).collect();
    assert_eq!(more, [("example.com", true), ("example.net", false)]);
}

#[tokio::test]
async fn a_search_finds_the_renewals_that_are_under_way_or_have_failed_over_all_pages() {
    let sky = Sky::new().await;
    let plant = |name: &str| sky.plant(json!({"domainName": name, "inUseBy": ["arn:x"]}));
    let (idle, failed, begun, done) =
        (plant("a.example.com"), plant("b.example.com"), plant("c.example.com"), plant("d.example.com"));
    sky.act(&failed, json!({"action": "fail-renewal", "reason": "CAA_ERROR"}));
    sky.act(&begun, json!({"action": "start-renewal"}));
    sky.act(&done, json!({"action": "finish-renewal"}));
    sky.wait(10);
    let found = sky.certificates.search_renewals(region()).await.unwrap();
    assert_eq!(found.len(), 2, "neither {idle} nor {done}: {found:?}");
    assert_eq!(found[&failed].status.as_deref(), Some("FAILED"));
    assert_eq!(found[&begun].status.as_deref(), Some("PENDING_AUTO_RENEWAL"));
    let detail = sky.certificates.describe_certificate(begun.clone()).await.unwrap();
    assert_eq!(found[&begun].serial, detail.serial);
    let renewal = detail.renewal.unwrap();
    assert_eq!(renewal.domains[0].domain_name, "c.example.com");
    assert_eq!(renewal.domains[0].status.as_deref(), Some("PENDING_VALIDATION"));

    for number in 0..500 {
        let arn = plant(&format!("n{number}.example.com"));
        sky.act(&arn, json!({"action": "start-renewal"}));
    }
    sky.wait(10);
    let first = sky.certificates.search_renewals_page(region(), None).await.unwrap();
    assert_eq!((first.items.len(), first.next.is_some()), (500, true));
    assert_eq!(sky.certificates.search_renewals(region()).await.unwrap().len(), 502);
}

#[tokio::test]
async fn a_renewal_and_a_failure_are_told_with_their_reasons() {
    let sky = Sky::new().await;
    let used = sky.plant(json!({"domainName": "www.example.com", "inUseBy": ["arn:x"], "managedBy": "CLOUDFRONT"}));
    sky.act(&used, json!({"action": "fail-renewal", "reason": "CAA_ERROR"}));
    let detail = sky.certificates.describe_certificate(used).await.unwrap();
    let renewal = detail.renewal.unwrap();
    assert_eq!((renewal.status.as_str(), renewal.reason.as_deref()), ("FAILED", Some("CAA_ERROR")));
    assert!(renewal.updated_at.is_some());
    assert_eq!(detail.in_use_by, ["arn:x"]);
    assert_eq!(detail.renewal_eligibility.as_deref(), Some("ELIGIBLE"));

    let failed = sky.plant(json!({"domainName": "www.example.com", "status": "PENDING_VALIDATION"}));
    sky.act(&failed, json!({"action": "fail", "reason": "DOMAIN_NOT_ALLOWED"}));
    let detail = sky.certificates.describe_certificate(failed).await.unwrap();
    assert_eq!((detail.status.as_str(), detail.failure_reason.as_deref()), ("FAILED", Some("DOMAIN_NOT_ALLOWED")));

    let mailed = sky.plant(json!({"domainName": "www.example.com", "validationMethod": "EMAIL"}));
    let detail = sky.certificates.describe_certificate(mailed).await.unwrap();
    assert_eq!((detail.domains[0].method.as_deref(), detail.domains[0].emails.len()), (Some("EMAIL"), 5));
    assert_eq!(detail.domains[0].record, None);
}

#[tokio::test]
async fn an_elliptic_key_comes_back_in_the_spelling_of_requests() {
    let sky = Sky::new().await;
    let mut wanted = request("www.example.com");
    wanted.key_algorithm = Some("EC_prime256v1".to_owned());
    let arn = sky.request(wanted).await.unwrap();
    sky.wait(10);
    let detail = sky.certificates.describe_certificate(arn).await.unwrap();
    assert_eq!(detail.key_algorithm.as_deref(), Some("EC_prime256v1"));
}

#[tokio::test]
async fn a_status_that_nobody_knows_yet_is_read_as_text() {
    let sky = Sky::new().await;
    let arn = sky.plant(json!({"domainName": "www.example.com"}));
    sky.fault(json!({"kind": "unknown-enum", "times": 0}));
    let detail = sky.certificates.describe_certificate(arn).await.unwrap();
    assert_eq!(detail.status, "STATUS_OF_TOMORROW");
    let rows = sky.certificates.list_certificates(region()).await.unwrap();
    assert_eq!(rows[0].status, "STATUS_OF_TOMORROW");
    // What is changed is changed, though the answer has a word that nobody knows.
    let zone = sky.zone("example.com");
    sky.change(&zone, vec![create(cname("a.example.com", "x.example.net"))]).await.unwrap();
    sky.world().clear_faults();
    assert!(sky.records.find_record_set(zone, RecordName::new("a.example.com")).await.unwrap().is_some());
}
