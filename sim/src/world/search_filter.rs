//! What SearchCertificates can be asked for, and whether a certificate is it.

use serde::{Deserialize, Serialize};

use super::answer::ApiError;
use super::certificate::CertificateSummary;
use super::listing::{EXTENDED_KEY_USAGES, KEY_USAGES};

const KEY_USAGE_NAMES: [&str; 11] = [
    "ANY",
    "CERTIFICATE_SIGNING",
    "CRL_SIGNING",
    "CUSTOM",
    "DATA_ENCIPHERMENT",
    "DECIPHER_ONLY",
    "DIGITAL_SIGNATURE",
    "ENCIPHER_ONLY",
    "KEY_AGREEMENT",
    "KEY_ENCIPHERMENT",
    "NON_REPUDIATION",
];

const EXTENDED_KEY_USAGE_NAMES: [&str; 12] = [
    "ANY",
    "CODE_SIGNING",
    "CUSTOM",
    "EMAIL_PROTECTION",
    "IPSEC_END_SYSTEM",
    "IPSEC_TUNNEL",
    "IPSEC_USER",
    "NONE",
    "OCSP_SIGNING",
    "TIME_STAMPING",
    "TLS_WEB_CLIENT_AUTHENTICATION",
    "TLS_WEB_SERVER_AUTHENTICATION",
];

/// Filters, combined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FilterStatement {
    And(Vec<FilterStatement>),
    Or(Vec<FilterStatement>),
    Not(Box<FilterStatement>),
    Filter(CertificateFilter),
}

/// One property of a certificate. Times are milliseconds since 1970, both ends of a range belong to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CertificateFilter {
    CertificateArn(String),
    Text(TextProperty, String),
    InUse(bool),
    Exported(bool),
    Name(NameProperty, Comparison, String),
    NotBefore(Option<i64>, Option<i64>),
    NotAfter(Option<i64>, Option<i64>),
}

/// A property that is equal to a text or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextProperty {
    Status,
    RenewalStatus,
    Type,
    ExportOption,
    ManagedBy,
    ValidationMethod,
    CertificateKeyPairOrigin,
    /// NB: no certificate of this simulator comes from an ACME endpoint.
    AcmeEndpointArn,
    AcmeAccountId,
    KeyAlgorithm,
    KeyUsage,
    ExtendedKeyUsage,
    SerialNumber,
}

/// Whose name is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameProperty {
    CommonName,
    SubjectAlternativeName,
}

/// How a name is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    Equals,
    Contains,
}

impl FilterStatement {
    /// Whether a certificate is what is asked for.
    pub(crate) fn passes(&self, summary: &CertificateSummary) -> bool {
        match self {
            FilterStatement::And(all) => all.iter().all(|statement| statement.passes(summary)),
            FilterStatement::Or(any) => any.iter().any(|statement| statement.passes(summary)),
            FilterStatement::Not(statement) => !statement.passes(summary),
            FilterStatement::Filter(filter) => filter.passes(summary),
        }
    }

    /// Refuses words that the API's enumerations do not have.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        match self {
            FilterStatement::And(statements) | FilterStatement::Or(statements) => {
                statements.iter().try_for_each(FilterStatement::check)
            }
            FilterStatement::Not(statement) => statement.check(),
            FilterStatement::Filter(CertificateFilter::Text(property, text)) => property.check(text, "filterStatement"),
            FilterStatement::Filter(_) => Ok(()),
        }
    }
}

