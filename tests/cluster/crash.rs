//! kill -9 between the effects of the create path: one certificate is the result, whatever was lost.

use crate::support::{certificate::manifest, stage::Stage, until};
use serde_json::json;

/// Holds the operator at a call, kills it there, and lets another one go on.
async fn survives(test: &str, service: &str, operation: &str, nth: u32, kind: &str) {
    let stage = Stage::set(test).await;
    stage.aws.public_zone("example.com").await;
    // `slow` holds the answer back: the call has had its effect, and its sender dies without knowing.
    let fault =
        json!({ "service": service, "operation": operation, "nth": nth, "times": 0, "kind": kind, "delaySeconds": 30 });
    stage.aws.fault(fault).await;
    let operator = stage.operator();
    stage.apply(&manifest("shop", &["example.com", "www.example.com"]));
    until(&format!("{test}: {operation} to be held"), async || (stage.aws.faults_fired().await > 0).then_some(()))
        .await;
    operator.kill();
    stage.aws.clear_faults().await;

    let _operator = stage.operator();
    stage.until_ready("shop").await;
    let certificates = stage.aws.all_certificates().await;
    assert_eq!(certificates.len(), 1, "{certificates:#?}");
    assert_eq!(stage.aws.cnames().await.len(), 2);
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty());
    // Both records were known to be ours, and went.
    assert_eq!(stage.aws.cnames().await, Vec::<serde_json::Value>::new());
}

/// A finalizer and no status is what a crash after E1 leaves.
#[tokio::test]
async fn between_finalizer_and_intent() {
    let stage = Stage::set("crash-e1-e2").await;
    stage.aws.public_zone("example.com").await;
    let mut object = manifest("shop", &["example.com", "www.example.com"]);
    object["metadata"]["finalizers"] = json!(["acmcert.io/finalizer"]);
    stage.apply(&object);
    let _operator = stage.operator();
    stage.until_ready("shop").await;
    assert_eq!(stage.aws.all_certificates().await.len(), 1);
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty() && stage.aws.cnames().await.is_empty());
}

#[tokio::test]
async fn an_edit_while_acm_answers_leaves_no_certificate_behind() {
    let stage = Stage::set("edit-in-flight").await;
    stage.aws.public_zone("example.com").await;
    let fault = json!({ "service": "acm", "operation": "RequestCertificate", "kind": "slow", "delaySeconds": 2 });
    stage.aws.fault(fault).await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    until("the request", async || (stage.aws.faults_fired().await > 0).then_some(())).await;
    stage.apply(&manifest("shop", &["www.example.com"]));
    let ready = stage.until_ready("shop").await.status.unwrap();
    assert_eq!(ready.names, ["www.example.com"]);
    assert_eq!(stage.aws.all_certificates().await.len(), 2);
    until("the first to go", async || (stage.aws.certificates().await.len() == 1).then_some(())).await;
}

#[tokio::test]
async fn between_intent_and_request() {
    survives("crash-e2-e4", "acm", "RequestCertificate", 1, "error-before").await;
}

#[tokio::test]
async fn between_request_and_its_arn() {
    survives("crash-e4-e5", "acm", "RequestCertificate", 1, "slow").await;
}

#[tokio::test]
async fn between_arn_and_records() {
    survives("crash-e5-e6", "acm", "DescribeCertificate", 1, "slow").await;
}

#[tokio::test]
async fn between_records_and_zones() {
    survives("crash-e6-e7", "route53", "ListHostedZones", 1, "slow").await;
}

#[tokio::test]
async fn between_zone_and_claim() {
    survives("crash-e7-e8", "route53", "ListResourceRecordSets", 1, "slow").await;
}

#[tokio::test]
async fn between_claim_and_creation() {
    survives("crash-e8-claim", "route53", "ChangeResourceRecordSets", 1, "error-before").await;
}

#[tokio::test]
async fn between_creation_and_its_entry() {
    survives("crash-e8-e9", "route53", "ChangeResourceRecordSets", 1, "slow").await;
}

#[tokio::test]
async fn between_entry_and_issue() {
    survives("crash-e9-e10", "acm", "ListCertificates", 2, "slow").await;
}

#[tokio::test]
async fn between_issue_and_ready() {
    survives("crash-e10-e11", "acm", "DescribeCertificate", 2, "slow").await;
}

#[tokio::test]
async fn a_restart_in_the_middle_changes_nothing() {
    let stage = Stage::set("restart").await;
    stage.aws.public_zone("example.com").await;
    stage.aws.settings(json!({ "validationSeconds": 4 })).await;
    let operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_condition("shop", "Ready", "False/WaitingForValidation").await;
    let (status, took) = operator.terminate();
    assert!(status.success(), "{status}");
    assert!(took.as_secs() < 5, "SIGTERM took {took:?}");
    let _operator = stage.operator();
    stage.until_ready("shop").await;
    assert_eq!(stage.aws.all_certificates().await.len(), 1);
    assert_eq!(stage.event_reasons("shop").await, ["Issued", "RecordCreated", "Requested"]);
}

#[tokio::test]
async fn an_answer_that_is_lost_does_not_make_a_second_certificate() {
    let stage = Stage::set("lost").await;
    stage.aws.public_zone("example.com").await;
    stage
        .aws
        .fault(json!({ "service": "acm", "operation": "RequestCertificate", "kind": "reset-after", "times": 2 }))
        .await;
    stage
        .aws
        .fault(json!({ "service": "route53", "operation": "ChangeResourceRecordSets", "kind": "error-after" }))
        .await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    assert_eq!(stage.aws.faults_fired().await, 3);
    assert_eq!(stage.aws.all_certificates().await.len(), 1);
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert!(stage.aws.cnames().await.is_empty());
}
