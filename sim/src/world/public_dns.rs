//! What the public internet sees of the hosted zones: delegated, longest name first, once propagated.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::World;
use super::dns_name;
use super::records::record_key;

/// ACM follows so many CNAMEs and no more.
const MAX_CHAIN: usize = 5;

/// Which certificates wait to see something change at a name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Interest {
    waiting: BTreeMap<String, BTreeSet<u64>>,
    names: BTreeMap<u64, Vec<String>>,
}

impl Interest {
    pub(crate) fn add(&mut self, name: String, certificate: u64) {
        self.waiting.entry(name.clone()).or_default().insert(certificate);
        self.names.entry(certificate).or_default().push(name);
    }

    pub(crate) fn forget(&mut self, certificate: u64) {
        for name in self.names.remove(&certificate).unwrap_or_default() {
            if let Some(waiting) = self.waiting.get_mut(&name) {
                waiting.remove(&certificate);
                if waiting.is_empty() {
                    self.waiting.remove(&name);
                }
            }
        }
    }

    fn at(&self, name: &str) -> Vec<u64> {
        self.waiting.get(name).into_iter().flatten().copied().collect()
    }

    fn all(&self) -> Vec<u64> {
        self.names.keys().copied().collect()
    }
}

/// What a look into public DNS found, and every name it went past.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) found: bool,
    pub(crate) names: Vec<String>,
}

impl World {
    /// The values of a record set as a resolver anywhere sees them now.
    /// NB: wildcard records answer nobody here.
    pub(crate) fn public_lookup(&self, name: &str, record_type: &str) -> Option<&Vec<String>> {
        let mut zone_name = name;
        loop {
            if let Some(zone) = self.zones.public_zone_named(zone_name) {
                return zone.visible.get(&record_key(name, record_type));
            }
            zone_name = zone_name.split_once('.')?.1;
        }
    }

    /// Whether the CNAME `name` leads to `value`, directly or through other CNAMEs.
    pub(crate) fn look_for_record(&self, name: &str, value: &str) -> Look {
        let mut names = vec![name.to_owned()];
        let mut here = name.to_owned();
        for _ in 0..MAX_CHAIN {
            let Some(target) = self.public_lookup(&here, "CNAME").and_then(|values| values.first()) else {
                return Look { found: false, names };
            };
            let target = dns_name::plain(target);
            if target == value {
                return Look { found: true, names };
            }
            names.push(target.clone());
            here = target;
        }
        Look { found: false, names }
    }

    /// A change has reached the name servers of a zone.
    pub(crate) fn propagate(&mut self, zone: u64, name: &str, record_type: &str, values: Option<Vec<String>>) {
        let Some(zone) = self.zones.get_mut(zone) else { return };
        match values {
            Some(values) => zone.visible.insert(record_key(name, record_type), values),
            None => zone.visible.remove(&record_key(name, record_type)),
        };
        if matches!(record_type, "CNAME" | "CAA") {
            for certificate in self.interest.at(name) {
                self.revalidate(certificate);
            }
        }
    }

    /// A zone has come or gone: names may be answered from elsewhere now.
    pub(crate) fn delegation_changed(&mut self) {
        for certificate in self.interest.all() {
            self.revalidate(certificate);
        }
    }
}
