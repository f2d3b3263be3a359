//! Carries a request out.

use super::{
    gate::Answer,
    journal::By,
    object,
    refusal::{Refusal, Served},
    request::Asked,
    store::State,
};
use serde_json::Value;

impl State {
    pub(super) fn serve(&mut self, caller: &str, asked: &Asked) -> Answer {
        let code = if asked.verb == "create" { 201 } else { 200 };
        match self.carry_out(caller, asked) {
            Ok(body) => Answer { code, body },
            Err(refusal) => Answer { code: refusal.code, body: refusal.body() },
        }
    }

    fn carry_out(&mut self, caller: &str, asked: &Asked) -> Result<Value, Refusal> {
        let Asked { verb, served, subresource, namespace, name, body, .. } = asked;
        let by = By { caller, verb, subresource: *subresource };
        match (served, *verb, subresource) {
            (Served::Certificates, "get", _) => self.get(namespace, name),
            (_, "list", None) => self.list(asked),
            (Served::Certificates, "create", None) => {
                if !name.is_empty() {
                    object::check_address(body, namespace, name)?;
                }
                self.create(by, namespace, body.clone(), None)
            }
            (Served::Certificates, "update", _) => {
                object::check_address(body, namespace, name)?;
                self.update(by, namespace, name, |before| {
                    object::check_uid(before, body)?;
                    object::updated(before, body.clone(), *subresource)
                })
            }
            (Served::Certificates, "patch", _) => self.update(by, namespace, name, |before| {
                let mut next = before.clone();
                object::merge(&mut next, body);
                object::check_address(&next, namespace, name)?;
                object::updated(before, next, *subresource)
            }),
            (Served::Certificates, "delete", None) => {
                // NB: to delete in the background is all that the garbage collector leaves to the server itself.
                let policy = body["propagationPolicy"].as_str().unwrap_or("Background");
                if policy != "Background" || !body["dryRun"].is_null() {
                    return Err(Refusal::not_simulated("deletion in the foreground, with orphans, or as a dry run"));
                }
                self.delete(by, namespace, name, &body["preconditions"])
            }
            (Served::Events, "create", None) => {
                object::check_address(body, namespace, name)?;
                self.create_event(by, namespace, body.clone())
            }
            (Served::Namespaces, "get", None) => {
                let namespace = self.namespaces.get(name).cloned();
                namespace.ok_or_else(|| Refusal::not_found(Served::Namespaces, name))
            }
            _ => Err(Refusal::not_simulated(&format!("{verb} of {}", served.plural()))),
        }
    }
}
