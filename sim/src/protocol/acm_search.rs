//! The filters of SearchCertificates as JSON has them, and its results.

use crate::world::answer::ApiError;
use crate::world::certificate::CertificateSummary;
use crate::world::search_filter::{CertificateFilter, Comparison, FilterStatement, NameProperty, TextProperty};
use serde_json::{Value, json};

use super::acm_answers::{key_algorithm, pruned, seconds};
use super::acm_json::{Fields, missing, wrong_type};

/// A result shows so many names of a certificate.
const SHOWN_NAMES: usize = 100;

/// A statement. NB: its depth is bounded by that of the JSON reader.
pub(super) fn statement(value: &Value) -> Result<FilterStatement, ApiError> {
    let (member, value) = union(value, "FilterStatement")?;
    match member {
        "And" => Ok(FilterStatement::And(statements(member, value)?)),
        "Or" => Ok(FilterStatement::Or(statements(member, value)?)),
        "Not" => Ok(FilterStatement::Not(Box::new(statement(value)?))),
        "Filter" => Ok(FilterStatement::Filter(filter(value)?)),
        _ => Err(unknown(member, "FilterStatement")),
    }
}

fn statements(name: &str, value: &Value) -> Result<Vec<FilterStatement>, ApiError> {
    let list = value.as_array().ok_or_else(|| wrong_type(name, "a list"))?;
    list.iter().map(statement).collect()
}

fn filter(value: &Value) -> Result<CertificateFilter, ApiError> {
    let (member, value) = union(value, "Filter")?;
    match member {
        "CertificateArn" => Ok(CertificateFilter::CertificateArn(text(member, value)?)),
        "X509AttributeFilter" => attribute(value),
        "AcmCertificateMetadataFilter" => metadata(value),
        _ => Err(unknown(member, "Filter")),
    }
}

fn attribute(value: &Value) -> Result<CertificateFilter, ApiError> {
    let (member, value) = union(value, "X509AttributeFilter")?;
    let property = match member {
        "KeyAlgorithm" => TextProperty::KeyAlgorithm,
        "KeyUsage" => TextProperty::KeyUsage,
        "ExtendedKeyUsage" => TextProperty::ExtendedKeyUsage,
        "SerialNumber" => TextProperty::SerialNumber,
        "Subject" => return name(value, member, "CommonName", NameProperty::CommonName),
        "SubjectAlternativeName" => return name(value, member, "DnsName", NameProperty::SubjectAlternativeName),
        "NotBefore" => return range(member, value).map(|(start, end)| CertificateFilter::NotBefore(start, end)),
        "NotAfter" => return range(member, value).map(|(start, end)| CertificateFilter::NotAfter(start, end)),
        _ => return Err(unknown(member, "X509AttributeFilter")),
    };
    Ok(CertificateFilter::Text(property, text(member, value)?))
}

fn metadata(value: &Value) -> Result<CertificateFilter, ApiError> {
    let (member, value) = union(value, "AcmCertificateMetadataFilter")?;
    let property = match member {
        "Status" => TextProperty::Status,
        "RenewalStatus" => TextProperty::RenewalStatus,
        "Type" => TextProperty::Type,
        "ExportOption" => TextProperty::ExportOption,
        "ManagedBy" => TextProperty::ManagedBy,
        "ValidationMethod" => TextProperty::ValidationMethod,
        "CertificateKeyPairOrigin" => TextProperty::CertificateKeyPairOrigin,
        "AcmeEndpointArn" => TextProperty::AcmeEndpointArn,
        "AcmeAccountId" => TextProperty::AcmeAccountId,
        "InUse" => return truth(member, value).map(CertificateFilter::InUse),
        "Exported" => return truth(member, value).map(CertificateFilter::Exported),
        _ => return Err(unknown(member, "AcmCertificateMetadataFilter")),
    };
    Ok(CertificateFilter::Text(property, text(member, value)?))
}

fn name(value: &Value, of: &str, only: &str, property: NameProperty) -> Result<CertificateFilter, ApiError> {
    let (member, value) = union(value, of)?;
    if member != only {
        return Err(unknown(member, of));
    }
    let fields = Fields::of(member, value)?;
    let comparison = match fields.required("ComparisonOperator")?.as_str() {
        "EQUALS" => Comparison::Equals,
        "CONTAINS" => Comparison::Contains,
        other => {
            return Err(ApiError::enumeration(other, "comparisonOperator", &["CONTAINS", "EQUALS"]));
        }
    };
    Ok(CertificateFilter::Name(property, comparison, fields.required("Value")?))
}

