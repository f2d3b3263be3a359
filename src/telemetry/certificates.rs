//! Metrics of each certificate, made from the watch cache at each scrape: so a series ends with its object, and a gauge
//! never says anything else than the status.

use crate::{
    api::{AcmCertificateStatus, ConditionType},
    controller::Context,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::gauge::ConstGauge,
};
use std::{fmt, sync::Weak};

/// See the module.
#[derive(Debug)]
pub struct CertificateCollector {
    context: Weak<Context>,
}

impl CertificateCollector {
    /// Reads the context's watch cache, as long as there is one.
    pub fn new(context: Weak<Context>) -> Self {
        Self { context }
    }
}

type Read = fn(&AcmCertificateStatus) -> Option<f64>;

const GAUGES: &[(&str, &str, Read)] = &[
    ("acmcert_certificate_ready", "1 while the certificate is Ready", |s| Some(is_true(s, ConditionType::Ready))),
    ("acmcert_certificate_stalled", "1 while a person is needed", |s| Some(is_true(s, ConditionType::Stalled))),
    ("acmcert_certificate_deletion_blocked", "1 while deletion waits for somebody", |s| {
        Some(is_true(s, ConditionType::DeletionBlocked))
    }),
    ("acmcert_certificate_in_use", "1 while an AWS resource uses the certificate", |s| {
        s.in_use_by_count.map(|count| f64::from(u8::from(count > 0)))
    }),
    ("acmcert_certificate_not_after_timestamp_seconds", "End of validity", |s| {
        s.not_after.as_ref().map(|time| time.0.as_second() as f64)
    }),
    ("acmcert_certificate_not_before_timestamp_seconds", "Start of validity", |s| {
        s.not_before.as_ref().map(|time| time.0.as_second() as f64)
    }),
];

fn is_true(status: &AcmCertificateStatus, kind: ConditionType) -> f64 {
    let holds = status.conditions.iter().any(|c| c.type_ == kind.as_str() && c.status == "True");
    f64::from(u8::from(holds))
}

impl Collector for CertificateCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(context) = self.context.upgrade() else { return Ok(()) };
        let objects = context.cached_statuses();
        let gauge = ConstGauge::new(0.0).metric_type();
        for (name, help, read) in GAUGES {
            let mut gauges = encoder.encode_descriptor(name, help, None, gauge)?;
            for (namespace, name, status) in &objects {
                let Some(value) = read(status) else { continue };
                let labels = [("namespace", namespace.as_str()), ("name", name.as_str())];
                ConstGauge::new(value).encode(gauges.encode_family(&labels)?)?;
            }
        }
        let help = "When the certificates of a region were last listed";
        let mut sweeps = encoder.encode_descriptor("acmcert_last_sweep_timestamp_seconds", help, None, gauge)?;
        for (region, at) in context.fleet.last_sweeps() {
            let account = context.account.get().map_or("unknown", String::as_str);
            let labels = [("account", account), ("region", region.as_str())];
            ConstGauge::new(at.as_second() as f64).encode(sweeps.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
