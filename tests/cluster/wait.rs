//! `kubectl wait`, which scripts and pipelines rely on.

use crate::support::{
    certificate::{condition, manifest},
    control_plane::{kubectl, patch},
    stage::Stage,
};
use serde_json::json;
use std::process::Output;

fn wait_for_ready(namespace: &str, timeout: &str) -> Output {
    let timeout = format!("--timeout={timeout}");
    kubectl(&["wait", "--for=condition=Ready", "acmcert/shop", &timeout, "-n", namespace], None)
}

/// It must wait in vain.
fn is_refused(namespace: &str, timeout: &str) {
    let output = wait_for_ready(namespace, timeout);
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && says.contains("timed out"), "{} {says}", output.status);
}

/// kubectl compares `metadata.generation` with the condition's `observedGeneration`; this proves that we give it what it
/// needs at every moment of a replacement.
#[tokio::test]
async fn kubectl_wait_never_passes_on_a_spec_that_is_not_served_yet() {
    let stage = Stage::set("kubectl-wait").await;
    stage.aws.public_zone("example.com").await;
    let operator = stage.operator_with(&["--settled-period=500ms"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let first = stage.until_ready("shop").await;
    assert!(wait_for_ready(&stage.namespace, "1s").status.success(), "it passes when there is nothing to wait for");

    // Nobody sees the edit: the condition still says True, of the generation before.
    operator.kill();
    let names = json!({ "spec": { "subjectAlternativeNames": ["www.example.com"] } });
    let edited = patch(&stage.namespace, "shop", names).await;
    assert_eq!(condition(&edited, "Ready"), "True/Issued");
    assert_ne!(edited.metadata.generation, first.metadata.generation);
    is_refused(&stage.namespace, "2s");

    // One that has begun by now is to come to its end when the new certificate serves, and not before.
    let namespace = stage.namespace.clone();
    let long = tokio::task::spawn_blocking(move || wait_for_ready(&namespace, "80s"));
    stage.aws.settings(json!({ "validationSeconds": 8 })).await;
    let _operator = stage.operator_with(&["--settled-period=500ms"]);
    let pending = stage.until_condition("shop", "Ready", "False/Replacing").await;
    assert_eq!(pending.status.unwrap().names, ["shop.example.com"]);
    is_refused(&stage.namespace, "1s");
    assert!(!long.is_finished(), "the wait that began before the operator has ended while the replacement is pending");

    let output = long.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let served = stage.api().await.get("shop").await.unwrap();
    assert_eq!(condition(&served, "Ready"), "True/Issued");
    let status = served.status.unwrap();
    assert_eq!(status.observed_generation, edited.metadata.generation);
    assert_eq!(status.names, ["shop.example.com", "www.example.com"]);
    assert_ne!(status.certificate_arn, first.status.unwrap().certificate_arn);
    let certificates = stage.aws.all_certificates().await;
    let is_new = |c: &&serde_json::Value| c["certificateArn"] == json!(status.certificate_arn);
    assert_eq!(certificates.iter().find(is_new).unwrap()["status"], "ISSUED");
}
