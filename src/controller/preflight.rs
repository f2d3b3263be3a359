//! What must be right before work begins: one clear line for each thing that is not.

use super::{Cluster, ClusterError};
use crate::api::AcmCertificate;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Why the operator cannot work in this cluster.
#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    /// Nobody answers.
    #[error("the API server cannot be reached: {0}. Check the kubeconfig (KUBECONFIG) or the pod's network")]
    Unreachable(String),
    /// No CRD.
    #[error(
        "the CustomResourceDefinition acmcertificates.acmcert.io is not installed: apply it with `acmcert crd | kubectl apply --server-side -f -`, or set crds.enabled=true in the Helm chart"
    )]
    MissingCrd,
    /// RBAC.
    #[error(
        "RBAC does not allow the operator to {verb} {resource} ({scope}): grant it, as config/rbac and the Helm chart do"
    )]
    Forbidden {
        /// The verb.
        verb: &'static str,
        /// Resource and API group.
        resource: String,
        /// Namespace, or all.
        scope: String,
    },
    /// Anything else.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
}

/// API group, resource and verbs that passes use.
const NEEDED: &[(&str, &str, &[&str])] = &[
    ("acmcert.io", "acmcertificates", &["get", "list", "watch", "patch"]),
    ("acmcert.io", "acmcertificates/status", &["update"]),
    ("events.k8s.io", "events", &["create"]),
];

/// Verbs on the lease.
const LEASE_VERBS: &[&str] = &["get", "create", "patch"];

/// Checks the API server, the CRD and RBAC. `lease`: namespace and name, where leaders are elected.
///
/// # Errors
/// The first thing that is not right.
pub async fn preflight(cluster: &Cluster, lease: Option<(&str, &str)>) -> Result<(), PreflightError> {
    let client = cluster.client();
    match tokio::time::timeout(TIMEOUT, client.apiserver_version()).await {
        Err(_) => return Err(PreflightError::Unreachable(format!("no answer within {} s", TIMEOUT.as_secs()))),
        Ok(Err(error)) => return Err(PreflightError::Unreachable(error.to_string())),
        Ok(Ok(_)) => {}
    }
    let scopes: Vec<Option<&str>> = match cluster.namespaces() {
        [] => vec![None],
        some => some.iter().map(|namespace| Some(namespace.as_str())).collect(),
    };
    for scope in scopes {
        for (group, resource, verbs) in NEEDED {
            for verb in *verbs {
                may(cluster, group, resource, verb, scope, None).await?;
            }
        }
    }
    if let Some((namespace, name)) = lease {
        for verb in LEASE_VERBS {
            let named = (*verb != "create").then_some(name);
            may(cluster, "coordination.k8s.io", "leases", verb, Some(namespace), named).await?;
        }
    }
    check_crd(cluster).await
}

async fn check_crd(cluster: &Cluster) -> Result<(), PreflightError> {
    let client = cluster.client();
    let api: Api<AcmCertificate> = match cluster.namespaces().first() {
        None => Api::all(client),
        Some(namespace) => Api::namespaced(client, namespace),
    };
    match api.list_metadata(&ListParams::default().limit(1)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Err(PreflightError::MissingCrd),
        Err(error) => Err(ClusterError::Kube("list acmcertificates", Box::new(error)).into()),
    }
}

async fn may(
    cluster: &Cluster,
    group: &str,
    resource: &str,
    verb: &'static str,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<(), PreflightError> {
    let (plain, subresource) = resource.split_once('/').map_or((resource, None), |(plain, sub)| (plain, Some(sub)));
    let attributes = ResourceAttributes {
        group: Some(group.into()),
        resource: Some(plain.into()),
        subresource: subresource.map(Into::into),
        verb: Some(verb.into()),
        namespace: namespace.map(Into::into),
        name: name.map(Into::into),
        ..ResourceAttributes::default()
    };
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), non_resource_attributes: None },
        ..SelfSubjectAccessReview::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.client());
    let answer = api.create(&PostParams::default(), &review).await;
    let answer = answer.map_err(|error| ClusterError::Kube("create selfsubjectaccessreview", Box::new(error)))?;
    if answer.status.is_some_and(|status| status.allowed) {
        return Ok(());
    }
    let scope =
        namespace.map_or_else(|| "in all namespaces".to_owned(), |namespace| format!("in namespace {namespace}"));
    Err(PreflightError::Forbidden { verb, resource: format!("{resource}.{group}"), scope })
}
