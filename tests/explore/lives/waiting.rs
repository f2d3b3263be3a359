//! Waiting that comes to no end by itself.

use super::life::{HOUR, Life, slow, tell};
use crate::explore::operator::Setup;
use jiff::SignedDuration;
use serde_json::json;

/// Nobody writes the record, until somebody does.
async fn forgotten(life: Life) {
    let _operator = life.start();
    life.create(json!({ "domainName": "shop.example.com", "validation": { "dns": { "records": "Manual" } } }));
    life.up_to(3 * HOUR).await;
    let says = |kind: &str, said: &str| {
        let conditions = life.object().and_then(|object| object.status).unwrap_or_default().conditions;
        conditions.iter().any(|c| c.type_ == kind && format!("{}/{}", c.status, c.reason) == said)
    };
    life.expect(says("Reconciling", "True/WaitingForValidation"), "within the deadline it is not told as waiting");
    life.up_to(5 * HOUR).await;
    life.expect(says("Ready", "False/ProgressDeadlineExceeded"), "Ready does not say that the deadline has passed");
    life.expect(says("Stalled", "True/ProgressDeadlineExceeded"), "nobody is told that a person is needed");
    life.note("somebody writes the validation record");
    let validations = life.object().and_then(|object| object.status).unwrap_or_default().validations;
    let record = validations.into_iter().next().and_then(|validation| validation.record).unwrap();
    let zones = life.ground.world().state().hosted_zones;
    let zone = zones.iter().find(|zone| zone.name.trim_end_matches('.') == "example.com" && !zone.private).unwrap();
    life.write_record(&zone.id, &record.name, &record.value);
    life.until_ready().await;
    life.pass(HOUR).await;
    life.expect(!says("Stalled", "True/ProgressDeadlineExceeded"), "it moves, and is told as stalled");
}

#[test]
fn waiting_beyond_the_deadline_needs_a_person_until_it_moves() {
    let deadline = Some(SignedDuration::from_hours(4));
    let setup = Setup { progress_deadline: deadline, unused_grace: 12 * HOUR, ..slow() };
    let told = tell("deadline", &json!({}), setup, 1, forgotten);
    told.is_as_reviewed("deadline");
    assert_eq!(told.chronicle.days(), ["0 Normal Requested", "0 Warning ProgressDeadlineExceeded", "0 Normal Issued"]);
}
