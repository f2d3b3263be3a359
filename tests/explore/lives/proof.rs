//! The oracle can object: what nobody tells any more is found to be wrong.

use super::{
    life::{BALANCER, DAY, Life, Told, slow, tell},
    unseen::Unseen,
};
use serde_json::json;

/// For a day all is well; then the operator is gone, and its last words stand.
async fn abandon(life: &Life) {
    let operator = life.start();
    life.create(json!({ "domainName": "shop.example.com" }));
    life.until_ready().await;
    life.use_by(&[BALANCER]);
    life.up_to(DAY).await;
    operator.abort();
}

fn is_objected_to(told: &Told, what: &str, why: &str) -> bool {
    let objection = format!("oracle: day 1: {what}: {why}");
    told.violations.iter().any(|said| said.starts_with(&objection))
}

/// The certificate lives on.
async fn abandoned(life: Life) {
    abandon(&life).await;
    life.use_by(&[]);
    life.delete_records();
    life.days(3).await;
}

#[test]
fn a_status_that_nobody_brings_up_to_date_is_objected_to() {
    let told = tell("abandoned", &json!({}), slow(), 1, abandoned);
    for what in ["inUseBy", "inUseByCount", "renewal.eligibility", "RecordsReady", "RenewalReady"] {
        assert!(is_objected_to(&told, what, "told as "), "{what}: {:#?}", told.violations);
    }
}

/// All stays as it is, and the operator could see none of it.
async fn blindly(life: Life) {
    abandon(&life).await;
    life.hide(Unseen::Acm);
    life.hide(Unseen::Records);
    life.days(2).await;
}

#[test]
fn a_status_that_knows_what_nobody_has_seen_for_long_is_objected_to() {
    let told = tell("blindly", &json!({}), slow(), 1, blindly);
    for (what, why) in [
        ("Ready", "told as known, and nobody has seen ACM"),
        ("Issued", "told as known, and nobody has seen ACM"),
        ("RecordsReady", "told as known, and nobody has seen Route 53"),
        ("RenewalReady", "told as known, and nobody has seen ACM"),
    ] {
        assert!(is_objected_to(&told, what, why), "{what}: {:#?}", told.violations);
    }
}

/// Only Route 53 is out of sight: what ACM says is known, and whether the renewal will work is not.
async fn without_records(life: Life) {
    abandon(&life).await;
    life.hide(Unseen::Records);
    life.days(2).await;
}

#[test]
fn a_renewal_of_unseen_records_is_objected_to_and_nothing_that_acm_says() {
    let told = tell("without-records", &json!({}), slow(), 1, without_records);
    assert!(is_objected_to(&told, "RenewalReady", "told as True"), "{:#?}", told.violations);
    assert!(is_objected_to(&told, "RecordsReady", "told as known"), "{:#?}", told.violations);
    assert_eq!(told.violations.len(), 2, "{:#?}", told.violations);
}
