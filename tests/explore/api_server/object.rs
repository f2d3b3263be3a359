//! What a write makes of an object: which fields are the client's, which the server's, and what is refused.

use super::refusal::Refusal;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Fields of the metadata that no update changes.
pub(super) const SERVERS_OWN: [&str; 8] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// The default of the CRD for a status that is not there.
pub(super) fn default_status() -> Value {
    json!({ "observedGeneration": -1 })
}

/// A field of the metadata that is text; empty if there is none.
pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object["metadata"][field].as_str().unwrap_or_default()
}

pub(super) fn is_deleting(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

pub(super) fn finalizers(object: &Value) -> BTreeSet<String> {
    let finalizers = object["metadata"]["finalizers"].as_array().into_iter().flatten();
    finalizers.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The members of the metadata; they are made if there are none.
pub(super) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object["metadata"].is_object() {
        object["metadata"] = json!({});
    }
    object["metadata"].as_object_mut().unwrap()
}

pub(super) fn raise_generation(object: &mut Value) {
    let generation = object["metadata"]["generation"].as_u64().unwrap_or_default();
    object["metadata"]["generation"] = json!(generation + 1);
}

/// Leaves out what is not stored: members that are null, and what is empty in the metadata.
pub(super) fn tidy(object: &mut Value) {
    drop_nulls(object);
    let metadata = metadata(object);
    metadata.remove("managedFields");
    for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
        let is_empty = match metadata.get(field) {
            Some(Value::Object(members)) => members.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            _ => false,
        };
        if is_empty {
            metadata.remove(field);
        }
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// A merge patch (RFC 7386).
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let into = target.as_object_mut().unwrap();
    for (key, member) in members {
        if member.is_null() {
            into.remove(key);
        } else {
            merge(into.entry(key.clone()).or_insert(Value::Null), member);
        }
    }
}

/// The object in the body must be the one of the path.
pub(super) fn check_address(object: &Value, namespace: &str, name: &str) -> Result<(), Refusal> {
    let in_namespace = text(object, "namespace");
    if !in_namespace.is_empty() && in_namespace != namespace {
        let message = "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(message));
    }
    match text(object, "name") {
        "" => Err(Refusal::bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ))),
        other if other != name => Err(Refusal::bad_request(format!(
            "the name of the object ({other}) does not match the name on the URL ({name})"
        ))),
        _ => Ok(()),
    }
}

/// A PUT that names a UID is for that object only, and is asked for its version after that.
pub(super) fn check_uid(before: &Value, next: &Value) -> Result<(), Refusal> {
    let (wanted, found) = (text(next, "uid"), text(before, "uid"));
    if wanted.is_empty() || wanted == found {
        return Ok(());
    }
    Err(Refusal::other_uid(text(before, "namespace"), text(before, "name"), wanted, found))
}

fn check_version(before: &Value, next: &Value) -> Result<(), Refusal> {
    match text(next, "resourceVersion") {
        "" | "0" => Err(Refusal::no_version(text(before, "name"))),
        version if version.parse::<u64>().is_err() => {
            Err(Refusal::internal(format!("strconv.ParseUint: parsing \"{version}\": invalid syntax")))
        }
        version if version != text(before, "resourceVersion") => Err(Refusal::stale(text(before, "name"))),
        _ => Ok(()),
    }
}

/// The preconditions of a DELETE.
pub(super) fn check_preconditions(before: &Value, preconditions: &Value) -> Result<(), Refusal> {
    for (field, words) in [("uid", "UID"), ("resourceVersion", "ResourceVersion")] {
        let found = text(before, field);
        if let Some(wanted) = preconditions[field].as_str()
            && wanted != found
        {
            return Err(Refusal::precondition(text(before, "name"), words, wanted, found));
        }
    }
    Ok(())
}

/// The object after an update to `next`: of its status alone, or of everything else.
pub(super) fn updated(before: &Value, mut next: Value, subresource: Option<&str>) -> Result<Value, Refusal> {
    check_version(before, &next)?;
    tidy(&mut next);
    match subresource {
        Some(_) => Ok(with_status(before, next)),
        None => with_the_rest(before, next),
    }
}

/// NB: a status update has no say in the UID either: what differs there is not even refused.
fn with_status(before: &Value, mut next: Value) -> Value {
    let mut after = before.clone();
    after["status"] = match next["status"].take() {
        Value::Null => default_status(),
        status => status,
    };
    after
}

fn with_the_rest(before: &Value, mut next: Value) -> Result<Value, Refusal> {
    let name = text(before, "name");
    let uid = text(&next, "uid");
    if !uid.is_empty() && uid != text(before, "uid") {
        return Err(Refusal::immutable(name, "metadata.uid", &next["metadata"]["uid"]));
    }
    if is_deleting(&next) && !is_deleting(before) {
        let wanted = &next["metadata"]["deletionTimestamp"];
        return Err(Refusal::immutable(name, "metadata.deletionTimestamp", wanted));
    }
    let new: Vec<String> = finalizers(&next).difference(&finalizers(before)).cloned().collect();
    if is_deleting(before) && !new.is_empty() {
        return Err(Refusal::new_finalizers(name, &new));
    }
    for field in ["apiVersion", "kind", "status"] {
        next[field] = before[field].clone();
    }
    let metadata = metadata(&mut next);
    for field in SERVERS_OWN {
        match &before["metadata"][field] {
            Value::Null => metadata.remove(field),
            value => metadata.insert(field.to_owned(), value.clone()),
        };
    }
    if content(before) != content(&next) {
        raise_generation(&mut next);
    }
    Ok(next)
}

/// What the generation counts the changes of.
fn content(object: &Value) -> BTreeMap<&String, &Value> {
    let members = object.as_object().into_iter().flatten();
    members.filter(|(key, _)| !["metadata", "status"].contains(&key.as_str())).collect()
}
