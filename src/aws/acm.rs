//! ACM through the AWS SDK: translates, decides nothing.

use super::{
    AwsError, CertificateDetail, CertificateRequest, CertificateStore, CertificateSummary, DomainDetail, Operation,
    Page, Permit, RecordDetail, RenewalDetail, RenewalSummary, search,
    session::{Session, translate},
};
use crate::mistake::Mistake;
use crate::names::{CertificateArn, RecordName, Region};
use aws_sdk_acm::{
    Client,
    primitives::DateTime,
    types::{self, KeyAlgorithm, ValidationMethod},
};
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

/// Rows of a page: the most that ListCertificates gives.
const PAGE: i32 = 1000;

/// Every key type. Without this filter ListCertificates shows RSA_1024 and RSA_2048 certificates only.
const EVERY_KEY_TYPE: &[KeyAlgorithm] = &[
    KeyAlgorithm::Rsa1024,
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcPrime256v1,
    KeyAlgorithm::EcSecp384r1,
    KeyAlgorithm::EcSecp521r1,
];

/// ACM behind the SDK, with one client per region.
#[derive(Debug)]
pub struct SdkCertificates {
    session: Session,
    clients: Mutex<HashMap<Region, Client>>,
}

impl SdkCertificates {
    /// ACM in every region, with the session's credentials.
    pub fn new(session: Session) -> Self {
        Self { session, clients: Mutex::default() }
    }

    fn client(&self, region: &Region) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let config = aws_sdk_acm::config::Builder::from(self.session.config())
                .region(aws_sdk_acm::config::Region::new(region.as_str().to_owned()));
            Client::from_conf(config.build())
        };
        clients.entry(region.clone()).or_insert_with(make).clone()
    }
}

impl CertificateStore for SdkCertificates {
    fn request_certificate(
        &self,
        _permit: Permit,
        request: CertificateRequest,
    ) -> BoxFuture<'_, Result<CertificateArn, AwsError>> {
        Box::pin(async move {
            let operation = Operation::RequestCertificate;
            let names = request.subject_alternative_names.iter().map(ToString::to_string).collect::<Vec<_>>();
            let output = self
                .client(&request.region)
                .request_certificate()
                .domain_name(request.domain_name.as_str())
                .set_subject_alternative_names((!names.is_empty()).then_some(names))
                .validation_method(ValidationMethod::Dns)
                .set_key_algorithm(request.key_algorithm.as_deref().map(KeyAlgorithm::from))
                .set_idempotency_token((!Mistake::NoToken.is_made()).then(|| request.token.clone()))
                .set_tags(Some(sdk_tags(operation, &request.tags)?))
                .send()
                .await
                .map_err(|error| translate(operation, &error))?;
            parse_arn(operation, output.certificate_arn())
        })
    }

    fn describe_certificate(&self, arn: CertificateArn) -> BoxFuture<'_, Result<CertificateDetail, AwsError>> {
        Box::pin(async move {
            let operation = Operation::DescribeCertificate;
            let call = self.client(arn.region()).describe_certificate().certificate_arn(arn.as_str());
            let output = call.send().await.map_err(|error| translate(operation, &error))?;
            let detail = output.certificate.ok_or_else(|| malformed(operation, "no certificate in the answer"))?;
            Ok(certificate_detail(arn, detail))
        })
    }

    fn list_certificates_page(
        &self,
        region: Region,
        token: Option<String>,
    ) -> BoxFuture<'_, Result<Page<CertificateSummary>, AwsError>> {
        Box::pin(async move {
            let operation = Operation::ListCertificates;
            let every_key = types::Filters::builder().set_key_types(Some(EVERY_KEY_TYPE.to_vec())).build();
            let call = self.client(&region).list_certificates().includes(every_key).max_items(PAGE);
            let output = call.set_next_token(token).send().await.map_err(|error| translate(operation, &error))?;
            let rows = output.certificate_summary_list.unwrap_or_default();
            let items = rows.into_iter().map(certificate_summary).collect::<Result<_, _>>()?;
            Ok(Page { items, next: output.next_token })
        })
    }

    fn search_renewals_page(
        &self,
        region: Region,
        token: Option<String>,
    ) -> BoxFuture<'_, Result<Page<(CertificateArn, RenewalSummary)>, AwsError>> {
        Box::pin(async move { search::search_renewals(self.client(&region), token).await })
    }

    fn list_tags(&self, arn: CertificateArn) -> BoxFuture<'_, Result<BTreeMap<String, String>, AwsError>> {
        Box::pin(async move {
            let operation = Operation::ListTagsForCertificate;
            let call = self.client(arn.region()).list_tags_for_certificate().certificate_arn(arn.as_str());
            let output = call.send().await.map_err(|error| translate(operation, &error))?;
            let tags = output.tags.unwrap_or_default();
            Ok(tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect())
        })
    }

    fn add_tags(
        &self,
        _permit: Permit,
        arn: CertificateArn,
        tags: BTreeMap<String, String>,
    ) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let operation = Operation::AddTagsToCertificate;
            let tags = sdk_tags(operation, &tags)?;
            let call = self.client(arn.region()).add_tags_to_certificate().certificate_arn(arn.as_str());
            call.set_tags(Some(tags)).send().await.map_err(|error| translate(operation, &error))?;
            Ok(())
        })
    }

    fn remove_tags(
        &self,
        _permit: Permit,
        arn: CertificateArn,
        keys: Vec<String>,
    ) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let operation = Operation::RemoveTagsFromCertificate;
            let tags = keys.into_iter().map(|key| types::Tag::builder().key(key).build()).collect::<Result<_, _>>();
            let tags = tags.map_err(|error| malformed(operation, &error.to_string()))?;
            let call = self.client(arn.region()).remove_tags_from_certificate().certificate_arn(arn.as_str());
            call.set_tags(Some(tags)).send().await.map_err(|error| translate(operation, &error))?;
            Ok(())
        })
    }

    fn delete_certificate(&self, _permit: Permit, arn: CertificateArn) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let operation = Operation::DeleteCertificate;
            let call = self.client(arn.region()).delete_certificate().certificate_arn(arn.as_str());
            call.send().await.map_err(|error| translate(operation, &error))?;
            Ok(())
        })
    }
}

