//! What a person is to make of each reason: the one table behind `docs/reasons.md`. What a reason means is said where
//! the reason is, in `reason.rs`.

use super::{ConditionType, EventReason, Reason};
use ConditionType::{DeletionBlocked, Issued, Ready, RecordsReady, RenewalReady, Suspended};

/// How much a state matters to whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// All is well.
    Good,
    /// It passes by itself.
    Wait,
    /// Nothing is broken yet; it will be if nobody acts.
    Warning,
    /// A person or an edit is needed.
    Error,
}

impl Severity {
    /// The word in the documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Wait => "wait",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// Conditions that have the reason. `Reconciling` and `Stalled` have that of `Ready`.
    pub conditions: &'static [ConditionType],
    /// How much it matters.
    pub severity: Severity,
    /// What brings it about.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

const NOTHING: &str = "Nothing to do.";
const RECORDS: &[ConditionType] = &[Ready, RecordsReady];

const fn row(
    conditions: &'static [ConditionType],
    severity: Severity,
    cause: &'static str,
    remedy: &'static str,
) -> Explanation {
    Explanation { conditions, severity, cause, remedy }
}

impl Reason {
    /// The row of the reason.
    pub const fn explanation(self) -> Explanation {
        use Severity::{Error, Good, Wait, Warning};
        match self {
            Self::Issued => row(
                &[Ready, Issued],
                Good,
                "ACM has issued it, for exactly the names and the key of the spec (`Issued`: perhaps of an earlier \
                 spec).",
                NOTHING,
            ),
            Self::Requesting => row(
                &[Ready],
                Wait,
                "The object is new, was edited, or an answer of ACM was lost and its certificate is looked for.",
                "If it lasts, look at the operator's log: AWS does not answer, or throttles.",
            ),
            Self::WaitingForRecords => row(
                RECORDS,
                Wait,
                "ACM shows the records some seconds after the request; then the operator writes them to Route 53.",
                "If it lasts, look at the operator's log for failing calls; another object that is being deleted may \
                 hold the same record.",
            ),
            Self::ZoneNotFound => row(
                RECORDS,
                Error,
                "No public hosted zone of the account contains the name of a record, or the zone that the spec pins \
                 does not.",
                "Create and delegate the zone, correct `spec.validation.dns.hostedZoneId`, or set `records: Manual` \
                 and write the record elsewhere.",
            ),
            Self::ZoneAmbiguous => row(
                RECORDS,
                Error,
                "Several public hosted zones have the same name, and only one can be delegated.",
                "Set `spec.validation.dns.hostedZoneId` to the delegated one, or delete the others.",
            ),
            Self::RecordConflict => row(
                RECORDS,
                Error,
                "Somebody has put another value, or a record of another type, where the validation record belongs.",
                "Correct or remove that record: the operator does not change what it did not create. An issued \
                 certificate stays Ready, but will not be renewed.",
            ),
            Self::WaitingForValidation => row(
                &[Ready],
                Wait,
                "The records are in place, or are yours to write (`records: Manual`), and ACM has not seen them in \
                 public DNS.",
                "ACM takes up to 30 minutes. If it lasts, check that the zone is delegated, and that no CAA record \
                 forbids Amazon.",
            ),
            Self::Replacing => row(
                &[Ready],
                Wait,
                "The spec asks for other names or another key than the certificate has that serves.",
                "Wait: the old certificate serves until the new one is issued. The message says how far that is.",
            ),
            Self::RequestFailed => row(
                &[Ready],
                Error,
                "AWS refused the parameters of the request, or ACM reports the certificate as FAILED; the message has \
                 its reason.",
                "Do what the message says; then edit the spec, or set the annotation `acmcert.io/retry` to a new \
                 value. It is tried again by itself, later and later.",
            ),
            Self::ValidationTimedOut => row(
                &[Ready],
                Error,
                "ACM did not see the validation records within 72 hours.",
                "Find out why, as for `WaitingForValidation`; then set the annotation `acmcert.io/retry` to a new \
                 value. It is tried again by itself, later and later.",
            ),
            Self::Expired => row(
                &[Ready, Issued],
                Error,
                "The renewal did not come in time: `RenewalReady` and the Events before have the cause.",
                "Remove the cause. Another certificate is requested by itself once ACM reports this one as EXPIRED, \
                 at once with a new value of the annotation `acmcert.io/retry`; not for an adopted one.",
            ),
            Self::Revoked => row(
                &[Ready, Issued],
                Error,
                "Somebody had the certificate revoked.",
                "It cannot be brought back. Another one is requested by itself, at once with a new value of the \
                 annotation `acmcert.io/retry`; not for an adopted one.",
            ),
            Self::CertificateGone => row(
                &[Ready, Issued],
                Warning,
                "Somebody deleted it in ACM; the operator looked twice.",
                "Find out in AWS CloudTrail who calls `DeleteCertificate`. A new one is requested, with another ARN; \
                 when it happens again, later and later.",
            ),
            Self::AdoptionMismatch => row(
                &[Ready],
                Error,
                "`spec.certificateArn` names a certificate of other names or another key, of another owner, or none.",
                "Do what the message says: correct the spec, or let the other owner go. An adopted certificate is \
                 never replaced.",
            ),
            Self::OwnershipLost => row(
                &[Ready],
                Error,
                "Somebody has changed the tag `acmcert.io/uid` of the certificate; two objects may claim it.",
                "Delete one of the two objects, or set the tag to the UID of the right one. Until then nothing is \
                 changed in AWS.",
            ),
            Self::InvalidDomainName => row(
                &[Ready],
                Error,
                "A name passed the schema, but is no domain name, such as an `xn--` label that cannot be decoded.",
                "Correct the name in the spec. A certificate that serves is watched until then, and nothing is changed in AWS.",
            ),
            Self::NotSupported => row(
                &[Ready],
                Error,
                "The spec uses a field, or a region, that this version cannot act upon.",
                "Delete the object, and create one without the field.",
            ),
            Self::QuotaExceeded => row(
                &[Ready],
                Error,
                "The account has as many certificates or requests as its quota allows, or the namespace as \
                 `--requests-per-day`.",
                "Delete what is not needed, have the quota raised, or wait until the time in the message.",
            ),
            Self::AccessDenied => row(
                &[Ready, RecordsReady, DeletionBlocked],
                Error,
                "The operator's role lacks a permission, or its credentials are refused.",
                "Give the role the permission that the message names (`config/iam/policy.json`), or correct the \
                 credentials.",
            ),
            Self::ProgressDeadlineExceeded => row(
                &[Ready],
                Error,
                "What the message names has made no progress for longer than `--progress-deadline`.",
                "Check what the message says. It goes on by itself as soon as something moves.",
            ),
            Self::Suspended => row(
                &[Ready, DeletionBlocked, Suspended],
                Wait,
                "`spec.suspend` is true. A good certificate stays Ready; a deletion waits too.",
                "Set `spec.suspend` to false.",
            ),
            Self::Deleting => row(
                &[Ready],
                Wait,
                "The object has a deletion timestamp: the certificate goes, then its records, then the finalizer.",
                "If it lasts, look at `DeletionBlocked`, else at the operator's log.",
            ),
            Self::NotYetIssued => row(
                &[Issued, RenewalReady],
                Wait,
                "The first certificate is on its way, or cannot be had, or the one that there was is gone or has ended; \
                 `Ready` says which.",
                "See `Ready`.",
            ),
            Self::InPlace => row(
                &[RecordsReady],
                Good,
                "Each stands in the right public zone (`records: Manual`: ACM has validated each name).",
                NOTHING,
            ),
            Self::RecordMissing => row(
                &[RecordsReady, RenewalReady],
                Warning,
                "It was removed, or is not written yet. `RenewalReady` has this reason also while a record is in \
                 conflict, has no zone, or cannot be looked at, even if ACM has begun to renew.",
                "The operator restores it by itself; `RecordsReady` says what stands in the way. With `records: \
                 Manual`, write it.",
            ),
            Self::Eligible => row(
                &[RenewalReady],
                Good,
                "It is in use (or exported), its records are in place, and ACM reports no trouble.",
                "Nothing to do. If the message says that ACM was to begin and has not, and that lasts, look at the \
                 certificate in ACM.",
            ),
            Self::Renewing => row(
                &[RenewalReady],
                Good,
                "ACM has begun, 45 to 60 days before the end, and nothing is known to keep it from finishing; it may \
                     take days.",
                NOTHING,
            ),
            Self::NotInUse => row(
                &[RenewalReady],
                Warning,
                "ACM renews only what an AWS service uses, or what was exported.",
                "Attach the certificate, or delete the object.",
            ),
            Self::Ineligible => row(
                &[RenewalReady],
                Warning,
                "ACM does not renew imported, expired or revoked certificates, or reports this one as ineligible.",
                "Look at it in ACM; replace it before it expires.",
            ),
            Self::RenewalPendingValidation => row(
                &[RenewalReady],
                Warning,
                "ACM cannot validate a name: its record is missing or not visible, the zone is not delegated, or a \
                 CAA record forbids Amazon.",
                "Do what the message says about the record. ACM goes on by itself until the certificate expires.",
            ),
            Self::RenewalFailed => row(
                &[RenewalReady],
                Warning,
                "ACM gave the renewal up; the message has its reason.",
                "Remove the cause; if ACM does not take it up again, replace the certificate before it expires: delete \
                 the object and create it anew, or ask AWS Support.",
            ),
            Self::InUse => row(
                &[DeletionBlocked],
                Warning,
                "AWS resources use the certificate; the message names them.",
                "Detach it there. The deletion goes on by itself.",
            ),
            Self::ObservationStale => row(
                &[Ready, Issued, RecordsReady, RenewalReady, DeletionBlocked],
                Warning,
                "AWS could not be read for longer than `--stale-after`: credentials, permissions, throttling, \
                 network, or an outage.",
                "Look at the operator's log. The certificate itself is not affected; what is shown was true at the \
                 time in the message. An end that was seen is final, and stays: of a certificate, and of a request that \
                 ACM gave up. One that only the clock tells is not: ACM may have renewed it.",
            ),
        }
    }

    /// What kstatus, and with it Flux and Helm, make of an object whose `Ready` has this reason; nothing for a reason
    /// that `Ready` never has.
    pub fn kstatus(self) -> Option<&'static str> {
        match self {
            _ if !self.explanation().conditions.contains(&Ready) => None,
            Self::Issued => Some("Current"),
            Self::Deleting => Some("Terminating"),
            _ if self.is_stalled() => Some("Failed"),
            _ => Some("InProgress"),
        }
    }

    /// The Event that tells of it.
    pub fn event(self) -> Option<EventReason> {
        match self {
            Self::InUse => Some(EventReason::DeletionBlocked),
            Self::Renewing => Some(EventReason::RenewalStarted),
            _ => EventReason::ALL.iter().copied().find(|event| event.as_str() == self.as_str()),
        }
    }
}
