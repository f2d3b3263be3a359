//! Public DNS as it was at any moment, told from the calls that made it and from nothing of the model's own.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

/// The default of the settings: a change reaches every name server so much later.
const PROPAGATION: SignedDuration = SignedDuration::from_secs(30);

/// ACM follows so many CNAMEs.
const CHAIN: usize = 5;

/// Name and type.
pub(crate) type Key = (String, String);

/// What a zone holds by its API: TTL and values.
pub(crate) type Sets = BTreeMap<Key, (i64, Vec<String>)>;

/// What the name servers answered for a set, and since when; `None` is no such set.
type Answers = Vec<(Timestamp, Option<Vec<String>>)>;

#[derive(Debug)]
pub(crate) struct Zone {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) public: bool,
    pub(crate) made_at: Timestamp,
    pub(crate) removed_at: Option<Timestamp>,
    pub(crate) sets: Sets,
    history: BTreeMap<Key, Answers>,
}

impl Zone {
    pub(crate) fn new(id: String, name: &str, account: &str, public: bool, made_at: Timestamp) -> Zone {
        Zone {
            id,
            name: name.to_owned(),
            account: account.to_owned(),
            public,
            made_at,
            removed_at: None,
            sets: Sets::new(),
            history: BTreeMap::new(),
        }
    }

    /// The zone holds other sets from now on.
    pub(crate) fn replace(&mut self, sets: Sets, now: Timestamp) {
        let visible_at = now + PROPAGATION;
        let keys: BTreeSet<Key> = self.sets.keys().chain(sets.keys()).cloned().collect();
        for key in keys {
            let values = sets.get(&key).map(|(_, values)| values.clone());
            if values.as_ref() != self.sets.get(&key).map(|(_, values)| values) {
                self.history.entry(key).or_default().push((visible_at, values));
            }
        }
        self.sets = sets;
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        name == self.name || name.ends_with(&format!(".{}", self.name))
    }

    fn stood_at(&self, at: Timestamp) -> bool {
        self.made_at <= at && self.removed_at.is_none_or(|removed| at < removed)
    }
}

/// Every zone there ever was, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Resolver {
    pub(crate) zones: Vec<Zone>,
}

impl Resolver {
    /// The positions of the zones that stand at a moment.
    pub(crate) fn standing(&self, at: Timestamp) -> Vec<usize> {
        (0..self.zones.len()).filter(|position| self.zones[*position].stood_at(at)).collect()
    }

    /// The zone that answers the public for a name: the longest; of several of one name, the first made.
    pub(crate) fn authority(&self, name: &str, at: Timestamp) -> Option<usize> {
        let mut best: Option<usize> = None;
        for position in self.standing(at) {
            let zone = &self.zones[position];
            let longer = best.is_none_or(|best| zone.name.len() > self.zones[best].name.len());
            if zone.public && zone.holds(name) && longer {
                best = Some(position);
            }
        }
        best
    }

    fn answer(&self, name: &str, record_type: &str, at: Timestamp) -> Option<&Vec<String>> {
        let zone = &self.zones[self.authority(name, at)?];
        let history = zone.history.get(&(name.to_owned(), record_type.to_owned()))?;
        let (_, values) = history.iter().rev().find(|(since, _)| *since <= at)?;
        values.as_ref()
    }

    /// Whether a CNAME leads to a value.
    pub(crate) fn leads_to(&self, name: &str, value: &str, at: Timestamp) -> bool {
        let mut here = name.to_owned();
        for _ in 0..CHAIN {
            match self.answer(&here, "CNAME", at).and_then(|values| values.first()) {
                Some(target) if target == value => return true,
                Some(target) => here.clone_from(target),
                None => return false,
            }
        }
        false
    }

    /// Whether the nearest CAA record at or above a name lets Amazon issue. Only `issue` is ever written here.
    pub(crate) fn caa_allows(&self, name: &str, at: Timestamp) -> bool {
        let mut here = name.strip_prefix("*.").unwrap_or(name);
        loop {
            if let Some(values) = self.answer(here, "CAA", at) {
                return values.iter().any(|value| value.contains("amazon.com"));
            }
            match here.split_once('.') {
                Some((_, parent)) => here = parent,
                None => return true,
            }
        }
    }
}
