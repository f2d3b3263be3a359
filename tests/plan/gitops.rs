//! The states that GitOps tools are checked against (hack/go/kstatus/states.yaml): each is what `report` makes of an
//! object that is led into it, in type, status, reason and message of every condition.

use super::{states::*, *};
use crate::support::root;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use std::collections::BTreeSet;

/// The certificate of the table.
const LIKE_A_REAL_ONE: &str = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-4333-8444-555555555555";

/// A row of the table.
struct Row {
    name: String,
    conditions: BTreeSet<String>,
}

/// `Type=Status Reason: message`, without what differs from object to object: times, ARNs, the dot at the end of a value.
fn comparable(line: &str) -> String {
    let line = line.replace(LIKE_A_REAL_ONE, ARN).replace("elsewhere.example.net.", "elsewhere.example.net");
    let is_time = |word: &&str| word.trim_end_matches([',', ';', ':', '.']).parse::<Timestamp>().is_ok();
    let words: Vec<&str> = line.split(' ').map(|word| if is_time(&word) { "TIME" } else { word }).collect();
    words.join(" ")
}

/// Words of Ready, which stand on another condition without AWS's own.
fn is_brief(kind: &str) -> bool {
    matches!(kind, "Reconciling" | "Stalled")
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("hack/go/kstatus/states.yaml")).unwrap();
    let table: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let row = |row: &serde_yaml::Value| {
        let text = |key: &str| row.get(key).and_then(serde_yaml::Value::as_str);
        let mut conditions = BTreeSet::new();
        if let Some(ready) = text("ready") {
            conditions.insert(comparable(&format!("Ready={ready}")));
            if let Some(progress) = text("progress") {
                assert!(is_brief(progress), "{progress}");
                let reason = ready.split(' ').nth(1).and_then(|word| word.strip_suffix(':')).unwrap();
                conditions.insert(format!("{progress}=True {reason}"));
            }
        }
        let others = row.get("others").and_then(serde_yaml::Value::as_sequence);
        conditions.extend(others.into_iter().flatten().map(|line| comparable(line.as_str().unwrap())));
        Row { name: text("name").unwrap().to_owned(), conditions }
    };
    table.get("states").unwrap().as_sequence().unwrap().iter().map(row).collect()
}

/// An object that is led into the state of that name.
fn led_into(name: &str) -> Object {
    match name {
        // Nobody has looked: what is there is what was there before.
        "fresh" | "no-status" => Object::of(&[NAME]),
        "edited" => eligible(),
        "edited-while-stalled" => rejected(),
        "deleting-unseen" => without_zone(),
        "issued" => eligible(),
        "renewing" => renewing("PENDING_AUTO_RENEWAL", None),
        "not-in-use" => Object::issued(),
        "record-missing" => with_conflict(),
        "ineligible" => ineligible(),
        "renewal-pending-validation" => renewing("PENDING_VALIDATION", None),
        "renewal-failed" => renewing("FAILED", Some("CAA_ERROR")),
        "requesting" => requesting(),
        "waiting-for-records" => waiting_for_records(),
        "waiting-for-validation" => validating(),
        "replacing" => replacement_validated(),
        "certificate-gone" => gone(eligible()),
        "zone-not-found" => without_zone(),
        "zone-ambiguous" => with_two_zones(),
        "record-conflict" => pending_with_conflict(),
        "replacement-stalled" => replacing_with_conflict(),
        "request-failed" => ended(validating(), "FAILED"),
        "validation-timed-out" => ended(validating(), "VALIDATION_TIMED_OUT"),
        "expired" => ended(eligible(), "EXPIRED"),
        "revoked" => ended(eligible(), "REVOKED"),
        "adoption-mismatch" => mismatched(),
        "ownership-lost" => lost(),
        "invalid-domain-name" => rejected(),
        "rejected-while-issued" => rejected_while_issued(),
        "not-supported" => unsupported(),
        "quota-exceeded" => over_budget(),
        "access-denied" => denied(),
        "progress-deadline-exceeded" => overdue(),
        "suspended-ready" => suspended(eligible()),
        "suspended" => suspended(Object::of(&[NAME])),
        "suspended-gone" => gone(suspended(eligible())),
        "suspended-expired" => ended(suspended(eligible()), "EXPIRED"),
        "observation-stale" => unseen(eligible()),
        "suspended-stale" => unseen(suspended(eligible())),
        "deleting" => deleting(),
        "deletion-blocked" => deletion_in_use(),
        "deletion-suspended" => deletion_suspended(),
        "deletion-denied" => deletion_failed(refused(), None),
        "deletion-stale" => deletion_failed(outage(), Some(now())),
        other => panic!("states.yaml has a state that nobody leads an object into: {other}"),
    }
}

#[test]
fn each_state_of_the_table_is_what_the_operator_reports() {
    let rows = rows();
    assert!(rows.len() > 40, "the table is read");
    let mut faults = vec![];
    for row in rows {
        let object = led_into(&row.name);
        let line = |c: &Condition| match is_brief(&c.type_) {
            true => format!("{}={} {}", c.type_, c.status, c.reason),
            false => comparable(&format!("{}={} {}: {}", c.type_, c.status, c.reason, c.message)),
        };
        let reported: BTreeSet<String> = object.status.conditions.iter().map(line).collect();
        faults.extend(reported.difference(&row.conditions).map(|line| format!("{}: reported: {line}", row.name)));
        faults.extend(row.conditions.difference(&reported).map(|line| format!("{}: in the table: {line}", row.name)));
        let generation = Some(object.desired.generation);
        let is_of_it = |c: &Condition| c.observed_generation == generation;
        assert!(object.status.conditions.iter().all(is_of_it), "{}", row.name);
        let is_looked_at = !row.conditions.is_empty();
        assert_eq!(is_looked_at, object.status.observed_generation == generation, "{}", row.name);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
