//! Metrics of the operator itself. Label values are closed sets.

use crate::{
    aws::{CallObserver, CallOutcome, Meaning, Operation},
    names::Region,
};
use prometheus_client::{
    collector::Collector,
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::Registry,
};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    service: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabel {
    service: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RegionLabel {
    region: String,
}

type Waits = Family<ServiceLabel, Histogram, fn() -> Histogram>;

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    calls: Family<Call, Counter>,
    permit_wait: Waits,
    reconciles: Family<Outcome, Counter>,
    duration: Histogram,
    leader: Gauge,
    orphans: Family<RegionLabel, Gauge>,
}

/// From a millisecond to four minutes.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 4.0, 10))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("acmcert");
        let calls = Family::<Call, Counter>::default();
        let permit_wait = Waits::new_with_constructor(seconds);
        let reconciles = Family::<Outcome, Counter>::default();
        let (duration, leader) = (seconds(), Gauge::default());
        let orphans = Family::<RegionLabel, Gauge>::default();
        let commit = option_env!("ACMCERT_COMMIT").unwrap_or("unknown");
        let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("commit", commit)]);
        registry.register("aws_calls", "Calls of AWS by how they ended", calls.clone());
        registry.register("aws_permit_wait_seconds", "How long calls waited for their permit", permit_wait.clone());
        registry.register("reconciles", "Passes by how they ended", reconciles.clone());
        registry.register("reconcile_duration_seconds", "Length of passes", duration.clone());
        registry.register("leader", "1 while this process leads", leader.clone());
        let help = "Certificates with this cluster's tags that no object knows, issued or in use";
        registry.register("orphans", help, orphans.clone());
        // NB: the encoder appends `_info`.
        registry.register("build", "What runs", build);
        Self { registry: Mutex::new(registry), calls, permit_wait, reconciles, duration, leader, orphans }
    }
}

impl Metrics {
    /// A pass ended.
    pub fn reconciled(&self, outcome: &'static str, took: Duration) {
        self.reconciles.get_or_create(&Outcome { outcome }).inc();
        self.duration.observe(took.as_secs_f64());
    }

    /// This process leads, or does not.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// So many orphans of a region stay, because they are issued or in use.
    pub fn orphans(&self, region: &Region, count: usize) {
        let label = RegionLabel { region: region.to_string() };
        self.orphans.get_or_create(&label).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Adds metrics that are made at each scrape.
    pub fn register_collector(&self, collector: Box<dyn Collector>) {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner).register_collector(collector);
    }

    /// All metrics, in OpenMetrics text.
    ///
    /// # Errors
    /// Where a collector fails.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }
}

impl CallObserver for Metrics {
    fn called(&self, operation: Operation, outcome: CallOutcome) {
        let outcome = match outcome {
            CallOutcome::Ok => "ok",
            CallOutcome::Error(meaning) => word(meaning),
        };
        let call = Call { service: operation.service().as_str(), operation: operation.as_str(), outcome };
        self.calls.get_or_create(&call).inc();
    }

    fn waited(&self, operation: Operation, wait: Duration) {
        let service = ServiceLabel { service: operation.service().as_str() };
        self.permit_wait.get_or_create(&service).observe(wait.as_secs_f64());
    }
}

fn word(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::NotFound => "not_found",
        Meaning::InUse => "in_use",
        Meaning::Throttled => "throttled",
        Meaning::Denied => "denied",
        Meaning::Invalid => "invalid",
        Meaning::Conflict => "conflict",
        Meaning::QuotaExceeded => "quota_exceeded",
        Meaning::Unavailable => "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_contract() {
        let metrics = Metrics::default();
        metrics.reconciled("ok", Duration::from_millis(5));
        metrics.called(Operation::DescribeCertificate, CallOutcome::Error(Meaning::NotFound));
        metrics.waited(Operation::ListHostedZones, Duration::ZERO);
        metrics.leads(true);
        metrics.orphans(&"eu-west-1".parse().unwrap(), 2);
        let text = metrics.encode().unwrap();
        for line in [
            "acmcert_aws_calls_total{service=\"acm\",operation=\"DescribeCertificate\",outcome=\"not_found\"} 1",
            "acmcert_aws_permit_wait_seconds_count{service=\"route53\"} 1",
            "acmcert_reconciles_total{outcome=\"ok\"} 1",
            "acmcert_reconcile_duration_seconds_count 1",
            "acmcert_leader 1",
            "acmcert_orphans{region=\"eu-west-1\"} 2",
            "acmcert_build_info{version=",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
