//! What goes wrong between the operator and ACM, and with its clock.

use super::{
    life::{BALANCER, DAY, HOUR, Life, slow, tell},
    unseen::Unseen,
};
use crate::explore::ground::REGION;
use serde_json::json;

/// ACM renews while nobody sees it.
async fn outage(life: Life) {
    life.begin(true).await;
    life.up_to(136 * DAY).await;
    life.note("AWS cannot be reached");
    life.ground.take_down(&[REGION, "us-east-1"]);
    life.hide(Unseen::Acm);
    life.hide(Unseen::Records);
    life.up_to(143 * DAY).await;
    life.note("AWS can be reached again");
    life.mend();
    life.days(20).await;
}

#[test]
fn an_outage_of_a_week_is_told_as_such_and_repeats_nothing() {
    let told = tell("outage", &json!({ "renewalSeconds": 86_400 }), slow(), 1, outage);
    told.is_as_reviewed("outage");
    assert_eq!(
        told.chronicle.days(),
        ["0 Normal Requested", "0 Normal RecordCreated", "0 Normal Issued", "143 Normal Renewed"]
    );
    let conditions = told.chronicle.conditions();
    let ready = &conditions["Ready"];
    assert_eq!(ready[ready.len() - 3..], ["True/Issued", "Unknown/ObservationStale", "True/Issued"]);
}

/// Nobody uses the certificate, and so it expires in the middle of that.
async fn credentials_gone(life: Life) {
    life.begin(false).await;
    life.up_to(180 * DAY).await;
    life.note("the operator's credentials expire");
    life.fail(Unseen::Acm, "expired-credentials");
    life.up_to(200 * DAY).await;
    life.note("the operator has new credentials, which allow nothing");
    life.fail(Unseen::Acm, "access-denied");
    life.up_to(215 * DAY).await;
    life.note("the operator may do its work again");
    life.mend();
    life.days(10).await;
}

#[test]
fn credentials_that_are_gone_for_five_weeks_across_an_expiry_are_told_as_such_and_it_goes_on_by_itself() {
    let told = tell("credentials-gone", &json!({}), slow(), 1, credentials_gone);
    told.is_as_reviewed("credentials-gone");
    // While nothing can be seen nobody can say that the renewal is on track: the warnings go on. Nor can anybody say that
    // it has not come: the end is told once it is seen.
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
            "180 Warning AccessDenied",
            "183 Warning ExpiringSoon",
            "191 Warning ExpiringSoon",
            "195 Warning ExpiringSoon",
            "197 Warning ExpiringSoon",
            "215 Warning Expired",
            "215 Normal Requested",
            "215 Normal Deleted",
            "215 Normal Issued",
            "215 Normal NotInUse",
        ]
    );
}

/// A day forward and back again, a day backward and back again, and once more backward over a renewal. After each jump
/// the operator works as before: it looks at the records, and it sees the renewal.
async fn jumps(life: Life) {
    const A_DAY: i64 = 24 * 3600;
    let jump = |to: i64, deed: &str| {
        life.note(deed);
        life.ground.set_skew(1, to);
    };
    life.begin(true).await;
    life.up_to(60 * DAY).await;
    jump(A_DAY, "the operator's clock jumps a day forward");
    life.up_to(61 * DAY).await;
    life.delete_records();
    life.up_to(64 * DAY).await;
    jump(0, "the operator's clock jumps a day backward, and is right again");
    life.pass(HOUR).await;
    life.delete_records();
    life.up_to(90 * DAY).await;
    jump(-A_DAY, "the operator's clock jumps a day backward");
    life.pass(HOUR).await;
    life.delete_records();
    life.up_to(100 * DAY).await;
    jump(0, "the operator's clock jumps a day forward, and is right again");
    life.up_to(137 * DAY + 12 * HOUR).await;
    jump(-A_DAY, "the operator's clock jumps a day backward");
    life.up_to(145 * DAY).await;
    jump(0, "the operator's clock jumps a day forward, and is right again");
    life.days(10).await;
}

#[test]
fn clocks_that_jump_by_a_day_each_way_put_nothing_off_and_make_nothing_up() {
    let told = tell("clock-jumps", &json!({ "renewalSeconds": 86_400 }), slow(), 1, jumps);
    told.is_as_reviewed("clock-jumps");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "61 Normal RecordRestored",
            "64 Normal RecordRestored",
            "90 Normal RecordRestored",
            "138 Normal RenewalStarted",
            "139 Normal Renewed",
        ]
    );
}

/// A day forward and back again, near a warning; and from two days before the end until a quarter of a day after the
/// operator takes it to have come. In the last hours somebody attaches the certificate, and ACM renews it.
async fn jumps_near_the_end(life: Life) {
    const A_DAY: i64 = 24 * 3600;
    let jump = |to: i64, deed: &str| {
        life.note(deed);
        life.ground.set_skew(1, to);
    };
    life.begin(false).await;
    life.up_to(22 * DAY).await;
    jump(A_DAY, "the operator's clock jumps a day forward");
    life.up_to(22 * DAY + 12 * HOUR).await;
    jump(0, "the operator's clock jumps a day backward, and is right again");
    life.up_to(28 * DAY).await;
    jump(A_DAY, "the operator's clock jumps a day forward");
    // The certificate ends on day 30.
    life.up_to(28 * DAY + 23 * HOUR).await;
    life.expect(life.says("Ready", "True/Issued"), "by no clock the end has come, and it is told");
    life.up_to(29 * DAY + 6 * HOUR).await;
    life.expect(life.says("Ready", "False/Expired"), "by the operator's clock the end has come, and it is not told");
    let arn = life.arn();
    jump(0, "the operator's clock jumps a day backward, and is right again");
    life.up_to(29 * DAY + 13 * HOUR).await;
    life.expect(life.says("Ready", "True/Issued"), "the end has not come, and it is not taken back");
    life.expect(life.arn() == arn, "by a clock alone another certificate was requested");
    life.up_to(29 * DAY + 14 * HOUR).await;
    life.use_by(&[BALANCER]);
    life.days(5).await;
}

#[test]
fn an_end_that_a_wrong_clock_has_told_is_taken_back_and_each_warning_is_told_once() {
    let told = tell("clock-near-the-end", &json!({ "publicValidityDays": 30 }), slow(), 1, jumps_near_the_end);
    told.is_as_reviewed("clock-near-the-end");
    // The operator knows no other clock than its own: it warns a day too soon, and tells an end that has not come. Neither
    // is told again, and nothing is done that could not be undone.
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "0 Normal NotInUse",
            "22 Warning ExpiringSoon",
            "22 Warning NotInUse",
            "27 Warning ExpiringSoon",
            "28 Warning ExpiringSoon",
            "29 Warning Expired",
            "29 Normal RenewalStarted",
            "29 Normal Renewed",
        ]
    );
    let ready = &told.chronicle.conditions()["Ready"];
    assert_eq!(ready[ready.len() - 3..], ["True/Issued", "False/Expired", "True/Issued"]);
}
