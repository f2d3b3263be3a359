//! Metrics of each certificate, made from the watch cache at each scrape: so a series ends with its object, and a gauge
//! never says anything else than the status. And what else is only known at that time.

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

// NB: the registry puts `acmcert_` before each name.
type Read = fn(&AcmCertificateStatus) -> Option<f64>;

const GAUGES: &[(&str, &str, Read)] = &[
    ("certificate_ready", "1 while the certificate is Ready", |s| Some(is_true(s, ConditionType::Ready))),
    ("certificate_stalled", "1 while a person is needed", |s| Some(is_true(s, ConditionType::Stalled))),
    ("certificate_deletion_blocked", "1 while deletion waits for somebody", |s| {
        Some(is_true(s, ConditionType::DeletionBlocked))
    }),
    ("certificate_in_use", "1 while an AWS resource uses the certificate", |s| {
        s.in_use_by_count.map(|count| f64::from(u8::from(count > 0)))
    }),
    ("certificate_not_after_timestamp_seconds", "End of validity", |s| {
        s.not_after.as_ref().map(|time| time.0.as_second() as f64)
    }),
    ("certificate_not_before_timestamp_seconds", "Start of validity", |s| {
        s.not_before.as_ref().map(|time| time.0.as_second() as f64)
    }),
    ("certificate_pending_since_timestamp_seconds", "Since when the certificate has not been Ready, while so", |s| {
        let mut conditions = s.conditions.iter();
        let ready = conditions.find(|c| c.type_ == ConditionType::Ready.as_str() && c.status == "False");
        ready.map(|c| c.last_transition_time.0.as_second() as f64)
    }),
];

/// ACM's word for the renewal, of a closed set.
fn renewal_status(status: &AcmCertificateStatus) -> &'static str {
    match status.renewal.as_ref().and_then(|renewal| renewal.status.as_deref()) {
        None => "none",
        Some("PENDING_AUTO_RENEWAL") => "pending_auto_renewal",
        Some("PENDING_VALIDATION") => "pending_validation",
        Some("SUCCESS") => "success",
        Some("FAILED") => "failed",
        Some(_) => "unknown",
    }
}

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
        let help = "1 for the present state of the managed renewal";
        let mut renewals = encoder.encode_descriptor("certificate_renewal_status", help, None, gauge)?;
        for (namespace, name, status) in &objects {
            let labels =
                [("namespace", namespace.as_str()), ("name", name.as_str()), ("status", renewal_status(status))];
            ConstGauge::new(1.0).encode(renewals.encode_family(&labels)?)?;
        }
        let help = "Objects that wait for a pass or are in one";
        let depth = encoder.encode_descriptor("queue_depth", help, None, gauge)?;
        ConstGauge::new(context.queue.depth() as f64).encode(depth)?;
        let help = "When the certificates of a region were last listed";
        let mut sweeps = encoder.encode_descriptor("last_sweep_timestamp_seconds", help, None, gauge)?;
        for (region, at) in context.fleet.last_sweeps() {
            let account = context.account.get().map_or("unknown", String::as_str);
            let labels = [("account", account), ("region", region.as_str())];
            ConstGauge::new(at.as_second() as f64).encode(sweeps.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Renewal;

    #[test]
    fn a_renewal_is_of_a_closed_set_of_words() {
        let word = |word: Option<&str>| {
            let renewal = Renewal { status: word.map(str::to_owned), ..Renewal::default() };
            renewal_status(&AcmCertificateStatus { renewal: Some(renewal), ..AcmCertificateStatus::default() })
        };
        assert_eq!(renewal_status(&AcmCertificateStatus::default()), "none");
        assert_eq!([None, Some("FAILED"), Some("POSTPONED")].map(word), ["none", "failed", "unknown"]);
    }
}
