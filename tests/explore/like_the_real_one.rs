//! One script against the API server in memory and against a real one: each line about their answers is the same.

use super::api_server::{ApiServer, Calls, ChangeKind, open, watched, words};
use crate::support::control_plane;
use kube::Client;
use serde_json::{Value, json};

#[tokio::test]
async fn the_server_in_memory_answers_and_remembers_like_the_real_one() {
    let namespace = control_plane::namespace("twin").await;
    let (real, start) = script(control_plane::client().await, &namespace).await;
    let real_story = watched(&control_plane::client().await, &namespace, &start).await;

    let server = in_memory(&namespace);
    let (ours, _) = script(server.client("script", open(), open()), &namespace).await;
    let story = server.history().into_iter().map(|change| {
        let kind = match change.kind {
            ChangeKind::Added => "added",
            ChangeKind::Modified => "modified",
            ChangeKind::Deleted => "deleted",
        };
        format!("{kind} {}", words(&change.object))
    });
    assert_same(&ours, &real);
    assert_same(&story.collect::<Vec<_>>(), &real_story);
}

#[tokio::test]
async fn the_same_calls_give_the_same_bytes() {
    let run = async || {
        let server = in_memory("twin");
        let (lines, _) = script(server.client("script", open(), open()), "twin").await;
        format!("{lines:?} {:?} {:?} {:?}", server.history(), server.writes(), server.events())
    };
    assert_eq!(run().await, run().await);
}

fn in_memory(namespace: &str) -> ApiServer {
    let server = ApiServer::new("uid-of-the-cluster", || "2026-11-25T12:00:00Z".parse().unwrap());
    server.add_namespace(namespace);
    server
}

fn assert_same(in_memory: &[String], real: &[String]) {
    for (ours, theirs) in in_memory.iter().zip(real) {
        assert_eq!(ours, theirs, "left: in memory, right: the real one");
    }
    assert_eq!(in_memory.len(), real.len());
    assert!(real.len() > 30, "{}", real.len());
}

fn new(name: &str) -> Value {
    json!({
        "apiVersion": "acmcert.io/v1alpha1",
        "kind": "AcmCertificate",
        "metadata": { "name": name },
        "spec": { "domainName": "www.example.com" },
    })
}

fn with(object: &Value, edit: impl FnOnce(&mut Value)) -> Value {
    let mut object = object.clone();
    edit(&mut object);
    object
}

fn held(name: &str) -> Value {
    with(&new(name), |o| o["metadata"]["finalizers"] = json!(["a/b", "c/d"]))
}

/// A line about each call, and the resourceVersion before them all.
async fn script(client: Client, namespace: &str) -> (Vec<String>, String) {
    let mut s = Calls::new(client, namespace);
    let empty = s.call("list of nothing", "GET", "", Value::Null).await;
    creation(&mut s).await;
    updates(&mut s).await;
    status(&mut s).await;
    patches(&mut s).await;
    deletion(&mut s).await;
    recreation(&mut s).await;
    lists(&mut s).await;
    elsewhere(&mut s, namespace).await;
    (s.lines, empty["metadata"]["resourceVersion"].as_str().unwrap().to_owned())
}

async fn creation(s: &mut Calls) {
    let forged = with(&new("a"), |o| {
        let (uid, created) = ("00000000-0000-0000-0000-000000000000", "2001-01-01T00:00:00Z");
        o["metadata"] = json!({ "name": "a", "uid": uid, "generation": 7, "creationTimestamp": created, "labels": {} });
        o["status"] = json!({ "observedGeneration": 5, "region": "eu-west-1" });
    });
    let a = s.call("create: what is the server's is not the client's", "POST", "", forged.clone()).await;
    assert_ne!(a["metadata"]["uid"], forged["metadata"]["uid"]);
    assert_ne!(a["metadata"]["creationTimestamp"], forged["metadata"]["creationTimestamp"]);
    s.call("get", "GET", "/a", Value::Null).await;
    s.call("get status", "GET", "/a/status", Value::Null).await;
    s.call("get what is not there", "GET", "/none", Value::Null).await;
    s.call("get status of what is not there", "GET", "/none/status", Value::Null).await;
    s.call("create it again", "POST", "", new("a")).await;
    let versioned = with(&new("v"), |o| o["metadata"]["resourceVersion"] = "1".into());
    s.call("create with a version", "POST", "", versioned).await;
    let elsewhere = with(&new("v"), |o| o["metadata"]["namespace"] = "default".into());
    s.call("create in a namespace that is not the path's", "POST", "", elsewhere).await;
}

