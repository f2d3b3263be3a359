//! What the operator cannot see for a while, and what it says then: nothing that it does not know, and nothing twice.

use super::{
    life::{BALANCER, DAY, HOUR, Life, slow, tell},
    unseen::Unseen,
};
use serde_json::json;

const STALE: &str = "Unknown/ObservationStale";

/// The Events without those of that reason, whose number is a matter of its own.
fn without(events: Vec<String>, reason: &str) -> (Vec<String>, usize) {
    let (those, rest): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| event.ends_with(reason));
    (rest, those.len())
}

/// Two outages of ACM, in which a record that says something else stays as it is.
async fn conflict(life: Life) {
    life.begin(true).await;
    life.up_to(10 * DAY).await;
    life.spoil_records();
    for day in [13_u32, 17] {
        life.up_to(day * DAY).await;
        life.expect(life.says("RecordsReady", "False/RecordConflict"), "the conflict is not told");
        life.note("ACM cannot be read");
        life.fail(Unseen::Acm, "error-before");
        life.pass(2 * DAY).await;
        life.expect(life.says("Ready", STALE), "it is told as if it were seen");
        life.note("ACM can be read again");
        life.mend();
        life.pass(HOUR).await;
        life.expect(life.says("Ready", "True/Issued"), "it is not told that it can be seen again");
    }
    life.up_to(21 * DAY).await;
    life.note("the wrong record is removed");
    life.ground.delete_validation_records();
    life.days(2).await;
}

#[test]
fn a_conflict_that_outlasts_two_outages_is_told_once() {
    let told = tell("conflict-outage", &json!({}), slow(), 1, conflict);
    told.is_as_reviewed("conflict-outage");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "10 Warning RecordConflict",
            "21 Normal RecordRestored",
        ]
    );
}

/// Nobody uses the certificate, until somebody does while nothing can be seen; and so ACM renews it.
async fn attached(life: Life) {
    life.begin(false).await;
    life.up_to(24 * DAY).await;
    life.note("the operator's credentials expire");
    life.fail(Unseen::Acm, "expired-credentials");
    life.up_to(25 * DAY).await;
    life.use_by(&[BALANCER]);
    // By what was last seen of it, it ends on day 30.
    for day in 26..33_u32 {
        life.up_to(day * DAY).await;
        life.expect(life.says("Ready", STALE), "something is told of a certificate that nobody sees");
        life.expect(life.says("Issued", STALE), "its end is told, and nobody has seen it");
    }
    life.note("the operator may do its work again");
    life.mend();
    life.days(3).await;
}

#[test]
fn a_certificate_that_is_attached_and_renewed_out_of_sight_is_never_told_as_expired() {
    let told = tell("attached-out-of-sight", &json!({ "publicValidityDays": 30 }), slow(), 1, attached);
    told.is_as_reviewed("attached-out-of-sight");
    // That the credentials are refused may be told besides.
    let (events, denials) = without(told.chronicle.days(), "AccessDenied");
    assert!(denials <= 1, "{:#?}", told.chronicle.days());
    assert_eq!(
        events,
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "0 Normal NotInUse",
            "23 Warning ExpiringSoon",
            "23 Warning NotInUse",
            "27 Warning ExpiringSoon",
            "29 Warning ExpiringSoon",
            "32 Normal Renewed",
        ]
    );
    let ready = &told.chronicle.conditions()["Ready"];
    assert_eq!(ready[ready.len() - 3..], ["True/Issued", STALE, "True/Issued"]);
}

