//! What can be typed.

use crate::{api::DeletionPolicy, aws::RateOverride, names::Region, telemetry::LogFormat};
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, time::Duration};

/// Kubernetes operator for certificates of AWS Certificate Manager.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Watch AcmCertificates and bring them about.
    ///
    /// Durations are written as 500ms, 15s, 10m, 12h or 45d. Every flag can also be given as the environment variable that
    /// stands below it; repeated flags are comma-separated there.
    ///
    /// AWS credentials and endpoints come from the AWS SDK's own environment (AWS_PROFILE, AWS_ROLE_ARN, AWS_ENDPOINT_URL
    /// and the like), the cluster from KUBECONFIG or the pod's ServiceAccount.
    Run(Box<RunArgs>),
    /// Print the CustomResourceDefinition as YAML.
    Crd,
}

/// Flags of `acmcert run`.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// AWS region of certificates without spec.region [default: the SDK's chain, such as AWS_REGION]
    #[arg(long, env = "ACMCERT_REGION", value_name = "REGION")]
    pub(super) region: Option<Region>,

    /// Identity of this cluster in the ownership tags of certificates; must be unique among the clusters of an AWS account
    /// [default: the UID of the namespace kube-system]
    #[arg(long, env = "ACMCERT_CLUSTER_NAME", value_name = "NAME", value_parser = cluster_name)]
    pub(super) cluster_name: Option<String>,

    /// Refuse to work with credentials of any other AWS account
    #[arg(long, env = "ACMCERT_EXPECTED_ACCOUNT", value_name = "ACCOUNT_ID", value_parser = account_id)]
    pub(super) expected_account: Option<String>,

    /// Namespace to watch; may be repeated [default: all]
    #[arg(long = "namespace", env = "ACMCERT_NAMESPACE", value_name = "NAMESPACE", value_delimiter = ',', value_parser = namespace)]
    pub(super) namespaces: Vec<String>,

    /// What becomes of the certificate of a deleted object whose spec does not say: Delete or Retain
    #[arg(long, env = "ACMCERT_DELETION_POLICY", value_name = "POLICY", default_value = "Delete", value_parser = deletion_policy)]
    pub(super) deletion_policy: DeletionPolicy,

    /// How old an observation may be while something is pending
    #[arg(long, env = "ACMCERT_PENDING_PERIOD", value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub(super) pending_period: Duration,

    /// How old an observation may be while all is settled
    #[arg(long, env = "ACMCERT_SETTLED_PERIOD", value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(super) settled_period: Duration,

    /// How often each validation record is looked at again
    #[arg(long, env = "ACMCERT_RECORD_PERIOD", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub(super) record_period: Duration,

    /// Region where sibling certificates are looked for before a validation record is deleted, besides the regions of this
    /// cluster's certificates; may be repeated [default: the regions of the partition that every account has enabled]
    #[arg(
        long = "shared-record-regions",
        env = "ACMCERT_SHARED_RECORD_REGIONS",
        value_name = "REGION",
        value_delimiter = ','
    )]
    pub(super) shared_record_regions: Vec<Region>,

    /// Elect a leader among the replicas by a Lease
    #[arg(
        long,
        env = "ACMCERT_LEADER_ELECT",
        value_name = "BOOL",
        default_value_t = true,
        action = clap::ArgAction::Set,
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub(super) leader_elect: bool,

    /// How long the lease holds without renewal; whole seconds, at least 3
    #[arg(long, env = "ACMCERT_LEASE_DURATION", value_name = "DURATION", default_value = "15s", value_parser = lease_duration)]
    pub(super) lease_duration: Duration,

    /// Namespace of the lease [default: POD_NAMESPACE, the pod's namespace, or default]
    #[arg(long, env = "ACMCERT_LEASE_NAMESPACE", value_name = "NAMESPACE")]
    pub(super) lease_namespace: Option<String>,

    /// Name of the lease
    #[arg(long, env = "ACMCERT_LEASE_NAME", value_name = "NAME", default_value = "acmcert-operator")]
    pub(super) lease_name: String,

    /// How old the last good observation may become before conditions turn Unknown
    #[arg(long, env = "ACMCERT_STALE_AFTER", value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub(super) stale_after: Duration,

    /// How long waiting may make no progress before it counts as Stalled, whatever it waits for [default: 1h, but 74h while
    /// ACM validates]
    #[arg(long, env = "ACMCERT_PROGRESS_DEADLINE", value_name = "DURATION", value_parser = duration)]
    pub(super) progress_deadline: Option<Duration>,

    /// Pause before a new attempt after a certificate came to its end or AWS refused the request; doubles up to 32 times that
    #[arg(long, env = "ACMCERT_RETRY_BACKOFF", value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(super) retry_backoff: Duration,

    /// New certificates that a namespace may request in 24 hours; the next one is QuotaExceeded until then
    #[arg(long, env = "ACMCERT_REQUESTS_PER_DAY", value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) requests_per_day: u32,

    /// How long a certificate of this cluster that no object knows must be seen before it counts as an orphan: deleted if
    /// unused and not ISSUED, else reported
    #[arg(long, env = "ACMCERT_ORPHAN_GRACE", value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(super) orphan_grace: Duration,

    /// Address of /livez, /readyz and /metrics; port 0 picks a port and logs it
    #[arg(long, env = "ACMCERT_HTTP_ADDRESS", value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    pub(super) http_address: SocketAddr,

    /// The part of AWS's published rates that the operator takes, above 0 and at most 1
    #[arg(long, env = "ACMCERT_QUOTA_SHARE", value_name = "SHARE", default_value_t = 0.8, value_parser = share)]
    pub(super) quota_share: f64,

    /// Another rate, in calls per second: an ACM operation's name, route53, or route53-changes; may be repeated [default:
    /// the published rates]
    #[arg(long = "quota", env = "ACMCERT_QUOTA", value_name = "NAME=RATE", value_delimiter = ',', value_parser = rate)]
    pub(super) quotas: Vec<RateOverride>,

    /// Times before expiry at which to warn while renewal is not on track, comma-separated; whole days. Those above a
    /// third of a certificate's lifetime are left out; of a renewal that only does not come, those above half of the time
    /// that ACM has for it [default: 45d,30d,15d,7d,3d,1d]
    #[arg(
        long,
        env = "ACMCERT_EXPIRY_THRESHOLDS",
        value_name = "DURATIONS",
        value_delimiter = ',',
        value_parser = whole_days
    )]
    pub(super) expiry_thresholds: Vec<Duration>,

    /// How long an issued certificate may be unused before an Event says so
    #[arg(long, env = "ACMCERT_UNUSED_GRACE", value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub(super) unused_grace: Duration,

    /// Objects in work at once
    #[arg(long, env = "ACMCERT_CONCURRENCY", value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) concurrency: u16,

    /// Form of log lines [default: text on a terminal, else json]
    #[arg(long, env = "ACMCERT_LOG_FORMAT", value_name = "FORMAT")]
    pub(super) log_format: Option<LogFormat>,

    /// What is logged: a level (error, warn, info, debug, trace), or directives such as info,acmcert=debug
    #[arg(long, env = "ACMCERT_LOG", value_name = "FILTER", default_value = "info")]
    pub(super) log: String,
}

fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|_| {
        format!("{text:?} is not a duration; write a number and a unit, such as 500ms, 15s, 10m, 12h or 45d")
    })?;
    if duration.is_zero() { Err("a duration must be longer than nothing".into()) } else { Ok(duration) }
}

/// The status counts warnings in days.
fn whole_days(text: &str) -> Result<Duration, String> {
    const DAY: u64 = 24 * 60 * 60;
    let duration = duration(text)?;
    if duration.subsec_nanos() == 0 && duration.as_secs().is_multiple_of(DAY) {
        Ok(duration)
    } else {
        Err(format!("{text:?} is not a whole number of days; write 1d or 45d"))
    }
}

/// A Lease counts in whole seconds, and is renewed when a third of them is left.
fn lease_duration(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration.subsec_nanos() == 0 && duration.as_secs() >= 3 {
        Ok(duration)
    } else {
        Err("a lease lasts whole seconds, at least 3s".into())
    }
}

fn namespace(text: &str) -> Result<String, String> {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !text.is_empty() && text.bytes().all(good) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not the name of a namespace; leave the flag and its variable out to watch all"))
    }
}

fn deletion_policy(text: &str) -> Result<DeletionPolicy, String> {
    match text {
        "Delete" => Ok(DeletionPolicy::Delete),
        "Retain" => Ok(DeletionPolicy::Retain),
        _ => Err("it is Delete or Retain".into()),
    }
}

