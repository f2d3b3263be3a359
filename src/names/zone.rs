//! Ids of Route 53 hosted zones.

use std::fmt;

/// The bare id of a hosted zone (`Z...`), without the `/hostedzone/` that the API puts in front.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostedZoneId(String);

impl HostedZoneId {
    /// From either spelling.
    pub fn new(text: &str) -> Self {
        Self(text.strip_prefix("/hostedzone/").unwrap_or(text).to_owned())
    }

    /// The bare id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostedZoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