async fn updates(s: &mut Calls) {
    let b = s.call("create", "POST", "", new("b")).await;
    s.call("put: the first write stores the default of the status", "PUT", "/b", b.clone()).await;
    s.call("put of a stale copy", "PUT", "/b", b.clone()).await;
    let b = s.call("get", "GET", "/b", Value::Null).await;
    s.call("put that changes nothing", "PUT", "/b", b.clone()).await;
    let edited = with(&b, |o| o["status"] = json!({ "region": "eu-west-1" }));
    s.call("put that changes only the status", "PUT", "/b", edited).await;
    let edited = with(&b, |o| {
        o["metadata"]["annotations"] = json!({});
        o["metadata"]["finalizers"] = json!([]);
        o["metadata"]["generation"] = json!(9);
        o["spec"]["region"] = Value::Null;
    });
    s.call("put of what is not stored", "PUT", "/b", edited).await;
    for version in [Value::Null, "0".into(), "1".into(), "x".into()] {
        let edited = with(&b, |o| o["metadata"]["resourceVersion"] = version.clone());
        s.call(&format!("put with the version {version}"), "PUT", "/b", edited).await;
    }
    let other = with(&b, |o| o["metadata"]["uid"] = "other".into());
    s.call("put with another uid", "PUT", "/b", other.clone()).await;
    let stale = with(&other, |o| o["metadata"]["resourceVersion"] = "1".into());
    s.call("put with another uid and version", "PUT", "/b", stale).await;
    s.call("put under another name", "PUT", "/a", b.clone()).await;
    let unborn = with(&new("none"), |o| o["metadata"]["resourceVersion"] = "1".into());
    s.call("put of what is not there", "PUT", "/none", unborn).await;
    let edited = with(&b, |o| o["metadata"]["annotations"] = json!({ "a": "b" }));
    let b = s.call("put of an annotation", "PUT", "/b", edited).await;
    let edited = with(&b, |o| o["spec"]["domainName"] = "w2.example.com".into());
    s.call("put of a spec", "PUT", "/b", edited).await;
}

async fn status(s: &mut Calls) {
    let c = s.call("create", "POST", "", new("c")).await;
    let edited = with(&c, |o| {
        o["metadata"]["finalizers"] = json!(["a/b"]);
        o["spec"]["domainName"] = "w2.example.com".into();
        o["status"] = json!({ "observedGeneration": 1, "region": "eu-west-1", "failure": null });
    });
    let c = s.call("put status with a changed object", "PUT", "/c/status", edited.clone()).await;
    s.call("put status of a stale copy", "PUT", "/c/status", edited).await;
    s.call("put status that changes nothing", "PUT", "/c/status", c.clone()).await;
    let unversioned = with(&c, |o| o["metadata"]["resourceVersion"] = Value::Null);
    s.call("put status without a version", "PUT", "/c/status", unversioned).await;
    let other = with(&c, |o| o["metadata"]["uid"] = "other".into());
    s.call("put status with another uid", "PUT", "/c/status", other).await;
    let bare = with(&c, |o| o["status"] = json!({ "conditions": [] }));
    let c = s.call("put status without what has a default", "PUT", "/c/status", bare).await;
    s.call("put of no status", "PUT", "/c/status", with(&c, |o| o["status"] = Value::Null)).await;
    s.call("patch status", "PATCH", "/c/status", json!({ "status": { "region": "eu-west-1" } })).await;
    s.call("patch status away", "PATCH", "/c/status", json!({ "status": null })).await;
    for metadata in [json!({ "uid": "other" }), json!({ "resourceVersion": "1" }), json!({ "finalizers": ["a/b"] })] {
        let patch = json!({ "metadata": metadata, "status": { "region": "eu-west-2" } });
        s.call(&format!("patch status with {metadata}"), "PATCH", "/c/status", patch).await;
    }
}

