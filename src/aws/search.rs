//! SearchCertificates through the AWS SDK: which renewals are under way, or have failed.

use super::{AwsError, OPEN_RENEWALS, Operation, Page, RenewalSummary, acm::parse_arn, session::translate};
use crate::names::CertificateArn;
use aws_sdk_acm::{
    Client,
    types::{
        AcmCertificateMetadataFilter, CertificateFilter, CertificateFilterStatement, CertificateMetadata,
        CertificateSearchResult, RenewalStatus,
    },
};

/// Results of a page: the most that SearchCertificates gives.
const PAGE: i32 = 500;

pub(super) async fn search_renewals(
    client: Client,
    token: Option<String>,
) -> Result<Page<(CertificateArn, RenewalSummary)>, AwsError> {
    let operation = Operation::SearchCertificates;
    let is = |word: &str| {
        let filter = AcmCertificateMetadataFilter::RenewalStatus(RenewalStatus::from(word));
        CertificateFilterStatement::Filter(CertificateFilter::AcmCertificateMetadataFilter(filter))
    };
    let any = CertificateFilterStatement::Or(OPEN_RENEWALS.into_iter().map(is).collect());
    let call = client.search_certificates().filter_statement(any).max_results(PAGE).set_next_token(token);
    let output = call.send().await.map_err(|error| translate(operation, &error))?;
    let items = output.results.unwrap_or_default().into_iter().map(found).collect::<Result<_, _>>()?;
    Ok(Page { items, next: output.next_token })
}

fn found(result: CertificateSearchResult) -> Result<(CertificateArn, RenewalSummary), AwsError> {
    let arn = parse_arn(Operation::SearchCertificates, result.certificate_arn())?;
    let status = match result.certificate_metadata {
        Some(CertificateMetadata::AcmCertificateMetadata(metadata)) => metadata.renewal_status,
        _ => None,
    };
    let status = status.map(|word| word.as_str().to_owned());
    let serial = result.x509_attributes.and_then(|attributes| attributes.serial_number);
    Ok((arn, RenewalSummary { status, serial }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_acm::types::{AcmCertificateMetadata, X509Attributes};

    #[test]
    fn a_result_tells_renewal_and_serial_in_words() {
        let arn = "arn:aws:acm:eu-west-1:123456789012:certificate/x";
        let metadata = AcmCertificateMetadata::builder().renewal_status("POSTPONED".into()).build();
        let result = CertificateSearchResult::builder()
            .certificate_arn(arn)
            .certificate_metadata(CertificateMetadata::AcmCertificateMetadata(metadata))
            .x509_attributes(X509Attributes::builder().serial_number("01:02").build())
            .build();
        let (found_arn, renewal) = found(result).unwrap();
        assert_eq!(found_arn.as_str(), arn);
        assert_eq!((renewal.status.as_deref(), renewal.serial.as_deref()), (Some("POSTPONED"), Some("01:02")));
        assert!(found(CertificateSearchResult::builder().build()).is_err());
    }

    #[test]
    fn every_status_that_is_searched_for_is_one_of_the_sdk() {
        assert!(OPEN_RENEWALS.iter().all(|word| RenewalStatus::values().contains(word)));
    }
}
