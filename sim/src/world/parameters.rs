//! The parameters of calls, as the caller wrote them.

use serde::{Deserialize, Serialize};

use super::search_filter::FilterStatement;

/// A tag; a value may be absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    pub key: String,
    pub value: Option<String>,
}

/// The parameters of RequestCertificate.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RequestCertificate {
    pub domain_name: String,
    /// `None` and an empty list differ: AWS refuses the latter.
    pub subject_alternative_names: Option<Vec<String>>,
    pub validation_method: Option<String>,
    pub key_algorithm: Option<String>,
    pub idempotency_token: Option<String>,
    pub certificate_authority_arn: Option<String>,
    pub managed_by: Option<String>,
    #[serde(default)]
    pub domain_validation_options: Option<Vec<DomainValidationOption>>,
    /// `ENABLED`: the certificate may be exported, some day.
    #[serde(default)]
    pub export: Option<String>,
    pub tags: Option<Vec<Tag>>,
}

/// Where the mails about one name shall go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainValidationOption {
    pub domain_name: String,
    pub validation_domain: String,
}

/// The parameters of ListCertificates.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ListCertificates {
    pub statuses: Vec<String>,
    /// Empty means what AWS means by it: RSA_1024 and RSA_2048 only.
    pub key_types: Vec<String>,
    pub key_usage: Vec<String>,
    pub extended_key_usage: Vec<String>,
    #[serde(default)]
    pub key_pair_origins: Vec<String>,
    #[serde(default)]
    pub export_option: Option<String>,
    pub managed_by: Option<String>,
    pub max_items: Option<i64>,
    pub next_token: Option<String>,
    pub sort_by: Option<String>,
    pub sort_order: Option<String>,
}

/// The parameters of SearchCertificates.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SearchCertificates {
    pub filter: Option<FilterStatement>,
    pub sort_by: Option<String>,
    pub sort_order: Option<String>,
    pub max_results: Option<i64>,
    pub next_token: Option<String>,
}

/// The parameters of CreateHostedZone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CreateHostedZone {
    pub name: String,
    pub caller_reference: String,
    pub comment: Option<String>,
    pub private: bool,
}

/// An alias to another AWS resource, in place of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasTarget {
    pub hosted_zone_id: String,
    pub dns_name: String,
    pub evaluate_target_health: bool,
}

/// One change of a batch, names and values as the caller wrote them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecordChange {
    pub action: String,
    pub name: String,
    pub record_type: String,
    pub ttl: Option<i64>,
    pub values: Vec<String>,
    pub alias: Option<AliasTarget>,
}
