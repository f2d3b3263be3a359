//! A replacement that does not come about, while the certificate that serves lives on.

use super::life::{DAY, HOUR, Life, slow, tell};
use crate::explore::operator::Setup;
use serde_json::json;

/// The spec asks for a name that has no zone, for two weeks. Meanwhile ACM renews the certificate that serves.
async fn without_zone(life: Life) {
    life.begin(true).await;
    life.up_to(20 * DAY).await;
    let serving = life.arn();
    let edited =
        life.ground.api.edit_spec("shop", "a", |spec| spec["subjectAlternativeNames"] = json!(["www.example.net"]));
    life.expect(edited.is_some(), "the spec could not be edited");
    let stalls = |when: &str, renewal: &str| {
        life.expect(life.says("Ready", "False/ZoneNotFound"), &format!("{when}: the missing zone is not told"));
        life.expect(life.says("Issued", "True/Issued"), &format!("{when}: what serves is told as if it did not"));
        let said = life.says("RenewalReady", renewal);
        life.expect(said, &format!("{when}: the renewal of what serves is not told as {renewal}"));
        life.expect(life.arn() == serving, &format!("{when}: another certificate serves"));
    };
    life.up_to(27 * DAY).await;
    stalls("before the renewal", "True/Eligible");
    // ACM renews on day 28, which takes a day.
    life.up_to(28 * DAY + 18 * HOUR).await;
    stalls("in the renewal", "True/Renewing");
    life.up_to(30 * DAY).await;
    stalls("after the renewal", "True/Eligible");
    life.up_to(34 * DAY).await;
    stalls("two weeks later", "True/Eligible");
    life.note("somebody creates the zone");
    life.ground.zone("example.net");
    life.until_ready().await;
    life.expect(life.arn() != serving, "the names were edited, and the old certificate serves");
    life.pass(HOUR / 2).await;
}

#[test]
fn a_replacement_that_stalls_for_weeks_hides_nothing_of_the_certificate_that_serves() {
    // ACM waits for the replacement as long as that takes.
    let settings = json!({ "publicValidityDays": 42, "renewalSeconds": 86_400, "validationTimeoutSeconds": null });
    let setup = Setup { unused_grace: DAY, pending: HOUR / 6, ..slow() };
    let told = tell("stalled-replacement", &settings, setup, 1, without_zone);
    told.is_as_reviewed("stalled-replacement");
    assert_eq!(
        told.chronicle.days(),
        [
            "0 Normal Requested",
            "0 Normal RecordCreated",
            "0 Normal Issued",
            "20 Normal ReplacementStarted",
            "20 Normal Requested",
            "20 Warning ZoneNotFound",
            "28 Normal RenewalStarted",
            "29 Normal Renewed",
            "34 Normal RecordCreated",
            "34 Normal Replaced",
        ]
    );
    let ready = &told.chronicle.conditions()["Ready"];
    assert_eq!(ready.iter().filter(|said| *said == "False/ZoneNotFound").count(), 1, "{ready:#?}");
}
