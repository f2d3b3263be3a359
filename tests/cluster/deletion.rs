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
    let operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    operator.kill();
    // Another cluster of the same account has it now, by its tags; the status here still names it.
    let _operator = stage.operator_with(&["--cluster-name=another"]);
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.aws.certificates().await.len(), 1);
    assert!(stage.event_reasons("shop").await.contains(&"OwnershipLost".to_owned()));
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
