//! How fast and how much: token buckets for calls, counts for what an account may hold.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::World;
use super::answer::ApiError;
use super::call::{Call, Caller, Service};
use super::instant;

/// AWS counts requests of certificates over so many days.
const REQUEST_YEAR_SECONDS: f64 = 365.0 * 86_400.0;

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Timestamp,
}

/// What each account has left, by what is limited.
#[derive(Debug, Default)]
pub struct Buckets {
    buckets: BTreeMap<String, Bucket>,
}

impl Buckets {
    /// Whether `amount` is left of what refills at `rate` per second up to `burst`; takes nothing.
    fn has(&mut self, key: &str, limit: (f64, f64), amount: f64, now: Timestamp) -> bool {
        let (rate, burst) = limit;
        let bucket = self.buckets.entry(key.to_owned()).or_insert(Bucket { tokens: burst, filled_at: now });
        let passed = instant::seconds_between(bucket.filled_at, now).max(0.0);
        bucket.tokens = (bucket.tokens + passed * rate).min(burst);
        bucket.filled_at = now;
        // NB: a hair less than whole, for sums of fractions of a second are not exact.
        bucket.tokens + 1e-9 >= amount
    }

    fn take(&mut self, key: &str, amount: f64) {
        if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.tokens -= amount;
        }
    }
}

impl World {
    /// Lets a call through at the rates of its service, or refuses it.
    pub(crate) fn admit(&mut self, caller: &Caller, call: &Call) -> Result<(), ApiError> {
        let operation = call.operation();
        let mut limits = Vec::new();
        if let Some(quotas) = &self.settings.quotas {
            match call.service() {
                Service::Acm => {
                    let rate = quotas.rates.as_ref().and_then(|rates| rates.get(operation).copied().flatten());
                    if let Some(rate) = rate {
                        let key = format!("acm/{}/{}/{operation}", caller.account, caller.region);
                        limits.push((key, (rate, rate.max(1.0))));
                    }
                }
                Service::Route53 => {
                    let rates = quotas.route53.as_ref();
                    let levels = [
                        ("account", rates.and_then(|rates| rates.account.as_ref())),
                        (operation, rates.and_then(|rates| rates.operation.as_ref())),
                    ];
                    for (level, rate) in levels {
                        if let Some((rate, burst)) = rate.and_then(|limit| Some((limit.rate?, limit.burst))) {
                            let burst = burst.unwrap_or(rate).max(1.0);
                            limits.push((format!("route53/{}/{level}", caller.account), (rate, burst)));
                        }
                    }
                }
                Service::Sts => {}
            }
        }
        for (key, limit) in &limits {
            if !self.buckets.has(key, *limit, 1.0, self.now) {
                return Err(ApiError::throttled(call.service()));
            }
        }
        for (key, _) in &limits {
            self.buckets.take(key, 1.0);
        }
        Ok(())
    }

    /// Lets so many record changes of an account through, or refuses them.
    pub(crate) fn admit_changes(&mut self, account: &str, changes: usize) -> Result<(), ApiError> {
        let Some(rate) = self.settings.change_throughput else { return Ok(()) };
        let key = format!("route53/{account}/changes");
        // A batch larger than a second's worth passes when the bucket is full, or it never could.
        let amount = (changes as f64).min(rate.max(1.0));
        if !self.buckets.has(&key, (rate, rate.max(1.0)), amount, self.now) {
            return Err(ApiError::throttled(Service::Route53));
        }
        self.buckets.take(&key, changes as f64);
        Ok(())
    }

    /// Refuses one more certificate where the account has all it may have.
    pub(crate) fn check_certificate_quotas(&self, caller: &Caller) -> Result<(), ApiError> {
        let Some(quotas) = &self.settings.quotas else { return Ok(()) };
        let mut live = 0_u64;
        let mut requested = 0_u64;
        for entry in self.certificates.all() {
            let certificate = &entry.certificate;
            if certificate.account_id != caller.account || certificate.region != caller.region {
                continue;
            }
            if certificate.deleted_at.is_none() {
                live += 1;
            }
            if !entry.planted && instant::seconds_between(certificate.created_at, self.now) < REQUEST_YEAR_SECONDS {
                requested += 1;
            }
        }
        if quotas.certificates.is_some_and(|limit| live >= limit) {
            return Err(limit_exceeded("the maximum number of certificates", quotas.certificates));
        }
        if quotas.requests_per_year.is_some_and(|limit| requested >= limit) {
            return Err(limit_exceeded("the maximum number of certificates in a year", quotas.requests_per_year));
        }
        Ok(())
    }
}

fn limit_exceeded(what: &str, limit: Option<u64>) -> ApiError {
    let limit = limit.unwrap_or_default();
    ApiError::new("LimitExceededException", format!("Error: you have reached {what}: {limit}."))
}
