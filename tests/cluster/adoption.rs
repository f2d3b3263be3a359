//! Certificates that were there before: adopted, taken over after a rebuild, lost to another owner, left as orphans.

use crate::support::{
    certificate::{condition, manifest, message},
    control_plane::{kubectl_ok, patch},
    simulator::Simulator,
    stage::Stage,
    until,
};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";

async fn tags_of(aws: &Simulator, arn: &str) -> Value {
    let all = aws.all_certificates().await;
    all.iter().find(|certificate| certificate["certificateArn"] == arn).unwrap()["tags"].clone()
}

#[tokio::test]
async fn an_existing_certificate_is_adopted_guarded_and_left_when_the_object_goes() {
    let stage = Stage::set("adopt").await;
    stage.aws.public_zone("example.com").await;
    let planted = json!({ "domainName": "shop.example.com", "region": REGION, "keyAlgorithm": "EC_prime256v1", "tags": { "cost": "12" } });
    let arn = stage.aws.plant(planted).await;
    let _operator = stage.operator();
    let mut object = manifest("shop", &["shop.example.com"]);
    object["spec"]["certificateArn"] = json!(arn);
    stage.apply(&object);
    let ready = stage.until_ready("shop").await;
    assert_eq!(ready.status.unwrap().certificate_arn.as_deref(), Some(arn.as_str()));
    assert_eq!(tags_of(&stage.aws, &arn).await["acmcert.io/name"], "shop");
    until("the validation record", async || (stage.aws.cnames().await.len() == 1).then_some(())).await;
    assert!(stage.event_reasons("shop").await.contains(&"Adopted".to_owned()));
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(tags_of(&stage.aws, &arn).await, json!({ "cost": "12" }));
    assert_eq!(stage.aws.certificates().await.len(), 1);
    assert_eq!(stage.aws.count("RequestCertificate").await, 0);
}

#[tokio::test]
async fn a_certificate_that_does_not_fit_is_told_and_its_object_can_be_deleted() {
    let stage = Stage::set("mismatch").await;
    let names =
        json!({ "domainName": "shop.example.com", "region": REGION, "tags": { "elbv2.k8s.aws/cluster": "blue" } });
    let arn = stage.aws.plant(names).await;
    let before = stage.aws.journal().await.len();
    let _operator = stage.operator();
    let mut object = manifest("shop", &["shop.example.com"]);
    object["spec"]["certificateArn"] = json!(arn);
    object["spec"]["deletionPolicy"] = json!("Delete");
    stage.apply(&object);
    let refused = stage.until_condition("shop", "Stalled", "True/AdoptionMismatch").await;
    assert!(message(&refused, "Ready").contains("elbv2.k8s.aws"), "{}", message(&refused, "Ready"));
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.aws.journal().await.len(), before, "nothing was touched");
}

#[tokio::test]
async fn after_a_rebuild_of_the_cluster_the_certificate_is_taken_over() {
    let stage = Stage::set("rebuild").await;
    stage.aws.public_zone("example.com").await;
    let operator = stage.operator_with(&["--cluster-name=blue"]);
    stage.apply(&manifest("shop", &["shop.example.com", "www.example.com"]));
    let arn = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    // The cluster is lost, and comes back from Git: a new UID and no status.
    operator.kill();
    patch(&stage.namespace, "shop", json!({ "metadata": { "finalizers": null } })).await;
    kubectl_ok(&["-n", &stage.namespace, "delete", "acmcert", "shop"], None);
    stage.apply(&manifest("shop", &["shop.example.com", "www.example.com"]));
    let _operator = stage.operator_with(&["--cluster-name=blue"]);
    let again = stage.until_ready("shop").await;
    assert_eq!(again.status.as_ref().unwrap().certificate_arn.as_deref(), Some(arn.as_str()));
    assert_eq!(tags_of(&stage.aws, &arn).await["acmcert.io/uid"], json!(again.metadata.uid));
    assert_eq!(stage.aws.count("RequestCertificate").await, 1);
    assert!(stage.event_reasons("shop").await.contains(&"Adopted".to_owned()));
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert!(stage.aws.certificates().await.is_empty());
}

