//! What the typed settings mean, once the surroundings are known.

use super::args::RunArgs;
use crate::{
    controller::Settings,
    leader::Candidacy,
    names::Region,
    plan::{Defaults, Limits},
};
use jiff::SignedDuration;
use std::time::Duration;

/// Attempts after a refusal grow at most so far apart.
const BACKOFF_DOUBLINGS: u32 = 32;

/// Where a pod finds its own namespace.
const NAMESPACE_FILE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// The candidacy for the lease, if leaders are elected.
pub(super) fn candidacy(args: &RunArgs, identity: &str) -> Option<Candidacy> {
    args.leader_elect.then(|| Candidacy {
        namespace: args.lease_namespace.clone().unwrap_or_else(own_namespace),
        name: args.lease_name.clone(),
        duration: args.lease_duration,
        identity: identity.to_owned(),
    })
}

fn own_namespace() -> String {
    let from_env = std::env::var("POD_NAMESPACE").ok().filter(|namespace| !namespace.is_empty());
    let from_pod = || std::fs::read_to_string(NAMESPACE_FILE).ok().map(|text| text.trim().to_owned());
    from_env.or_else(from_pod).unwrap_or_else(|| "default".to_owned())
}

/// Name of this process: the pod's, or the host's, and something that no other process has.
pub(super) fn identity() -> String {
    let host = std::env::var("POD_NAME").or_else(|_| std::env::var("HOSTNAME")).unwrap_or_else(|_| "acmcert".into());
    let nanos = jiff::Timestamp::now().as_nanosecond();
    format!("{host}_{:x}", (nanos as u64) ^ (u64::from(std::process::id()) << 32))
}

/// Settings of the passes.
pub(super) fn settings(
    args: &RunArgs,
    cluster: String,
    cluster_alias: Option<String>,
    region: &Region,
    instance: String,
) -> Settings {
    let regions = args.shared_record_regions.clone();
    Settings {
        cluster,
        cluster_alias,
        cluster_is_named: args.cluster_name.is_some(),
        defaults: Defaults {
            region: region.clone(),
            deletion_policy: args.deletion_policy,
            retry_backoff: (signed(args.retry_backoff), signed(args.retry_backoff.saturating_mul(BACKOFF_DOUBLINGS))),
            limits: limits(args),
        },
        pending_period: args.pending_period,
        settled_period: args.settled_period,
        record_period: args.record_period,
        requests_per_day: args.requests_per_day,
        orphan_grace: signed(args.orphan_grace),
        stale_after: signed(args.stale_after),
        shared_record_regions: if regions.is_empty() { region.default_enabled_in_partition() } else { regions },
        retry_backoff: (args.retry_backoff, args.retry_backoff.saturating_mul(BACKOFF_DOUBLINGS)),
        concurrency: args.concurrency,
        instance,
    }
}

/// What was not typed has the documented default.
fn limits(args: &RunArgs) -> Limits {
    let documented = Limits::default();
    let thresholds: Vec<_> = args.expiry_thresholds.iter().copied().map(signed).collect();
    let deadline = args.progress_deadline.map(signed);
    Limits {
        expiry_thresholds: if thresholds.is_empty() { documented.expiry_thresholds } else { thresholds },
        unused_grace: signed(args.unused_grace),
        progress_deadline: deadline.unwrap_or(documented.progress_deadline),
        validation_deadline: deadline.unwrap_or(documented.validation_deadline),
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
