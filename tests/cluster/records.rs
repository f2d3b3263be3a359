//! Validation records: shared, missing, in the way, by hand.

use crate::support::{
    certificate::{condition, manifest, message},
    control_plane::patch,
    stage::Stage,
    until,
};
use serde_json::json;

#[tokio::test]
async fn a_shared_record_survives_the_deletion_of_one_and_goes_with_the_last() {
    let stage = Stage::set("shared").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("first", &["example.com"]));
    stage.until_ready("first").await;
    stage.apply(&manifest("second", &["*.example.com"]));
    stage.until_ready("second").await;
    let record = stage.aws.cnames().await;
    assert_eq!(record.len(), 1);

    stage.delete("first").await;
    stage.until_gone("first").await;
    assert_eq!(stage.aws.cnames().await, record);
    let heir = stage.api().await.get("second").await.unwrap();
    assert_eq!(condition(&heir, "Ready"), "True/Issued");

    stage.delete("second").await;
    stage.until_gone("second").await;
    assert!(stage.aws.cnames().await.is_empty());
    assert!(stage.aws.certificates().await.is_empty());
    // UPSERT never, and one CREATE and one DELETE in all.
    let journal = stage.aws.journal().await;
    let actions: Vec<_> =
        journal.iter().filter(|e| e["detail"]["type"] == "CNAME").map(|e| e["detail"]["action"].clone()).collect();
    assert_eq!(actions, [json!("CREATE"), json!("DELETE")]);
}

#[tokio::test]
async fn a_record_that_a_certificate_outside_of_the_cluster_needs_stays() {
    let stage = Stage::set("outsider").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("ours", &["example.com"]));
    stage.until_ready("ours").await;
    // Of the same name, in another region, by somebody else.
    stage.aws.plant(json!({ "domainName": "*.example.com", "region": "us-east-1" })).await;
    let record = stage.aws.cnames().await;
    // The listing of that region shows it after its lag.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    stage.delete("ours").await;
    stage.until_gone("ours").await;
    assert_eq!(stage.aws.cnames().await, record);
    assert!(stage.event_reasons("ours").await.contains(&"RecordKept".to_owned()));
}

#[tokio::test]
async fn a_record_of_a_name_that_was_edited_out_stays_while_somebody_else_needs_it() {
    let stage = Stage::set("edited-out").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    stage.apply(&manifest("ours", &["example.com", "shop.example.com"]));
    stage.until_ready("ours").await;
    let all = stage.aws.cnames().await;
    let shop = all.iter().find(|r| r["name"].as_str().unwrap().ends_with(".shop.example.com")).unwrap().clone();
    stage.aws.plant(json!({ "domainName": "shop.example.com", "region": "us-east-1" })).await;
    stage.apply(&manifest("ours", &["example.com"]));
    until("the replacement", async || {
        let status = stage.api().await.get("ours").await.unwrap().status.unwrap();
        (status.names == ["example.com"] && status.previous.is_empty()).then_some(())
    })
    .await;
    stage.delete("ours").await;
    stage.until_gone("ours").await;
    assert_eq!(stage.aws.cnames().await, [shop]);
}

#[tokio::test]
async fn a_record_of_another_type_in_the_way_is_a_conflict() {
    let stage = Stage::set("other-type").await;
    let zone = stage.aws.public_zone("example.com").await;
    let planted = json!({ "domainName": "shop.example.com", "region": "eu-west-1", "status": "PENDING_VALIDATION" });
    stage.aws.plant(planted).await;
    let name = stage.aws.certificates().await[0]["validations"][0]["recordName"].as_str().unwrap().to_owned();
    stage.aws.change_record_of(&zone, "CREATE", &name, "TXT", "\"mine\"").await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_condition("shop", "Stalled", "True/RecordConflict").await;
    assert!(message(&object, "Ready").contains("TXT"), "{}", message(&object, "Ready"));
    assert_eq!(stage.aws.count("ChangeResourceRecordSets").await, 1, "only that of the test");
    stage.aws.change_record_of(&zone, "DELETE", &name, "TXT", "\"mine\"").await;
    stage.until_ready("shop").await;
}