async fn patches(s: &mut Calls) {
    let d = s.call("create", "POST", "", new("d")).await;
    s.call("empty patch: the first write", "PATCH", "/d", json!({})).await;
    s.call("empty patch: the second", "PATCH", "/d", json!({})).await;
    let uid = d["metadata"]["uid"].clone();
    for patch in [
        json!({ "metadata": { "annotations": { "a": "b", "c": "d" } } }),
        json!({ "metadata": { "annotations": { "a": null } } }),
        json!({ "metadata": { "annotations": null, "uid": null, "generation": null, "creationTimestamp": null } }),
        json!({ "metadata": { "resourceVersion": "1" } }),
        json!({ "metadata": { "resourceVersion": null } }),
        json!({ "metadata": { "uid": "other" } }),
        json!({ "metadata": { "uid": "other", "resourceVersion": "1" } }),
        json!({ "metadata": { "name": "other" } }),
        json!({ "metadata": { "namespace": "other" } }),
        json!({ "metadata": { "deletionTimestamp": "2001-01-01T00:00:00Z" } }),
        json!({ "metadata": { "finalizers": ["a/b"] }, "spec": { "domainName": "w2.example.com" }, "status": null }),
        json!({ "spec": { "subjectAlternativeNames": ["w3.example.com"] }, "status": { "region": "eu-west-1" } }),
        json!({ "metadata": { "finalizers": [] } }),
    ] {
        s.call(&format!("patch with {patch}"), "PATCH", "/d", patch).await;
    }
    let version = s.versions["d"].clone();
    let patch = json!({ "metadata": { "uid": uid, "resourceVersion": version, "finalizers": ["a/b"] } });
    s.call("patch of a finalizer with preconditions", "PATCH", "/d", patch).await;
    s.call("patch of what is not there", "PATCH", "/none", json!({ "metadata": { "uid": "other" } })).await;
}

async fn deletion(s: &mut Calls) {
    s.call("delete at once", "DELETE", "/a", json!({})).await;
    s.call("delete what is not there", "DELETE", "/a", Value::Null).await;
    let e = s.call("create with finalizers", "POST", "", held("e")).await["metadata"].clone();
    let (uid, version) = (&e["uid"], &e["resourceVersion"]);
    for wrong in [
        json!({ "uid": "other" }),
        json!({ "resourceVersion": "1" }),
        json!({ "uid": "other", "resourceVersion": "1" }),
    ] {
        s.call(&format!("delete only if {wrong}"), "DELETE", "/e", json!({ "preconditions": wrong })).await;
    }
    let right = json!({ "uid": uid, "resourceVersion": version });
    s.call("delete only if it is so", "DELETE", "/e", json!({ "preconditions": right })).await;
    s.call("delete again", "DELETE", "/e", json!({ "propagationPolicy": "Background" })).await;
    s.call("create while it is being deleted", "POST", "", new("e")).await;
    for patch in [
        json!({ "metadata": { "finalizers": ["x/y", "a/b", "e/f"] } }),
        json!({ "metadata": { "deletionTimestamp": null, "deletionGracePeriodSeconds": null } }),
        json!({ "metadata": { "annotations": { "a": "b" } } }),
        json!({ "spec": { "domainName": "w2.example.com" } }),
        json!({ "metadata": { "finalizers": ["c/d"] } }),
    ] {
        s.call(&format!("patch while deleting: {patch}"), "PATCH", "/e", patch).await;
    }
    let e = s.call("get", "GET", "/e", Value::Null).await;
    let edited = with(&e, |o| o["metadata"]["finalizers"] = json!(["c/d", "x/y"]));
    s.call("put of a new finalizer while deleting", "PUT", "/e", edited.clone()).await;
    let edited = with(&edited, |o| o["status"] = json!({ "region": "eu-west-1" }));
    s.call("put status while deleting", "PUT", "/e/status", edited).await;
    let last = json!({ "metadata": { "finalizers": null }, "spec": { "domainName": "w3.example.com" } });
    s.call("patch away the last finalizer", "PATCH", "/e", last).await;
    s.call("get what is gone", "GET", "/e", Value::Null).await;
}

