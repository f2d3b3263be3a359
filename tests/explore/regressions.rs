//! Mistakes that others made, and cases beyond one request: each a story of its own, judged by the same invariants.

use super::{
    faults::{Fault, Kind},
    ground::{Ground, REGION},
    operator::{Setup, keep_running},
    steps::{Phase, Step},
    story::{NAMESPACE, is_ready, spec, until},
};
use acmcert::api::AcmCertificate;
use acmcert_sim::world::{certificate::Certificate, control::Action};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;

pub(super) const HOUR: Duration = Duration::from_secs(3600);

/// Tells a story on a ground of its own; whatever it breaks fails the test, with the trace.
pub(super) fn tell<F: Future<Output = ()>>(name: &str, story: impl FnOnce(Ground) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (violations, trace) = runtime.block_on(async {
        let ground = Ground::new(5);
        ground.enter(Phase::Free);
        story(ground.clone()).await;
        ground.judge_call();
        let violations = ground.judge().violations().to_vec();
        (violations, ground.trace())
    });
    if !violations.is_empty() {
        super::table::keep(name, &trace);
    }
    assert_eq!(violations, Vec::<String>::new(), "the trace is in target/explore/{name}.trace");
}

pub(super) fn start(ground: &Ground, setup: Setup) -> JoinHandle<()> {
    tokio::spawn(keep_running(ground.clone(), setup))
}

pub(super) async fn ready(ground: &Ground, name: &str) -> AcmCertificate {
    let is = || object(ground, name).is_some_and(|object| is_ready(&object));
    until(ground, "L1", &format!("{name} is not Ready"), 4 * HOUR, is).await;
    object(ground, name).unwrap()
}

pub(super) fn object(ground: &Ground, name: &str) -> Option<AcmCertificate> {
    ground.api.get(NAMESPACE, name).map(|object| serde_json::from_value(object).unwrap())
}

pub(super) fn arn_of(object: &AcmCertificate) -> String {
    object.status.as_ref().and_then(|status| status.certificate_arn.clone()).unwrap_or_default()
}

pub(super) async fn gone(ground: &Ground, name: &str) {
    until(ground, "L2", &format!("{name} is not gone"), 4 * HOUR, || object(ground, name).is_none()).await;
}

pub(super) fn requests(ground: &Ground) -> usize {
    ground.world().journal(0).iter().filter(|entry| entry.operation == "RequestCertificate").count()
}

/// Live certificates that carry a tag of ours, but for the planted ones of another cluster.
pub(super) fn ours(ground: &Ground) -> Vec<Certificate> {
    let cluster = |c: &Certificate| c.tags.get("acmcert.io/cluster").cloned().flatten();
    let is_ours =
        |c: &Certificate| c.deleted_at.is_none() && cluster(c).is_some_and(|cluster| cluster != "other-cluster");
    ground.world().state().certificates.into_iter().filter(is_ours).collect()
}

pub(super) fn act(ground: &Ground, action: Value) {
    let action: Action = serde_json::from_value(action).unwrap();
    ground.world().act(&action).unwrap();
}

pub(super) fn expect(ground: &Ground, holds: bool, what: &str) {
    if !holds {
        ground.judge().accuse_of("story", what);
    }
}

/// Looks seldom, so that days of waiting take seconds.
fn patient() -> Setup {
    Setup { pending: Duration::from_secs(60), leisure: 10, ..Setup::default() }
}

#[test]
fn a_pending_certificate_is_not_replaced_because_of_time_alone() {
    tell("pending", |ground| async move {
        let _operator = start(&ground, patient());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.net"]), &[]);
        tokio::time::sleep(70 * HOUR).await;
        expect(&ground, requests(&ground) == 1, "a second request within 70 hours");
        let stalled = object(&ground, "a").unwrap();
        let reason = stalled.status.unwrap().conditions.into_iter().find(|c| c.type_ == "Stalled").map(|c| c.reason);
        expect(&ground, reason.as_deref() == Some("ZoneNotFound"), "the missing zone is not told");
        ground.zone("example.net");
        ready(&ground, "a").await;
        expect(&ground, requests(&ground) == 1, "a second request");
    });
}

#[test]
fn after_72_hours_acm_gives_up_and_the_next_attempt_comes_by_itself() {
    tell("timed-out", |ground| async move {
        let _operator = start(&ground, patient());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.net"]), &[]);
        tokio::time::sleep(73 * HOUR).await;
        expect(&ground, requests(&ground) == 1, "an attempt before the pause is over");
        tokio::time::sleep(2 * HOUR).await;
        expect(&ground, requests(&ground) == 2, "no attempt after the pause");
        ground.zone("example.net");
        ready(&ground, "a").await;
        expect(&ground, ours(&ground).len() == 1, "the dead certificate is left");
    });
}

