//! In which order SearchCertificates shows what it found, and where a page begins.

use super::answer::ApiError;
use super::certificate::CertificateSummary;

/// The words of SortBy; the certificates of this simulator have no ACME properties and are never imported by a call.
const SORT_BY: [&str; 21] = [
    "ACME_ACCOUNT_ID",
    "ACME_ENDPOINT_ARN",
    "CERTIFICATE_ARN",
    "CERTIFICATE_KEY_PAIR_ORIGIN",
    "COMMON_NAME",
    "CREATED_AT",
    "EXPORTED",
    "EXPORT_OPTION",
    "IMPORTED_AT",
    "IN_USE",
    "ISSUED_AT",
    "KEY_ALGORITHM",
    "MANAGED_BY",
    "NOT_AFTER",
    "NOT_BEFORE",
    "RENEWAL_ELIGIBILITY",
    "RENEWAL_STATUS",
    "REVOKED_AT",
    "STATUS",
    "TYPE",
    "VALIDATION_METHOD",
];

/// Refuses an order that the API does not have.
pub(crate) fn check(sort_by: Option<&str>) -> Result<(), ApiError> {
    match sort_by {
        Some(word) if !SORT_BY.contains(&word) => Err(ApiError::enumeration(word, "sortBy", &SORT_BY)),
        _ => Ok(()),
    }
}

/// What a certificate is sorted by, as text that compares as the property does; empty where it has none.
pub(crate) fn key(sort_by: Option<&str>, summary: &CertificateSummary) -> String {
    let time = |at: Option<jiff::Timestamp>| match at {
        // Shifted to what is never negative, so that digits compare as numbers do.
        Some(at) => format!("{:020}", i128::from(at.as_millisecond()) - i128::from(i64::MIN)),
        None => String::new(),
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match sort_by.unwrap_or_default() {
        "CERTIFICATE_ARN" => summary.certificate_arn.clone(),
        "CERTIFICATE_KEY_PAIR_ORIGIN" => summary.key_pair_origin().to_owned(),
        "COMMON_NAME" => summary.domain_name.clone(),
        "CREATED_AT" => time(Some(summary.created_at)),
        "EXPORTED" => summary.exported.to_string(),
        "EXPORT_OPTION" => summary.export_option().to_owned(),
        "IN_USE" => summary.in_use.to_string(),
        "ISSUED_AT" => time(summary.issued_at),
        "KEY_ALGORITHM" => summary.key_algorithm.clone(),
        "MANAGED_BY" => text(&summary.managed_by),
        "NOT_AFTER" => time(summary.not_after),
        "NOT_BEFORE" => time(summary.not_before),
        "RENEWAL_ELIGIBILITY" => summary.eligibility().to_owned(),
        "RENEWAL_STATUS" => text(&summary.renewal_status),
        "REVOKED_AT" => time(summary.revoked_at),
        "STATUS" => summary.status.as_str().to_owned(),
        "TYPE" => summary.certificate_type.clone(),
        "VALIDATION_METHOD" => text(&summary.validation_method),
        _ => String::new(),
    }
}

/// NB: opaque on purpose, so that no client comes to read it.
const MASK: u8 = 0xa7;

/// The place after a certificate, as a token.
pub(crate) fn write_token(key: &str, number: u64) -> String {
    let number = number.to_be_bytes();
    number.iter().chain(key.as_bytes()).map(|byte| format!("{:02x}", byte ^ MASK)).collect()
}

/// The place that a token names; `None` for a token that nobody gave out.
pub(crate) fn read_token(token: &str) -> Option<(String, u64)> {
    let mut bytes = Vec::with_capacity(token.len() / 2);
    for digits in token.as_bytes().chunks(2) {
        let [high, low] = digits else { return None };
        let high = char::from(*high).to_digit(16)?;
        let low = char::from(*low).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()? ^ MASK);
    }
    let (number, key) = bytes.split_first_chunk::<8>()?;
    Some((String::from_utf8(key.to_vec()).ok()?, u64::from_be_bytes(*number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nonsense_does_not() {
        assert_eq!(read_token(&write_token("ISSUED", 77)), Some(("ISSUED".to_owned(), 77)));
        assert_eq!(read_token(&write_token("", 0)), Some((String::new(), 0)));
        for token in ["", "next", "abc", "zzzzzzzzzzzzzzzz", "é"] {
            assert_eq!(read_token(token), None, "{token}");
        }
    }
}
