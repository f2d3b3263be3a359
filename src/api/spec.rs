//! What the user wants: the spec of an `AcmCertificate`.
//!
//! The documentation of the fields is what `kubectl explain` prints. Every field says its unit or form, an example, and
//! whether it may change. The API server defaults three fields of `validation`, and nothing else, so that what is
//! stored is what was typed.

use super::rules;
use super::status::AcmCertificateStatus;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the certificate is to be. Names and key algorithm may change: a new certificate is then requested and validated,
/// and takes over when it is issued.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "acmcert.io",
    version = "v1alpha1",
    kind = "AcmCertificate",
    plural = "acmcertificates",
    singular = "acmcertificate",
    shortname = "acmcert",
    category = "acmcert",
    namespaced,
    status = "AcmCertificateStatus",
    derive = "PartialEq",
    doc = "A certificate of AWS Certificate Manager: requested, validated, kept renewable, and told about.",
    selectable = ".spec.domainName",
    selectable = ".status.certificateArn",
    printcolumn(name = "READY", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "REASON", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "DOMAIN", type_ = "string", json_path = ".spec.domainName"),
    printcolumn(name = "EXPIRES", type_ = "string", json_path = ".status.notAfter"),
    printcolumn(name = "AGE", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "STATUS", type_ = "string", json_path = ".status.certificateStatus", priority = 1),
    printcolumn(name = "RENEWAL", type_ = "string", json_path = ".status.renewal.status", priority = 1),
    printcolumn(name = "IN-USE", type_ = "integer", json_path = ".status.inUseByCount", priority = 1),
    printcolumn(name = "REGION", type_ = "string", json_path = ".status.region", priority = 1),
    printcolumn(name = "ARN", type_ = "string", json_path = ".status.certificateArn", priority = 1)
)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = rules::spec()))]
pub struct AcmCertificateSpec {
    /// Common name of the certificate, such as `www.example.com` or `*.example.com`: at most 64 octets, in lower case,
    /// with A-labels (`xn--...`) and without a trailing dot. A longer name goes into `subjectAlternativeNames`.
    /// Mutable: a change replaces the certificate.
    #[schemars(length(min = 1, max = 64), extend("x-kubernetes-validations" = rules::domain_name()))]
    pub domain_name: String,

    /// Further names that the certificate covers, such as `["example.com", "*.example.com"]`: at most 99 of at most 253
    /// octets, in the form of `domainName`. ACM's quota is 10 names in all until AWS raises it. `domainName` may be
    /// repeated here without effect. Mutable: a change replaces the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 99),
        inner(length(min = 1, max = 253)),
        extend("x-kubernetes-validations" = rules::subject_alternative_names())
    )]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub subject_alternative_names: Vec<String>,

    /// Algorithm of the key pair, such as `EC_prime256v1`. Absent: `RSA_2048` for a certificate that is requested, any
    /// for one that is adopted. Mutable: a change replaces the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "KeyAlgorithm")]
    pub key_algorithm: Option<KeyAlgorithm>,

    /// AWS region of the certificate, such as `eu-west-1`; `us-east-1` for CloudFront. Absent: the operator's region, or
    /// that of `certificateArn`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-validations" = rules::region()))]
    pub region: Option<String>,

    /// How ACM is shown that the names are yours. Absent: by DNS, with records that the operator writes to Route 53.
    /// Excludes `certificateAuthorityArn`. Mutable, but for `method`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,

    /// ARN of the private CA that issues the certificate, such as
    /// `arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/11111111-2222-3333-4444-555555555555`. Absent: a
    /// public certificate from Amazon's own CA. Excludes `validation` and `certificateArn`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), extend("x-kubernetes-validations" = rules::certificate_authority_arn()))]
    pub certificate_authority_arn: Option<String>,

    /// ARN of an existing certificate to adopt instead of requesting one, such as
    /// `arn:aws:acm:eu-west-1:111122223333:certificate/11111111-2222-3333-4444-555555555555`. Its names must be those of
    /// this spec. To adopt is to consent to its being tagged. Excludes `certificateAuthorityArn`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200), extend("x-kubernetes-validations" = rules::certificate_arn()))]
    pub certificate_arn: Option<String>,

    /// Tags of the certificate in AWS, such as `{"team": "shop"}`: at most 43 (ACM allows 50, and seven are the
    /// operator's), keys of at most 128 characters, values of at most 256 without `*`. Mutable, in
    /// place; a tag that is taken out stays on the certificate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend(
        "maxProperties" = 43,
        "additionalProperties" = {"type": "string", "maxLength": 256},
        "x-kubernetes-validations" = rules::tags()
    ))]
    pub tags: BTreeMap<String, String>,

    /// What becomes of the certificate and its records when this object is deleted: `Delete` or `Retain`. Absent:
    /// `Retain` for an adopted certificate, else the operator's default. Mutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "DeletionPolicy")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// `true`: nothing is written to AWS for this object, not even its deletion, while its status is kept true. Absent:
    /// `false`. Mutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// Algorithm of a key pair, of those with which ACM issues certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum KeyAlgorithm {
    /// RSA with 2048 bits.
    #[serde(rename = "RSA_2048")]
    Rsa2048,
    /// The elliptic curve P-256.
    #[serde(rename = "EC_prime256v1")]
    EcPrime256v1,
    /// The elliptic curve P-384.
    #[serde(rename = "EC_secp384r1")]
    EcSecp384r1,
}

