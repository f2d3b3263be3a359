//! What is going to happen, by the moment it is due.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::{Call, Caller};
use super::instant;

/// Something that time brings about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// The name servers of a zone learn a change.
    Propagate { zone: u64, name: String, record_type: String, values: Option<Vec<String>> },
    /// ACM has looked long enough at the record of one name of a certificate.
    Validated { certificate: u64, position: usize, attempt: u64 },
    /// A certificate has waited too long for its records.
    TimeOut { certificate: u64 },
    /// A certificate's validity may have ended.
    Expire { certificate: u64 },
    /// The time to renew a certificate may have come.
    OpenRenewal { certificate: u64 },
    /// ACM has looked long enough at the names of a certificate under renewal.
    LookForRenewal { certificate: u64, run: u64 },
    /// An attempt to renew a certificate has had its time.
    Renewed { certificate: u64, attempt: u64 },
    /// A call that was answered with an error takes effect after all.
    Late { caller: Caller, call: Box<Call> },
}

/// An event and its moment; of two at one moment, the one scheduled first happens first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Due {
    #[serde(with = "instant")]
    pub at: Timestamp,
    pub order: u64,
    pub event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    /// NB: reversed, for the heap gives its greatest first and the earliest is wanted.
    fn cmp(&self, other: &Due) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

/// All events to come.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Schedule {
    last: u64,
    heap: BinaryHeap<Due>,
}

impl Schedule {
    pub(crate) fn add(&mut self, at: Timestamp, event: Event) {
        self.last += 1;
        self.heap.push(Due { at, order: self.last, event });
    }

    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Due> {
        if self.heap.peek()?.at > now {
            return None;
        }
        self.heap.pop()
    }
}
