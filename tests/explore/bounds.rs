//! What the settings promise: how late a status may be, how much a fleet at rest reads, how much is told.

use super::operator::Setup;
use jiff::SignedDuration;
use std::{collections::BTreeMap, time::Duration};

/// `--pending-period`
pub(crate) const PENDING: Duration = Duration::from_secs(5);
/// Events of an object in any hour.
pub(crate) const EVENTS_PER_HOUR: usize = 20;

/// A request is given up after 20 s, and tried again after 1, 2, 4, .. seconds, a minute at most: what goes well before the
/// eighth try is done by then.
const RETRIES: Duration = Duration::from_secs(300);
/// The list of zones is believed for so long while all is well.
const ZONES_AGE: Duration = Duration::from_secs(60);
/// A certificate is fully looked at so often at least.
const FULLY_AT_LEAST: Duration = Duration::from_secs(24 * 3600);

/// How late a status may be.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lag {
    /// `RecordsReady`.
    pub(crate) records: SignedDuration,
    /// `RenewalReady`.
    pub(crate) renewal: SignedDuration,
}

impl Lag {
    /// The same, while clocks may be so far off.
    pub(crate) fn with_clocks_off_by(self, off: SignedDuration) -> Self {
        Self { records: self.records + off, renewal: self.renewal + off }
    }
}

impl Setup {
    /// Between two looks at a record: pauses are spread by up to a tenth.
    pub(crate) fn look(&self) -> Duration {
        self.record_period.mul_f64(1.1)
    }

    /// A process that starts spreads its first looks over a period, so a crash may put one off by so much. What cannot be
    /// seen is told as it was until it is stale; a change is in the listing, or in the search, of the next settled period.
    pub(crate) fn lag(&self) -> Lag {
        let signed = |time: Duration| SignedDuration::try_from(time).unwrap();
        let retries = RETRIES * self.leisure;
        Lag {
            records: signed(self.look() * 2 + retries),
            renewal: self.stale_after + signed(self.settled * 2 + retries),
        }
    }
}

/// A fleet with nothing to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fleet {
    pub(crate) objects: u32,
    /// Entries of records in the statuses.
    pub(crate) claims: u32,
    /// Records: some may be claimed by several objects.
    pub(crate) records: u32,
}

/// How often something of that period can happen in a time: once more at its edge.
fn times(window: Duration, period: Duration) -> u64 {
    window.as_secs() / period.as_secs() + 1
}

impl Fleet {
    /// At most so many calls of each operation in that time; none of any other.
    pub(crate) fn reads(self, setup: &Setup, window: Duration) -> BTreeMap<&'static str, u64> {
        let sweeps = times(window, setup.settled);
        let looks = times(window, setup.record_period);
        // A pass for each look; and one in vain where another object has looked at the record just before.
        let shared = u64::from(self.claims - self.records);
        let passes = (u64::from(self.claims) + shared) * looks;
        // One full look for each sweep, over all objects, but not more often than at the records.
        let full = (setup.settled * self.objects).clamp(setup.record_period, FULLY_AT_LEAST.max(setup.record_period));
        BTreeMap::from([
            // The sweep for orphans reads the same listing. It lists by itself only where its turn falls into a sweep: the
            // two turns drift past each other by a round trip each period, so that they cross once in such a time at most.
            ("ListCertificates", sweeps + 2),
            ("SearchCertificates", sweeps),
            ("ListTagsForCertificate", u64::from(self.objects) * times(window, full)),
            ("DescribeCertificate", u64::from(self.objects) * times(window, full)),
            ("ListHostedZones", passes.min(times(window, ZONES_AGE))),
            ("ListResourceRecordSets", u64::from(self.records) * looks),
        ])
    }

    /// At most so many reads of the API server in that time: who looks at a shared record asks its other users.
    pub(crate) fn reads_of_objects(self, setup: &Setup, window: Duration) -> u64 {
        u64::from(self.claims - self.records) * times(window, setup.record_period)
    }
}
