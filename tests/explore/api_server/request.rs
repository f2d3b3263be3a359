//! What is asked for: an HTTP request, read into words.

use super::{
    gate::Seen,
    object::text,
    refusal::{Refusal, Served},
};
use http::{Request, header::CONTENT_TYPE};
use kube::client::Body;
use serde_json::Value;

/// See the module.
#[derive(Debug)]
pub(super) struct Asked {
    /// `get`, `list`, `create`, `update`, `patch` or `delete`.
    pub(super) verb: &'static str,
    pub(super) served: Served,
    pub(super) subresource: Option<&'static str>,
    /// Empty: all.
    pub(super) namespace: String,
    /// Empty in a list.
    pub(super) name: String,
    pub(super) limit: Option<usize>,
    pub(super) token: Option<String>,
    pub(super) body: Value,
}

struct Target<'a> {
    served: Served,
    namespace: &'a str,
    name: &'a str,
    subresource: Option<&'static str>,
}

impl Asked {
    pub(super) async fn read(request: Request<Body>) -> Result<Self, Refusal> {
        let (head, body) = request.into_parts();
        let octets = body.collect_bytes().await.map_err(|error| Refusal::bad_request(error.to_string()))?;
        let body = parse(&octets)?;
        let target = target(head.uri.path()).ok_or_else(no_such_path)?;
        let is_object = !target.name.is_empty();
        let verb = match (head.method.as_str(), is_object) {
            ("GET", true) => "get",
            ("GET", false) => "list",
            ("POST", false) => "create",
            ("PUT", true) => "update",
            ("PATCH", true) => "patch",
            ("DELETE", true) => "delete",
            (method, _) => return Err(Refusal::not_simulated(&format!("{method} {}", head.uri.path()))),
        };
        if verb == "patch" && head.headers.get(CONTENT_TYPE).is_none_or(|kind| kind != "application/merge-patch+json") {
            return Err(Refusal::not_simulated("patches other than merge patches"));
        }
        if ["create", "update", "patch"].contains(&verb) && !body.is_object() {
            return Err(Refusal::bad_request("the body is not an object"));
        }
        let mut asked = Self {
            verb,
            served: target.served,
            subresource: target.subresource,
            namespace: target.namespace.to_owned(),
            name: if verb == "create" { text(&body, "name").to_owned() } else { target.name.to_owned() },
            limit: None,
            token: None,
            body,
        };
        asked.read_query(head.uri.query().unwrap_or_default())?;
        Ok(asked)
    }

    /// NB: nothing that is used here needs to be percent-encoded.
    fn read_query(&mut self, query: &str) -> Result<(), Refusal> {
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("limit", limit) => {
                    let limit: usize = limit.parse().map_err(|_| Refusal::bad_request("limit is no number"))?;
                    self.limit = Some(limit).filter(|limit| *limit > 0);
                }
                ("continue", token) => self.token = Some(token.to_owned()),
                // What is answered is never older than what is asked for.
                ("fieldManager" | "fieldValidation" | "resourceVersion", _) => {}
                (parameter, _) => return Err(Refusal::not_simulated(&format!("the parameter {parameter}"))),
            }
        }
        Ok(())
    }

    /// What a gate sees of it.
    pub(super) fn seen(&self, caller: &str) -> Seen {
        Seen {
            caller: caller.to_owned(),
            verb: self.verb,
            resource: self.served.plural(),
            subresource: self.subresource,
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            body: self.body.clone(),
        }
    }
}

fn parse(octets: &[u8]) -> Result<Value, Refusal> {
    if octets.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(octets).map_err(|error| Refusal::bad_request(error.to_string()))
}

fn target(path: &str) -> Option<Target<'_>> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let at = |served, namespace, name, subresource| Some(Target { served, namespace, name, subresource });
    match parts[..] {
        ["api", "v1", "namespaces"] => at(Served::Namespaces, "", "", None),
        ["api", "v1", "namespaces", name] => at(Served::Namespaces, "", name, None),
        ["apis", group, version, plural] => at(served(group, version, plural)?, "", "", None),
        ["apis", group, version, "namespaces", namespace, plural] => {
            at(served(group, version, plural)?, namespace, "", None)
        }
        ["apis", group, version, "namespaces", namespace, plural, name] => {
            at(served(group, version, plural)?, namespace, name, None)
        }
        ["apis", "acmcert.io", "v1alpha1", "namespaces", namespace, "acmcertificates", name, "status"] => {
            at(Served::Certificates, namespace, name, Some("status"))
        }
        _ => None,
    }
}

fn served(group: &str, version: &str, plural: &str) -> Option<Served> {
    match (group, version, plural) {
        ("acmcert.io", "v1alpha1", "acmcertificates") => Some(Served::Certificates),
        ("events.k8s.io", "v1", "events") => Some(Served::Events),
        _ => None,
    }
}

fn no_such_path() -> Refusal {
    Refusal::new(404, "NotFound", "the server could not find the requested resource")
}
