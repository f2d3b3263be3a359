//! What a test can turn: delays, limits and rates, with AWS's own as the defaults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Calls per second of each ACM operation, per account and region; SearchCertificates has no published one.
const ACM_RATES: [(&str, f64); 14] = [
    ("AddTagsToCertificate", 5.0),
    ("DeleteCertificate", 10.0),
    ("DescribeCertificate", 10.0),
    ("ExportCertificate", 5.0),
    ("GetAccountConfiguration", 1.0),
    ("GetCertificate", 10.0),
    ("ImportCertificate", 1.0),
    ("ListCertificates", 8.0),
    ("ListTagsForCertificate", 10.0),
    ("PutAccountConfiguration", 1.0),
    ("RemoveTagsFromCertificate", 5.0),
    ("RenewCertificate", 5.0),
    ("RequestCertificate", 5.0),
    ("ResendValidationEmail", 1.0),
];

/// The settings of a world. `None` switches the thing off. [`Settings::patched`] changes some of them; what a patch
/// below something that is off means, its module says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Settings {
    pub resource_record_delay_seconds: Option<f64>,
    pub describe_visible_seconds: Option<f64>,
    pub dns_propagation_seconds: Option<f64>,
    pub validation_seconds: Option<f64>,
    pub list_lag_seconds: Option<f64>,
    pub validation_timeout_seconds: Option<f64>,
    pub public_validity_days: Option<f64>,
    pub renewal_window_days: Option<f64>,
    pub renewal_seconds: Option<f64>,
    pub delete_release_seconds: Option<f64>,
    pub change_processing_seconds: Option<f64>,
    pub change_throughput: Option<f64>,
    pub jitter: Option<f64>,
    /// Access key id to account; a `null` entry is dropped.
    pub accounts: BTreeMap<String, Option<String>>,
    pub quotas: Option<Quotas>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            resource_record_delay_seconds: Some(5.0),
            describe_visible_seconds: Some(2.0),
            dns_propagation_seconds: Some(30.0),
            validation_seconds: Some(60.0),
            list_lag_seconds: Some(2.0),
            validation_timeout_seconds: Some(259_200.0),
            public_validity_days: Some(198.0),
            renewal_window_days: Some(60.0),
            renewal_seconds: Some(3600.0),
            delete_release_seconds: Some(0.0),
            change_processing_seconds: Some(0.0),
            change_throughput: None,
            jitter: Some(0.0),
            accounts: BTreeMap::new(),
            quotas: Some(Quotas::default()),
        }
    }
}

/// Limits of an account, per region where AWS has them so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Quotas {
    pub certificates: Option<u64>,
    pub requests_per_year: Option<u64>,
    pub names_per_certificate: Option<u64>,
    pub tags_per_resource: Option<u64>,
    pub hosted_zones: Option<u64>,
    pub records_per_zone: Option<u64>,
    /// ACM operation to calls per second.
    pub rates: Option<BTreeMap<String, Option<f64>>>,
    pub route53: Option<Route53Rates>,
}

impl Default for Quotas {
    fn default() -> Quotas {
        let rates = ACM_RATES.iter().map(|(operation, rate)| ((*operation).to_owned(), Some(*rate)));
        let mut rates: BTreeMap<String, Option<f64>> = rates.collect();
        rates.insert("UpdateCertificateOptions".to_owned(), Some(5.0));
        rates.insert("SearchCertificates".to_owned(), None);
        Quotas {
            certificates: Some(2500),
            requests_per_year: Some(5000),
            names_per_certificate: Some(10),
            tags_per_resource: Some(50),
            hosted_zones: Some(500),
            records_per_zone: Some(10_000),
            rates: Some(rates),
            route53: Some(Route53Rates::default()),
        }
    }
}

/// Route 53 throttles an account as a whole and each of its operations.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Route53Rates {
    pub account: Option<Rate>,
    pub operation: Option<Rate>,
}

impl Default for Route53Rates {
    fn default() -> Route53Rates {
        Route53Rates { account: Some(Rate::default()), operation: Some(Rate::default()) }
    }
}

/// A token bucket: calls per second, and how many at once after a pause; without a burst, one second's worth.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rate {
    pub rate: Option<f64>,
    pub burst: Option<f64>,
}

impl Default for Rate {
    fn default() -> Rate {
        Rate { rate: Some(10.0), burst: Some(50.0) }
    }
}