#[tokio::test]
async fn a_certificate_that_another_cluster_has_taken_is_not_fought_for() {
    let stage = Stage::set("taken").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let ready = stage.until_ready("shop").await;
    let arn = ready.status.unwrap().certificate_arn.unwrap();
    let retag = |uid: String| {
        let body = json!({ "CertificateArn": arn, "Tags": [{ "Key": "acmcert.io/uid", "Value": uid }] });
        stage.aws.acm("AddTagsToCertificate", body)
    };
    retag("of-another".into()).await;
    patch(&stage.namespace, "shop", json!({ "metadata": { "annotations": { "acmcert.io/reconcile-at": "1" } } })).await;
    let lost = stage.until_condition("shop", "Stalled", "True/OwnershipLost").await;
    assert_eq!(condition(&lost, "Ready"), "False/OwnershipLost");
    assert!(message(&lost, "Ready").contains("of-another"));
    let before = stage.aws.journal().await.len();
    patch(&stage.namespace, "shop", json!({ "metadata": { "annotations": { "acmcert.io/reconcile-at": "2" } } })).await;
    until("the second look", async || {
        let handled = stage.api().await.get("shop").await.unwrap().status?.last_handled_reconcile_at?;
        (handled == "2").then_some(())
    })
    .await;
    assert_eq!(stage.aws.journal().await.len(), before, "nobody fights");
    retag(ready.metadata.uid.unwrap()).await;
    patch(&stage.namespace, "shop", json!({ "metadata": { "annotations": { "acmcert.io/reconcile-at": "3" } } })).await;
    stage.until_ready("shop").await;
}

#[tokio::test]
async fn an_orphan_is_deleted_if_it_was_never_issued_and_reported_if_it_was() {
    let stage = Stage::set("orphans").await;
    let tags = |uid: &str, namespace: &str| {
        json!({ "acmcert.io/managed-by": "acmcert", "acmcert.io/cluster": "blue", "acmcert.io/uid": uid,
            "acmcert.io/namespace": namespace, "acmcert.io/name": "gone" })
    };
    let plant = async |status: &str, tags: Value| {
        let body = json!({ "domainName": "gone.example.com", "region": REGION, "status": status, "tags": tags });
        stage.aws.plant(body).await
    };
    let pending = plant("PENDING_VALIDATION", tags("dead-1", &stage.namespace)).await;
    let issued = plant("ISSUED", tags("dead-2", &stage.namespace)).await;
    let elsewhere = plant("PENDING_VALIDATION", tags("dead-3", "not-watched")).await;
    let foreign = plant("PENDING_VALIDATION", json!({})).await;
    let flags = ["--cluster-name=blue", "--orphan-grace=2s", "--settled-period=1s"];
    let operator = stage.operator_with(&flags);
    until("the orphan that was never issued is gone", async || {
        let left = stage.aws.certificates().await;
        left.iter().all(|certificate| certificate["certificateArn"] != json!(pending)).then_some(())
    })
    .await;
    until("the report", async || operator.log().contains(&issued).then_some(())).await;
    let left = stage.aws.certificates().await;
    let left: Vec<_> = left.iter().map(|certificate| certificate["certificateArn"].as_str().unwrap()).collect();
    assert_eq!(left.len(), 3);
    for arn in [&issued, &elsewhere, &foreign] {
        assert!(left.contains(&arn.as_str()));
    }
    assert_eq!(stage.aws.count("DeleteCertificate").await, 1);
}

#[tokio::test]
async fn a_namespace_requests_no_more_in_a_day_than_it_may() {
    let stage = Stage::set("budget").await;
    stage.aws.public_zone("example.com").await;
    let operator = stage.operator_with(&["--requests-per-day=2"]);
    for name in ["a", "b"] {
        stage.apply(&manifest(name, &[&format!("{name}.example.com")]));
        stage.until_ready(name).await;
    }
    stage.apply(&manifest("c", &["c.example.com"]));
    let refused = stage.until_condition("c", "Stalled", "True/QuotaExceeded").await;
    assert!(message(&refused, "Ready").contains("--requests-per-day"));
    // A restart forgets nothing: the statuses tell.
    operator.kill();
    let _operator = stage.operator_with(&["--requests-per-day=2"]);
    stage.apply(&manifest("d", &["d.example.com"]));
    stage.until_condition("d", "Stalled", "True/QuotaExceeded").await;
    assert_eq!(stage.aws.count("RequestCertificate").await, 2);
    // Nothing was made, so nothing is in the way of a deletion.
    stage.delete("d").await;
    stage.until_gone("d").await;
}

#[tokio::test]
async fn the_record_of_a_name_that_was_edited_out_goes_with_the_replaced_certificate() {
    let stage = Stage::set("edited-out").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com", "old.example.com"]));
    let first = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    assert_eq!(stage.aws.cnames().await.len(), 2);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    until("the replacement", async || {
        let status = stage.api().await.get("shop").await.unwrap().status?;
        (status.certificate_arn.as_deref() != Some(first.as_str())).then_some(())
    })
    .await;
    until("one certificate and one record", async || {
        (stage.aws.certificates().await.len() == 1 && stage.aws.cnames().await.len() == 1).then_some(())
    })
    .await;
    let settled = stage.until_ready("shop").await.status.unwrap();
    assert_eq!((settled.records.len(), settled.previous.len()), (1, 0));
}