async fn recreation(s: &mut Calls) {
    let old = s.call("create", "POST", "", new("f")).await;
    s.call("delete", "DELETE", "/f", Value::Null).await;
    let new = s.call("create anew", "POST", "", new("f")).await;
    s.call("put of the old one", "PUT", "/f", old.clone()).await;
    s.call("put status of the old one", "PUT", "/f/status", old.clone()).await;
    let both = ["uid", "resourceVersion"].map(|field| old["metadata"][field].clone());
    for version in [&both[1], &new["metadata"]["resourceVersion"]] {
        let patch = json!({ "metadata": { "uid": both[0], "resourceVersion": version, "finalizers": ["a/b"] } });
        s.call("patch for the old one", "PATCH", "/f", patch).await;
    }
    s.call("delete only the old one", "DELETE", "/f", json!({ "preconditions": { "uid": both[0] } })).await;
}

async fn lists(s: &mut Calls) {
    let first = s.call("first page", "GET", "?limit=2", Value::Null).await;
    s.call("create between pages", "POST", "", new("z")).await;
    s.call("delete between pages", "DELETE", "/f", Value::Null).await;
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    let second = s.call("second page", "GET", &format!("?limit=1&continue={token}"), Value::Null).await;
    let token = second["metadata"]["continue"].as_str().unwrap().to_owned();
    let third = s.call("third page", "GET", &format!("?limit=10&continue={token}"), Value::Null).await;
    let all = s.call("list", "GET", "?limit=500", Value::Null).await;
    let [first, third, all] = [first, third, all].map(|list| list["metadata"]["resourceVersion"].clone());
    s.lines.push(format!("pages are of one version: {}, the next list is not: {}", first == third, first != all));
}

async fn elsewhere(s: &mut Calls, namespace: &str) {
    let event = json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": { "name": "a.0123456789abcdef", "namespace": namespace },
        "eventTime": "2026-11-25T12:00:00.123456Z",
        "action": "Reconcile",
        "reason": "Requested",
        "note": "a note",
        "type": "Normal",
        "regarding": { "apiVersion": "acmcert.io/v1alpha1", "kind": "AcmCertificate", "name": "a", "namespace": namespace },
        "reportingController": "acmcert.io/controller",
        "reportingInstance": "operator-0",
    });
    let events = format!("/apis/events.k8s.io/v1/namespaces/{namespace}/events");
    s.call_at("create an event", "POST", &events, event.clone()).await;
    s.call_at("create it again", "POST", &events, event).await;
    s.call_at("events", "GET", &events, Value::Null).await;
    s.call_at("get a namespace that is not there", "GET", "/api/v1/namespaces/none", Value::Null).await;
    let none = "/apis/acmcert.io/v1alpha1/namespaces/none/acmcertificates";
    s.call_at("create in a namespace that is not there", "POST", none, new("a")).await;
    s.call_at("list a namespace that is not there", "GET", none, Value::Null).await;
}