/// A day without Route 53, and then five hours.
async fn zones_unread(life: Life) {
    life.begin(true).await;
    life.up_to(10 * DAY).await;
    life.note("Route 53 cannot be reached");
    life.fail(Unseen::Records, "reset-before");
    life.pass(6 * HOUR).await;
    life.expect(life.says("RecordsReady", "True/InPlace"), "an outage that is not long yet is told");
    life.pass(15 * HOUR).await;
    life.expect(life.says("RecordsReady", STALE), "records that nobody has seen for long are told as if they were");
    life.expect(
        life.says("RenewalReady", STALE),
        "it is told of the renewal, and nobody has seen the records for long",
    );
    life.expect(life.says("Ready", "True/Issued"), "what ACM says is doubted, and it can be read");
    let message = life.message("RecordsReady");
    life.expect(message.contains("Route 53"), &format!("it is not said what cannot be read: {message}"));
    life.up_to(11 * DAY).await;
    life.note("Route 53 can be reached again");
    life.mend();
    life.pass(HOUR).await;
    life.expect(life.says("RecordsReady", "True/InPlace"), "the records can be seen, and it is not told");
    life.expect(life.says("RenewalReady", "True/Eligible"), "nothing is wrong any more, and it is not told");
    life.up_to(15 * DAY).await;
    life.note("Route 53 cannot be reached");
    life.fail(Unseen::Records, "reset-before");
    life.pass(5 * HOUR).await;
    life.note("Route 53 can be reached again");
    life.mend();
    life.days(3).await;
}

#[test]
fn without_route_53_nobody_says_that_a_renewal_will_work_and_nothing_else_is_doubted() {
    let told = tell("route-53-unread", &json!({}), slow(), 1, zones_unread);
    told.is_as_reviewed("route-53-unread");
    assert_eq!(told.chronicle.days(), ["0 Normal Requested", "0 Normal RecordCreated", "0 Normal Issued"]);
    let conditions = told.chronicle.conditions();
    let ends = |kind: &str, with: [&str; 3]| {
        let course = &conditions[kind];
        assert_eq!(course[course.len() - 3..], with, "{kind}");
    };
    ends("RecordsReady", ["True/InPlace", STALE, "True/InPlace"]);
    ends("RenewalReady", ["True/Eligible", STALE, "True/Eligible"]);
    assert!(!conditions["Ready"].iter().any(|said| said == STALE), "{:#?}", conditions["Ready"]);
}

/// ACM lists the certificate and does not describe it, over its renewal and the end of before.
async fn undescribed(life: Life) {
    life.begin(true).await;
    life.up_to(19 * DAY).await;
    life.note("DescribeCertificate is denied");
    life.fail(Unseen::Descriptions, "access-denied");
    // ACM renews on day 20, which takes a day. By what was last seen of it, the certificate ends on day 30.
    life.up_to(22 * DAY).await;
    let message = life.message("Ready");
    life.expect(life.says("Ready", STALE), "what the listing shows to be otherwise is told as it was");
    let is_named = message.contains("DescribeCertificate") && message.contains("acm:DescribeCertificate");
    life.expect(is_named, &format!("operation and permission are not named: {message}"));
    life.up_to(33 * DAY).await;
    life.expect(life.says("Ready", STALE), "the end of before is told of a certificate that was renewed");
    life.note("DescribeCertificate is allowed again");
    life.mend();
    life.days(3).await;
}

#[test]
fn a_certificate_that_is_listed_and_never_described_is_unknown_over_its_renewal_and_names_the_permission() {
    let settings = json!({ "publicValidityDays": 30, "renewalSeconds": 86_400 });
    let told = tell("undescribed", &settings, slow(), 1, undescribed);
    told.is_as_reviewed("undescribed");
    // Nobody can say that the renewal is on track. How much of it the listing tells is not the point here.
    let (events, warnings) = without(told.chronicle.days(), "ExpiringSoon");
    assert!(warnings <= 3, "{:#?}", told.chronicle.days());
    let (events, denials) = without(events, "Warning AccessDenied");
    assert_eq!(denials, 1, "{:#?}", told.chronicle.days());
    assert_eq!(events, ["0 Normal Requested", "0 Normal RecordCreated", "0 Normal Issued", "33 Normal Renewed"]);
    let ready = &told.chronicle.conditions()["Ready"];
    assert_eq!(ready[ready.len() - 3..], ["True/Issued", STALE, "True/Issued"]);
}
