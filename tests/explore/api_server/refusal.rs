//! Refusals in the words of a real kube-apiserver, and the resources that are served.

use serde_json::{Value, json};

/// A resource that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    Certificates,
    Events,
    Namespaces,
}

impl Served {
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Certificates => "acmcertificates",
            Self::Events => "events",
            Self::Namespaces => "namespaces",
        }
    }

    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Certificates => "AcmCertificate",
            Self::Events => "Event",
            Self::Namespaces => "Namespace",
        }
    }

    pub(super) fn api_version(self) -> &'static str {
        match self {
            Self::Certificates => "acmcert.io/v1alpha1",
            Self::Events => "events.k8s.io/v1",
            Self::Namespaces => "v1",
        }
    }

    pub(super) fn group(self) -> &'static str {
        match self {
            Self::Certificates => "acmcert.io",
            Self::Events => "events.k8s.io",
            Self::Namespaces => "",
        }
    }

    /// With its group, as messages have it.
    fn of_group(self, plural_or_kind: &str) -> String {
        match self.group() {
            "" => plural_or_kind.to_owned(),
            group => format!("{plural_or_kind}.{group}"),
        }
    }
}

/// An answer that says no, and why.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
}

impl Refusal {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// An error inside of the server: the real one gives it no reason.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "", message)
    }

    /// The real one would do it. Nothing of the operator needs it yet.
    pub(super) fn not_simulated(what: &str) -> Self {
        Self::new(501, "NotImplemented", format!("the API server in memory does not know {what}"))
    }

    pub(super) fn not_found(served: Served, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", served.of_group(served.plural()));
        Self::new(404, "NotFound", message).about(served, served.plural(), name)
    }

    pub(super) fn already_exists(served: Served, name: &str, deleting: bool) -> Self {
        let prefix = if deleting { "object is being deleted: " } else { "" };
        let message = format!("{prefix}{} \"{name}\" already exists", served.of_group(served.plural()));
        Self::new(409, "AlreadyExists", message).about(served, served.plural(), name)
    }

    /// A namespace that is being deleted takes nothing new.
    pub(super) fn terminating(served: Served, name: &str, namespace: &str) -> Self {
        let what = served.of_group(served.plural());
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut refusal = Self::new(403, "Forbidden", format!("{what} \"{name}\" is forbidden: {why}"));
        refusal = refusal.about(served, served.plural(), name);
        if let Some(details) = &mut refusal.details {
            let message = format!("namespace {namespace} is being terminated");
            details["causes"] =
                json!([{ "reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace" }]);
        }
        refusal
    }

    pub(super) fn stale(name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(Served::Certificates.plural(), name, why)
    }

    /// A PUT that names another UID: the storage refuses it.
    pub(super) fn other_uid(namespace: &str, name: &str, wanted: &str, found: &str) -> Self {
        let key = format!("/registry/acmcert.io/acmcertificates/{namespace}/{name}");
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
             failed: UID in precondition: {wanted}, UID in object meta: {found}"
        );
        Self::conflict(Served::Certificates.plural(), name, &why)
    }

    /// A DELETE with a precondition that does not hold.
    pub(super) fn precondition(name: &str, field: &str, wanted: &str, found: &str) -> Self {
        let perhaps = if field == "UID" { "deleted and then recreated" } else { "modified" };
        let why = format!(
            "the {field} in the precondition ({wanted}) does not match the {field} in record ({found}). The object \
             might have been {perhaps}"
        );
        Self::conflict(Served::Certificates.kind(), name, &why)
    }

    fn conflict(plural_or_kind: &str, name: &str, why: &str) -> Self {
        let served = Served::Certificates;
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", served.of_group(plural_or_kind));
        Self::new(409, "Conflict", message).about(served, plural_or_kind, name)
    }

    pub(super) fn no_version(name: &str) -> Self {
        let says = "Invalid value: 0: must be specified for an update";
        Self::invalid(Served::Certificates.plural(), name, "metadata.resourceVersion", "FieldValueInvalid", says)
    }

    pub(super) fn no_name() -> Self {
        let says = "Required value: name or generateName is required";
        Self::invalid(Served::Certificates.kind(), "", "metadata.name", "FieldValueRequired", says)
    }

    pub(super) fn immutable(name: &str, field: &str, wanted: &Value) -> Self {
        let says = format!("Invalid value: {wanted}: field is immutable");
        Self::invalid(Served::Certificates.kind(), name, field, "FieldValueInvalid", &says)
    }

    pub(super) fn new_finalizers(name: &str, new: &[String]) -> Self {
        let new: Vec<String> = new.iter().map(|finalizer| format!("\"{finalizer}\"")).collect();
        let found = format!("found new finalizers []string{{{}}}", new.join(", "));
        let says = format!("Forbidden: no new finalizers can be added if the object is being deleted, {found}");
        Self::invalid(Served::Certificates.kind(), name, "metadata.finalizers", "FieldValueForbidden", &says)
    }

    fn invalid(plural_or_kind: &str, name: &str, field: &str, cause: &str, says: &str) -> Self {
        let served = Served::Certificates;
        let message = format!("{} \"{name}\" is invalid: {field}: {says}", served.of_group(plural_or_kind));
        let mut refusal = Self::new(422, "Invalid", message).about(served, plural_or_kind, name);
        if let Some(details) = &mut refusal.details {
            details["causes"] = json!([{ "reason": cause, "message": says, "field": field }]);
        }
        refusal
    }

    fn about(mut self, served: Served, plural_or_kind: &str, name: &str) -> Self {
        self.details = Some(json!({ "name": name, "group": served.group(), "kind": plural_or_kind }));
        self
    }

    /// The Status object that is answered.
    pub(super) fn body(&self) -> Value {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        });
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status
    }
}
