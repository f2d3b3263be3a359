//! Who owns a certificate, and how a repeated request is recognised as the same one.

use super::{Desired, desired::DEFAULT_KEY_ALGORITHM};
use crate::{
    api::{
        AcmCertificateStatus, FIELD_MANAGER, RequestIntent, TAG_ATTEMPT, TAG_CLUSTER, TAG_MANAGED_BY, TAG_NAME,
        TAG_NAMESPACE, TAG_PREFIX, TAG_SPEC_HASH, TAG_UID,
    },
    aws::CertificateRequest,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// An object of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Identity of the cluster: its configured name, or the UID of the namespace `kube-system`.
    pub cluster: String,
    /// The UID, where a name is configured: certificates from before that stay ours.
    pub cluster_alias: Option<String>,
    /// Has an administrator given the cluster its name?
    pub cluster_is_named: bool,
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// UID of the object.
    pub uid: String,
}

impl Owner {
    /// Do a certificate's live tags prove that it belongs to this object?
    pub fn is_proven_by(&self, tags: &BTreeMap<String, String>) -> bool {
        is(tags, TAG_MANAGED_BY, FIELD_MANAGER) && self.is_our_cluster(tags) && is(tags, TAG_UID, &self.uid)
    }

    /// Does the UID tag name this object, and the cluster tag no other cluster? Then our other tags may be mended.
    pub fn is_named_by(&self, tags: &BTreeMap<String, String>) -> bool {
        is(tags, TAG_UID, &self.uid) && (self.is_our_cluster(tags) || !tags.contains_key(TAG_CLUSTER))
    }

    /// Do the tags say that the certificate was made in this cluster?
    pub fn is_our_cluster(&self, tags: &BTreeMap<String, String>) -> bool {
        let alias = self.cluster_alias.as_ref();
        is(tags, TAG_CLUSTER, &self.cluster) || alias.is_some_and(|id| is(tags, TAG_CLUSTER, id))
    }

    /// May certificates of an earlier life of this object be taken over? Only under a name that an administrator has
    /// given: after a rebuild the UID of `kube-system` is another one, so it cannot tell one cluster's lives apart.
    pub fn may_take_over(&self) -> bool {
        self.cluster_is_named
    }

    /// Do the tags name an object of this cluster, namespace and name with the same wish? Whether it is still alive is
    /// for the API server to say.
    pub fn is_namesake_of(&self, tags: &BTreeMap<String, String>, spec_hash: &str) -> bool {
        is(tags, TAG_MANAGED_BY, FIELD_MANAGER)
            && is(tags, TAG_CLUSTER, &self.cluster)
            && is(tags, TAG_NAMESPACE, &self.namespace)
            && is(tags, TAG_NAME, &self.name)
            && is(tags, TAG_SPEC_HASH, spec_hash)
    }
}

fn is(tags: &BTreeMap<String, String>, key: &str, value: &str) -> bool {
    tags.get(key).is_some_and(|tag| tag == value)
}

/// Stands for "whichever key algorithm it has": an adopted certificate of which the spec names none.
const ANY_KEY_ALGORITHM: &str = "*";

/// Hash over what a request depends on: names, key algorithm, region.
pub(super) fn spec_hash(desired: &Desired) -> String {
    let others = desired.other_names.iter().map(|name| name.as_str()).collect();
    let key_algorithm = match (&desired.key_algorithm, &desired.adopts) {
        (None, Some(_)) => ANY_KEY_ALGORITHM,
        _ => desired.requested_key_algorithm(),
    };
    hash_of(desired.domain_name.as_str(), &others, key_algorithm, desired.region.as_str())
}

/// The same hash, of the certificate that serves: which specs it was requested or adopted for. The first is the one of
/// a request.
pub(super) fn served_hashes(status: &AcmCertificateStatus) -> Option<[String; 2]> {
    status.certificate_arn.as_ref()?;
    let (domain_name, others) = status.names.split_first()?;
    let others = others.iter().map(String::as_str).filter(|name| name != domain_name).collect();
    let key_algorithm = status.key_algorithm.as_deref().unwrap_or(DEFAULT_KEY_ALGORITHM);
    let region = status.region.as_deref()?;
    Some([key_algorithm, ANY_KEY_ALGORITHM].map(|key| hash_of(domain_name, &others, key, region)))
}

/// Does a certificate cover exactly these names, the common name first?
pub fn has_exactly(names: &[String], desired: &Desired) -> bool {
    let Some((domain_name, others)) = names.split_first() else { return false };
    let others: BTreeSet<_> = others.iter().map(String::as_str).filter(|name| name != domain_name).collect();
    domain_name == desired.domain_name.as_str()
        && others.iter().copied().eq(desired.other_names.iter().map(|n| n.as_str()))
}

