//! Tags of certificates and the rules they obey.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::World;
use super::answer::{Answer, ApiError};
use super::call::{Caller, Tag};

const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// The API model bounds the list in a call, whatever the quota says.
const MAX_TAGS_IN_CALL: usize = 50;

const PATTERN: &str = r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:\/=+\-@]*";

/// Refuses tags that break a rule. NB: `*` is no allowed character, neither in keys nor in values.
pub(crate) fn check_tags(tags: &[Tag]) -> Result<(), ApiError> {
    if tags.is_empty() || tags.len() > MAX_TAGS_IN_CALL {
        let bound = format!("Member must have length between 1 and {MAX_TAGS_IN_CALL}, inclusive");
        return Err(ApiError::constraint(&format!("{} tags", tags.len()), "tags", &bound));
    }
    let mut keys = BTreeSet::new();
    for (index, tag) in tags.iter().enumerate() {
        let member = format!("tags.{}.member", index + 1);
        let value = tag.value.as_deref().unwrap_or_default();
        let key_length = tag.key.chars().count();
        if key_length == 0 || key_length > MAX_KEY {
            let bound = format!("Member must have length between 1 and {MAX_KEY}, inclusive");
            return Err(ApiError::constraint(&tag.key, &format!("{member}.key"), &bound));
        }
        if value.chars().count() > MAX_VALUE {
            let bound = format!("Member must have length less than or equal to {MAX_VALUE}");
            return Err(ApiError::constraint(value, &format!("{member}.value"), &bound));
        }
        for (text, part) in [(tag.key.as_str(), "key"), (value, "value")] {
            if !text.chars().all(is_allowed) {
                return Err(ApiError::constraint(text, &format!("{member}.{part}"), PATTERN));
            }
        }
        if tag.key.to_ascii_lowercase().starts_with("aws:") {
            let message = format!("aws: prefixed tag key names are not allowed for external use: {}", tag.key);
            return Err(ApiError::new("InvalidTagException", message));
        }
        if !keys.insert(tag.key.as_str()) {
            let message = format!("The tag key {} appears more than once", tag.key);
            return Err(ApiError::new("InvalidTagException", message));
        }
    }
    Ok(())
}

fn is_allowed(letter: char) -> bool {
    letter.is_alphanumeric() || letter.is_whitespace() || "_.:/=+-@".contains(letter)
}

fn as_json(tags: &[Tag]) -> serde_json::Value {
    tags.iter().map(|tag| (tag.key.clone(), json!(tag.value))).collect::<serde_json::Map<_, _>>().into()
}

impl World {
    /// Refuses more tags than a resource may bear.
    pub(crate) fn check_tag_count(&self, count: usize) -> Result<(), ApiError> {
        let limit = self.settings.quotas.as_ref().and_then(|quotas| quotas.tags_per_resource);
        match limit {
            Some(limit) if count as u64 > limit => Err(ApiError::new(
                "TooManyTagsException",
                format!("A certificate can have at most {limit} tags, but would have {count}"),
            )),
            _ => Ok(()),
        }
    }

    pub(crate) fn add_tags(&mut self, caller: &Caller, arn: &str, tags: &[Tag]) -> Result<Answer, ApiError> {
        check_tags(tags)?;
        let number = self.visible_certificate(caller, arn)?;
        let mut merged = self.tags_of(number);
        merged.extend(tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
        self.check_tag_count(merged.len())?;
        self.set_tags(number, merged);
        self.note(caller, "AddTagsToCertificate", arn, json!({"tags": as_json(tags)}));
        Ok(Answer::Done)
    }

    pub(crate) fn remove_tags(&mut self, caller: &Caller, arn: &str, tags: &[Tag]) -> Result<Answer, ApiError> {
        check_tags(tags)?;
        let number = self.visible_certificate(caller, arn)?;
        let mut left = self.tags_of(number);
        for tag in tags {
            // A value in the call means: only if the tag has it.
            let same = tag.value.is_none() || left.get(&tag.key) == Some(&tag.value);
            if same {
                left.remove(&tag.key);
            }
        }
        self.set_tags(number, left);
        self.note(caller, "RemoveTagsFromCertificate", arn, json!({"tags": as_json(tags)}));
        Ok(Answer::Done)
    }

    pub(crate) fn list_tags(&self, caller: &Caller, arn: &str) -> Result<Answer, ApiError> {
        let number = self.visible_certificate(caller, arn)?;
        let tags = self.tags_of(number).into_iter().map(|(key, value)| Tag { key, value }).collect();
        Ok(Answer::Tags(tags))
    }

    fn tags_of(&self, number: u64) -> BTreeMap<String, Option<String>> {
        self.certificates.get(number).map(|entry| entry.certificate.tags.clone()).unwrap_or_default()
    }

    fn set_tags(&mut self, number: u64, tags: BTreeMap<String, Option<String>>) {
        if let Some(entry) = self.certificates.get_mut(number) {
            entry.certificate.tags = tags;
        }
    }
}
