//! What a status says, in the words of `Facts`.

use super::facts::Said;
use crate::explore::story::is_ready;
use acmcert::api::AcmCertificate;
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;

/// What is said where nothing is claimed.
const UNKNOWN: &str = "Unknown/ObservationStale";

/// See the module.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) is_deleting: bool,
    /// `status/reason`, by type.
    conditions: BTreeMap<String, String>,
    /// The end of the certificate that serves.
    pub(super) ends_at: Option<Timestamp>,
    /// In the order of `Facts::of_acm`.
    pub(super) of_acm: Vec<Said>,
}

impl Told {
    pub(super) fn by(object: &AcmCertificate) -> Self {
        let status = object.status.clone().unwrap_or_default();
        let said = status.conditions.iter().map(|c| (c.type_.clone(), format!("{}/{}", c.status, c.reason)));
        let conditions: BTreeMap<_, _> = said.collect();
        let holds = |kind: &str| conditions.get(kind).is_some_and(|said| said.starts_with("True/"));
        let is_deleting = object.metadata.deletion_timestamp.is_some();
        Self {
            is_deleting,
            ends_at: status.not_after.map(|end| end.0),
            of_acm: match is_deleting {
                true => vec![("DeletionBlocked", holds("DeletionBlocked").to_string())],
                false => of_acm(object, holds("Issued")),
            },
            conditions,
        }
    }

    /// `status/reason`; empty if there is no such condition.
    pub(super) fn said(&self, kind: &str) -> &str {
        self.conditions.get(kind).map_or("", String::as_str)
    }

    pub(super) fn holds(&self, kind: &str) -> bool {
        self.said(kind).starts_with("True/")
    }

    /// Does it claim nothing, for nothing was seen for long?
    pub(super) fn is_unknown(&self, kind: &str) -> bool {
        self.said(kind) == UNKNOWN
    }

    /// Does it say that the certificate has come to its end?
    pub(super) fn is_over(&self) -> bool {
        ["False/Expired", "False/Revoked"].contains(&self.said("Ready"))
    }
}

fn of_acm(object: &AcmCertificate, issued: bool) -> Vec<Said> {
    let status = object.status.clone().unwrap_or_default();
    let seconds = |time: &Option<Time>| time.as_ref().map_or(String::new(), |time| time.0.as_second().to_string());
    let validity = format!("{}..{}", seconds(&status.not_before), seconds(&status.not_after));
    let renewal = status.renewal.unwrap_or_default();
    vec![
        ("Ready", is_ready(object).to_string()),
        ("Issued", issued.to_string()),
        ("certificateStatus", status.certificate_status.unwrap_or_default()),
        ("validity", if validity == ".." { String::new() } else { validity }),
        ("serial", status.serial.unwrap_or_default()),
        ("inUseBy", status.in_use_by.join(" ")),
        ("inUseByCount", status.in_use_by_count.map_or(String::new(), |count| count.to_string())),
        ("renewal.status", renewal.status.unwrap_or_default()),
        ("renewal.eligibility", renewal.eligibility.unwrap_or_default()),
    ]
}