fn sdk_tags(operation: Operation, tags: &BTreeMap<String, String>) -> Result<Vec<types::Tag>, AwsError> {
    let tag = |(key, value): (&String, &String)| types::Tag::builder().key(key).value(value).build();
    tags.iter().map(tag).collect::<Result<_, _>>().map_err(|error| malformed(operation, &error.to_string()))
}

fn malformed(operation: Operation, message: &str) -> AwsError {
    AwsError::unreadable(operation, message)
}

pub(super) fn parse_arn(operation: Operation, arn: Option<&str>) -> Result<CertificateArn, AwsError> {
    let arn = arn.ok_or_else(|| malformed(operation, "no certificate ARN in the answer"))?;
    arn.parse().map_err(|error| malformed(operation, &format!("{error}")))
}

fn timestamp(time: Option<DateTime>) -> Option<Timestamp> {
    // Whole seconds, which is what the API server keeps: what is compared with a status must be what was stored in it.
    time.and_then(|time| Timestamp::from_second(time.secs()).ok())
}

/// Answers spell `RSA-2048` and, in one of AWS's samples, `EC_Prime256v1`; requests spell `RSA_2048`, `EC_prime256v1`.
fn normalise_key_algorithm(word: &str) -> String {
    let spelled = word.replace('-', "_");
    let same = |known: &&KeyAlgorithm| known.as_str().eq_ignore_ascii_case(&spelled);
    EVERY_KEY_TYPE.iter().find(same).map_or(spelled.clone(), |known| known.as_str().to_owned())
}