#[test]
fn an_object_of_the_same_name_is_another_object_whatever_a_stale_watch_says() {
    tell("namesake", |ground| async move {
        let _operator = start(&ground, Setup { watch_lag: 20_000, ..Setup::default() });
        for _ in 0..5 {
            ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
            let first = ready(&ground, "a").await;
            ground.api.delete(NAMESPACE, "a");
            gone(&ground, "a").await;
            ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
            let second = ready(&ground, "a").await;
            expect(&ground, arn_of(&first) != arn_of(&second), "a deleted certificate serves");
            ground.api.delete(NAMESPACE, "a");
            gone(&ground, "a").await;
        }
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_rebuilt_cluster_takes_its_certificates_over_with_arn_and_all() {
    tell("rebuild", |ground| async move {
        let setup = Setup { cluster_name: Some("blue"), ..Setup::default() };
        let operator = start(&ground, setup.clone());
        for name in ["a", "b"] {
            ground.api.create(NAMESPACE, name, spec(&["shop.example.com", &format!("{name}.example.org")]), &[]);
        }
        let before = [ready(&ground, "a").await, ready(&ground, "b").await];
        act(
            &ground,
            json!({ "certificateArn": arn_of(&before[0]), "action": "set-in-use", "by": ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1"] }),
        );
        operator.abort();
        for name in ["a", "b"] {
            let saved = ground.api.get(NAMESPACE, name).unwrap();
            ground.judge().forget_owner(saved["metadata"]["uid"].as_str().unwrap());
            ground.api.force_remove_finalizers(NAMESPACE, name);
            ground.api.delete(NAMESPACE, name);
            let mut manifest = saved;
            manifest["metadata"]["finalizers"] = Value::Null;
            ground.api.restore(&manifest, None).unwrap();
        }
        let _operator = start(&ground, setup);
        let after = [ready(&ground, "a").await, ready(&ground, "b").await];
        for (before, after) in before.iter().zip(&after) {
            expect(&ground, arn_of(before) == arn_of(after), "the ARN has changed");
            expect(&ground, before.metadata.uid != after.metadata.uid, "the UID has not changed");
        }
        expect(&ground, requests(&ground) == 2, "a certificate was requested again");
        ground.judge().all_known(&ground.world(), &ground.api);
    });
}

#[test]
fn an_object_restored_from_a_backup_without_status_finds_its_certificate() {
    tell("backup", |ground| async move {
        let operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        let before = ready(&ground, "a").await;
        operator.abort();
        let saved = ground.api.get(NAMESPACE, "a").unwrap();
        ground.api.force_remove_finalizers(NAMESPACE, "a");
        ground.api.delete(NAMESPACE, "a");
        tokio::time::sleep(2 * HOUR).await;
        // etcd comes back as it was, but for the status: the same UID, the same age.
        ground.api.restore(&saved, before.metadata.uid.as_deref()).unwrap();
        let _operator = start(&ground, Setup::default());
        let after = ready(&ground, "a").await;
        expect(&ground, arn_of(&before) == arn_of(&after), "another certificate serves");
        expect(&ground, requests(&ground) == 1, "a second certificate was requested");
    });
}

#[test]
fn a_request_that_takes_effect_when_its_object_is_gone_is_swept_away() {
    tell("late-orphan", |ground| async move {
        ground.enter(Phase::Create);
        ground.faults.plan(&[Fault { step: Step::E4, kind: Kind::Late }]);
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        until(&ground, "L1", "nothing was sent", HOUR, || ground.faults.fired() > 0).await;
        ground.strike_down(1);
        let uid = object(&ground, "a").unwrap().metadata.uid.unwrap();
        ground.judge().forget_owner(&uid);
        ground.api.force_remove_finalizers(NAMESPACE, "a");
        ground.api.delete(NAMESPACE, "a");
        ground.enter(Phase::Free);
        tokio::time::sleep(Duration::from_secs(120)).await;
        expect(&ground, ours(&ground).len() == 1, "the late request has not taken effect");
        tokio::time::sleep(2 * HOUR).await;
        expect(&ground, ours(&ground).is_empty(), "the orphan is still there");
    });
}

#[test]
fn two_clusters_with_one_name_do_not_fight() {
    tell("two-clusters", |ground| async move {
        let setup = Setup { cluster_name: Some("blue"), ..Setup::default() };
        let _operator = start(&ground, setup);
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        let mine = arn_of(&ready(&ground, "a").await);
        // The other cluster takes it over, for it knows no object of that UID.
        ground.retag(&mine, "acmcert.io/uid", "of-the-other-cluster");
        ground.api.annotate(NAMESPACE, "a", "acmcert.io/reconcile-at", Some("1"));
        let lost = || {
            let object = object(&ground, "a").unwrap();
            object.status.unwrap().conditions.iter().any(|c| c.type_ == "Stalled" && c.reason == "OwnershipLost")
        };
        until(&ground, "L1", "OwnershipLost is not told", HOUR, lost).await;
        let mutations = ground.judge().mutations();
        tokio::time::sleep(24 * HOUR).await;
        let is_quiet = ground.judge().mutations() == mutations;
        expect(&ground, is_quiet, "something was written all the same");
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        expect(&ground, ground.world().certificate(&mine).is_some_and(|c| c.deleted_at.is_none()), "it was deleted");
    });
}

#[test]
fn a_certificate_in_use_keeps_its_object_and_its_records_until_it_is_released() {
    tell("in-use", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        let arn = arn_of(&ready(&ground, "a").await);
        let user = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1";
        act(&ground, json!({ "certificateArn": arn, "action": "set-in-use", "by": [user] }));
        ground.api.delete(NAMESPACE, "a");
        tokio::time::sleep(24 * HOUR).await;
        let blocked = object(&ground, "a").unwrap().status.unwrap();
        let told = blocked.conditions.iter().any(|c| c.type_ == "DeletionBlocked" && c.message.contains(user));
        expect(&ground, told, "who uses it is not told");
        expect(&ground, blocked.records.len() == 1, "a record went before its certificate");
        act(&ground, json!({ "certificateArn": arn, "action": "set-in-use", "by": [] }));
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn ten_edits_in_a_minute_leave_one_certificate_and_what_it_needs() {
    tell("edits", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        ready(&ground, "a").await;
        for edit in 0..10 {
            let other = format!("edit-{}.example.org", edit % 3);
            ground.api.edit_spec(NAMESPACE, "a", |spec| spec["subjectAlternativeNames"] = json!([other]));
            tokio::time::sleep(Duration::from_secs(6)).await;
            ground.tell_news();
        }
        ready(&ground, "a").await;
        let idle = || object(&ground, "a").unwrap().status.is_some_and(|status| status.previous.is_empty());
        until(&ground, "L1", "replaced certificates are not retired", 4 * HOUR, idle).await;
        tokio::time::sleep(HOUR).await;
        expect(&ground, ours(&ground).len() == 1, "more than one certificate is left");
        expect(
            &ground,
            object(&ground, "a").unwrap().status.unwrap().records.len() == 2,
            "claims of names edited out are left",
        );
        ground.api.delete(NAMESPACE, "a");
        gone(&ground, "a").await;
        ground.judge().nothing_left(&ground.world());
    });
}

#[test]
fn a_request_that_takes_effect_hours_later_is_found_and_retired() {
    tell("very-late", |ground| async move {
        let _operator = start(&ground, Setup::default());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        let object = ready(&ground, "a").await;
        // As if the first of two requests had been on its way for longer than ACM remembers a token.
        ground.request_again(&arn_of(&object));
        expect(&ground, ours(&ground).len() == 2, "there is no second certificate");
        ground.judge().forgive("S1");
        tokio::time::sleep(4 * HOUR).await;
        expect(&ground, ours(&ground).len() == 1, "the second certificate is still there");
        expect(&ground, arn_of(&ready(&ground, "a").await) == arn_of(&object), "the wrong one was kept");
    });
}

#[test]
fn credentials_that_are_gone_for_weeks_delete_nothing_and_come_back() {
    tell("weeks", |ground| async move {
        let _operator = start(&ground, patient());
        ground.api.create(NAMESPACE, "a", spec(&["shop.example.com"]), &[]);
        ready(&ground, "a").await;
        ground.take_down(&[REGION, "us-east-1"]);
        tokio::time::sleep(14 * 24 * HOUR).await;
        let stale = object(&ground, "a").unwrap().status.unwrap();
        let unknown = stale.conditions.iter().any(|c| c.type_ == "Ready" && c.status == "Unknown");
        expect(&ground, unknown, "what has not been seen for weeks is told as if it were known");
        ground.take_down(&[]);
        ready(&ground, "a").await;
    });
}
