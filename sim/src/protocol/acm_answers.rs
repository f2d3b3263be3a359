//! ACM's answers in JSON 1.1; times are seconds since 1970.

use crate::world::answer::{Answer, ApiError};
use crate::world::call::Tag;
use crate::world::certificate::{CertificateDetail, CertificateSummary, Status};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::acm_search;

/// A list shows so many names of a certificate.
const LISTED_NAMES: usize = 100;

/// The body of a success.
pub(crate) fn body(answer: &Answer) -> String {
    let value = match answer {
        Answer::Requested { certificate_arn } => json!({"CertificateArn": certificate_arn}),
        Answer::Certificate(detail) => json!({"Certificate": certificate(detail)}),
        Answer::Certificates { summaries, next_token } => {
            let list: Vec<Value> = summaries.iter().map(summary).collect();
            pruned(json!({"CertificateSummaryList": list, "NextToken": next_token}))
        }
        Answer::Found { summaries, next_token } => {
            let list: Vec<Value> = summaries.iter().map(acm_search::result).collect();
            pruned(json!({"Results": list, "NextToken": next_token}))
        }
        Answer::CertificateText { certificate, chain } => {
            json!({"Certificate": certificate, "CertificateChain": chain})
        }
        Answer::Tags(tags) => json!({"Tags": tags.iter().map(tag).collect::<Vec<Value>>()}),
        // DeleteCertificate and the like answer nothing at all.
        _ => return String::new(),
    };
    value.to_string()
}

/// The body of a failure.
pub(crate) fn error(error: &ApiError) -> String {
    json!({"__type": error.code, "message": error.message}).to_string()
}

/// The same body with a status that no client knows.
pub(crate) fn with_unknown_enum(body: &str) -> String {
    match serde_json::from_str::<Value>(body) {
        Ok(mut value) => {
            make_unknown(&mut value);
            value.to_string()
        }
        Err(_) => body.to_owned(),
    }
}

fn make_unknown(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if name == "Status" {
                    *value = json!("STATUS_OF_TOMORROW");
                } else {
                    make_unknown(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_unknown),
        _ => {}
    }
}

fn certificate(detail: &CertificateDetail) -> Value {
    let certificate = &detail.certificate;
    let issued = certificate.issued_at.is_some();
    let eligibility = if detail.renewal_eligible { "ELIGIBLE" } else { "INELIGIBLE" };
    let own: Vec<&str> = certificate.validations.iter().map(|validation| validation.status.as_str()).collect();
    let renewed: Vec<&str> = detail.renewal_validations.iter().map(String::as_str).collect();
    let renewal = certificate.renewal.as_ref().map(|renewal| {
        pruned(json!({
            "RenewalStatus": renewal.status,
            "DomainValidationOptions": validations(detail, &renewed),
            "RenewalStatusReason": renewal.reason,
            "UpdatedAt": seconds(renewal.updated_at),
        }))
    });
    let uses = json!([{"Name": "DIGITAL_SIGNATURE"}, {"Name": "KEY_ENCIPHERMENT"}]);
    let extended = json!([
        {"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"},
        {"Name": "TLS_WEB_CLIENT_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.2"},
    ]);
    pruned(json!({
        "CertificateArn": certificate.certificate_arn,
        "DomainName": certificate.domain_name,
        "SubjectAlternativeNames": certificate.subject_alternative_names,
        "DomainValidationOptions": validations(detail, &own),
        "Serial": certificate.serial,
        "Subject": format!("CN={}", certificate.domain_name),
        "Issuer": "Amazon",
        "CreatedAt": seconds(certificate.created_at),
        "IssuedAt": certificate.issued_at.map(seconds),
        "Status": certificate.status.as_str(),
        "RevokedAt": detail.revoked_at.map(seconds),
        "RevocationReason": (certificate.status == Status::Revoked).then_some("UNSPECIFIED"),
        "NotBefore": certificate.not_before.map(seconds),
        "NotAfter": certificate.not_after.map(seconds),
        "KeyAlgorithm": key_algorithm(&certificate.key_algorithm),
        "SignatureAlgorithm": "SHA256WITHRSA",
        "InUseBy": certificate.in_use_by,
        "FailureReason": certificate.failure_reason,
        "Type": certificate.certificate_type,
        "ManagedBy": certificate.managed_by,
        "RenewalSummary": renewal,
        "KeyUsages": issued.then_some(uses),
        "ExtendedKeyUsages": issued.then_some(extended),
        "RenewalEligibility": eligibility,
        "Options": {
            "CertificateTransparencyLoggingPreference": "ENABLED",
            "Export": detail.export_option(),
        },
    }))
}

/// The names of a certificate and how far the proof of each has come, at issue or at renewal.
fn validations(detail: &CertificateDetail, statuses: &[&str]) -> Vec<Value> {
    let certificate = &detail.certificate;
    let mut list = Vec::with_capacity(certificate.validations.len());
    for (position, validation) in certificate.validations.iter().enumerate() {
        let record = match (&validation.record_name, &validation.record_type, &validation.record_value) {
            (Some(name), Some(record_type), Some(value)) if detail.records_known => {
                json!({"Name": format!("{name}."), "Type": record_type, "Value": format!("{value}.")})
            }
            _ => Value::Null,
        };
        let mails = detail.mails.get(position);
        list.push(pruned(json!({
            "DomainName": validation.domain_name,
            "ValidationDomain": mails.map_or(&validation.domain_name, |mails| &mails.validation_domain),
            "ValidationStatus": statuses.get(position),
            "ValidationMethod": certificate.validation_method,
            "ResourceRecord": record,
            "ValidationEmails": mails.map(|mails| &mails.addresses),
        })));
    }
    list
}

fn summary(summary: &CertificateSummary) -> Value {
    let names: Vec<&String> = summary.subject_alternative_names.iter().take(LISTED_NAMES).collect();
    let issued = summary.issued_at.is_some();
    pruned(json!({
        "CertificateArn": summary.certificate_arn,
        "DomainName": summary.domain_name,
        "SubjectAlternativeNameSummaries": names,
        "HasAdditionalSubjectAlternativeNames": summary.subject_alternative_names.len() > LISTED_NAMES,
        "Status": summary.status.as_str(),
        "Type": summary.certificate_type,
        "KeyAlgorithm": key_algorithm(&summary.key_algorithm),
        "KeyUsages": issued.then_some(["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"]),
        "ExtendedKeyUsages": issued.then_some(["TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"]),
        "InUse": summary.in_use,
        "Exported": summary.exported,
        "RenewalEligibility": summary.eligibility(),
        "NotBefore": summary.not_before.map(seconds),
        "NotAfter": summary.not_after.map(seconds),
        "CreatedAt": seconds(summary.created_at),
        "IssuedAt": summary.issued_at.map(seconds),
        "RevokedAt": summary.revoked_at.map(seconds),
        "ManagedBy": summary.managed_by,
    }))
}

fn tag(tag: &Tag) -> Value {
    pruned(json!({"Key": tag.key, "Value": tag.value}))
}

/// Responses spell RSA keys with a hyphen, unlike requests.
pub(super) fn key_algorithm(algorithm: &str) -> String {
    algorithm.replace("RSA_", "RSA-")
}

pub(super) fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// AWS leaves out what is absent, it does not send null.
pub(super) fn pruned(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}
