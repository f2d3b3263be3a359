//! What a test says of an `AcmCertificate`, in few words.

use acmcert::api::AcmCertificate;
use serde_json::{Value, json};

/// A manifest with these names, the common name first.
pub fn manifest(name: &str, names: &[&str]) -> Value {
    json!({
        "apiVersion": "acmcert.io/v1alpha1",
        "kind": "AcmCertificate",
        "metadata": { "name": name },
        "spec": { "domainName": names[0], "subjectAlternativeNames": names[1..] }
    })
}

/// Status and reason of a condition, such as `True/Issued`; empty if there is none.
pub fn condition(object: &AcmCertificate, kind: &str) -> String {
    let conditions = object.status.iter().flat_map(|status| &status.conditions);
    let mut of_kind = conditions.filter(|condition| condition.type_ == kind);
    of_kind.next().map(|c| format!("{}/{}", c.status, c.reason)).unwrap_or_default()
}

/// Message of a condition; empty if there is none.
pub fn message(object: &AcmCertificate, kind: &str) -> String {
    let conditions = object.status.iter().flat_map(|status| &status.conditions);
    let mut of_kind = conditions.filter(|condition| condition.type_ == kind);
    of_kind.next().map(|c| c.message.clone()).unwrap_or_default()
}
