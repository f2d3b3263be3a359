//! Lists, whole or in pages. All pages of one list are of the same revision, as a real server has it.

use super::{
    refusal::{Refusal, Served},
    request::Asked,
    store::State,
};
use serde_json::{Value, json};

/// What lists are like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lists {
    #[default]
    Whole,
    /// As if there were nothing.
    Empty,
    /// One item comes, and whoever asks for more is told of an error.
    FirstPageOnly,
}

impl State {
    pub(super) fn list(&self, asked: &Asked) -> Result<Value, Refusal> {
        let limit = match (self.lists, &asked.token) {
            (Lists::FirstPageOnly, Some(_)) => {
                return Err(Refusal::new(500, "InternalError", "etcdserver: request timed out"));
            }
            (Lists::FirstPageOnly, None) => Some(1),
            (Lists::Empty, _) => Some(0),
            (Lists::Whole, _) => asked.limit,
        };
        let (revision, after) = match &asked.token {
            None => (self.revision, String::new()),
            Some(token) => read_token(token)?,
        };
        let within = if asked.namespace.is_empty() { String::new() } else { format!("{}/", asked.namespace) };
        let mut items = self.items(asked.served, revision);
        items.retain(|(key, _)| key.starts_with(&within) && *key > after);
        let rest = items.split_off(limit.unwrap_or(usize::MAX).min(items.len()));
        let mut metadata = json!({ "resourceVersion": revision.to_string(), "continue": "" });
        if let (false, Some((last, _))) = (rest.is_empty(), items.last()) {
            metadata["continue"] = write_token(revision, last).into();
            metadata["remainingItemCount"] = json!(rest.len());
        }
        let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
        Ok(json!({
            "apiVersion": asked.served.api_version(),
            "kind": format!("{}List", asked.served.kind()),
            "metadata": metadata,
            "items": items,
        }))
    }

    /// By key. NB: of Events and namespaces there is no past.
    fn items(&self, served: Served, revision: u64) -> Vec<(String, Value)> {
        match served {
            Served::Certificates => {
                let objects = if revision == self.revision { self.live() } else { self.as_of(revision) };
                objects.into_iter().map(|(key, object)| (key, (*object).clone())).collect()
            }
            Served::Events => self.events.kept(self.now()),
            Served::Namespaces => {
                self.namespaces.iter().map(|(name, namespace)| (name.clone(), namespace.clone())).collect()
            }
        }
    }
}

/// Revision and last key. NB: the underscore is in no name, and not percent-encoded.
fn write_token(revision: u64, last: &str) -> String {
    format!("{revision}_{}", last.replace('/', "_"))
}

fn read_token(token: &str) -> Result<(u64, String), Refusal> {
    let read = || {
        let (revision, last) = token.split_once('_')?;
        Some((revision.parse::<u64>().ok()?, last.replace('_', "/")))
    };
    read().ok_or_else(|| Refusal::bad_request("invalid continue token: continue key is not valid"))
}