fn certificate_summary(row: types::CertificateSummary) -> Result<CertificateSummary, AwsError> {
    let arn = parse_arn(Operation::ListCertificates, row.certificate_arn())?;
    let mut names: Vec<String> = row.domain_name.into_iter().collect();
    names.extend(row.subject_alternative_name_summaries.unwrap_or_default());
    Ok(CertificateSummary {
        arn,
        names,
        has_more_names: row.has_additional_subject_alternative_names.unwrap_or(false),
        status: row.status.map(|word| word.as_str().to_owned()).unwrap_or_default(),
        type_: row.r#type.map(|word| word.as_str().to_owned()).unwrap_or_default(),
        in_use: row.in_use.unwrap_or(false),
        renewal_eligibility: row.renewal_eligibility.map(|word| word.as_str().to_owned()),
        not_after: timestamp(row.not_after),
        created_at: timestamp(row.created_at),
        managed_by: row.managed_by.map(|word| word.as_str().to_owned()),
        renewal: None,
    })
}

fn certificate_detail(arn: CertificateArn, detail: types::CertificateDetail) -> CertificateDetail {
    let mut names: Vec<String> = detail.domain_name.into_iter().collect();
    for name in detail.subject_alternative_names.unwrap_or_default() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let renewal = detail.renewal_summary.map(|renewal| RenewalDetail {
        status: renewal.renewal_status.as_str().to_owned(),
        reason: renewal.renewal_status_reason.map(|word| word.as_str().to_owned()),
        updated_at: timestamp(Some(renewal.updated_at)),
        domains: renewal.domain_validation_options.into_iter().map(domain_detail).collect(),
    });
    CertificateDetail {
        arn,
        names,
        status: detail.status.map(|word| word.as_str().to_owned()).unwrap_or_default(),
        type_: detail.r#type.map(|word| word.as_str().to_owned()).unwrap_or_default(),
        key_algorithm: detail.key_algorithm.map(|word| normalise_key_algorithm(word.as_str())),
        serial: detail.serial,
        issuer: detail.issuer,
        not_before: timestamp(detail.not_before),
        not_after: timestamp(detail.not_after),
        issued_at: timestamp(detail.issued_at),
        in_use_by: detail.in_use_by.unwrap_or_default(),
        renewal_eligibility: detail.renewal_eligibility.map(|word| word.as_str().to_owned()),
        renewal,
        failure_reason: detail.failure_reason.map(|word| word.as_str().to_owned()),
        managed_by: detail.managed_by.map(|word| word.as_str().to_owned()),
        domains: detail.domain_validation_options.unwrap_or_default().into_iter().map(domain_detail).collect(),
    }
}

fn domain_detail(domain: types::DomainValidation) -> DomainDetail {
    let plain = |text: &str| text.strip_suffix('.').unwrap_or(text).to_owned();
    DomainDetail {
        domain_name: domain.domain_name,
        method: domain.validation_method.map(|word| word.as_str().to_owned()),
        status: domain.validation_status.map(|word| word.as_str().to_owned()),
        record: domain.resource_record.map(|record| RecordDetail {
            name: RecordName::new(&record.name),
            type_: record.r#type.as_str().to_owned(),
            value: plain(&record.value),
        }),
        emails: domain.validation_emails.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_key_algorithm_becomes_that_of_requests() {
        for (answer, request) in [
            ("RSA-2048", "RSA_2048"),
            ("RSA_2048", "RSA_2048"),
            ("EC_Prime256v1", "EC_prime256v1"),
            ("EC-secp384r1", "EC_secp384r1"),
            ("ML_DSA_65", "ML_DSA_65"),
        ] {
            assert_eq!(normalise_key_algorithm(answer), request);
        }
    }

    #[test]
    fn every_key_type_of_the_sdk_is_listed() {
        let mut listed: Vec<_> = EVERY_KEY_TYPE.iter().map(|key| key.as_str()).collect();
        let mut known = KeyAlgorithm::values().to_vec();
        listed.sort_unstable();
        known.sort_unstable();
        assert_eq!(listed, known);
    }

    #[test]
    fn an_unknown_status_is_data() {
        let arn = "arn:aws:acm:eu-west-1:123456789012:certificate/x";
        let row = types::CertificateSummary::builder().certificate_arn(arn).status("HIBERNATING".into()).build();
        assert_eq!(certificate_summary(row).unwrap().status, "HIBERNATING");
    }
}
