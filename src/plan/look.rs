//! When a certificate has to be described: only for what the shared listing does not show.

use crate::{api::AcmCertificateStatus, aws::CertificateSummary};

/// Do the records of the pending certificate, or the details of the serving one, still have to be described?
pub fn is_worth_describing(status: &AcmCertificateStatus, row: Option<&CertificateSummary>) -> bool {
    let records_missing = status.validations.is_empty()
        || status.validations.iter().any(|v| v.record.is_none() && v.method.as_deref() != Some("EMAIL"));
    let pending = status.request.as_ref().is_some_and(|request| request.certificate_arn.is_some());
    // A pending certificate that is known to be ISSUED has yet to be put in its place.
    let unswitched = pending && status.certificate_status.as_deref() == Some("ISSUED");
    unswitched || (pending && records_missing) || row.is_some_and(|row| differs(status, row))
}

/// Does the listing show something of the certificate that the status does not say?
fn differs(status: &AcmCertificateStatus, row: &CertificateSummary) -> bool {
    let pending = status.request.as_ref().is_some_and(|request| request.certificate_arn.is_some());
    if status.certificate_status.as_deref() != Some(&row.status) {
        return true;
    }
    // NB: while a replacement is pending the other fields describe the one that serves.
    !pending
        && (status.not_after.as_ref().map(|time| time.0) != row.not_after
            || (status.in_use_by_count.unwrap_or(0) > 0) != row.in_use
            || status.renewal.as_ref().and_then(|renewal| renewal.eligibility.as_deref())
                != row.renewal_eligibility.as_deref())
}
