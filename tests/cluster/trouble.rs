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
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_condition("shop", "Stalled", "True/QuotaExceeded").await;
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(stage.aws.count("RequestCertificate").await, 1);
}
