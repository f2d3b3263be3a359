//! What a spec asks for, in types: parsed once, before any step uses it.

use crate::{
    api::{AcmCertificateSpec, DeletionPolicy, Reason, RecordsMode, ValidationMethod},
    names::{CertificateArn, DomainName, HostedZoneId, Region},
    plan::identity::{self, Owner},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// ACM's default for a request that names no key algorithm.
pub(super) const DEFAULT_KEY_ALGORITHM: &str = "RSA_2048";
/// Where the spec says nothing about DNS.
const DEFAULT_TTL_SECONDS: i64 = 300;

/// What the administrator has set for specs that say nothing.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// Region of requests.
    pub region: Region,
    /// What becomes of certificates of deleted objects.
    pub deletion_policy: DeletionPolicy,
    /// First and longest pause between attempts after a certificate has come to its end; it doubles.
    pub retry_backoff: (SignedDuration, SignedDuration),
    /// How long things may go on before it is said.
    pub limits: Limits,
}

/// How long things may go on before it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Times before the end of a certificate at which to warn while its renewal is not on track.
    pub expiry_thresholds: Vec<SignedDuration>,
    /// How long a certificate may be unused before an Event says so.
    pub unused_grace: SignedDuration,
    /// How long waiting may make no progress before it needs a person.
    pub progress_deadline: SignedDuration,
    /// The same while ACM validates: it gives up by itself after 72 hours.
    pub validation_deadline: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        let hours = SignedDuration::from_hours;
        Self {
            expiry_thresholds: [45, 30, 15, 7, 3, 1].map(|days| hours(24 * days)).into(),
            unused_grace: hours(1),
            progress_deadline: hours(1),
            validation_deadline: hours(74),
        }
    }
}

/// One object's wish, complete.
#[derive(Clone, Debug, PartialEq)]
pub struct Desired {
    /// Who wishes.
    pub owner: Owner,
    /// Generation of the spec.
    pub generation: i64,
    /// Is the object being deleted?
    pub deleting: bool,
    /// Does the object carry our finalizer?
    pub has_finalizer: bool,
    /// Is it suspended?
    pub suspend: bool,
    /// The common name.
    pub domain_name: DomainName,
    /// The other names, sorted, without the common name.
    pub other_names: BTreeSet<DomainName>,
    /// Key algorithm, if the spec names one.
    pub key_algorithm: Option<String>,
    /// Region of the certificate.
    pub region: Region,
    /// Do we write the records?
    pub writes_records: bool,
    /// The zone to use, if the spec pins one.
    pub hosted_zone: Option<HostedZoneId>,
    /// TTL of records that we create.
    pub ttl_seconds: i64,
    /// The user's tags.
    pub tags: BTreeMap<String, String>,
    /// Delete or retain.
    pub deletion_policy: DeletionPolicy,
    /// Value of the annotation that asks for a new attempt after a terminal state.
    pub retry: Option<String>,
    /// The existing certificate to adopt, instead of requesting one.
    pub adopts: Option<CertificateArn>,
    /// Value of the annotation that names the other owner whose certificate may be adopted.
    pub adopt_from: Option<String>,
    /// When the object was made.
    pub created_at: Option<Timestamp>,
    /// First and longest pause between attempts.
    pub retry_backoff: (SignedDuration, SignedDuration),
    /// How long things may go on before it is said.
    pub limits: Limits,
    /// Why the spec cannot be acted upon, if it cannot.
    pub rejection: Option<Rejection>,
}

/// A spec that cannot be acted upon: a reason and words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `InvalidDomainName` or `NotSupported`.
    pub reason: Reason,
    /// Which field, which value, what to do.
    pub message: String,
}

/// What of the object's metadata matters.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Who wishes.
    pub owner: Owner,
    /// `metadata.generation`.
    pub generation: i64,
    /// Is there a `deletionTimestamp`?
    pub deleting: bool,
    /// Is our finalizer there?
    pub has_finalizer: bool,
    /// `status.region`: where the certificate was requested, whatever the default has become since.
    pub pinned_region: Option<Region>,
    /// Value of the annotation `acmcert.io/retry`.
    pub retry: Option<String>,
    /// Value of the annotation `acmcert.io/adopt-from`.
    pub adopt_from: Option<String>,
    /// `metadata.creationTimestamp`.
    pub created_at: Option<Timestamp>,
}

impl Desired {
    /// Parses a spec.
    ///
    /// # Errors
    /// Where the schema of the CRD could not tell that the spec makes no sense, or asks for what is not built yet.
    pub fn parse(envelope: Envelope, spec: &AcmCertificateSpec, defaults: &Defaults) -> Result<Self, Rejection> {
        match objection(&envelope, spec) {
            Some(rejection) => Err(rejection),
            None => Ok(Self::readable(envelope, spec, defaults)),
        }
    }

    /// Parses a spec, or makes of one that cannot be acted upon what is left of it: whose the object is, and where its
    /// certificate is, which is watched all the same. `served`: the name of that certificate.
    pub fn parse_or_reject(
        envelope: Envelope,
        spec: &AcmCertificateSpec,
        defaults: &Defaults,
        served: Option<&str>,
    ) -> Self {
        let rejection = objection(&envelope, spec);
        let desired = Self::readable(envelope, spec, defaults);
        let served = served.filter(|_| rejection.is_some()).and_then(|name| name.parse().ok());
        let domain_name = served.unwrap_or_else(|| desired.domain_name.clone());
        Self { domain_name, rejection, ..desired }
    }

