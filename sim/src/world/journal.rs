//! What happened: every mutation in order, and how often each operation was called.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::World;
use super::call::Caller;
use super::instant;

/// One mutation.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    pub seq: u64,
    #[serde(with = "instant")]
    pub at: Timestamp,
    pub account: String,
    pub region: String,
    pub operation: String,
    pub target: String,
    /// The caller's access key id, `control`, or `world` when time did it.
    pub by: String,
    pub detail: Value,
}

/// All mutations since the last reset.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
}

impl Journal {
    pub(crate) fn add(&mut self, at: Timestamp, who: &Caller, operation: &str, target: &str, detail: Value) {
        self.entries.push(Entry {
            seq: self.entries.len() as u64 + 1,
            at,
            account: who.account.clone(),
            region: who.region.clone(),
            operation: operation.to_owned(),
            target: target.to_owned(),
            by: who.access_key.clone(),
            detail,
        });
    }
}

/// How often one operation had one outcome.
#[derive(Debug, Clone, Serialize)]
pub struct CallCount {
    pub account: String,
    pub region: String,
    pub service: &'static str,
    pub operation: &'static str,
    /// `ok`, or the code of the error.
    pub outcome: String,
    pub count: u64,
}

type CallKey = (String, String, &'static str, &'static str, String);

/// Counters of calls.
#[derive(Debug, Default)]
pub struct Calls {
    counts: BTreeMap<CallKey, u64>,
}

impl Calls {
    pub(crate) fn count(&mut self, who: &Caller, service: &'static str, operation: &'static str, outcome: &str) {
        let key = (who.account.clone(), who.region.clone(), service, operation, outcome.to_owned());
        *self.counts.entry(key).or_insert(0) += 1;
    }
}

impl World {
    /// The mutations after number `since`; 0 gives all.
    #[must_use]
    pub fn journal(&self, since: u64) -> &[Entry] {
        let skip = usize::try_from(since).unwrap_or(usize::MAX);
        self.journal.entries.get(skip..).unwrap_or(&[])
    }

    /// How often each operation was called, by account, region and outcome.
    #[must_use]
    pub fn call_counts(&self) -> Vec<CallCount> {
        self.calls
            .counts
            .iter()
            .map(|((account, region, service, operation, outcome), count)| CallCount {
                account: account.clone(),
                region: region.clone(),
                service,
                operation,
                outcome: outcome.clone(),
                count: *count,
            })
            .collect()
    }

    /// Sets every counter to nothing.
    pub fn clear_call_counts(&mut self) {
        self.calls = Calls::default();
    }
}