fn account_id(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if is_account { Ok(text.to_owned()) } else { Err("an AWS account id has 12 digits".into()) }
}

/// It becomes the value of a tag: AWS's limit, and our own alphabet, which every tag takes.
fn cluster_name(text: &str) -> Result<String, String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-_.:/@".contains(&b);
    if (1..=128).contains(&text.len()) && text.bytes().all(good) {
        Ok(text.to_owned())
    } else {
        Err("a cluster name has 1 to 128 letters, digits or - _ . : / @".into())
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err("a share is above 0 and at most 1, such as 0.8".into()) }
}

fn rate(text: &str) -> Result<RateOverride, String> {
    let (name, rate) = text.split_once('=').ok_or("write NAME=RATE, such as RequestCertificate=2")?;
    if !RateOverride::is_known(name) {
        return Err(format!(
            "{name:?} is neither an ACM operation that the operator calls, nor route53, nor route53-changes"
        ));
    }
    let rate: f64 = rate.parse().map_err(|_| format!("{rate:?} is not a number of calls per second"))?;
    if rate.is_finite() && rate > 0.0 {
        Ok(RateOverride { name: name.to_owned(), rate })
    } else {
        Err("a rate is a positive number of calls per second".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_of_run_has_a_variable_of_its_name() {
        let cli = Cli::command();
        let run = cli.find_subcommand("run").unwrap();
        for arg in run.get_arguments().filter(|arg| arg.get_id() != "help") {
            let flag = arg.get_long().unwrap();
            let variable = format!("ACMCERT_{}", flag.replace('-', "_").to_uppercase());
            assert_eq!(arg.get_env().and_then(|env| env.to_str()), Some(variable.as_str()), "--{flag}");
            assert!(arg.get_help().is_some(), "--{flag}");
        }
    }

    #[test]
    fn durations_take_the_units_of_the_contract() {
        for (text, millis) in [("500ms", 500), ("15s", 15_000), ("10m", 600_000), ("45d", 3_888_000_000)] {
            assert_eq!(duration(text).unwrap().as_millis(), millis);
        }
        for text in ["", "5", "0s", "s", "-1s", "5 parsecs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn thresholds_are_whole_days_in_whatever_unit() {
        for (text, days) in [("1d", 1), ("48h", 2), ("45d", 45)] {
            assert_eq!(whole_days(text).unwrap().as_secs(), days * 24 * 60 * 60, "{text}");
        }
    }

    #[test]
    fn bad_values_are_refused_with_the_remedy() {
        for (result, says) in [
            (rate("Frobnicate=1").map(|_| ()), "ACM operation"),
            (rate("route53=0").map(|_| ()), "positive"),
            (rate("route53").map(|_| ()), "NAME=RATE"),
            (share("1.5").map(|_| ()), "at most 1"),
            (account_id("123").map(|_| ()), "12 digits"),
            (cluster_name("a*b").map(|_| ()), "letters"),
            (deletion_policy("delete").map(|_| ()), "Retain"),
            (lease_duration("1s").map(|_| ()), "at least 3s"),
            (whole_days("12h").map(|_| ()), "whole number of days"),
            (whole_days("36h").map(|_| ()), "whole number of days"),
            (lease_duration("4500ms").map(|_| ()), "whole seconds"),
            (namespace("").map(|_| ()), "watch all"),
        ] {
            assert!(result.unwrap_err().contains(says), "{says}");
        }
    }
}
