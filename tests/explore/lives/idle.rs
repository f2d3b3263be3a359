//! What is idle is not written: a year of nothing, a year with its renewals, and what can be scraped meanwhile.

use super::life::{IDLE, Life, slow, tell};
use jiff::Timestamp;
use serde_json::json;

/// When the operator has written the object, in its place in the log of all writes.
fn writes_since(life: &Life, seq: usize) -> Vec<Timestamp> {
    let writes = life.ground.api.writes().into_iter().skip(seq);
    writes.filter(|write| write.resource == "acmcertificates").map(|write| write.at).collect()
}

#[test]
fn a_year_in_which_nothing_changes_has_no_write_no_event_and_no_effect() {
    // NB: valid for so long that the year has no renewal.
    let told = tell("idle", &json!({ "publicValidityDays": 3000 }), slow(), 1, |life| async move {
        life.begin(true).await;
        life.days(2).await;
        let before = (life.ground.api.writes().len(), life.ground.api.events().len(), life.ground.judge().mutations());
        life.days(365).await;
        let after = (life.ground.api.writes().len(), life.ground.api.events().len(), life.ground.judge().mutations());
        life.expect(
            before == after,
            &format!("writes, Events and effects: {before:?} before the year, {after:?} after it"),
        );
    });
    assert_eq!(told.chronicle.days(), ["0 Normal Requested", "0 Normal RecordCreated", "0 Normal Issued"]);
    told.is_true("idle");
}

#[test]
fn a_year_with_its_renewals_has_one_write_for_each_change_that_acm_has_made() {
    let told = tell("idle-renewals", &json!({ "renewalSeconds": 86_400 }), slow(), 1, |life| async move {
        life.begin(true).await;
        life.days(2).await;
        let (seq, now) = (life.ground.api.writes().len(), life.ground.now());
        life.days(365).await;
        let writes = writes_since(&life, seq);
        let lag = life.oracle().lag();
        let changes: Vec<Timestamp> = life.oracle().changes().into_iter().filter(|at| *at > now).collect();
        // Two renewals, each of which begins and ends.
        life.expect(changes.len() == 4, &format!("what is true has changed at {changes:?}"));
        life.expect(writes.len() == changes.len(), &format!("the object was written at {writes:?}"));
        // NB: the oracle dates a change by its own look.
        let follows =
            |write: &Timestamp| changes.iter().any(|change| *change - IDLE <= *write && *write <= *change + lag);
        life.expect(writes.iter().all(follows), &format!("written at {writes:?}, and the changes are of {changes:?}"));
    });
    assert_eq!(
        told.chronicle.days()[3..],
        ["138 Normal RenewalStarted", "139 Normal Renewed", "277 Normal RenewalStarted", "278 Normal Renewed",]
    );
    told.is_true("idle-renewals");
}

#[test]
fn the_metrics_have_the_names_of_the_contract() {
    let told = tell("metrics", &json!({}), slow(), 1, |life| async move {
        life.begin(true).await;
        life.days(1).await;
        let scraped = life.ground.scrape();
        let of = "{namespace=\"shop\",name=\"a\"}";
        for line in [
            format!("\nacmcert_certificate_ready{of} 1"),
            format!("\nacmcert_certificate_stalled{of} 0"),
            format!("\nacmcert_certificate_deletion_blocked{of} 0"),
            format!("\nacmcert_certificate_in_use{of} 1"),
            format!("\nacmcert_certificate_not_after_timestamp_seconds{of} "),
            format!("\nacmcert_certificate_not_before_timestamp_seconds{of} "),
            "\nacmcert_certificate_renewal_status{namespace=\"shop\",name=\"a\",status=\"none\"} 1".to_owned(),
            "\nacmcert_queue_depth".to_owned(),
            "\nacmcert_last_sweep_timestamp_seconds{".to_owned(),
            "\nacmcert_orphans{region=\"eu-west-1\"} 0".to_owned(),
        ] {
            life.expect(scraped.contains(&line), &format!("no {line:?} in {scraped}"));
        }
    });
    told.is_true("metrics");
}
