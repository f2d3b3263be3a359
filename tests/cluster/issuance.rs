//! From `kubectl apply` to Ready, and back to nothing.

use crate::support::{
    certificate::{condition, manifest, message},
    control_plane::{kubectl, kubectl_ok, patch},
    stage::Stage,
};
use serde_json::json;

/// Applies a manifest, waits for Ready, checks the records, deletes, and checks that nothing is left.
async fn lives_and_goes(test: &str, names: &[&str], zones: &[&str], records: usize) {
    let stage = Stage::set(test).await;
    for zone in zones {
        stage.aws.public_zone(zone).await;
    }
    let operator = stage.operator();
    stage.apply(&manifest("shop", names));
    let ready = stage.until_ready("shop").await;
    let status = ready.status.clone().unwrap();
    assert_eq!(condition(&ready, "Issued"), "True/Issued");
    assert_eq!(condition(&ready, "RecordsReady"), "True/InPlace");
    assert_eq!(condition(&ready, "RenewalReady"), "False/NotInUse");
    assert_eq!(condition(&ready, "Reconciling") + &condition(&ready, "Stalled"), "");
    assert_eq!(status.observed_generation, ready.metadata.generation);
    assert_eq!(status.names, names);
    assert_eq!(stage.aws.cnames().await.len(), records);
    let certificates = stage.aws.certificates().await;
    assert_eq!(certificates.len(), 1);
    assert_eq!(certificates[0]["certificateArn"], json!(status.certificate_arn.unwrap()));
    assert_eq!(certificates[0]["tags"]["acmcert.io/uid"], json!(ready.metadata.uid.unwrap()));

    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.aws.certificates().await, Vec::<serde_json::Value>::new());
    assert_eq!(stage.aws.cnames().await, Vec::<serde_json::Value>::new());
    let mut events = vec!["Deleted", "Issued", "Requested"];
    // One for each batch, that is for each zone.
    events.extend(vec!["RecordCreated"; zones.len()]);
    events.sort_unstable();
    assert_eq!(stage.event_reasons("shop").await, events);
    drop(operator);
}

#[tokio::test]
async fn a_single_name_becomes_ready_and_goes_cleanly() {
    lives_and_goes("single", &["shop.example.com"], &["example.com"], 1).await;
}

#[tokio::test]
async fn a_wildcard_and_its_apex_share_one_record() {
    lives_and_goes("wildcard", &["example.com", "*.example.com"], &["example.com"], 1).await;
}

#[tokio::test]
async fn names_over_two_zones_get_their_records_in_each() {
    let names = ["www.example.com", "api.example.com", "www.example.org"];
    lives_and_goes("two-zones", &names, &["example.com", "example.org"], 3).await;
}

#[tokio::test]
async fn kubectl_shows_what_there_is_to_know() {
    let stage = Stage::set("kubectl").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let wait = ["wait", "--for=condition=Ready", "acmcert/shop", "--timeout=60s", "-n", &stage.namespace];
    kubectl_ok(&wait, None);
    let table = kubectl_ok(&["get", "acmcert", "-n", &stage.namespace], None);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "READY", "REASON", "DOMAIN", "EXPIRES", "AGE"]);
    assert_eq!(rows[1][..4], ["shop", "True", "Issued", "shop.example.com"]);
    let wide = kubectl_ok(&["get", "acmcert", "-n", &stage.namespace, "-o", "wide"], None);
    assert!(wide.contains("STATUS") && wide.contains("ISSUED") && wide.contains("eu-west-1"), "{wide}");
    let described = kubectl_ok(&["describe", "acmcert", "shop", "-n", &stage.namespace], None);
    for word in ["Requested", "RecordCreated", "Issued", "acmcert.io/acmcert"] {
        assert!(described.contains(word), "{word}\n{described}");
    }
    let selector = "spec.domainName=shop.example.com";
    let selected = kubectl_ok(&["get", "acmcert", "-A", "--field-selector", selector, "-o", "name"], None);
    assert!(selected.contains("shop"), "{selected}");
}

#[tokio::test]
async fn a_fresh_object_is_in_progress_before_any_operator_has_seen_it() {
    let stage = Stage::set("fresh").await;
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.api().await.get("shop").await.unwrap();
    assert_eq!(object.status.unwrap().observed_generation, Some(-1));
    let wait = ["wait", "--for=condition=Ready", "acmcert/shop", "--timeout=1s", "-n", &stage.namespace];
    assert!(!kubectl(&wait, None).status.success());
}

