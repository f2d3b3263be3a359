//! What the operator reports: the status of an `AcmCertificate`.
//!
//! The status is a report for people and the ledger of what the operator has begun. It is never proof of ownership:
//! before anything is deleted or retagged, the live tags of the certificate are read.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Observed state of an `AcmCertificate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcmCertificateStatus {
    /// ARN of the certificate that serves: always ISSUED when it was put here, and so safe to hand to a load balancer.
    /// While a replacement is pending this stays the previous one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub certificate_arn: Option<String>,
    /// ACM's own word for the state of the certificate that matters now: the pending one while one is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub certificate_status: Option<String>,
    /// ACM's type of the certificate, such as `AMAZON_ISSUED`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub type_: Option<String>,
    /// Serial number, hexadecimal octets with colons. It changes with each renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub serial: Option<String>,
    /// Name of the certificate authority that issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub issuer: Option<String>,
    /// Algorithm of the key pair, in the spelling of `spec.keyAlgorithm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub key_algorithm: Option<String>,
    /// Start of validity, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// End of validity, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<Time>,
    /// When ACM issued the certificate, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Time>,
    /// Names that the serving certificate covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 253)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub names: Vec<String>,
    /// Managed renewal, as ACM reports it. Absent status: not started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    /// ARNs of the AWS resources that use the certificate; the first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 2048)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub in_use_by: Vec<String>,
    /// How many AWS resources use the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub in_use_by_count: Option<i32>,
    /// Region of the certificate, pinned at the first request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32))]
    pub region: Option<String>,
    /// Validation of each domain name, as ACM reports it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["domainName".into()]))]
    pub validations: Vec<DomainValidation>,
    /// Validation records on which this object relies, kept until each is dealt with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 300))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["name".into(), "zoneId".into()]))]
    pub records: Vec<RecordClaim>,
    /// The current request: written before it is sent, so that no crash makes a second certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestIntent>,
    /// Certificates being retired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["certificateArn".into()]))]
    pub previous: Vec<PreviousCertificate>,
    /// Why ACM refused the certificate, while it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What was told of the serving certificate, so that no restart repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Announced>,
    /// Value of the annotation `acmcert.io/reconcile-at` that was last acted upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_handled_reconcile_at: Option<String>,
    /// Value of the annotation `acmcert.io/retry` that was last acted upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub last_handled_retry_at: Option<String>,
    /// Generation of the spec that this status describes; -1 before the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// State in the terms of the Kubernetes API conventions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// Managed renewal of the serving certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Renewal {
    /// `ELIGIBLE` or `INELIGIBLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub eligibility: Option<String>,
    /// ACM's word; absent: not started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub status: Option<String>,
    /// ACM's reason for a renewal that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
    /// When ACM last changed this, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Time>,
}

/// Validation of one domain name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DomainValidation {
    /// The name that ACM validates.
    #[schemars(length(max = 253))]
    pub domain_name: String,
    /// `DNS` or `EMAIL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub method: Option<String>,
    /// ACM's word: `PENDING_VALIDATION`, `SUCCESS` or `FAILED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub status: Option<String>,
    /// The record that proves control of the name; absent until ACM shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<ValidationRecord>,
    /// Addresses that were written to, for validation by e-mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20), inner(length(max = 320)))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Set)]
    pub emails: Vec<String>,
}

/// A record that ACM looks up to validate a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationRecord {
    /// Name of the record, without trailing dot.
    #[schemars(length(max = 256))]
    pub name: String,
    /// Type of the record: `CNAME`.
    #[serde(rename = "type")]
    #[schemars(length(max = 16))]
    pub type_: String,
    /// Value of the record, without trailing dot.
    #[schemars(length(max = 1024))]
    pub value: String,
}

/// A validation record on which this object relies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordClaim {
    /// Name of the record set, without trailing dot.
    #[schemars(length(max = 256))]
    pub name: String,
    /// Type of the record set: `CNAME`.
    #[serde(rename = "type")]
    #[schemars(length(max = 16))]
    pub type_: String,
    /// Value of the record, without trailing dot.
    #[schemars(length(max = 1024))]
    pub value: String,
    /// Time to live in seconds.
    pub ttl_seconds: i64,
    /// Hosted zone in which the record stands.
    #[schemars(length(max = 32))]
    pub zone_id: String,
    /// How far we are with the record, and whether it is ours to delete.
    pub state: ClaimState,
}

/// State of a claim on a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ClaimState {
    /// Seen absent, about to be created by us.
    Creating,
    /// Created by this operator: deleted when nobody needs it any more.
    Created,
    /// Found in place with the right value: relied upon, never deleted.
    Found,
    /// About to be deleted: nobody may rely on it any more.
    Deleting,
}

/// A request to ACM, written before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestIntent {
    /// Idempotency token of the request, derived from cluster, object, names and attempt.
    #[schemars(length(max = 32))]
    pub token: String,
    /// Hash over what the request depends on.
    #[schemars(length(max = 64))]
    pub spec_hash: String,
    /// Hash over the user tags that ride in the request.
    #[schemars(length(max = 64))]
    pub tags_hash: String,
    /// Number of the attempt, from 0; raised only when ACM reported an end or the certificate is gone.
    pub attempt: i32,
    /// How many certificates in a row came to their end before this attempt: the pause before the next one grows with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0))]
    pub failures: i32,
    /// When the request was first about to be sent, RFC 3339 in UTC.
    pub sent_at: Time,
    /// The certificate that the request made, until that one serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub certificate_arn: Option<String>,
}

/// A certificate that no longer serves and is being retired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviousCertificate {
    /// Its ARN.
    #[schemars(length(max = 2048))]
    pub certificate_arn: String,
    /// Since when it is being retired, RFC 3339 in UTC.
    pub since: Time,
    /// Has ACM shown it? Until then "not found" may mean "not yet".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shown: bool,
    /// Hash over what it was requested for: should the spec be edited back, it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub spec_hash: Option<String>,
    /// What keeps it from being deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub blocked_by: Option<String>,
}

/// Why ACM refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// ACM's code, such as `CAA_ERROR`.
    #[schemars(length(max = 128))]
    pub reason: String,
    /// The same in words, with the remedy.
    #[schemars(length(max = 4096))]
    pub message: String,
    /// When the end was first seen, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// What was told in Events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    /// Serial number of the certificate of which the last expiry warning spoke.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub serial: Option<String>,
    /// Threshold of that warning, in days before expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold_days: Option<i32>,
    /// Serial number of the certificate of which it was told that no AWS resource uses it; absent once it is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub unused_serial: Option<String>,
    /// Troubles that were told of conditions which cannot be seen now, so that they are not told again once they can be.
    /// Absent while everything is seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = kube::core::ListMerge::Map(vec!["condition".into()]))]
    pub troubles: Vec<ToldTrouble>,
}

/// A trouble that was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToldTrouble {
    /// Type of the condition.
    #[schemars(length(max = 64))]
    pub condition: String,
    /// Its reason when it was last seen.
    #[schemars(length(max = 64))]
    pub reason: String,
}