fn hash_of(domain_name: &str, others: &BTreeSet<&str>, key_algorithm: &str, region: &str) -> String {
    let mut fields = vec![domain_name];
    fields.extend(others);
    // NB: an empty field ends the list of names, so that no name can be taken for a key algorithm.
    fields.extend(["", key_algorithm, region]);
    hash(&fields)
}

/// Hash over the user's tags.
pub fn tags_hash(tags: &BTreeMap<String, String>) -> String {
    hash(&tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]).collect::<Vec<_>>())
}

/// ACM's idempotency token takes 1 to 32 word characters.
pub fn token(owner: &Owner, spec_hash: &str, attempt: i32) -> String {
    hash(&[&owner.cluster, &owner.uid, spec_hash, &attempt.to_string()])
}

/// The request that an intent stands for.
pub(super) fn certificate_request(desired: &Desired, intent: &RequestIntent) -> CertificateRequest {
    let mut tags = desired.tags.clone();
    tags.extend(ownership_tags(&desired.owner, intent));
    CertificateRequest {
        region: desired.region.clone(),
        domain_name: desired.domain_name.clone(),
        subject_alternative_names: desired.other_names.iter().cloned().collect(),
        key_algorithm: Some(desired.requested_key_algorithm().to_owned()),
        token: intent.token.clone(),
        tags,
    }
}

/// The tags that are ours on every certificate.
pub fn ownership_tags(owner: &Owner, intent: &RequestIntent) -> BTreeMap<String, String> {
    [
        (TAG_MANAGED_BY, FIELD_MANAGER),
        (TAG_CLUSTER, &owner.cluster),
        (TAG_NAMESPACE, &owner.namespace),
        (TAG_NAME, &owner.name),
        (TAG_UID, &owner.uid),
        (TAG_SPEC_HASH, &intent.spec_hash),
        (TAG_ATTEMPT, &intent.attempt.to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

/// Tags that a certificate should carry and does not, or with another value. What is there besides is somebody else's.
pub(super) fn missing_tags(
    desired: &Desired,
    intent: &RequestIntent,
    tags: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut wanted = desired.tags.clone();
    wanted.extend(ownership_tags(&desired.owner, intent));
    // NB: a certificate that was put aside and taken back keeps the number of the attempt that made it.
    wanted.retain(|key, value| tags.get(key) != Some(value) && (key != TAG_ATTEMPT || !tags.contains_key(key)));
    wanted
}

/// Which of a certificate's tags are the operator's.
pub(super) fn our_tag_keys(tags: &BTreeMap<String, String>) -> Vec<String> {
    tags.keys().filter(|key| key.starts_with(TAG_PREFIX)).cloned().collect()
}

/// 128 bits of SHA-256 in hexadecimal. Lengths go in, so that no two lists of fields run together.
fn hash(fields: &[&str]) -> String {
    let mut sha = Sha256::new();
    for field in fields {
        sha.update((field.len() as u64).to_be_bytes());
        sha.update(field.as_bytes());
    }
    sha.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        let own = |text: &str| text.to_owned();
        Owner {
            cluster: own("blue"),
            cluster_alias: None,
            cluster_is_named: false,
            namespace: own("shop"),
            name: own("www"),
            uid: own("1-2-3"),
        }
    }

    #[test]
    fn a_token_depends_on_owner_spec_and_attempt_and_fits_acm() {
        let one = token(&owner(), "h", 0);
        assert_eq!(one, token(&owner(), "h", 0));
        assert_ne!(one, token(&owner(), "h", 1));
        assert_ne!(one, token(&owner(), "i", 0));
        assert_ne!(one, token(&Owner { uid: "1-2-4".into(), ..owner() }, "h", 0));
        assert!(one.len() == 32 && one.bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    #[test]
    fn fields_do_not_run_together() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }

    #[test]
    fn ownership_takes_cluster_and_uid() {
        let intent = RequestIntent {
            token: "t".into(),
            spec_hash: "h".into(),
            tags_hash: "g".into(),
            attempt: 0,
            failures: 0,
            sent_at: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(jiff::Timestamp::UNIX_EPOCH),
            certificate_arn: None,
        };
        let tags = ownership_tags(&owner(), &intent);
        assert!(owner().is_proven_by(&tags));
        assert!(!Owner { uid: "other".into(), ..owner() }.is_proven_by(&tags));
        assert!(!Owner { cluster: "green".into(), ..owner() }.is_proven_by(&tags));
        let renamed = Owner { cluster: "green".into(), cluster_alias: Some("blue".into()), ..owner() };
        assert!(renamed.is_proven_by(&tags), "what was tagged before the cluster had a name stays ours");
        assert!(!owner().is_proven_by(&BTreeMap::new()));
        assert_eq!(our_tag_keys(&tags).len(), 7);
    }
}