#[tokio::test]
async fn a_closer_zone_that_appears_takes_the_record_and_nothing_is_left_in_the_end() {
    let stage = Stage::set("closer-zone").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator_with(&["--record-period=1s"]);
    stage.apply(&manifest("first", &["shop.example.com"]));
    stage.until_ready("first").await;
    let closer = stage.aws.public_zone("shop.example.com").await;
    patch(&stage.namespace, "first", json!({ "metadata": { "annotations": { "acmcert.io/reconcile-at": "1" } } }))
        .await;
    let in_closer = || async { stage.aws.cnames().await.iter().any(|record| record["zoneId"] == json!(closer)) };
    until("the record in the closer zone", async || in_closer().await.then_some(())).await;
    stage.apply(&manifest("second", &["shop.example.com"]));
    stage.until_ready("second").await;
    for name in ["first", "second"] {
        stage.delete(name).await;
        stage.until_gone(name).await;
    }
    assert_eq!(stage.aws.cnames().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn throttling_while_records_are_counted_keeps_none() {
    let stage = Stage::set("counting").await;
    stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    for name in ["one", "two"] {
        stage.apply(&manifest(name, &["shop.example.com"]));
        stage.until_ready(name).await;
    }
    stage.delete("one").await;
    stage.until_gone("one").await;
    let arn = stage.api().await.get("two").await.unwrap().status.unwrap().certificate_arn.unwrap();
    // Of another owner, and gone soon: while the listing still shows it, it has to be described.
    let other = stage.aws.plant(json!({ "domainName": "shop.example.com", "region": "us-east-1" })).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let fault = json!({ "service": "acm", "operation": "DescribeCertificate", "match": { "target": other }, "kind": "throttle", "times": 2 });
    stage.aws.fault(fault).await;
    stage.aws.act(&other, "delete", json!({})).await;
    stage.delete("two").await;
    stage.until_gone("two").await;
    assert!(!stage.event_reasons("two").await.contains(&"RecordKept".to_owned()));
    assert_eq!(stage.aws.cnames().await, Vec::<serde_json::Value>::new(), "{arn}");
}

#[tokio::test]
async fn two_operators_at_once_make_one_certificate_each_and_leave_nothing() {
    let stage = Stage::set("two-leaders").await;
    stage.aws.public_zone("example.com").await;
    let _operators = [stage.operator(), stage.operator()];
    let names = ["a", "b", "c", "d"];
    for name in names {
        stage.apply(&manifest(name, &["example.com", "*.example.com", "shop.example.com"]));
    }
    for name in names {
        stage.until_ready(name).await;
    }
    assert_eq!(stage.aws.all_certificates().await.len(), names.len());
    assert_eq!(stage.aws.cnames().await.len(), 2);
    for name in names {
        stage.delete(name).await;
    }
    for name in names {
        stage.until_gone(name).await;
    }
    assert!(stage.aws.certificates().await.is_empty());
    assert_eq!(stage.aws.cnames().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_missing_zone_is_said_and_a_new_one_heals_it() {
    let stage = Stage::set("zone").await;
    stage.aws.zone(json!({ "name": "example.com", "private": true })).await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_condition("shop", "Stalled", "True/ZoneNotFound").await;
    assert_eq!(condition(&object, "Ready"), "False/ZoneNotFound");
    assert!(message(&object, "Ready").contains("shop.example.com"));
    stage.aws.public_zone("example.com").await;
    stage.until_ready("shop").await;
    assert!(stage.event_reasons("shop").await.contains(&"ZoneNotFound".to_owned()));
}

#[tokio::test]
async fn two_public_zones_of_one_name_are_not_guessed_between() {
    let stage = Stage::set("ambiguous").await;
    let visible = stage.aws.public_zone("example.com").await;
    stage.aws.zone(json!({ "name": "example.com", "delegated": false })).await;
    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_condition("shop", "Stalled", "True/ZoneAmbiguous").await;
    assert!(message(&object, "Ready").contains(&visible));
    let pin = json!({ "spec": { "validation": { "dns": { "hostedZoneId": visible } } } });
    patch(&stage.namespace, "shop", pin).await;
    stage.until_ready("shop").await;
}

#[tokio::test]
async fn a_foreign_record_in_the_way_is_reported_and_untouched() {
    let stage = Stage::set("conflict").await;
    let zone = stage.aws.public_zone("example.com").await;
    // Which record ACM will want is known from another certificate of the name.
    let planted = stage
        .aws
        .plant(json!({ "domainName": "shop.example.com", "region": "eu-west-1", "status": "PENDING_VALIDATION" }))
        .await;
    let all = stage.aws.certificates().await;
    let name =
        all.iter().find(|c| c["certificateArn"] == json!(planted)).unwrap()["validations"][0]["recordName"].clone();
    let name = name.as_str().unwrap();
    stage.aws.change_record(&zone, "CREATE", name, "elsewhere.example.net.").await;
    let foreign = stage.aws.cnames().await;

    let _operator = stage.operator();
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let object = stage.until_condition("shop", "Stalled", "True/RecordConflict").await;
    assert!(message(&object, "Ready").contains("elsewhere.example.net"), "{}", message(&object, "Ready"));
    assert_eq!(condition(&object, "RecordsReady"), "False/RecordConflict");
    assert_eq!(stage.aws.cnames().await, foreign);

    stage.aws.change_record(&zone, "DELETE", name, "elsewhere.example.net.").await;
    stage.until_ready("shop").await;
}

#[tokio::test]
async fn a_record_that_goes_missing_is_restored() {
    let stage = Stage::set("drift").await;
    let zone = stage.aws.public_zone("example.com").await;
    let _operator = stage.operator_with(&["--record-period=1s"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    let record = stage.aws.cnames().await.remove(0);
    let value = record["values"][0].as_str().unwrap();
    stage.aws.change_record(&zone, "DELETE", record["name"].as_str().unwrap(), value).await;
    until("the record to be restored", async || (stage.aws.cnames().await.len() == 1).then_some(())).await;
    stage.until_condition("shop", "RecordsReady", "True/InPlace").await;
    assert_eq!(condition(&stage.api().await.get("shop").await.unwrap(), "Ready"), "True/Issued");
    assert!(stage.event_reasons("shop").await.contains(&"RecordRestored".to_owned()));
}

#[tokio::test]
async fn records_by_hand_are_shown_and_waited_for() {
    let stage = Stage::set("manual").await;
    let zone = stage.aws.public_zone("example.com").await;
    let _operator = stage.operator();
    let mut object = manifest("shop", &["shop.example.com"]);
    object["spec"]["validation"] = json!({ "dns": { "records": "Manual" } });
    stage.apply(&object);
    let waiting = stage.until_condition("shop", "Ready", "False/WaitingForValidation").await;
    let record = waiting.status.as_ref().unwrap().validations[0].record.clone().unwrap();
    assert!(message(&waiting, "Ready").contains(&record.value), "{}", message(&waiting, "Ready"));
    assert!(stage.aws.cnames().await.is_empty());
    stage.aws.change_record(&zone, "CREATE", &record.name, &record.value).await;
    stage.until_ready("shop").await;
    stage.delete("shop").await;
    stage.until_gone("shop").await;
    assert_eq!(stage.aws.cnames().await.len(), 1, "what the user wrote is the user's");
}
