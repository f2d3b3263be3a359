//! Words of the API that are neither types nor reasons: a contract with users, scripts and AWS tags.

/// Keeps an object until its certificate and records are dealt with.
pub const FINALIZER: &str = "acmcert.io/finalizer";
/// Field manager of every write, and `managed-by` of every certificate.
pub const FIELD_MANAGER: &str = "acmcert";
/// Controller's name in Events.
pub const REPORTING_CONTROLLER: &str = "acmcert.io/acmcert";

/// Any new value: look again now.
pub const ANNOTATION_RECONCILE_AT: &str = "acmcert.io/reconcile-at";
/// Any new value: one new attempt after a terminal state.
pub const ANNOTATION_RETRY: &str = "acmcert.io/retry";

/// Names the other owner whose certificate may be adopted: another controller's tag prefix, or another cluster.
pub const ANNOTATION_ADOPT_FROM: &str = "acmcert.io/adopt-from";

/// Prefix of the tags that belong to the operator.
pub const TAG_PREFIX: &str = "acmcert.io/";
/// Tag: always [`FIELD_MANAGER`].
pub const TAG_MANAGED_BY: &str = "acmcert.io/managed-by";
/// Tag: identity of the cluster.
pub const TAG_CLUSTER: &str = "acmcert.io/cluster";
/// Tag: namespace of the object.
pub const TAG_NAMESPACE: &str = "acmcert.io/namespace";
/// Tag: name of the object.
pub const TAG_NAME: &str = "acmcert.io/name";
/// Tag: UID of the object; the proof of ownership, together with the cluster.
pub const TAG_UID: &str = "acmcert.io/uid";
/// Tag: hash over what the request depends on.
pub const TAG_SPEC_HASH: &str = "acmcert.io/spec-hash";
/// Tag: number of the attempt.
pub const TAG_ATTEMPT: &str = "acmcert.io/attempt";
