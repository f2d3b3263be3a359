//! The whole simulated cloud: one value that calls, control actions and time change.

pub mod answer;
pub mod call;
pub mod certificate;
pub mod change_batch;
pub mod control;
pub mod der;
pub mod describing;
pub mod dispatch;
pub mod dns_name;
pub mod email;
pub mod entry;
pub mod faults;
pub mod identity;
pub mod instant;
pub mod journal;
pub mod lifecycle;
pub mod listing;
pub mod names;
pub mod parameters;
pub mod planting;
pub mod public_dns;
pub mod quotas;
pub mod records;
pub mod renewal;
pub mod renewal_look;
pub mod request;
pub mod schedule;
pub mod search;
pub mod search_filter;
pub mod search_order;
pub mod seed;
pub mod settings;
pub mod settings_patch;
pub mod state;
pub mod tags;
pub mod validation;
pub mod x509;
pub mod zones;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use call::Caller;
use entry::Certificates;
use faults::Faults;
use identity::Assumed;
use journal::{Calls, Journal};
use public_dns::Interest;
use quotas::Buckets;
use records::Change;
use request::TokenMemory;
use schedule::{Event, Schedule};
use seed::Seed;
use settings::Settings;
use zones::Zones;

/// The account of callers whose access key nobody mapped to another one.
pub const DEFAULT_ACCOUNT: &str = "123456789012";

/// The region where a certificate is planted unless told otherwise.
pub const DEFAULT_REGION: &str = "us-east-1";

/// ACM, Route 53 and STS of every account and region.
///
/// Serialised, it is what `--state` keeps: faults, counters, journal and rate buckets are left out on purpose.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    pub(crate) seed: Seed,
    #[serde(with = "instant")]
    pub(crate) now: Timestamp,
    pub(crate) settings: Settings,
    /// The last number given to a certificate, zone, change or credential. Never reset, so that no identifier
    /// comes back with another meaning.
    pub(crate) numbers: u64,
    pub(crate) certificates: Certificates,
    pub(crate) tokens: BTreeMap<String, TokenMemory>,
    pub(crate) zones: Zones,
    pub(crate) changes: BTreeMap<String, Change>,
    pub(crate) assumed: BTreeMap<String, Assumed>,
    pub(crate) interest: Interest,
    pub(crate) schedule: Schedule,
    #[serde(skip)]
    pub(crate) revision: u64,
    #[serde(skip)]
    pub(crate) journal: Journal,
    #[serde(skip)]
    pub(crate) calls: Calls,
    #[serde(skip)]
    pub(crate) faults: Faults,
    #[serde(skip)]
    pub(crate) buckets: Buckets,
}

impl World {
    /// An empty world. `start` is its first moment; it never shows an earlier one.
    #[must_use]
    pub fn new(seed: u64, settings: Settings, start: Timestamp) -> World {
        World {
            seed: Seed(seed),
            now: instant::whole_milliseconds(start),
            settings,
            numbers: 0,
            certificates: Certificates::default(),
            tokens: BTreeMap::new(),
            zones: Zones::default(),
            changes: BTreeMap::new(),
            assumed: BTreeMap::new(),
            interest: Interest::default(),
            schedule: Schedule::default(),
            revision: 0,
            journal: Journal::default(),
            calls: Calls::default(),
            faults: Faults::default(),
            buckets: Buckets::default(),
        }
    }

    /// The latest moment this world was shown.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Puts other settings in force. Delays already running keep the length they began with, and so do the windows
    /// in which certificates are renewed.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.revision += 1;
    }

    /// Grows with every change that a snapshot would have to keep.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Lets time pass up to `now`: everything due happens, each at its own moment and in that order.
    /// A `now` in the past changes nothing.
    pub fn advance(&mut self, now: Timestamp) {
        let now = instant::whole_milliseconds(now);
        while let Some(due) = self.schedule.take_due(now) {
            self.now = self.now.max(due.at);
            self.revision += 1;
            match due.event {
                Event::Propagate { zone, name, record_type, values } => {
                    self.propagate(zone, &name, &record_type, values);
                }
                Event::Validated { certificate, position, attempt } => {
                    self.conclude_validation(certificate, position, attempt);
                }
                Event::TimeOut { certificate } => self.time_out(certificate),
                Event::Expire { certificate } => self.expire_if_due(certificate),
                Event::OpenRenewal { certificate } => self.open_renewal(certificate),
                Event::LookForRenewal { certificate, run } => self.conclude_renewal_look(certificate, run),
                Event::Renewed { certificate, attempt } => self.conclude_renewal(certificate, attempt),
                Event::Late { caller, call } => self.commit_late(&caller, &call),
            }
        }
        self.now = self.now.max(now);
    }

    /// Empties the world. Settings, time and assumed credentials stay, and so does the numbering.
    pub fn reset(&mut self) {
        self.certificates = Certificates::default();
        self.tokens.clear();
        self.zones = Zones::default();
        self.changes.clear();
        self.interest = Interest::default();
        self.schedule = Schedule::default();
        self.journal = Journal::default();
        self.calls = Calls::default();
        self.faults = Faults::default();
        self.buckets = Buckets::default();
        self.revision += 1;
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The moment `seconds` from now, jittered as the settings say; `None` is no delay at all.
    pub(crate) fn moment_after(&mut self, seconds: Option<f64>) -> Timestamp {
        let Some(seconds) = seconds else { return self.now };
        let jitter = self.settings.jitter.unwrap_or(0.0);
        let stretch = if jitter > 0.0 {
            let number = self.next_number();
            1.0 + jitter * (2.0 * self.seed.fraction(&["jitter", &number.to_string()]) - 1.0)
        } else {
            1.0
        };
        instant::after(self.now, seconds * stretch)
    }

    pub(crate) fn schedule(&mut self, at: Timestamp, event: Event) {
        self.schedule.add(at.max(self.now), event);
    }

    pub(crate) fn note(&mut self, who: &Caller, operation: &str, target: &str, detail: serde_json::Value) {
        self.revision += 1;
        self.journal.add(self.now, who, operation, target, detail);
    }
}
