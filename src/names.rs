//! Names of the outside world: parsed once, canonical for ever after.
//!
//! Every string that comes from a spec, a status or AWS becomes one of these types before any step uses it, so the
//! rest of the code never asks again whether a name has a trailing dot or an escaped asterisk.

mod arn;
mod domain;
mod record;
mod region;
mod zone;

pub use arn::{ArnError, CertificateArn};
pub use domain::{DomainError, DomainName};
pub use record::RecordName;
pub use region::{Region, RegionError};
pub use zone::HostedZoneId;
