//! The series of certificates in `/metrics`: those that there should be, by what an object says, and those that there are.

use acmcert::api::AcmCertificate;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;

/// What all of them begin with.
pub const PREFIX: &str = "acmcert_certificate_";

/// Values by name and labels, as a page has them: `acmcert_certificate_ready{namespace="shop",name="a"}` is `1`.
pub type Series = BTreeMap<String, String>;

/// Name and labels of a series.
pub fn key(series: &str, namespace: &str, name: &str, status: Option<&str>) -> String {
    let status = status.map_or(String::new(), |status| format!(",status=\"{status}\""));
    format!("{series}{{namespace=\"{namespace}\",name=\"{name}\"{status}}}")
}

/// Every series of an object.
pub fn expected(object: &AcmCertificate) -> Series {
    let status = object.status.clone().unwrap_or_default();
    let condition = |kind: &str| status.conditions.iter().find(|condition| condition.type_ == kind);
    let holds = |kind: &str| i64::from(condition(kind).is_some_and(|condition| condition.status == "True"));
    let seconds = |time: &Time| time.0.as_second();
    let waits = condition("Ready").filter(|ready| ready.status == "False");
    let values = [
        ("ready", Some(holds("Ready"))),
        ("stalled", Some(holds("Stalled"))),
        ("deletion_blocked", Some(holds("DeletionBlocked"))),
        ("in_use", status.in_use_by_count.map(|count| i64::from(count > 0))),
        ("not_after_timestamp_seconds", status.not_after.as_ref().map(seconds)),
        ("not_before_timestamp_seconds", status.not_before.as_ref().map(seconds)),
        ("pending_since_timestamp_seconds", waits.map(|ready| seconds(&ready.last_transition_time))),
    ];
    let namespace = object.metadata.namespace.as_deref().unwrap_or_default();
    let name = object.metadata.name.as_deref().unwrap_or_default();
    let one = |(series, value): (&str, Option<i64>)| {
        Some((key(&format!("{PREFIX}{series}"), namespace, name, None), value?.to_string()))
    };
    let mut all: Series = values.into_iter().filter_map(one).collect();
    let renewal = status.renewal.and_then(|renewal| renewal.status).unwrap_or_else(|| "none".to_owned());
    let renewal = key(&format!("{PREFIX}renewal_status"), namespace, name, Some(&renewal.to_lowercase()));
    all.insert(renewal, "1".to_owned());
    all
}

/// Every series of any object in a page.
pub fn read(page: &str) -> Series {
    let of_objects = page.lines().filter(|line| line.starts_with(PREFIX));
    let values = of_objects.filter_map(|line| line.rsplit_once(' '));
    values.map(|(key, value)| (key.to_owned(), value.parse::<f64>().unwrap().to_string())).collect()
}
