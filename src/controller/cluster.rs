//! Calls of the API server. Each has a time-out of its own, for the client retries without one; each write is bound to
//! the UID and resourceVersion that were read.

use super::objects::{Listed, Objects};
use crate::api::{AcmCertificate, AcmCertificateStatus, FIELD_MANAGER, FINALIZER};
use crate::mistake::Mistake;
use k8s_openapi::api::{core::v1::Namespace, events::v1::Event};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{ListParams, ObjectList, Patch, PatchParams, PostParams},
    core::Request,
};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(15);

/// A call of the API server that failed, and which.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No answer in time.
    #[error("{0}: the API server did not answer within {seconds} s", seconds = TIMEOUT.as_secs())]
    Timeout(&'static str),
    /// An error of the client or the API server. Its own words include their causes.
    #[error("{0}: {1}")]
    Kube(&'static str, Box<kube::Error>),
}

impl ClusterError {
    fn code(&self) -> Option<u16> {
        match self {
            Self::Kube(_, error) => match &**error {
                kube::Error::Api(status) => Some(status.code),
                _ => None,
            },
            Self::Timeout(_) => None,
        }
    }

    /// Was the object changed since it was read?
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// Is the object (or the resource) not there?
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }
}

/// The API server, as far as the operator uses it.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    namespaces: Vec<String>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("namespaces", &self.namespaces).finish_non_exhaustive()
    }
}

impl Cluster {
    /// All namespaces, or only these.
    pub fn new(client: Client, mut namespaces: Vec<String>) -> Self {
        namespaces.sort();
        namespaces.dedup();
        Self { client, namespaces }
    }

    /// The client.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Namespaces that are watched; none means all.
    pub fn namespaces(&self) -> &[String] {
        &self.namespaces
    }

    /// UID of the namespace `kube-system`: the identity of a cluster that has no configured name.
    ///
    /// # Errors
    /// Where the API server refuses or does not answer.
    pub async fn get_cluster_uid(&self) -> Result<String, ClusterError> {
        let api: Api<Namespace> = Api::all(self.client.clone());
        let namespace = timed("get namespace kube-system", api.get("kube-system")).await?;
        Ok(namespace.uid().unwrap_or_default())
    }

    /// The live object.
    ///
    /// # Errors
    /// Where the API server refuses or does not answer.
    pub async fn get(&self, namespace: &str, name: &str) -> Result<Option<AcmCertificate>, ClusterError> {
        timed("get acmcertificate", self.api(namespace).get_opt(name)).await
    }

    /// All objects in sight, live.
    ///
    /// # Errors
    /// Where any part of them cannot be listed: half a list would say "nobody" of the rest.
    pub async fn list(&self) -> Result<Objects, ClusterError> {
        let mut all = Objects::default();
        match self.namespaces.is_empty() {
            true => all.extend(self.list_in(None).await?),
            false => {
                for namespace in &self.namespaces {
                    all.extend(self.list_in(Some(namespace)).await?);
                }
            }
        }
        Ok(all)
    }

    async fn list_in(&self, namespace: Option<&str>) -> Result<Vec<Listed>, ClusterError> {
        let requests = Request::new(AcmCertificate::url_path(&(), namespace));
        let mut all = vec![];
        let mut params = ListParams::default().limit(500);
        loop {
            let page = async {
                let request = requests.list(&params).map_err(kube::Error::BuildRequest)?;
                self.client.request::<ObjectList<Listed>>(request).await
            };
            let page = timed("list acmcertificates", page).await?;
            all.extend(page.items);
            match page.metadata.continue_.filter(|token| !token.is_empty()) {
                Some(token) => params = params.continue_token(&token),
                None => return Ok(all),
            }
        }
    }

    /// Adds or removes our finalizer.
    ///
    /// # Errors
    /// Also where the object was changed since it was read.
    pub async fn patch_finalizer(
        &self,
        object: &AcmCertificate,
        present: bool,
    ) -> Result<AcmCertificate, ClusterError> {
        let mut finalizers = object.finalizers().to_vec();
        finalizers.retain(|finalizer| finalizer != FINALIZER);
        if present {
            finalizers.push(FINALIZER.to_owned());
        }
        // A merge patch with UID and resourceVersion is refused with 409 if either has changed.
        let patch = serde_json::json!({
            "metadata": {
                "uid": object.metadata.uid.as_ref().filter(|_| !Mistake::UidNotChecked.is_made()),
                "resourceVersion": object.metadata.resource_version,
                "finalizers": finalizers,
            }
        });
        let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
        let api = self.api(&object.namespace().unwrap_or_default());
        timed("patch acmcertificate", api.patch(&object.name_any(), &params, &Patch::Merge(&patch))).await
    }

    /// Writes the whole status.
    ///
    /// # Errors
    /// Also where the object was changed since it was read.
    pub async fn replace_status(
        &self,
        object: &AcmCertificate,
        status: AcmCertificateStatus,
    ) -> Result<AcmCertificate, ClusterError> {
        let mut object = object.clone();
        object.status = Some(status);
        let params = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
        let api = self.api(&object.namespace().unwrap_or_default());
        if Mistake::StaleCacheTrusted.is_made()
            && let Ok(Some(live)) = self.get(&object.namespace().unwrap_or_default(), &object.name_any()).await
        {
            object.metadata.resource_version = live.metadata.resource_version;
        }
        timed("update acmcertificate status", api.replace_status(&object.name_any(), &params, &object)).await
    }

    /// Creates an Event; one of that name that exists already is as good.
    ///
    /// # Errors
    /// Where the API server refuses or does not answer.
    pub async fn create_event(&self, namespace: &str, event: &Event) -> Result<(), ClusterError> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        let params = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
        match timed("create event", api.create(&params, event)).await {
            Err(error) if error.code() == Some(409) => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn api(&self, namespace: &str) -> Api<AcmCertificate> {
        Api::namespaced(self.client.clone(), namespace)
    }
}

async fn timed<T>(what: &'static str, call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, ClusterError> {
    match tokio::time::timeout(TIMEOUT, call).await {
        Ok(result) => result.map_err(|error| ClusterError::Kube(what, Box::new(error))),
        Err(_) => Err(ClusterError::Timeout(what)),
    }
}