impl CertificateFilter {
    fn passes(&self, summary: &CertificateSummary) -> bool {
        let within = |at: Option<jiff::Timestamp>, start: &Option<i64>, end: &Option<i64>| {
            at.map(jiff::Timestamp::as_millisecond)
                .is_some_and(|at| start.is_none_or(|start| start <= at) && end.is_none_or(|end| at <= end))
        };
        match self {
            CertificateFilter::CertificateArn(arn) => summary.certificate_arn == *arn,
            CertificateFilter::Text(property, text) => property.is(summary, text),
            CertificateFilter::InUse(in_use) => summary.in_use == *in_use,
            CertificateFilter::Exported(exported) => summary.exported == *exported,
            CertificateFilter::Name(property, comparison, wanted) => {
                let wanted = wanted.to_ascii_lowercase();
                let like = |name: &String| match comparison {
                    Comparison::Equals => *name == wanted,
                    Comparison::Contains => name.contains(&wanted),
                };
                match property {
                    NameProperty::CommonName => like(&summary.domain_name),
                    NameProperty::SubjectAlternativeName => summary.subject_alternative_names.iter().any(like),
                }
            }
            CertificateFilter::NotBefore(start, end) => within(summary.not_before, start, end),
            CertificateFilter::NotAfter(start, end) => within(summary.not_after, start, end),
        }
    }
}

impl TextProperty {
    /// Refuses a word that the API's enumeration does not have.
    pub(crate) fn check(self, text: &str, member: &str) -> Result<(), ApiError> {
        let words = self.words();
        if words.is_empty() || words.contains(&text) {
            return Ok(());
        }
        Err(ApiError::enumeration(text, member, words))
    }

    fn is(self, summary: &CertificateSummary, text: &str) -> bool {
        let issued = summary.issued_at.is_some();
        match self {
            TextProperty::Status => summary.status.as_str() == text,
            TextProperty::RenewalStatus => summary.renewal_status.as_deref() == Some(text),
            TextProperty::Type => summary.certificate_type == text,
            TextProperty::ExportOption => summary.export_option() == text,
            TextProperty::ManagedBy => summary.managed_by.as_deref() == Some(text),
            TextProperty::ValidationMethod => summary.validation_method.as_deref() == Some(text),
            TextProperty::CertificateKeyPairOrigin => summary.key_pair_origin() == text,
            TextProperty::AcmeEndpointArn | TextProperty::AcmeAccountId => false,
            TextProperty::KeyAlgorithm => summary.key_algorithm == text,
            TextProperty::KeyUsage => issued && KEY_USAGES.contains(&text),
            TextProperty::ExtendedKeyUsage => issued && EXTENDED_KEY_USAGES.contains(&text),
            TextProperty::SerialNumber => {
                summary.serial.as_deref().is_some_and(|serial| serial.eq_ignore_ascii_case(text))
            }
        }
    }

    /// The words of the API's enumeration; empty where any text will do.
    fn words(self) -> &'static [&'static str] {
        match self {
            TextProperty::Status => {
                &["EXPIRED", "FAILED", "INACTIVE", "ISSUED", "PENDING_VALIDATION", "REVOKED", "VALIDATION_TIMED_OUT"]
            }
            TextProperty::RenewalStatus => &["FAILED", "PENDING_AUTO_RENEWAL", "PENDING_VALIDATION", "SUCCESS"],
            TextProperty::Type => &["AMAZON_ISSUED", "IMPORTED", "PRIVATE"],
            TextProperty::ExportOption => &["DISABLED", "ENABLED"],
            TextProperty::ManagedBy => &["CLOUDFRONT"],
            TextProperty::ValidationMethod => &["DNS", "EMAIL", "HTTP"],
            TextProperty::CertificateKeyPairOrigin => &["ACME", "AWS_MANAGED", "CUSTOMER_PROVIDED"],
            TextProperty::KeyAlgorithm => {
                &["EC_prime256v1", "EC_secp384r1", "EC_secp521r1", "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"]
            }
            TextProperty::KeyUsage => &KEY_USAGE_NAMES,
            TextProperty::ExtendedKeyUsage => &EXTENDED_KEY_USAGE_NAMES,
            TextProperty::AcmeEndpointArn | TextProperty::AcmeAccountId | TextProperty::SerialNumber => &[],
        }
    }
}