/// Start and end in milliseconds since 1970; either may be open.
fn range(name: &str, value: &Value) -> Result<(Option<i64>, Option<i64>), ApiError> {
    let fields = Fields::of(name, value)?;
    let end_of = |end: &str| match fields.get(end) {
        None => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) => Ok(Some((seconds * 1000.0).round() as i64)),
            None => Err(wrong_type(end, "a timestamp")),
        },
    };
    Ok((end_of("Start")?, end_of("End")?))
}

fn text(name: &str, value: &Value) -> Result<String, ApiError> {
    value.as_str().map(str::to_owned).ok_or_else(|| wrong_type(name, "a string"))
}

fn truth(name: &str, value: &Value) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| wrong_type(name, "a boolean"))
}

/// The one member that a union has. Absent members may be written as null.
fn union<'a>(value: &'a Value, name: &str) -> Result<(&'a str, &'a Value), ApiError> {
    let object = value.as_object().ok_or_else(|| wrong_type(name, "an object"))?;
    let mut members = object.iter().filter(|(_, value)| !value.is_null());
    match (members.next(), members.next()) {
        (Some((member, value)), None) => Ok((member.as_str(), value)),
        (None, _) => Err(missing(name)),
        (Some(_), Some(_)) => Err(wrong_type(name, "a union with one member")),
    }
}

fn unknown(member: &str, name: &str) -> ApiError {
    ApiError::new("SerializationException", format!("{name} has no member {member}"))
}

/// A certificate as SearchCertificates shows it.
pub(super) fn result(summary: &CertificateSummary) -> Value {
    let issued = summary.issued_at.is_some();
    let names = summary.subject_alternative_names.iter().take(SHOWN_NAMES);
    let names: Vec<Value> = names.map(|name| json!({"DnsName": name})).collect();
    let attributes = pruned(json!({
        "Issuer": issued.then(|| json!({"CommonName": "Amazon", "Organization": "Amazon"})),
        "Subject": {"CommonName": summary.domain_name},
        "SubjectAlternativeNames": names,
        "KeyAlgorithm": key_algorithm(&summary.key_algorithm),
        "KeyUsages": issued.then_some(["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"]),
        "ExtendedKeyUsages": issued.then_some(["TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"]),
        "SerialNumber": summary.serial,
        "NotBefore": summary.not_before.map(seconds),
        "NotAfter": summary.not_after.map(seconds),
    }));
    let metadata = pruned(json!({
        "CreatedAt": seconds(summary.created_at),
        "IssuedAt": summary.issued_at.map(seconds),
        "RevokedAt": summary.revoked_at.map(seconds),
        "Status": summary.status.as_str(),
        "RenewalStatus": summary.renewal_status,
        "RenewalEligibility": summary.eligibility(),
        "Type": summary.certificate_type,
        "InUse": summary.in_use,
        "Exported": summary.exported,
        "ExportOption": summary.export_option(),
        "ManagedBy": summary.managed_by,
        "ValidationMethod": summary.validation_method,
        "CertificateKeyPairOrigin": summary.key_pair_origin(),
    }));
    json!({
        "CertificateArn": summary.certificate_arn,
        "X509Attributes": attributes,
        "CertificateMetadata": {"AcmCertificateMetadata": metadata},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_read_as_the_sdks_write_them() {
        let read = statement(&json!({"And": [
            {"Filter": {"AcmCertificateMetadataFilter": {"Status": "ISSUED"}}},
            {"Not": {"Filter": {"X509AttributeFilter": {"NotAfter": {"Start": 1.5}}}}},
            {"Filter": {"X509AttributeFilter": {"SubjectAlternativeName": {
                "DnsName": {"Value": "example.com", "ComparisonOperator": "CONTAINS"}}}}},
        ]}));
        let property = FilterStatement::Filter;
        let expected = FilterStatement::And(vec![
            property(CertificateFilter::Text(TextProperty::Status, "ISSUED".to_owned())),
            FilterStatement::Not(Box::new(property(CertificateFilter::NotAfter(Some(1500), None)))),
            property(CertificateFilter::Name(
                NameProperty::SubjectAlternativeName,
                Comparison::Contains,
                "example.com".to_owned(),
            )),
        ]);
        assert_eq!(read, Ok(expected));
    }

    #[test]
    fn what_is_no_statement_is_refused() {
        for wrong in [
            json!("ISSUED"),
            json!({}),
            json!({"Xor": []}),
            json!({"And": {}}),
            json!({"And": [], "Or": []}),
            json!({"Filter": {"CertificateArn": 1}}),
            json!({"Filter": {"X509AttributeFilter": {"NotAfter": {"End": "today"}}}}),
            json!({"Filter": {"AcmCertificateMetadataFilter": {"InUse": "yes"}}}),
        ] {
            assert!(statement(&wrong).is_err(), "{wrong}");
        }
    }
}
