//! The Kubernetes API of the operator: `AcmCertificate` in `acmcert.io/v1alpha1`.
//!
//! ```text
//! spec     what the user wants        -> spec.rs, with the CEL rules in rules.rs
//! status   what the operator reports  -> status.rs, with the words of conditions and Events in reason.rs
//! ```
//!
//! Types only: nothing here knows AWS, a client or a clock. [`crd()`] is what a cluster is taught; `words.rs` has the
//! finalizer, annotations and tags that users, scripts and other versions of the operator rely on.

mod crd;
mod reason;
mod reasons;
mod rules;
#[expect(
    unreachable_pub,
    clippy::duplicated_attributes,
    reason = "the derive of kube makes private types with public names, and takes a list of print columns"
)]
mod spec;
#[expect(unreachable_pub, reason = "the derive of kube makes private types with public names")]
mod status;
mod words;

pub use crd::{crd, to_yaml};
pub use reason::{ConditionType, EventReason, Reason};
pub use reasons::{Explanation, Severity};
pub use spec::{
    AcmCertificate, AcmCertificateSpec, DeletionPolicy, DnsValidation, EmailValidation, KeyAlgorithm, RecordsMode,
    Validation, ValidationDomain, ValidationMethod,
};
pub use status::{
    AcmCertificateStatus, Announced, ClaimState, DomainValidation, Failure, PreviousCertificate, RecordClaim, Renewal,
    RequestIntent, ToldTrouble, ValidationRecord,
};
pub use words::*;
