//! Letting go: in use, retained, suspended, by namespace.

use crate::support::{
    certificate::{condition, manifest, message},
    control_plane::{kubectl_ok, patch},
    stage::Stage,
    until,
};
use serde_json::json;

const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";

#[tokio::test]
async fn a_certificate_in_use_blocks_its_deletion_until_it_is_released() {
    let stage = Stage::set("blocked").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let arn = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    stage.aws.act(&arn, "set-in-use", json!({ "by": [BALANCER] })).await;
    stage.delete("shop").await;
    let object = stage.until_condition("shop", "DeletionBlocked", "True/InUse").await;
    assert!(message(&object, "DeletionBlocked").contains(BALANCER));
    assert_eq!(stage.aws.certificates().await.len(), 1);
    assert_eq!(stage.aws.cnames().await.len(), 1);
    stage.aws.act(&arn, "set-in-use", json!({ "by": [] })).await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty() && stage.aws.cnames().await.is_empty());
    assert!(stage.event_reasons("shop").await.contains(&"DeletionBlocked".to_owned()));
}

#[tokio::test]
async fn a_retained_certificate_stays_with_its_records_and_without_our_tags() {
    let stage = Stage::set("retain").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    let mut object = manifest("shop", &["shop.example.com"]);
    object["spec"]["deletionPolicy"] = json!("Retain");
    object["spec"]["tags"] = json!({ "team": "shop" });
    stage.apply(&object);
    stage.until_ready("shop").await;
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    let left = stage.aws.certificates().await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["tags"], json!({ "team": "shop" }));
    assert_eq!(stage.aws.cnames().await.len(), 1);
    assert!(stage.event_reasons("shop").await.contains(&"Retained".to_owned()));
}

#[tokio::test]
async fn a_certificate_whose_tags_name_another_owner_is_left_alone() {
    let stage = Stage::set("foreign").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let arn = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    // Somebody else has it now, by its tags; the status here still names it.
    let tags = json!([{ "Key": "acmcert.io/uid", "Value": "of-somebody-else" }]);
    stage.aws.acm("AddTagsToCertificate", json!({ "CertificateArn": arn, "Tags": tags })).await;
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.aws.certificates().await.len(), 1);
    assert!(stage.event_reasons("shop").await.contains(&"OwnershipLost".to_owned()));
}

#[tokio::test]
async fn what_was_tagged_before_the_cluster_had_a_name_stays_ours() {
    let stage = Stage::set("renamed").await;
    stage.aws.public_zone("example.com").await;
    let operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    operator.kill();
    let _operator = stage.operator_with(&["--cluster-name=blue"]);
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty());
}

#[tokio::test]
async fn a_certificate_that_acm_does_not_show_yet_is_waited_for_and_deleted() {
    let stage = Stage::set("early").await;
    stage.aws.public_zone("example.com").await;
    stage.aws.settings(json!({ "describeVisibleSeconds": 4 })).await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let api = stage.api().await;
    until("the request", async || {
        let status = api.get("shop").await.unwrap().status?;
        status.request?.certificate_arn
    })
    .await;
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.aws.all_certificates().await.len(), 1);
    assert!(stage.aws.certificates().await.is_empty());
}

#[tokio::test]
async fn a_suspended_object_is_written_nowhere_and_its_deletion_waits() {
    let stage = Stage::set("suspended").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    let mut object = manifest("shop", &["shop.example.com"]);
    stage.apply(&object);
    stage.until_ready("shop").await;
    object["spec"]["suspend"] = json!(true);
    stage.apply(&object);
    let suspended = stage.until_condition("shop", "Suspended", "True/Suspended").await;
    assert_eq!(condition(&suspended, "Ready"), "True/Issued");
    let before = stage.aws.journal().await.len();
    stage.delete("shop").await;
    stage.until_condition("shop", "DeletionBlocked", "True/Suspended").await;
    assert_eq!(stage.aws.journal().await.len(), before);
    patch(&stage.namespace, "shop", json!({ "spec": { "suspend": false } })).await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty());
}

#[tokio::test]
async fn a_certificate_that_is_issued_while_suspended_serves_once_resumed() {
    let stage = Stage::set("resumed").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    let mut object = manifest("shop", &["shop.example.com"]);
    stage.apply(&object);
    stage.until_condition("shop", "Ready", "False/WaitingForValidation").await;
    object["spec"]["suspend"] = json!(true);
    stage.apply(&object);
    stage.until_condition("shop", "Suspended", "True/Suspended").await;
    until("ACM to issue", async || (stage.aws.certificates().await[0]["status"] == "ISSUED").then_some(())).await;
    let api = stage.api().await;
    until("the status to say so", async || {
        let status = api.get("shop").await.unwrap().status?.certificate_status?;
        (status == "ISSUED").then_some(())
    })
    .await;
    assert_ne!(condition(&api.get("shop").await.unwrap(), "Ready"), "True/Issued");
    object["spec"]["suspend"] = json!(false);
    stage.apply(&object);
    let ready = stage.until_ready("shop").await;
    assert!(ready.status.unwrap().certificate_arn.is_some());
}

#[tokio::test]
async fn a_namespace_goes_with_all_that_is_in_it() {
    let stage = Stage::set("namespace").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    for name in ["a", "b", "c"] {
        stage.apply(&manifest(name, &[&format!("{name}.example.com"), "example.com"]));
    }
    for name in ["a", "b", "c"] {
        stage.until_ready(name).await;
    }
    kubectl_ok(&["delete", "namespace", &stage.namespace, "--wait=false"], None);
    until("everything to go", async || stage.aws.certificates().await.is_empty().then_some(())).await;
    let get = ["get", "namespace", &stage.namespace, "--ignore-not-found", "-o", "name"];
    until("the namespace to go", async || kubectl_ok(&get, None).is_empty().then_some(())).await;
    assert!(stage.aws.cnames().await.is_empty());
}
