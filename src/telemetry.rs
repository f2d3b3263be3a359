//! Logs and metrics.

mod certificates;
mod logs;
mod metrics;

pub use certificates::CertificateCollector;
pub use logs::{LogFormat, init};
pub use metrics::Metrics;
