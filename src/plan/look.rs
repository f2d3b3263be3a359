//! When a certificate has to be described (only for what the shared listing does not show), and its records looked at.

use super::ledger::is_pending;
use crate::{
    api::{AcmCertificateStatus, ConditionType},
    aws::{CertificateSummary, OPEN_RENEWALS},
};

/// Do the records of the pending certificate, or the details of the serving one, still have to be described?
pub fn is_worth_describing(status: &AcmCertificateStatus, row: Option<&CertificateSummary>) -> bool {
    let records_missing = status.validations.is_empty()
        || status.validations.iter().any(|v| v.record.is_none() && v.method.as_deref() != Some("EMAIL"));
    let pending = is_pending(status);
    // A pending certificate that is known to be ISSUED has yet to be put in its place.
    let unswitched = pending && status.certificate_status.as_deref() == Some("ISSUED");
    // Which name a renewal waits for, only a description tells.
    let waits = !pending && renewal_status(status) == Some("PENDING_VALIDATION");
    unswitched || waits || (pending && records_missing) || row.is_some_and(|row| differs(status, row))
}

/// Have the records to be looked at whether it is their turn or not? What was wrong, or what ACM waits for, would be taken
/// for right until then.
pub fn are_records_doubtful(status: &AcmCertificateStatus) -> bool {
    let mut conditions = status.conditions.iter();
    let is_wrong = conditions.any(|c| c.type_ == ConditionType::RecordsReady.as_str() && c.status == "False");
    is_wrong || renewal_status(status) == Some("PENDING_VALIDATION")
}

/// Does the listing show something of the certificate that the status does not say?
fn differs(status: &AcmCertificateStatus, row: &CertificateSummary) -> bool {
    let pending = is_pending(status);
    if status.certificate_status.as_deref() != Some(&row.status) {
        return true;
    }
    // NB: while a replacement is pending the other fields describe the one that serves.
    !pending && serving_differs(status, row)
}

/// Does the listing show something of the certificate that serves that the status does not say?
pub fn serving_differs(status: &AcmCertificateStatus, row: &CertificateSummary) -> bool {
    status.not_after.as_ref().map(|time| time.0) != row.not_after
        || (status.in_use_by_count.unwrap_or(0) > 0) != row.in_use
        || status.renewal.as_ref().and_then(|renewal| renewal.eligibility.as_deref())
            != row.renewal_eligibility.as_deref()
        || renewal_differs(status, row)
}

/// Does the search for renewals show another state or serial number? Of what it did not look for it says nothing.
fn renewal_differs(status: &AcmCertificateStatus, row: &CertificateSummary) -> bool {
    let Some(seen) = &row.renewal else { return false };
    let known = renewal_status(status).filter(|word| OPEN_RENEWALS.contains(word));
    let other_serial = seen
        .serial
        .as_deref()
        .is_some_and(|serial| status.serial.as_deref().is_none_or(|known| !hexadecimal(known).eq(hexadecimal(serial))));
    seen.status.as_deref() != known || other_serial
}

fn renewal_status(status: &AcmCertificateStatus) -> Option<&str> {
    status.renewal.as_ref().and_then(|renewal| renewal.status.as_deref())
}

/// The digits of a serial number: no two operations of ACM promise the same case, colons and leading zeros.
fn hexadecimal(serial: &str) -> impl Iterator<Item = char> {
    serial.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).skip_while(|c| *c == '0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::Renewal, aws::RenewalSummary};

    fn status(renewal: Option<&str>) -> AcmCertificateStatus {
        let renewal = Renewal { status: renewal.map(str::to_owned), ..Renewal::default() };
        AcmCertificateStatus { serial: Some("0a:0B".into()), renewal: Some(renewal), ..AcmCertificateStatus::default() }
    }

    #[test]
    fn a_renewal_is_described_when_it_is_another_than_that_of_the_status() {
        let row = |renewal: Option<RenewalSummary>| CertificateSummary {
            arn: "arn:aws:acm:eu-west-1:123456789012:certificate/a".parse().unwrap(),
            names: vec![],
            has_more_names: false,
            status: "ISSUED".into(),
            type_: "AMAZON_ISSUED".into(),
            in_use: true,
            renewal_eligibility: Some("ELIGIBLE".into()),
            not_after: None,
            created_at: None,
            managed_by: None,
            renewal,
        };
        let seen = |word: &str, serial: &str| {
            row(Some(RenewalSummary { status: Some(word.into()), serial: Some(serial.into()) }))
        };
        let none = row(Some(RenewalSummary::default()));
        assert!(renewal_differs(&status(None), &seen("PENDING_AUTO_RENEWAL", "0A0B")));
        assert!(!renewal_differs(&status(Some("PENDING_AUTO_RENEWAL")), &seen("PENDING_AUTO_RENEWAL", "A:0B")));
        assert!(renewal_differs(&status(Some("FAILED")), &seen("FAILED", "0c:0d")), "another serial number");
        assert!(renewal_differs(&status(Some("FAILED")), &none), "it is over");
        assert!(!renewal_differs(&status(Some("SUCCESS")), &none) && !renewal_differs(&status(None), &none));
        assert!(!renewal_differs(&status(Some("FAILED")), &row(None)), "nobody has searched");
    }
}
