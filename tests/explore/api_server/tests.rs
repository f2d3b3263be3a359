//! The server from both sides: what gates do to calls, and what is done and read by hand.

use super::{ApiServer, Change, ChangeKind, Gate, Seen, Verdict, Write, open};
use acmcert::api::AcmCertificate;
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::events::v1::Event;
use kube::{
    Api, Client, Error, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

fn server() -> ApiServer {
    let server = ApiServer::new("uid-of-the-cluster", || "2026-11-25T12:00:00.5Z".parse().unwrap());
    server.create("shop", "www", json!({ "domainName": "www.example.com" }), &[]).unwrap();
    server
}

/// A gate that always says the same.
fn always(verdict: Verdict) -> Gate {
    Arc::new(move |_: Seen| {
        let verdict = verdict.clone();
        async move { verdict }.boxed()
    })
}

fn objects(client: Client) -> Api<AcmCertificate> {
    Api::namespaced(client, "shop")
}

/// An annotation set through such gates: what the caller is told within a moment, and whether it happened.
async fn annotated(before: Verdict, after: Verdict) -> (Option<Result<AcmCertificate, Error>>, bool) {
    let server = server();
    let api = objects(server.client("operator", always(before), always(after)));
    let (params, patch) = (PatchParams::default(), json!({ "metadata": { "annotations": { "a": "b" } } }));
    let patch = Patch::Merge(&patch);
    let told = tokio::time::timeout(Duration::from_millis(50), api.patch("www", &params, &patch)).await;
    let happened = server.get("shop", "www").unwrap()["metadata"]["annotations"] == json!({ "a": "b" });
    (told.ok(), happened)
}

/// Code and reason of a refusal.
fn refusal(told: Option<Result<AcmCertificate, Error>>) -> (u16, String) {
    match told {
        Some(Err(Error::Api(status))) => (status.code, status.reason.clone()),
        other => panic!("no refusal: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_gate_lets_a_call_happen_and_be_answered() {
    let (told, happened) = annotated(Verdict::Pass, Verdict::Pass).await;
    assert_eq!(told.unwrap().unwrap().annotations().get("a").unwrap(), "b");
    assert!(happened);
}

#[tokio::test(start_paused = true)]
async fn a_gate_may_refuse_a_call_instead_of_the_server() {
    let refused = Verdict::Answer(429, "TooManyRequests", "slow down".into());
    let (told, happened) = annotated(refused, Verdict::Pass).await;
    assert_eq!(refusal(told), (429, "TooManyRequests".into()));
    assert!(!happened);
}

#[tokio::test(start_paused = true)]
async fn a_gate_may_let_a_call_happen_and_tell_another_story() {
    let refused = Verdict::Answer(500, "InternalError", "etcdserver: request timed out".into());
    let (told, happened) = annotated(Verdict::CommitThen(Box::new(refused.clone())), Verdict::Pass).await;
    assert_eq!(refusal(told), (500, "InternalError".into()));
    assert!(happened);
    let (told, happened) = annotated(Verdict::Pass, refused).await;
    assert_eq!(refusal(told), (500, "InternalError".into()));
    assert!(happened);
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_break_before_a_call_or_after_it() {
    let (told, happened) = annotated(Verdict::Break, Verdict::Pass).await;
    assert!(matches!(told, Some(Err(Error::Service(_)))), "{told:?}");
    assert!(!happened);
    let (told, happened) = annotated(Verdict::CommitThen(Box::new(Verdict::Break)), Verdict::Pass).await;
    assert!(matches!(told, Some(Err(Error::Service(_)))), "{told:?}");
    assert!(happened);
}

#[tokio::test(start_paused = true)]
async fn half_an_answer_is_no_answer_but_the_call_has_happened() {
    let (told, happened) = annotated(Verdict::Garble, Verdict::Pass).await;
    assert!(matches!(told, Some(Err(Error::SerdeError(_)))), "{told:?}");
    assert!(happened);
}

#[tokio::test(start_paused = true)]
async fn a_call_may_never_be_answered_whether_it_happened_or_not() {
    let (told, happened) = annotated(Verdict::Hang, Verdict::Pass).await;
    assert!(told.is_none() && !happened);
    let (told, happened) = annotated(Verdict::Never, Verdict::Pass).await;
    assert!(told.is_none() && happened);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_late_happens_although_nobody_waits_for_it() {
    let server = server();
    let late: Gate = Arc::new(|_: Seen| {
        async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Verdict::Pass
        }
        .boxed()
    });
    let api = objects(server.client("operator", late, open()));
    let (params, patch) = (PatchParams::default(), json!({ "metadata": { "annotations": { "a": "b" } } }));
    let patch = Patch::Merge(&patch);
    assert!(tokio::time::timeout(Duration::from_millis(20), api.patch("www", &params, &patch)).await.is_err());
    assert_eq!(server.get("shop", "www").unwrap()["metadata"]["annotations"], Value::Null);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.get("shop", "www").unwrap()["metadata"]["annotations"], json!({ "a": "b" }));
}

#[tokio::test(start_paused = true)]
async fn both_gates_see_what_is_asked() {
    let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
    let looking = || -> Gate {
        let all = Arc::clone(&seen);
        Arc::new(move |seen: Seen| {
            all.lock().unwrap().push(seen);
            async { Verdict::Pass }.boxed()
        })
    };
    let server = server();
    let api = objects(server.client("operator", looking(), looking()));
    let patch = json!({ "status": { "region": "eu-west-1" } });
    api.patch_status("www", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    let asked = Seen {
        caller: "operator".into(),
        verb: "patch",
        resource: "acmcertificates",
        subresource: Some("status"),
        namespace: "shop".into(),
        name: "www".into(),
        body: patch,
    };
    assert_eq!(*seen.lock().unwrap(), [asked.clone(), asked]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_simulated_is_refused_not_ignored() {
    let api = objects(server().client("operator", open(), open()));
    let Err(Error::Api(status)) = api.list(&ListParams::default().labels("a=b")).await else { panic!("not refused") };
    assert_eq!((status.code, status.reason.as_str()), (501, "NotImplemented"));
}

#[tokio::test(start_paused = true)]
async fn every_accepted_write_is_in_the_log() {
    let server = server();
    let api = objects(server.client("operator", open(), open()));
    let patch = json!({ "status": { "region": "eu-west-1" } });
    for _ in 0..2 {
        api.patch_status("www", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    }
    let refused = json!({ "metadata": { "resourceVersion": "1" } });
    api.patch("www", &PatchParams::default(), &Patch::Merge(&refused)).await.unwrap_err();
    assert!(server.delete("shop", "www"));
    let at: Timestamp = "2026-11-25T12:00:00.5Z".parse().unwrap();
    let write = |seq, caller: &str, verb, subresource, resource_version, changed| Write {
        seq,
        at,
        caller: caller.to_owned(),
        verb,
        resource: "acmcertificates",
        subresource,
        namespace: "shop".into(),
        name: "www".into(),
        resource_version,
        changed,
    };
    // NB: three namespaces came before the object.
    let expected = [
        write(0, "user", "create", None, 4, true),
        write(1, "operator", "patch", Some("status"), 5, true),
        write(2, "operator", "patch", Some("status"), 5, false),
        write(3, "user", "delete", None, 6, true),
    ];
    assert_eq!(server.writes(), expected);
    assert_eq!(server.revision(), 6);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_forgotten_after_an_hour_and_is_on_record_all_the_same() {
    let now: Arc<Mutex<Timestamp>> = Arc::new(Mutex::new("2026-11-25T12:00:00Z".parse().unwrap()));
    let shown = Arc::clone(&now);
    let server = ApiServer::new("uid-of-the-cluster", move || *shown.lock().unwrap());
    server.add_namespace("shop");
    let api: Api<Event> = Api::namespaced(server.client("operator", open(), open()), "shop");
    let event: Event = serde_json::from_value(json!({ "metadata": { "name": "www.1" } })).unwrap();
    let params = PostParams::default();
    let first = api.create(&params, &event).await.unwrap();
    *now.lock().unwrap() += SignedDuration::from_secs(3599);
    let refused = api.create(&params, &event).await;
    assert!(matches!(&refused, Err(Error::Api(status)) if status.code == 409), "{refused:?}");
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items.len(), 1);
    *now.lock().unwrap() += SignedDuration::from_secs(1);
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items.len(), 0);
    let second = api.create(&params, &event).await.unwrap();
    assert_ne!(first.uid(), second.uid());
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items, [second]);
    let told: Vec<_> = server.events().iter().map(|event| event["metadata"]["name"].clone()).collect();
    assert_eq!(told, ["www.1", "www.1"]);
}

#[test]
fn a_watch_cache_can_be_as_of_any_revision() {
    let server = server();
    let first = server.get("shop", "www").unwrap();
    let second = server.edit_spec("shop", "www", |spec| spec["region"] = "eu-west-1".into()).unwrap();
    assert!(server.delete("shop", "www"));
    assert!(!server.delete("shop", "www"));
    assert_eq!(server.objects(), Vec::<Value>::new());
    assert_eq!(server.state_at(3), Vec::<Value>::new());
    assert_eq!(server.state_at(4), std::slice::from_ref(&first));
    assert_eq!(server.state_at(5), std::slice::from_ref(&second));
    assert_eq!(server.state_at(6), Vec::<Value>::new());
    let mut last = second.clone();
    last["metadata"]["resourceVersion"] = "6".into();
    let change = |revision, kind, object| Change { revision, kind, object: Arc::new(object) };
    let expected = [
        change(4, ChangeKind::Added, first),
        change(5, ChangeKind::Modified, second),
        change(6, ChangeKind::Deleted, last),
    ];
    assert_eq!(server.history(), expected);
}

#[test]
fn users_annotate_lose_patience_and_restore_backups() {
    let server = server();
    let saved = server.annotate("shop", "www", "acmcert.io/retry", Some("1")).unwrap();
    assert_eq!(saved["metadata"]["annotations"]["acmcert.io/retry"], "1");
    assert_eq!(server.restore(&saved, None), None, "it is there");
    assert!(server.delete("shop", "www"));
    let restored = server.restore(&saved, None).unwrap();
    assert_ne!(restored["metadata"]["uid"], saved["metadata"]["uid"]);
    assert!(server.delete("shop", "www"));

    let mut held = saved.clone();
    held["metadata"]["finalizers"] = json!(["a/b"]);
    let restored = server.restore(&held, saved["metadata"]["uid"].as_str()).unwrap();
    assert_eq!(restored["metadata"]["uid"], saved["metadata"]["uid"]);
    assert!(server.delete("shop", "www"));
    assert!(server.certificates()[0].metadata.deletion_timestamp.is_some());
    let gone = server.force_remove_finalizers("shop", "www").unwrap();
    assert_eq!(gone["metadata"]["finalizers"], Value::Null);
    assert_eq!(server.get("shop", "www"), None);
    assert_eq!(server.annotate("shop", "www", "acmcert.io/retry", None), None);
    assert_eq!(server.events(), Vec::<Value>::new());
}

#[test]
fn a_namespace_that_is_deleted_lets_nothing_in_and_goes_with_its_last_object() {
    let server = server();
    let mut held = server.create("shop", "api", json!({ "domainName": "api.example.com" }), &[]).unwrap();
    assert!(server.delete("shop", "api"));
    held["metadata"]["finalizers"] = json!(["a/b"]);
    server.restore(&held, None).unwrap();
    server.delete_namespace("shop");
    let left: Vec<Value> = server.objects().iter().map(|object| object["metadata"]["name"].clone()).collect();
    assert_eq!(left, ["api"], "what has no finalizer goes at once");
    assert_eq!(server.create("shop", "late", json!({ "domainName": "late.example.com" }), &[]), None);
    server.force_remove_finalizers("shop", "api").unwrap();
    assert_eq!(server.objects(), Vec::<Value>::new());
    assert!(server.create("shop", "new", json!({ "domainName": "new.example.com" }), &[]).is_some(), "it is made anew");
}
