//! What the operator cannot see, and since when.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What may be out of sight while all else is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unseen {
    /// All of ACM.
    Acm,
    /// What only DescribeCertificate tells.
    Descriptions,
    /// All of Route 53.
    Records,
}

impl Unseen {
    /// What keeps conditions of the certificate from being known, and what keeps those of its records.
    pub(super) const OF_CERTIFICATE: &'static [Self] = &[Self::Acm, Self::Descriptions];
    pub(super) const OF_RECORDS: &'static [Self] = &[Self::Acm, Self::Descriptions, Self::Records];
}

/// A time in which it is out of sight.
#[derive(Clone, Copy, Debug)]
struct Spell {
    since: Timestamp,
    until: Option<Timestamp>,
    /// Was the end of the certificate known when it began?
    end_is_known: bool,
}

/// The last of each.
#[derive(Debug, Default)]
pub(super) struct Spells(BTreeMap<Unseen, Spell>);

impl Spells {
    pub(super) fn begin(&mut self, what: Unseen, now: Timestamp, end_is_known: bool) {
        let lasts = self.0.get(&what).is_some_and(|spell| spell.until.is_none());
        if !lasts {
            self.0.insert(what, Spell { since: now, until: None, end_is_known });
        }
    }

    pub(super) fn end(&mut self, now: Timestamp) {
        for spell in self.0.values_mut() {
            spell.until.get_or_insert(now);
        }
    }

    /// Since when one of these is out of sight, if one is, or was until so long ago.
    pub(super) fn since(&self, any: &[Unseen], now: Timestamp, lag: SignedDuration) -> Option<Timestamp> {
        let is_recent = |spell: &&Spell| spell.until.is_none_or(|until| now.duration_since(until) <= lag);
        any.iter().filter_map(|what| self.0.get(what)).filter(is_recent).map(|spell| spell.since).min()
    }

    /// Is it out of sight now, and for longer than that?
    pub(super) fn is_longer(&self, what: Unseen, now: Timestamp, limit: SignedDuration) -> bool {
        let is_long = |spell: &Spell| spell.until.is_none() && now.duration_since(spell.since) > limit;
        self.0.get(&what).is_some_and(is_long)
    }

    /// Was the end of the certificate known before it went out of sight?
    pub(super) fn is_end_known(&self, what: Unseen) -> bool {
        self.0.get(&what).is_some_and(|spell| spell.end_is_known)
    }
}
