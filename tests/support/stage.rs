//! One test's surroundings together: namespace, simulated AWS, operator.

use super::{
    certificate::condition,
    control_plane::{self, kubectl_ok},
    operator::Operator,
    simulator::Simulator,
    until,
};
use acmcert::api::AcmCertificate;
use k8s_openapi::api::events::v1::Event;
use kube::{
    Api,
    api::{DeleteParams, ListParams},
};
use serde_json::Value;

/// See the module.
#[derive(Debug)]
pub struct Stage {
    /// Name of the test.
    pub test: String,
    /// Its namespace.
    pub namespace: String,
    /// Its AWS.
    pub aws: Simulator,
}

impl Stage {
    /// Namespace and AWS; no operator yet.
    pub async fn set(test: &str) -> Self {
        let log = super::root().join(format!("target/test-logs/{test}.operator.log"));
        let _ = std::fs::remove_file(log);
        let namespace = control_plane::namespace(test).await;
        Self { test: test.into(), namespace, aws: Simulator::start(test).await }
    }

    /// An operator for the namespace.
    pub fn operator(&self) -> Operator {
        self.operator_with(&[])
    }

    /// An operator with more flags.
    pub fn operator_with(&self, flags: &[&str]) -> Operator {
        Operator::start(&self.test, &self.namespace, &self.aws, flags)
    }

    /// `kubectl apply`
    pub fn apply(&self, manifest: &Value) {
        let text = manifest.to_string();
        kubectl_ok(&["apply", "--server-side", "-n", &self.namespace, "-f", "-"], Some(&text));
    }

    /// Objects of the namespace.
    pub async fn api(&self) -> Api<AcmCertificate> {
        control_plane::certificates(&self.namespace).await
    }

    /// Waits until a condition is so, and answers the object.
    pub async fn until_condition(&self, name: &str, kind: &str, wanted: &str) -> AcmCertificate {
        let api = self.api().await;
        let mut last = String::new();
        let what = format!("{}: {name} {kind}={wanted}", self.test);
        until(&what, async || {
            let object = api.get_opt(name).await.unwrap()?;
            last = condition(&object, kind);
            (last == wanted).then_some(object)
        })
        .await
    }

    /// Waits until an object is Ready.
    pub async fn until_ready(&self, name: &str) -> AcmCertificate {
        self.until_condition(name, "Ready", "True/Issued").await
    }

    /// Asks for the deletion of an object.
    pub async fn delete(&self, name: &str) {
        self.api().await.delete(name, &DeleteParams::default()).await.unwrap();
    }

    /// Waits until an object is gone.
    pub async fn until_gone(&self, name: &str) {
        let api = self.api().await;
        until(&format!("{}: {name} gone", self.test), async || {
            api.get_opt(name).await.unwrap().is_none().then_some(())
        })
        .await;
    }

    /// Reasons of the Events about an object, sorted.
    pub async fn event_reasons(&self, name: &str) -> Vec<String> {
        let api: Api<Event> = Api::namespaced(control_plane::client().await, &self.namespace);
        let events = api.list(&ListParams::default()).await.unwrap();
        let about = |event: &Event| event.regarding.as_ref().and_then(|r| r.name.as_deref()) == Some(name);
        let mut reasons: Vec<_> = events.into_iter().filter(about).filter_map(|event| event.reason).collect();
        reasons.sort();
        reasons
    }
}