impl KeyAlgorithm {
    /// The algorithm in the spelling of the API, which is also that of ACM's requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA_2048",
            Self::EcPrime256v1 => "EC_prime256v1",
            Self::EcSecp384r1 => "EC_secp384r1",
        }
    }
}

/// How ACM is shown that names are under control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// By what ACM validates the names: `DNS` or `Email`. Immutable.
    #[serde(default)]
    pub method: ValidationMethod,

    /// Details of validation by DNS. Excludes `method: Email`. Mutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsValidation>,

    /// Details of validation by e-mail. Only with `method: Email`. Mutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailValidation>,
}

/// By what ACM validates names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum ValidationMethod {
    /// A CNAME record for each name, which also lets ACM renew by itself.
    #[default]
    #[serde(rename = "DNS")]
    Dns,
    /// A mail for each name, at the first issue and at each renewal.
    Email,
}

/// Validation by DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DnsValidation {
    /// Who writes the records: `Route53` for the operator, `Manual` for you, from what `status.validations` shows.
    /// Mutable.
    #[serde(default)]
    pub records: RecordsMode,

    /// ID of the public hosted zone into which the records go, such as `Z0123456789ABCDEFGHIJ`. Absent: the public zone
    /// with the longest name that contains the record; two of one name are an error, not a guess. Mutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), extend("x-kubernetes-validations" = rules::hosted_zone_id()))]
    pub hosted_zone_id: Option<String>,

    /// Time to live of the records in seconds, such as 300; from 60 (a minute) to 86400 (a day). Mutable: it counts for
    /// records that are created after the change.
    #[serde(default = "default_ttl_seconds")]
    #[schemars(range(min = 60, max = 86400))]
    pub ttl_seconds: i64,
}

fn default_ttl_seconds() -> i64 {
    300
}

impl Default for DnsValidation {
    fn default() -> Self {
        Self { records: RecordsMode::default(), hosted_zone_id: None, ttl_seconds: default_ttl_seconds() }
    }
}

/// Who writes the validation records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum RecordsMode {
    /// The operator, into Route 53.
    #[default]
    Route53,
    /// Somebody else; the operator shows them in status and watches for them.
    Manual,
}

/// Validation by e-mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailValidation {
    /// For which names ACM writes to another domain than the name itself, such as
    /// `[{"domainName": "www.example.com", "validationDomain": "example.com"}]`; at most 100. Mutable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-validations" = rules::validation_domains()))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["domainName".into()]))]
    pub validation_domains: Vec<ValidationDomain>,
}

/// The domain to whose addresses ACM writes for a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationDomain {
    /// A name of the certificate, such as `www.example.com`; at most 253 octets. It is the key of this entry.
    #[schemars(length(min = 1, max = 253))]
    pub domain_name: String,

    /// The domain whose addresses (`admin@`, `hostmaster@` and the like) get the mail, such as `example.com`: the name
    /// itself or a domain above it; at most 253 octets. Mutable.
    #[schemars(length(min = 1, max = 253))]
    pub validation_domain: String,
}

/// What becomes of certificate and records at the deletion of their object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// They are deleted, the certificate first, as far as nobody else needs them.
    Delete,
    /// They stay, without the operator's tags.
    Retain,
}
