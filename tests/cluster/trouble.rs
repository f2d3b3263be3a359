//! What AWS refuses, and what ACM gives up.

use crate::support::{
    certificate::{condition, manifest, message},
    stage::Stage,
};
use serde_json::json;

#[tokio::test]
async fn a_denied_request_is_said_with_the_permission_and_heals() {
    let stage = Stage::set("denied").await;
    stage.aws.public_zone("example.com").await;
    stage
        .aws
        .fault(json!({ "service": "acm", "operation": "RequestCertificate", "kind": "access-denied", "times": 1 }))
        .await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_condition("shop", "Stalled", "True/AccessDenied").await;
    assert!(message(&object, "Ready").contains("acm:RequestCertificate"), "{}", message(&object, "Ready"));
    stage.until_ready("shop").await;
    assert!(stage.event_reasons("shop").await.contains(&"AccessDenied".to_owned()));
}

#[tokio::test]
async fn credentials_that_expire_are_no_crash() {
    let stage = Stage::set("expired").await;
    stage.aws.public_zone("example.com").await;
    stage
        .aws
        .fault(json!({ "service": "sts", "operation": "GetCallerIdentity", "kind": "expired-credentials", "times": 0 }))
        .await;
    stage
        .aws
        .fault(
            json!({ "service": "acm", "operation": "RequestCertificate", "kind": "expired-credentials", "times": 1 }),
        )
        .await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_condition("shop", "Stalled", "True/AccessDenied").await;
    stage.until_ready("shop").await;
}

#[tokio::test]
async fn throttling_and_outages_pass() {
    let stage = Stage::set("throttled").await;
    stage.aws.public_zone("example.com").await;
    for (service, operation, kind) in [
        ("acm", "RequestCertificate", "throttle"),
        ("acm", "DescribeCertificate", "error-before"),
        ("acm", "ListCertificates", "malformed"),
        ("route53", "ListHostedZones", "throttle"),
        ("route53", "ListResourceRecordSets", "reset-before"),
        ("route53", "ChangeResourceRecordSets", "throttle"),
    ] {
        stage.aws.fault(json!({ "service": service, "operation": operation, "kind": kind })).await;
    }
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_ready("shop").await;
    assert_eq!(stage.aws.faults_fired().await, 6);
    assert_eq!(condition(&object, "Stalled"), "");
    assert_eq!(stage.event_reasons("shop").await, ["Issued", "RecordCreated", "Requested"]);
}

#[tokio::test]
async fn a_certificate_that_acm_refuses_is_told_in_words() {
    let stage = Stage::set("refused").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_condition("shop", "Ready", "False/ZoneNotFound").await;
    let arn = object.status.unwrap().request.unwrap().certificate_arn.unwrap();
    stage.aws.act(&arn, "fail", json!({ "reason": "CAA_ERROR" })).await;
    let object = stage.until_condition("shop", "Stalled", "True/RequestFailed").await;
    assert!(message(&object, "Ready").contains("CAA"), "{}", message(&object, "Ready"));
    let status = object.status.unwrap();
    assert_eq!(status.certificate_status.as_deref(), Some("FAILED"));
    assert_eq!(status.failure.unwrap().reason, "CAA_ERROR");
    assert_eq!(status.certificate_arn, None);
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty());
}

#[tokio::test]
async fn a_used_up_quota_is_said_and_not_asked_for_at_every_turn() {
    let stage = Stage::set("quota").await;
    stage.aws.settings(json!({ "quotas": { "certificates": 0 } })).await;
    let _operator = stage.operator_with(&["--retry-backoff=1s"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_condition("shop", "Stalled", "True/QuotaExceeded").await;
    // At 0, 1, 3, 7, 15 s: in ten seconds four, where a pause that does not double would make ten.
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let asked = stage.aws.count("RequestCertificate").await;
    assert!((2..=5).contains(&asked), "asked {asked} times");
}

#[tokio::test]
async fn an_outage_of_route_53_is_logged_and_asked_less_and_less() {
    let stage = Stage::set("outage").await;
    stage.aws.public_zone("example.com").await;
    let fault = json!({ "service": "route53", "operation": "ListHostedZones", "kind": "error-before", "times": 0 });
    stage.aws.fault(fault).await;
    let operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    crate::support::until("the first failure", async || (stage.aws.faults_fired().await > 0).then_some(())).await;
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let asked = stage.aws.faults_fired().await;
    assert!((2..=6).contains(&asked), "asked {asked} times");
    assert!(operator.log().contains("ListHostedZones"));
    stage.aws.clear_faults().await;
    stage.until_ready("shop").await;
}

#[tokio::test]
async fn a_hundred_long_names_fit_into_the_status() {
    let stage = Stage::set("long-names").await;
    stage.aws.settings(json!({ "quotas": { "namesPerCertificate": 100 } })).await;
    let _operator = stage.operator();
    let tail = format!("{}.example.com", ["a"; 3].map(|label| label.repeat(60)).join("."));
    let names: Vec<String> = (0..100).map(|n| format!("n{n}.{tail}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names[0] = "shop.example.com";
    let mut object = manifest("shop", &names);
    object["spec"]["validation"] = json!({ "dns": { "records": "Manual" } });
    stage.apply(&object);
    let object = stage.until_condition("shop", "Ready", "False/WaitingForValidation").await;
    assert!(message(&object, "Ready").contains("and 90 more"));
    assert_eq!(object.status.unwrap().validations.len(), 100);
}
