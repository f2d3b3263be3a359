//! Every object, live. One that this version cannot read stops nobody else, and what it needs is taken care of as far as
//! it can be told.

use crate::{
    api::AcmCertificate,
    names::{RecordName, Region},
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeSet;

/// All objects in sight.
#[derive(Debug, Default)]
pub struct Objects {
    /// Those that can be read.
    pub readable: Vec<AcmCertificate>,
    /// The others.
    pub unreadable: Vec<Unreadable>,
}

impl Objects {
    /// Is there an object of that UID?
    pub fn lives(&self, uid: &str) -> bool {
        let readable = self.readable.iter().any(|object| object.metadata.uid.as_deref() == Some(uid));
        readable || self.unreadable.iter().any(|unreadable| unreadable.uid == uid)
    }
}

impl Extend<Listed> for Objects {
    fn extend<T: IntoIterator<Item = Listed>>(&mut self, listed: T) {
        for one in listed {
            match one {
                Listed::Readable(object) => self.readable.push(*object),
                Listed::Unreadable(unreadable) => self.unreadable.push(unreadable),
            }
        }
    }
}

/// What can be told of an object that cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// Its UID.
    pub uid: String,
    /// Namespace and name.
    pub name: String,
    /// Where its certificate is, if it has requested one.
    pub region: Option<Region>,
    /// The records that it has an entry for.
    pub records: BTreeSet<RecordName>,
}

impl Unreadable {
    fn of(object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let records = object.pointer("/status/records").and_then(Value::as_array).into_iter().flatten();
        Self {
            uid: text("/metadata/uid").to_owned(),
            name: format!("{}/{}", text("/metadata/namespace"), text("/metadata/name")),
            region: text("/status/region").parse().ok(),
            records: records.filter_map(|record| record["name"].as_str()).map(RecordName::new).collect(),
        }
    }
}

/// One of a list.
#[derive(Clone, Debug)]
pub(super) enum Listed {
    Readable(Box<AcmCertificate>),
    Unreadable(Unreadable),
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = Value::deserialize(deserializer)?;
        Ok(match AcmCertificate::deserialize(&object) {
            Ok(readable) => Self::Readable(Box::new(readable)),
            Err(_) => Self::Unreadable(Unreadable::of(&object)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_object_that_cannot_be_read_all_is_kept_that_can_be_told() {
        let object = serde_json::json!({
            "metadata": { "name": "www", "namespace": "shop", "uid": "u" },
            "spec": { "domainName": 7 },
            "status": { "region": "eu-west-1", "records": [{ "name": "_a.example.com" }, 3] },
        });
        let mut objects = Objects::default();
        objects.extend([serde_json::from_value::<Listed>(object).unwrap()]);
        let known = Unreadable {
            uid: "u".into(),
            name: "shop/www".into(),
            region: Some("eu-west-1".parse().unwrap()),
            records: [RecordName::new("_a.example.com")].into(),
        };
        assert_eq!(objects.unreadable, [known]);
        assert!(objects.lives("u") && !objects.lives("v"));
    }
}
