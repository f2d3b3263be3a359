//! Renewal and expiry, as ACM and time bring them about.

use crate::support::{
    certificate::{condition, manifest, message},
    stage::Stage,
    until,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";

#[tokio::test]
async fn a_renewal_is_followed_to_its_end_and_its_missing_record_is_restored() {
    let stage = Stage::set("renewal").await;
    let zone = stage.aws.public_zone("example.com").await;
    let _operator = stage.operator_with(&["--settled-period=300ms"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let arn = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    stage.aws.act(&arn, "set-in-use", json!({ "by": [BALANCER] })).await;
    let eligible = stage.until_condition("shop", "RenewalReady", "True/Eligible").await;
    let told = message(&eligible, "RenewalReady");
    assert!(told.contains("renewal starts about"), "{told}");

    // ACM takes some time to miss the record.
    stage.aws.settings(json!({ "validationSeconds": 6 })).await;
    let record = stage.aws.cnames().await.remove(0);
    let (name, value) = (record["name"].as_str().unwrap(), record["values"][0].as_str().unwrap());
    stage.aws.change_record(&zone, "DELETE", name, value).await;
    stage.aws.act(&arn, "start-renewal", json!({})).await;
    let renewing = stage.until_condition("shop", "RenewalReady", "True/Renewing").await;
    let waiting = stage.until_condition("shop", "RenewalReady", "False/RenewalPendingValidation").await;
    let told = message(&waiting, "RenewalReady");
    assert!(told.contains(name.trim_end_matches('.')) && told.contains(&zone), "{told}");
    until("the record to be restored", async || (stage.aws.cnames().await.len() == 1).then_some(())).await;
    stage.aws.act(&arn, "finish-renewal", json!({})).await;
    let renewed = stage.until_condition("shop", "RenewalReady", "True/Eligible").await;

    for object in [&renewing, &waiting, &renewed] {
        assert_eq!(condition(object, "Ready"), "True/Issued");
        assert_eq!(condition(object, "Reconciling") + &condition(object, "Stalled"), "");
    }
    let serial = |object: &acmcert::api::AcmCertificate| object.status.as_ref().unwrap().serial.clone();
    assert_ne!(serial(&eligible), serial(&renewed));
    assert_eq!(renewed.status.unwrap().certificate_arn, Some(arn));
    let events = stage.event_reasons("shop").await;
    for reason in ["RenewalStarted", "RenewalPendingValidation", "RecordRestored", "Renewed"] {
        assert_eq!(events.iter().filter(|event| *event == reason).count(), 1, "{reason}: {events:?}");
    }
}

#[tokio::test]
async fn an_end_that_comes_near_is_warned_of_once_over_restarts_and_then_told() {
    let stage = Stage::set("expiry").await;
    stage.aws.public_zone("example.com").await;
    let operator = stage.operator_with(&["--settled-period=300ms"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    let arn = stage.until_ready("shop").await.status.unwrap().certificate_arn.unwrap();
    let at = |hours: i64| (Timestamp::now() + SignedDuration::from_hours(hours)).to_string();
    stage.aws.act(&arn, "set-validity", json!({ "notBefore": at(-100 * 24), "notAfter": at(10 * 24) })).await;
    let announced = async || {
        let status = stage.api().await.get("shop").await.unwrap().status.unwrap();
        status.announced.and_then(|announced| announced.threshold_days)
    };
    until("the warning", async || (announced().await == Some(15)).then_some(())).await;
    let warnings = async || {
        let events = stage.event_reasons("shop").await;
        events.into_iter().filter(|event| event == "ExpiringSoon").count()
    };
    assert_eq!(warnings().await, 1);

    operator.kill();
    let _operator = stage.operator_with(&["--settled-period=300ms"]);
    let sweeps = stage.aws.count("ListCertificates").await;
    until("some sweeps", async || (stage.aws.count("ListCertificates").await > sweeps + 4).then_some(())).await;
    assert_eq!(warnings().await, 1);

    let soon = (Timestamp::now() + SignedDuration::from_secs(3)).to_string();
    stage.aws.act(&arn, "set-validity", json!({ "notAfter": soon })).await;
    let expired = stage.until_condition("shop", "Stalled", "True/Expired").await;
    assert_eq!(condition(&expired, "Ready"), "False/Expired");
    assert_eq!(condition(&expired, "Issued"), "False/Expired");
    let told = stage.event_reasons("shop").await.into_iter().filter(|event| event == "Expired").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn an_unused_certificate_is_told_and_renewals_are_searched_for_once_a_settled_period() {
    let stage = Stage::set("unused").await;
    stage.aws.public_zone("example.com").await;
    let denied = json!({ "service": "acm", "operation": "SearchCertificates", "kind": "access-denied", "times": 0 });
    stage.aws.fault(denied).await;
    let operator = stage.operator_with(&["--settled-period=10m", "--unused-grace=1s"]);
    stage.apply(&manifest("shop", &["shop.example.com"]));
    stage.until_ready("shop").await;
    until("the Event", async || stage.event_reasons("shop").await.contains(&"NotInUse".to_owned()).then_some(())).await;
    assert!(stage.aws.count("ListCertificates").await > 1);
    assert_eq!(stage.aws.count("SearchCertificates").await, 1);
    // Without the permission all else goes on, and the log says what is missing.
    assert!(operator.log().contains("renewals cannot be searched for"), "{}", operator.log());
}
