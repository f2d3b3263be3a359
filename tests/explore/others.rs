//! Mistakes that other controllers made, once more: those that `regressions.rs`, `accidents.rs` and `handover.rs` have no
//! story of. `docs/protocol.md` has the whole list.

use super::{
    accidents::{has, is_alive, record_of, stands, stands_in},
    api_server::{Lists, Write},
    colleague::Placed,
    faults::{Fault, Kind},
    ground::Ground,
    operator::Setup,
    regressions::{HOUR, arn_of, expect, gone, object, ours, ready, requests, start, tell},
    steps::{Phase, Step},
    story::{NAMESPACE, spec, until},
};
use acmcert::api::{AcmCertificateStatus, ClaimState};
use acmcert_sim::world::planting::ZonePlanting;
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const FOREIGN: &str = "elsewhere.example.net";

fn status_of(ground: &Ground, name: &str) -> AcmCertificateStatus {
    object(ground, name).and_then(|object| object.status).unwrap_or_default()
}

/// Waits for the one fault that is planned. NB: nothing else may change when it strikes.
async fn struck(ground: &Ground) {
    for _ in 0..36_000 {
        if ground.faults.fired() > 0 {
            return;
        }
        ground.tell_news();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ground.judge().accuse_of("story", "the fault has not struck within an hour");
}

fn private_zone(ground: &Ground, name: &str) {
    let zone: ZonePlanting = serde_json::from_value(json!({ "name": name, "private": true })).unwrap();
    ground.world().plant_zone(&zone).unwrap();
}

#[test]
fn a_zone_on_the_second_page_gets_the_record_and_its_private_namesakes_do_not() {
    tell("second-page", |ground| async move {
        private_zone(&ground, "example.net");
        private_zone(&ground, "shop.example.net");
        // NB: zones come in the order of their creation, a hundred on a page.
        for number in 0..120 {
            ground.zone(&format!("zone-{number}.example"));
        }
        let zone = ground.zone("example.net");
        private_zone(&ground, "example.net");
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.net"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        expect(&ground, stands_in(&ground, &zone, &record), "the record is not in the public zone");
        let placed = ground.validation_records().into_iter().filter(|(_, found)| found.name == record).count();
        expect(&ground, placed == 1, "the record is in another zone as well");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_record_that_already_exists_with_another_value_is_a_conflict_and_nobody_s_success() {
    tell("already-exists", |ground| async move {
        ground.enter(Phase::Create);
        ground.faults.plan(&[Fault { step: Step::E8Create, kind: Kind::Slow }]);
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        struck(&ground).await;
        // Between the look, which has found nothing, and the arrival of the change.
        let record = record_of(&object(&ground, "a").unwrap());
        let zone = ground.zone_named("example.com").unwrap();
        ground.create_record(&zone, &record, FOREIGN);
        let is_told = || has(&ground, "a", "RecordsReady", "False", "RecordConflict");
        until(&ground, "L1", "the conflict is not told", HOUR, is_told).await;
        let is_answered = ground.world().call_counts().iter().any(|calls| {
            calls.operation == "ChangeResourceRecordSets" && calls.outcome == "InvalidChangeBatch" && calls.count > 0
        });
        expect(&ground, is_answered, "the change did not meet the record");
        tokio::time::sleep(HOUR).await;
        let is_claimed = status_of(&ground, "a").records.iter().any(|claim| claim.state != ClaimState::Creating);
        expect(&ground, !is_claimed, "a record of somebody else is claimed");
        ground.enter(Phase::Free);
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        let is_kept =
            |(_, found): &Placed| found.name == record && found.values.iter().any(|value| value.contains(FOREIGN));
        expect(&ground, ground.validation_records().iter().any(is_kept), "the record of somebody else is gone");
    });
}

#[test]
fn an_error_that_says_that_something_exists_is_no_success() {
    tell("exist", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.faults.refuse("RequestCertificate", "AlreadyExists", "The certificate already exists.");
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        tokio::time::sleep(10 * MINUTE).await;
        let status = status_of(&ground, "a");
        let is_asked = status.request.is_some_and(|request| request.certificate_arn.is_none());
        expect(&ground, is_asked && status.certificate_arn.is_none(), "a certificate that does not exist is known");
        ground.faults.refuse("ChangeResourceRecordSets", "AlreadyExists", "The record set already exists.");
        ground.faults.accept("RequestCertificate");
        let is_announced = || !status_of(&ground, "a").records.is_empty();
        until(&ground, "L1", "no record is announced", HOUR, is_announced).await;
        tokio::time::sleep(10 * MINUTE).await;
        let claims = status_of(&ground, "a").records;
        expect(&ground, claims.iter().all(|claim| claim.state == ClaimState::Creating), "a missing record is claimed");
        ground.faults.accept("ChangeResourceRecordSets");
        let (record, arn) = (record_of(&ready(&ground, "a").await), arn_of(&ready(&ground, "a").await));

        ground.faults.refuse("DeleteCertificate", "DependencyViolation", "The certificate does not exist.");
        ground.api.delete(NAMESPACE, "a");
        tokio::time::sleep(30 * MINUTE).await;
        expect(&ground, object(&ground, "a").is_some() && is_alive(&ground, &arn), "it went before its certificate");
        expect(&ground, stands(&ground, &record), "the record went before the certificate");
        ground.faults.refuse("ChangeResourceRecordSets", "InvalidState", "The record set does not exist.");
        ground.faults.accept("DeleteCertificate");
        until(&ground, "L2", "the certificate stays", 4 * HOUR, || !is_alive(&ground, &arn)).await;
        tokio::time::sleep(30 * MINUTE).await;
        expect(&ground, object(&ground, "a").is_some() && stands(&ground, &record), "it went before its record");
        ground.faults.accept("ChangeResourceRecordSets");
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

/// The object as far as it is the user's: the operator has the status and the finalizers, and the server the version.
fn users_own(object: &Value) -> Value {
    let mut object = object.clone();
    object["status"] = Value::Null;
    for field in ["resourceVersion", "finalizers"] {
        object["metadata"][field] = Value::Null;
    }
    object
}

/// Did the write leave alone what is the user's?
fn is_modest(ground: &Ground, write: &Write) -> bool {
    let history = ground.api.history();
    let Some(at) = history.iter().position(|change| change.revision == write.resource_version) else { return false };
    let after = &history[at].object;
    let is_same = |object: &Value| object["metadata"]["uid"] == after["metadata"]["uid"];
    let before = history[..at].iter().rfind(|change| is_same(&change.object));
    before.is_some_and(|before| users_own(&before.object) == users_own(after))
}

#[test]
fn of_an_object_the_operator_writes_nothing_but_its_finalizer_and_its_status() {
    tell("modest", |ground| async move {
        let operator = start(&ground, Setup::default());
        let own = json!({ "team": "shop", "example.com/note": "ü \"quoted\"" });
        let sent = json!({
            "metadata": { "namespace": NAMESPACE, "name": "a", "labels": own, "annotations": own },
            "spec": spec(&["shop.example.com", "shop.example.org"]),
        });
        ground.api.restore(&sent, None).unwrap();
        ready(&ground, "a").await;
        ground.faults.storm(40, &[Kind::AnswerLost, Kind::Late, Kind::ErrorAfter, Kind::Conflict, Kind::CrashAfter]);
        let mut spec = sent["spec"].clone();
        for edit in 0..6 {
            spec["subjectAlternativeNames"] = json!([format!("edit-{}.example.org", edit % 3)]);
            spec["tags"] = json!({ "edit": edit.to_string() });
            ground.api.edit_spec(NAMESPACE, "a", |stored| *stored = spec.clone());
            tokio::time::sleep(20 * MINUTE).await;
        }
        ground.faults.cease();
        tokio::time::sleep(2 * HOUR).await;
        ready(&ground, "a").await;
        let stored = ground.api.get(NAMESPACE, "a").unwrap();
        expect(&ground, stored["spec"] == spec, "the spec is not what the user has sent");
        let is_kept = |field: &str| stored["metadata"][field] == own;
        expect(&ground, is_kept("labels") && is_kept("annotations"), "labels or annotations are not the user's");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        operator.abort();
        expect(&ground, ground.faults.fired() > 0, "nothing has gone wrong");
        let mut writes = ground.api.writes();
        writes.retain(|write| write.caller != "user" && write.resource == "acmcertificates" && write.changed);
        expect(&ground, writes.len() > 20, "the operator has hardly written");
        for write in &writes {
            let is_its_own = matches!((write.verb, write.subresource), ("patch", None) | ("update", Some("status")));
            let what = format!("{} wrote what is the user's: {} {:?}", write.caller, write.verb, write.subresource);
            expect(&ground, is_its_own && is_modest(&ground, write), &what);
        }
    });
}

#[test]
fn a_certificate_with_an_elliptic_curve_is_found_again_when_its_token_is_forgotten() {
    tell("curve", |ground| async move {
        ground.enter(Phase::Create);
        ground.faults.plan(&[Fault { step: Step::E4, kind: Kind::CrashAfter }]);
        let _operator = start(&ground, Setup::default());
        let mut curve = spec(&["api.example.com"]);
        curve["keyAlgorithm"] = json!("EC_prime256v1");
        ground.api.create(NAMESPACE, "a", curve, &[]);
        struck(&ground).await;
        // Longer than ACM remembers a token.
        ground.hold_back(70 * MINUTE).await;
        let arn = arn_of(&ready(&ground, "a").await);
        expect(&ground, requests(&ground) == 1, "a second certificate was requested");
        let algorithm = ground.world().certificate(&arn).map(|certificate| certificate.key_algorithm.clone());
        expect(&ground, algorithm.as_deref() == Some("EC_prime256v1"), "it is of another algorithm");
        ground.judge().all_known(&ground.world(), &ground.api);
    });
}

#[test]
fn an_empty_list_of_objects_lets_nothing_be_deleted() {
    tell("empty-list", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let first = ready(&ground, "a").await;
        let record = record_of(&first);
        ground.api.create(NAMESPACE, "b", spec(&["api.example.com", "b.example.org"]), &[]);
        ready(&ground, "b").await;
        // There is no such zone, so it stays pending.
        ground.api.create(NAMESPACE, "c", spec(&["shop.example.net"]), &[]);
        until(&ground, "L1", "nothing is requested", HOUR, || ours(&ground).len() == 3).await;
        tokio::time::sleep(2 * MINUTE).await;
        let mut kept: Vec<String> = ours(&ground).into_iter().map(|certificate| certificate.certificate_arn).collect();
        kept.retain(|arn| *arn != arn_of(&first));
        ground.api.set_lists(Lists::Empty);
        ground.api.delete(NAMESPACE, "a");
        tokio::time::sleep(10 * MINUTE).await;
        expect(&ground, stands(&ground, &record), "the record went, for nobody seemed to need it");
        // The next process begins with nothing at all, and looks for orphans.
        ground.strike_down(1);
        tokio::time::sleep(50 * MINUTE).await;
        expect(
            &ground,
            kept.iter().all(|arn| is_alive(&ground, arn)),
            "a certificate went, for its object seemed to be gone",
        );
        expect(&ground, stands(&ground, &record), "the record went, for nobody seemed to need it");
        ground.api.set_lists(Lists::Whole);
        ground.strike_down(2);
        gone(&ground, "a").await;
        tokio::time::sleep(2 * HOUR).await;
        ready(&ground, "b").await;
        expect(&ground, ours(&ground).len() == 2 && requests(&ground) == 3, "a certificate was made or deleted");
        expect(&ground, stands(&ground, &record), "the record that b needs is gone");
        ground.judge().all_known(&ground.world(), &ground.api);
    });
}

#[test]
fn half_a_list_of_objects_lets_no_record_be_deleted() {
    tell("half-a-list", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        ground.api.create(NAMESPACE, "b", spec(&["api.example.com"]), &[]);
        ready(&ground, "b").await;
        ground.api.set_lists(Lists::FirstPageOnly);
        ground.api.delete(NAMESPACE, "a");
        tokio::time::sleep(30 * MINUTE).await;
        expect(&ground, object(&ground, "a").is_some(), "half a list has decided on a record");
        expect(&ground, stands(&ground, &record), "the record went, for half a list has nobody who needs it");
        ground.api.set_lists(Lists::Whole);
        gone(&ground, "a").await;
        let is_heir = status_of(&ground, "b").records.iter().any(|claim| claim.state == ClaimState::Created);
        expect(&ground, is_heir, "the record was not handed over");
        ground.api.delete(NAMESPACE, "b");
        gone(&ground, "b").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_request_of_an_old_plan_that_is_sent_two_hours_late_changes_nothing_that_serves() {
    tell("old-request", |ground| async move {
        ground.enter(Phase::Create);
        ground.faults.delay_by(2 * HOUR);
        ground.faults.plan(&[Fault { step: Step::E4, kind: Kind::Late }]);
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        ready(&ground, "a").await;
        ground.enter(Phase::Free);
        ground.api.edit_spec(NAMESPACE, "a", |spec| spec["domainName"] = json!("new.example.org"));
        let arn = arn_of(&ready(&ground, "a").await);
        until(&ground, "L1", "the old one is not retired", HOUR, || ours(&ground).len() == 1).await;
        tokio::time::sleep(2 * HOUR).await;
        expect(&ground, requests(&ground) == 3, "the late request has not taken effect");
        tokio::time::sleep(4 * HOUR).await;
        expect(&ground, arn_of(&ready(&ground, "a").await) == arn, "another certificate serves");
        expect(&ground, ours(&ground).len() == 1, "what the old plan has made is left");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_record_that_an_old_plan_deletes_two_hours_late_is_restored_and_what_needs_it_serves() {
    tell("old-deletion", |ground| async move {
        let setup = Setup::default();
        let _operator = start(&ground, setup.clone());
        ground.api.create(NAMESPACE, "a", spec(&["api.example.com"]), &[]);
        let record = record_of(&ready(&ground, "a").await);
        ground.enter(Phase::Delete);
        ground.faults.delay_by(2 * HOUR);
        ground.faults.plan(&[Fault { step: Step::D7Delete, kind: Kind::Late }]);
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        expect(&ground, ground.faults.fired() == 1, "no deletion is late");
        ground.enter(Phase::Free);
        ground.api.create(NAMESPACE, "b", spec(&["api.example.com"]), &[]);
        let before = ready(&ground, "b").await;
        // It names the record exactly as it stands there again, and Route 53 has no condition that would tell them apart.
        ground.judge().forgive("S5");
        until(&ground, "story", "the late deletion has not taken effect", 3 * HOUR, || !stands(&ground, &record)).await;
        until(&ground, "L1", "the record is not restored", setup.look() * 2, || stands(&ground, &record)).await;
        let after = ready(&ground, "b").await;
        expect(
            &ground,
            arn_of(&before) == arn_of(&after) && requests(&ground) == 2,
            "another certificate was requested",
        );
        ground.api.delete(NAMESPACE, "b");
        gone(&ground, "b").await;
        ground.judge().nothing_left(&ground.world());
    });
}