    /// What can be read of a spec.
    fn readable(envelope: Envelope, spec: &AcmCertificateSpec, defaults: &Defaults) -> Self {
        let domain_name: DomainName =
            spec.domain_name.parse().unwrap_or_else(|_| DomainName::unread(&spec.domain_name));
        let names = spec.subject_alternative_names.iter();
        let mut other_names: BTreeSet<DomainName> = names.filter_map(|name| name.parse().ok()).collect();
        other_names.remove(&domain_name);
        let adopts: Option<CertificateArn> = spec.certificate_arn.as_ref().and_then(|arn| arn.parse().ok());
        let named = spec.region.as_ref().and_then(|region| region.parse().ok());
        let region = envelope.pinned_region.or_else(|| adopts.as_ref().map(|arn| arn.region().clone())).or(named);
        let dns = spec.validation.as_ref().and_then(|validation| validation.dns.as_ref());
        Self {
            owner: envelope.owner,
            generation: envelope.generation,
            deleting: envelope.deleting,
            has_finalizer: envelope.has_finalizer,
            suspend: spec.suspend.unwrap_or(false),
            domain_name,
            other_names,
            key_algorithm: spec.key_algorithm.map(|key| key.as_str().to_owned()),
            region: region.unwrap_or_else(|| defaults.region.clone()),
            writes_records: dns.is_none_or(|dns| dns.records == RecordsMode::Route53),
            hosted_zone: dns.and_then(|dns| dns.hosted_zone_id.as_deref()).map(HostedZoneId::new),
            ttl_seconds: dns.map_or(DEFAULT_TTL_SECONDS, |dns| dns.ttl_seconds),
            tags: spec.tags.clone(),
            deletion_policy: spec.deletion_policy.unwrap_or(match adopts {
                // What was there before the object outlives it.
                Some(_) => DeletionPolicy::Retain,
                None => defaults.deletion_policy,
            }),
            retry: envelope.retry,
            adopts,
            adopt_from: envelope.adopt_from,
            created_at: envelope.created_at,
            retry_backoff: defaults.retry_backoff,
            limits: defaults.limits.clone(),
            rejection: None,
        }
    }

    /// Is nothing to be changed in AWS, and everything reported? As `spec.suspend` says, or for want of a spec that can be
    /// acted upon.
    pub fn is_only_watched(&self) -> bool {
        self.suspend || self.rejection.is_some()
    }

    /// All names, the common name first.
    pub fn names(&self) -> impl Iterator<Item = &DomainName> {
        std::iter::once(&self.domain_name).chain(&self.other_names)
    }

    /// Key algorithm of a request.
    pub fn requested_key_algorithm(&self) -> &str {
        self.key_algorithm.as_deref().unwrap_or(DEFAULT_KEY_ALGORITHM)
    }

    /// Hash over what a request depends on.
    pub fn spec_hash(&self) -> String {
        identity::spec_hash(self)
    }
}

/// Why a spec cannot be acted upon. NB: letting go does not depend on it, so a spec that never made sense does not hold a
/// deletion up.
fn objection(envelope: &Envelope, spec: &AcmCertificateSpec) -> Option<Rejection> {
    if envelope.deleting {
        return None;
    }
    let (reason, what) = unsupported(spec).or_else(|| unreadable(envelope, spec))?;
    Some(Rejection { reason, message: format!("{}: {what}", spec.domain_name) })
}

/// Fields whose values passed the schema, and are not what they should be.
fn unreadable(envelope: &Envelope, spec: &AcmCertificateSpec) -> Option<(Reason, String)> {
    let bad_name = |field: &str, name: &str| {
        let error = name.parse::<DomainName>().err()?;
        Some((Reason::InvalidDomainName, format!("{field}: {error}.")))
    };
    let bad_arn = || {
        let error = spec.certificate_arn.as_ref()?.parse::<CertificateArn>().err()?;
        Some((Reason::AdoptionMismatch, format!("spec.certificateArn: {error}; correct it in a new object.")))
    };
    let bad_region = || {
        let region =
            spec.region.as_ref().filter(|_| envelope.pinned_region.is_none() && spec.certificate_arn.is_none());
        let error = region?.parse::<Region>().err()?;
        Some((Reason::NotSupported, format!("spec.region: {error}; name the right one in a new object.")))
    };
    let mut others = spec.subject_alternative_names.iter();
    bad_name("spec.domainName", &spec.domain_name)
        .or_else(|| others.find_map(|name| bad_name("spec.subjectAlternativeNames", name)))
        .or_else(bad_arn)
        .or_else(bad_region)
}

/// Fields that the schema has and this version does not act upon. They are never ignored in silence.
fn unsupported(spec: &AcmCertificateSpec) -> Option<(Reason, String)> {
    let method = spec.validation.as_ref().map_or(ValidationMethod::Dns, |validation| validation.method);
    let (field, value, remedy) = if let Some(arn) = &spec.certificate_authority_arn {
        (
            "spec.certificateAuthorityArn",
            arn.as_str(),
            "request a public certificate: leave the field out of a new object",
        )
    } else if method == ValidationMethod::Email {
        ("spec.validation.method", "Email", "use DNS validation in a new object")
    } else {
        return None;
    };
    let message = format!("{field} (\"{value}\") is not supported by this version of the operator; {remedy}.");
    Some((Reason::NotSupported, message))
}
