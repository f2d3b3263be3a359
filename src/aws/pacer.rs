//! Permits for calls of AWS: the operator's share of the published rates, so that it throttles nobody, itself included.

use crate::names::Region;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The services that are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// AWS Certificate Manager: rates count by account, region and operation.
    Acm,
    /// Route 53: rates count by account, and by account and operation.
    Route53,
    /// Security Token Service: no rate of its own.
    Sts,
}

impl Service {
    /// The word in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acm => "acm",
            Self::Route53 => "route53",
            Self::Sts => "sts",
        }
    }
}

macro_rules! operations {
    ($($operation:ident: $service:ident, $rate:expr, $permission:literal;)+) => {
        /// The operations that the operator calls.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation { $(#[doc = concat!("`", $permission, "`")] $operation,)+ }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$operation),+];
            /// The service it belongs to.
            pub const fn service(self) -> Service { match self { $(Self::$operation => Service::$service),+ } }
            /// AWS's name of the operation.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$operation => stringify!($operation)),+ } }
            /// The IAM action that permits it.
            pub const fn permission(self) -> &'static str { match self { $(Self::$operation => $permission),+ } }
            /// Published calls per second.
            const fn published_rate(self) -> f64 { match self { $(Self::$operation => $rate),+ } }
        }
    };
}

// ACM: "API rate quotas" of the user guide. That of SearchCertificates is not published: 5 is below the rate of every read
// that is. Route 53: 10 requests a second since July 2026.
operations! {
    RequestCertificate: Acm, 5.0, "acm:RequestCertificate";
    DescribeCertificate: Acm, 10.0, "acm:DescribeCertificate";
    ListCertificates: Acm, 8.0, "acm:ListCertificates";
    SearchCertificates: Acm, 5.0, "acm:SearchCertificates";
    DeleteCertificate: Acm, 10.0, "acm:DeleteCertificate";
    ListTagsForCertificate: Acm, 10.0, "acm:ListTagsForCertificate";
    AddTagsToCertificate: Acm, 5.0, "acm:AddTagsToCertificate";
    RemoveTagsFromCertificate: Acm, 5.0, "acm:RemoveTagsFromCertificate";
    ListHostedZones: Route53, 10.0, "route53:ListHostedZones";
    ListResourceRecordSets: Route53, 10.0, "route53:ListResourceRecordSets";
    ChangeResourceRecordSets: Route53, 10.0, "route53:ChangeResourceRecordSets";
    GetCallerIdentity: Sts, 10.0, "sts:GetCallerIdentity";
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Route 53 allows this many requests at once on top of its refill (since July 2026).
const ROUTE53_BURST: f64 = 50.0;

/// Another rate than the published one: `--quota NAME=RATE`.
#[derive(Clone, Debug, PartialEq)]
pub struct RateOverride {
    /// An ACM operation's name, `route53`, or `route53-changes`.
    pub name: String,
    /// Calls per second.
    pub rate: f64,
}

impl RateOverride {
    /// Is there such a rate?
    pub fn is_known(name: &str) -> bool {
        matches!(name, "route53" | "route53-changes")
            || Operation::ALL.iter().any(|op| op.service() == Service::Acm && op.as_str() == name)
    }
}

/// The right to send one call, now. It is spent by sending.
#[derive(Debug)]
pub struct Permit {
    operation: Operation,
}

impl Permit {
    /// A permit for a store that has no rates, such as a model.
    pub fn unpaced(operation: Operation) -> Self {
        Self { operation }
    }

    /// What it permits.
    pub fn operation(&self) -> Operation {
        self.operation
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Bucket {
    Operation(Operation, Option<Region>),
    Route53Account,
}

/// One bucket for each rate that AWS counts.
#[derive(Debug)]
pub struct Pacer {
    share: f64,
    overrides: Vec<RateOverride>,
    buckets: Mutex<HashMap<Bucket, Arc<DefaultDirectRateLimiter>>>,
}

impl Pacer {
    /// A pacer that takes `share` (0 to 1) of the rates.
    pub fn new(share: f64, overrides: Vec<RateOverride>) -> Self {
        Self { share, overrides, buckets: Mutex::default() }
    }

    /// Waits for the right to call. `region` is that of the call; Route 53 and STS have none.
    pub async fn permit(&self, operation: Operation, region: Option<&Region>) -> Permit {
        self.bucket(Bucket::Operation(operation, region.cloned())).until_ready().await;
        if operation.service() == Service::Route53 {
            self.bucket(Bucket::Route53Account).until_ready().await;
        }
        Permit { operation }
    }

    fn bucket(&self, bucket: Bucket) -> Arc<DefaultDirectRateLimiter> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let quota = || self.quota(&bucket);
        Arc::clone(buckets.entry(bucket.clone()).or_insert_with(|| Arc::new(RateLimiter::direct(quota()))))
    }

    fn quota(&self, bucket: &Bucket) -> Quota {
        let (name, published, burst_seconds) = match bucket {
            Bucket::Route53Account => ("route53", 10.0, None),
            Bucket::Operation(Operation::ChangeResourceRecordSets, _) => ("route53-changes", 10.0, None),
            Bucket::Operation(op, _) if op.service() == Service::Route53 => ("route53", op.published_rate(), None),
            Bucket::Operation(op, _) => (op.as_str(), op.published_rate(), Some(1.0)),
        };
        let rate = self.overrides.iter().rev().find(|o| o.name == name).map_or(published, |o| o.rate) * self.share;
        // ACM's burst is not published: one second's worth is what any bucket of a rate per second allows.
        let burst = burst_seconds.map_or(ROUTE53_BURST * self.share, |seconds| rate * seconds);
        let period = Duration::from_secs_f64(1.0 / rate.max(0.001));
        let burst = NonZeroU32::new(burst.floor().max(1.0) as u32).unwrap_or(NonZeroU32::MIN);
        Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_takes_its_share_of_the_published_rate() {
        let pacer = Pacer::new(0.8, vec![]);
        let request = pacer.quota(&Bucket::Operation(Operation::RequestCertificate, None));
        assert_eq!(request.replenish_interval(), Duration::from_millis(250));
        assert_eq!(request.burst_size().get(), 4);
        let route53 = pacer.quota(&Bucket::Route53Account);
        assert_eq!(route53.replenish_interval(), Duration::from_millis(125));
        assert_eq!(route53.burst_size().get(), 40);
    }

    #[test]
    fn the_last_override_of_a_name_counts() {
        let rate = |name: &str, rate| RateOverride { name: name.into(), rate };
        let pacer = Pacer::new(1.0, vec![rate("ListCertificates", 1.0), rate("ListCertificates", 2.0)]);
        let list = pacer.quota(&Bucket::Operation(Operation::ListCertificates, None));
        assert_eq!(list.replenish_interval(), Duration::from_millis(500));
        assert!(RateOverride::is_known("route53-changes") && RateOverride::is_known("DeleteCertificate"));
        assert!(!RateOverride::is_known("ListHostedZones") && !RateOverride::is_known("listcertificates"));
    }

    #[tokio::test]
    async fn regions_do_not_share_a_bucket() {
        let pacer = Pacer::new(1.0, vec![RateOverride { name: "ListCertificates".into(), rate: 0.01 }]);
        for region in ["eu-west-1", "eu-west-2", "us-east-1"] {
            let permit = pacer.permit(Operation::ListCertificates, Some(&region.parse().unwrap())).await;
            assert_eq!(permit.operation(), Operation::ListCertificates);
        }
    }
}
