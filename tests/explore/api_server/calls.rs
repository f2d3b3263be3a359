//! Calls of any API server, and a line about each answer: by these lines two servers are compared.

use acmcert::api::AcmCertificate;
use futures::TryStreamExt;
use http::{Request, header::CONTENT_TYPE};
use kube::{
    Api, Client, Error,
    api::{ApiResource, DynamicObject, WatchEvent, WatchParams},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a watch of the real server tells of the namespace since then.
pub(crate) async fn watched(client: &Client, namespace: &str, since: &str) -> Vec<String> {
    let resource = ApiResource::erase::<AcmCertificate>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
    let mut events = std::pin::pin!(api.watch(&WatchParams::default().timeout(2), since).await.unwrap());
    let mut story = vec![];
    while let Some(event) = events.try_next().await.unwrap() {
        let (kind, object) = match event {
            WatchEvent::Added(object) => ("added", object),
            WatchEvent::Modified(object) => ("modified", object),
            WatchEvent::Deleted(object) => ("deleted", object),
            WatchEvent::Bookmark(_) => continue,
            WatchEvent::Error(error) => panic!("{error}"),
        };
        story.push(format!("{kind} {}", words(&serde_json::to_value(object).unwrap())));
    }
    story
}

/// What is compared of an answer.
pub(crate) fn words(answer: &Value) -> String {
    let metadata = &answer["metadata"];
    if let Some(items) = answer["items"].as_array() {
        let names: Vec<_> = items.iter().map(|item| &item["metadata"]["name"]).collect();
        let more = !metadata["continue"].as_str().unwrap_or_default().is_empty();
        return format!("{} {names:?} more={more} remaining={}", answer["kind"], metadata["remainingItemCount"]);
    }
    format!(
        "{} generation={} annotations={} finalizers={} deleting={} spec={} status={}",
        metadata["name"],
        metadata["generation"],
        metadata["annotations"],
        metadata["finalizers"],
        metadata["deletionTimestamp"].is_string(),
        answer["spec"],
        answer["status"]
    )
}

/// Calls, and a line about each.
pub(crate) struct Calls {
    client: Client,
    certificates: String,
    pub(crate) lines: Vec<String>,
    /// The resourceVersion last seen of each object.
    pub(crate) versions: BTreeMap<String, String>,
    uids: Vec<String>,
}

impl Calls {
    pub(crate) fn new(client: Client, namespace: &str) -> Self {
        let certificates = format!("/apis/acmcert.io/v1alpha1/namespaces/{namespace}/acmcertificates");
        Self { client, certificates, lines: vec![], versions: BTreeMap::new(), uids: vec![] }
    }

    /// A call for the objects of the namespace. Null: it was refused.
    pub(crate) async fn call(&mut self, what: &str, method: &str, target: &str, body: Value) -> Value {
        let path = format!("{}{target}", self.certificates);
        self.call_at(what, method, &path, body).await
    }

    /// A call for anything.
    pub(crate) async fn call_at(&mut self, what: &str, method: &str, path: &str, body: Value) -> Value {
        let kind = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let body = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, kind).body(body).unwrap();
        let answer = self.client.request::<Value>(request).await;
        let line = match &answer {
            Ok(answer) if answer["status"] == "Success" => "gone".to_owned(),
            Ok(answer) if answer["items"].is_array() => words(answer),
            Ok(answer) => {
                let text = |field: &str| answer["metadata"][field].as_str().unwrap().to_owned();
                self.uids.push(text("uid"));
                let before = self.versions.insert(text("name"), text("resourceVersion"));
                format!("moved={} {}", before != Some(text("resourceVersion")), words(answer))
            }
            Err(error) => self.refusal(error),
        };
        self.lines.push(format!("{what}: {line}"));
        answer.unwrap_or_default()
    }

    /// In the server's words, but for what differs from run to run.
    fn refusal(&self, error: &Error) -> String {
        let Error::Api(status) = error else { panic!("{error}") };
        let mut message = status.message.clone();
        for uid in &self.uids {
            message = message.replace(uid, "UID");
        }
        for version in self.versions.values() {
            message = message.replace(&format!("({version})"), "(VERSION)");
        }
        format!("{} {} {message}", status.code, status.reason)
    }
}
