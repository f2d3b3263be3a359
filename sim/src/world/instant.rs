//! How moments are written: RFC 3339, UTC, milliseconds, so that two journals can be compared as text.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serializer};

/// In days are validities and windows told.
pub const SECONDS_PER_DAY: f64 = 86_400.0;

/// The moment as `/_sim/` spells it.
#[must_use]
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The moment cut to what can be written down, so that a snapshot loses nothing.
#[must_use]
pub fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// The moment `seconds` after `at`; stays within what a timestamp can hold.
#[must_use]
pub fn after(at: Timestamp, seconds: f64) -> Timestamp {
    let span = SignedDuration::from_millis((seconds * 1000.0).round() as i64);
    at.saturating_add(span).unwrap_or(at)
}

/// The seconds from `earlier` to `later`, negative if they are the wrong way round.
#[must_use]
pub fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64()
}

/// For serde: writes a moment.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*at))
}

/// For serde: reads a moment.
///
/// # Errors
/// Text that is no RFC 3339 moment.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::deserialize(deserializer)
}

/// The same for a moment that may be absent.
pub mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    /// For serde: writes the moment, or null.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_str(&super::text(*at)),
            None => serializer.serialize_none(),
        }
    }

    /// For serde: reads the moment, or null.
    ///
    /// # Errors
    /// Text that is no RFC 3339 moment.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        Option::<Timestamp>::deserialize(deserializer)
    }
}
