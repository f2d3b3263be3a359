//! Renewals, as they go and as they do not.

use super::life::{BALANCER, DAY, Life, slow, tell};
use serde_json::json;

/// ACM takes a day to renew, so that a renewal is seen while it goes on.
const A_DAY: u32 = 86_400;

#[test]
fn a_certificate_in_use_is_renewed_three_times_and_nothing_else_is_ever_said() {
    let told = tell("three-renewals", &json!({ "renewalSeconds": A_DAY }), slow(), 1, |life| async move {
        life.begin(true).await;
        life.days(450).await;
    });
    told.is_as_reviewed("three-renewals");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "138 Normal RenewalStarted",
            "139 Normal Renewed",
            "277 Normal RenewalStarted",
            "278 Normal Renewed",
            "416 Normal RenewalStarted",
            "417 Normal Renewed",
        ]
    );
}

#[test]
fn certificates_of_47_days_are_renewed_for_a_year_without_a_warning() {
    let settings = json!({ "publicValidityDays": 47, "renewalSeconds": A_DAY });
    let told = tell("47-days", &settings, slow(), 1, |life| async move {
        life.begin(true).await;
        life.days(365).await;
    });
    told.is_as_reviewed("47-days");
    let events = told.chronicle.days();
    assert!(events.iter().all(|event| event.contains(" Normal ")), "{events:#?}");
    assert!(events.iter().filter(|event| event.ends_with("Renewed")).count() >= 10, "{events:#?}");
}

#[test]
fn a_record_that_is_deleted_two_months_before_the_renewal_is_restored_and_the_renewal_goes_well() {
    let told = tell("record-deleted", &json!({ "renewalSeconds": A_DAY }), slow(), 1, |life| async move {
        life.begin(true).await;
        life.up_to(78 * DAY).await;
        life.delete_records();
        life.days(80).await;
    });
    told.is_as_reviewed("record-deleted");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "78 Normal RecordRestored",
            "138 Normal RenewalStarted",
            "139 Normal Renewed",
        ]
    );
}

/// What stands there is not ours to change: it is told, and ACM gives the renewal up. Then somebody puts it right.
async fn refused(life: Life) {
    life.begin(true).await;
    life.up_to(78 * DAY).await;
    life.spoil_records();
    life.up_to(170 * DAY).await;
    life.note("ACM gives the renewal up");
    life.of_renewal("fail-renewal");
    life.up_to(172 * DAY).await;
    life.note("the wrong record is removed");
    life.ground.delete_validation_records();
    life.up_to(173 * DAY).await;
    life.note("ACM is asked to renew once more");
    life.of_renewal("start-renewal");
    life.days(10).await;
}

#[test]
fn a_record_of_somebody_else_fails_the_renewal_until_it_is_put_right() {
    let told = tell("record-refused", &json!({ "renewalSeconds": A_DAY }), slow(), 1, refused);
    told.is_as_reviewed("record-refused");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "78 Warning RecordConflict",
            "138 Normal RenewalStarted",
            "138 Warning RenewalPendingValidation",
            "153 Warning ExpiringSoon",
            "168 Warning ExpiringSoon",
            "170 Warning RenewalFailed",
            "172 Normal RecordRestored",
            "173 Normal RenewalStarted",
            "174 Normal Renewed",
        ]
    );
}

/// The first loss is short. The second goes far into the time in which ACM would renew.
async fn lost_and_found(life: Life) {
    life.begin(true).await;
    life.up_to(30 * DAY).await;
    life.use_by(&[]);
    life.up_to(40 * DAY).await;
    life.use_by(&[BALANCER]);
    life.up_to(130 * DAY).await;
    life.use_by(&[]);
    life.up_to(170 * DAY).await;
    life.use_by(&[BALANCER]);
    life.days(20).await;
}

#[test]
fn a_certificate_that_loses_its_users_is_told_and_is_renewed_once_it_has_them_again() {
    let told = tell("use-lost-and-found", &json!({ "renewalSeconds": A_DAY }), slow(), 1, lost_and_found);
    told.is_as_reviewed("use-lost-and-found");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "30 Normal NotInUse",
            "130 Normal NotInUse",
            "153 Warning ExpiringSoon",
            "153 Warning NotInUse",
            "168 Warning ExpiringSoon",
            "170 Normal RenewalStarted",
            "171 Normal Renewed",
        ]
    );
}

#[test]
fn a_certificate_that_nobody_uses_is_warned_of_until_it_expires_and_is_then_requested_anew() {
    let told = tell("nobody-uses-it", &json!({}), slow(), 1, |life| async move {
        life.begin(false).await;
        life.days(200).await;
    });
    told.is_as_reviewed("nobody-uses-it");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "0 Normal NotInUse",
            "153 Warning ExpiringSoon",
            "153 Warning NotInUse",
            "168 Warning ExpiringSoon",
            "183 Warning ExpiringSoon",
            "191 Warning ExpiringSoon",
            "195 Warning ExpiringSoon",
            "197 Warning ExpiringSoon",
            "198 Warning Expired",
            "198 Normal Requested",
            "198 Normal Deleted",
            "198 Normal Issued",
            "198 Normal NotInUse",
        ]
    );
}

#[test]
fn a_certificate_that_changes_hands_is_told_with_those_who_use_it_now() {
    const OTHER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/y/2";
    let told = tell("other-users", &json!({}), slow(), 1, |life| async move {
        life.begin(true).await;
        life.up_to(10 * DAY).await;
        life.use_by(&[BALANCER, OTHER]);
        life.up_to(20 * DAY).await;
        life.use_by(&[OTHER]);
        life.days(10).await;
    });
    told.is_true("other-users");
}