#[tokio::test]
async fn a_settled_object_is_not_written_and_costs_no_describe() {
    let stage = Stage::set("settled").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator_with(&["--settled-period=300ms"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    // The listing lags: the first sweep after Ready may still show the certificate as pending.
    let sweeps = stage.aws.count("ListCertificates").await;
    crate::support::until("more sweeps", async || {
        (stage.aws.count("ListCertificates").await > sweeps + 4).then_some(())
    })
    .await;
    let before = stage.api().await.get("shop").await.unwrap().metadata.resource_version;
    let (describes, changes) = (stage.aws.count("DescribeCertificate").await, stage.aws.journal().await.len());
    let sweeps = stage.aws.count("ListCertificates").await;
    crate::support::until("more sweeps", async || {
        (stage.aws.count("ListCertificates").await > sweeps + 8).then_some(())
    })
    .await;
    assert_eq!(stage.api().await.get("shop").await.unwrap().metadata.resource_version, before);
    assert_eq!(stage.aws.count("DescribeCertificate").await, describes);
    assert_eq!(stage.aws.journal().await.len(), changes);
}

#[tokio::test]
async fn use_by_a_load_balancer_shows_in_the_status() {
    let stage = Stage::set("in-use").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator_with(&["--settled-period=500ms"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let arn = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";
    stage.aws.act(&arn, "set-in-use", json!({ "by": [balancer] })).await;
    let object = stage.until_condition("shop", "RenewalReady", "True/Eligible").await;
    let status = object.status.unwrap();
    assert_eq!((status.in_use_by, status.in_use_by_count), (vec![balancer.to_owned()], Some(1)));
}

#[tokio::test]
async fn changed_names_are_served_by_a_new_certificate_and_the_old_one_goes_once_unused() {
    let stage = Stage::set("replace").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator_with(&["--settled-period=500ms", "--record-period=2s"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let old = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";
    stage.aws.act(&old, "set-in-use", json!({ "by": [balancer] })).await;
    patch(&stage.namespace, "shop", json!({ "spec": { "subjectAlternativeNames": ["www.example.com"] } })).await;
    let replacing = stage.until_condition("shop", "Ready", "False/Replacing").await;
    assert_eq!(replacing.status.as_ref().unwrap().certificate_arn.as_deref(), Some(old.as_str()));
    assert_eq!(condition(&replacing, "Issued"), "True/Issued");
    let ready = stage.until_ready("shop").await.status.unwrap();
    assert_ne!(ready.certificate_arn.as_deref(), Some(old.as_str()));
    assert_eq!(ready.names, ["shop.example.com", "www.example.com"]);
    assert_eq!(ready.previous[0].certificate_arn, old);
    assert_eq!(stage.aws.certificates().await.len(), 2);
    stage.aws.act(&old, "set-in-use", json!({ "by": [] })).await;
    crate::support::until("the old one to go", async || (stage.aws.certificates().await.len() == 1).then_some(()))
        .await;
    assert_eq!(stage.aws.certificates().await[0]["certificateArn"], json!(ready.certificate_arn));
}

#[tokio::test]
async fn a_person_may_ask_for_another_look_and_new_tags_arrive() {
    let stage = Stage::set("ask").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    patch(&stage.namespace, "shop", json!({ "metadata": { "annotations": { "acmcert.io/reconcile-at": "now" } } }))
        .await;
    let api = stage.api().await;
    crate::support::until("the annotation to be echoed", async || {
        let status = api.get("shop").await.unwrap().status.unwrap();
        (status.last_handled_reconcile_at.as_deref() == Some("now")).then_some(())
    })
    .await;
    patch(&stage.namespace, "shop", json!({ "spec": { "tags": { "team": "shop" } } })).await;
    crate::support::until("the tag", async || {
        (stage.aws.certificates().await[0]["tags"]["team"] == "shop").then_some(())
    })
    .await;
    assert_eq!(stage.aws.count("AddTagsToCertificate").await, 1);
}

#[tokio::test]
async fn fields_of_later_versions_are_answered_and_never_ignored() {
    let stage = Stage::set("unsupported").await;
    let _operator = stage.operator();
    let ca = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/11111111-2222-3333-4444-555555555555";
    for (name, field, more) in [
        ("private", "spec.certificateAuthorityArn", json!({ "certificateAuthorityArn": ca })),
        ("email", "spec.validation.method", json!({ "validation": { "method": "Email" } })),
    ] {
        let mut object = manifest(name, &["shop.example.com"]);
        object["spec"].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stage.apply(&object);
        let object = stage.until_condition(name, "Stalled", "True/NotSupported").await;
        assert_eq!(condition(&object, "Ready"), "False/NotSupported");
        assert!(message(&object, "Ready").contains(field), "{}", message(&object, "Ready"));
        stage.delete(name).await;
        stage.until_gone(name).await;
    }
    assert_eq!(stage.aws.journal().await, Vec::<serde_json::Value>::new());
}
