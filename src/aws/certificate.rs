//! What the operator asks of ACM.

use super::{AwsError, Page, Permit};
use crate::names::{CertificateArn, DomainName, RecordName, Region};
use futures::future::BoxFuture;
use jiff::Timestamp;
use std::{collections::BTreeMap, fmt};

/// ACM, as far as the operator uses it. A call that changes something takes the [`Permit`] that was waited for
/// before the last check, so that no check grows old while the call waits for its turn.
pub trait CertificateStore: Send + Sync + fmt::Debug {
    /// RequestCertificate: answers the ARN; the same token within the hour answers the same ARN.
    fn request_certificate(
        &self,
        permit: Permit,
        request: CertificateRequest,
    ) -> BoxFuture<'_, Result<CertificateArn, AwsError>>;
    /// DescribeCertificate.
    fn describe_certificate(&self, arn: CertificateArn) -> BoxFuture<'_, Result<CertificateDetail, AwsError>>;
    /// ListCertificates, one page of every key type and status, and the token of the next page.
    fn list_certificates_page(
        &self,
        region: Region,
        token: Option<String>,
    ) -> BoxFuture<'_, Result<Page<CertificateSummary>, AwsError>>;
    /// ListCertificates, all pages. A page that fails fails the whole: half a list would say "not there" of the rest.
    fn list_certificates(&self, region: Region) -> BoxFuture<'_, Result<Vec<CertificateSummary>, AwsError>> {
        Box::pin(async move {
            let mut all = vec![];
            let mut next = None;
            loop {
                let page = self.list_certificates_page(region.clone(), next).await?;
                all.extend(page.items);
                match page.next {
                    Some(token) => next = Some(token),
                    None => return Ok(all),
                }
            }
        })
    }
    /// SearchCertificates, one page of the certificates whose renewal is one of [`OPEN_RENEWALS`], and the token of the
    /// next page.
    fn search_renewals_page(
        &self,
        region: Region,
        token: Option<String>,
    ) -> BoxFuture<'_, Result<Page<(CertificateArn, RenewalSummary)>, AwsError>>;
    /// SearchCertificates, all pages. Who is not among them has no such renewal, so half a list is none.
    fn search_renewals(
        &self,
        region: Region,
    ) -> BoxFuture<'_, Result<BTreeMap<CertificateArn, RenewalSummary>, AwsError>> {
        Box::pin(async move {
            let mut all = BTreeMap::new();
            let mut next = None;
            loop {
                let page = self.search_renewals_page(region.clone(), next).await?;
                all.extend(page.items);
                match page.next {
                    Some(token) => next = Some(token),
                    None => return Ok(all),
                }
            }
        })
    }
    /// ListTagsForCertificate.
    fn list_tags(&self, arn: CertificateArn) -> BoxFuture<'_, Result<BTreeMap<String, String>, AwsError>>;
    /// AddTagsToCertificate.
    fn add_tags(
        &self,
        permit: Permit,
        arn: CertificateArn,
        tags: BTreeMap<String, String>,
    ) -> BoxFuture<'_, Result<(), AwsError>>;
    /// RemoveTagsFromCertificate, by key.
    fn remove_tags(
        &self,
        permit: Permit,
        arn: CertificateArn,
        keys: Vec<String>,
    ) -> BoxFuture<'_, Result<(), AwsError>>;
    /// DeleteCertificate.
    fn delete_certificate(&self, permit: Permit, arn: CertificateArn) -> BoxFuture<'_, Result<(), AwsError>>;
}

/// A request for a public, DNS-validated certificate, complete: repeated, it is byte-identical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Where.
    pub region: Region,
    /// The common name.
    pub domain_name: DomainName,
    /// The other names, sorted.
    pub subject_alternative_names: Vec<DomainName>,
    /// Key algorithm in ACM's words; absent: ACM's default.
    pub key_algorithm: Option<String>,
    /// Idempotency token.
    pub token: String,
    /// All tags, the user's and ours.
    pub tags: BTreeMap<String, String>,
}

/// Statuses of renewals that are searched for: under way, or failed. NB: not `SUCCESS`, which every certificate has that
/// was ever renewed: the pages would grow with the fleet, and the new end of validity shows in ListCertificates.
pub const OPEN_RENEWALS: [&str; 3] = ["PENDING_AUTO_RENEWAL", "PENDING_VALIDATION", "FAILED"];

/// A row of ListCertificates. Every enum of ACM is text here: an unknown value is data to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Its ARN.
    pub arn: CertificateArn,
    /// The common name and the first hundred other names.
    pub names: Vec<String>,
    /// Are there more names than `names`?
    pub has_more_names: bool,
    /// Status.
    pub status: String,
    /// Type.
    pub type_: String,
    /// Used by an AWS resource?
    pub in_use: bool,
    /// Renewal eligibility.
    pub renewal_eligibility: Option<String>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// When requested.
    pub created_at: Option<Timestamp>,
    /// Set for certificates that another AWS service manages.
    pub managed_by: Option<String>,
    /// What SearchCertificates tells of its renewal, for ListCertificates does not. None: it is not known.
    pub renewal: Option<RenewalSummary>,
}

/// What SearchCertificates tells of a renewal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenewalSummary {
    /// Its status; none if it is not one of [`OPEN_RENEWALS`].
    pub status: Option<String>,
    /// Serial number of the certificate.
    pub serial: Option<String>,
}

/// What DescribeCertificate tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateDetail {
    /// Its ARN.
    pub arn: CertificateArn,
    /// All names, the common name first.
    pub names: Vec<String>,
    /// Status.
    pub status: String,
    /// Type.
    pub type_: String,
    /// Key algorithm, in the spelling of requests.
    pub key_algorithm: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Start of validity.
    pub not_before: Option<Timestamp>,
    /// End of validity.
    pub not_after: Option<Timestamp>,
    /// When issued.
    pub issued_at: Option<Timestamp>,
    /// Users.
    pub in_use_by: Vec<String>,
    /// Renewal eligibility.
    pub renewal_eligibility: Option<String>,
    /// Managed renewal, once it has started.
    pub renewal: Option<RenewalDetail>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Set for certificates that another AWS service manages.
    pub managed_by: Option<String>,
    /// Validation by name.
    pub domains: Vec<DomainDetail>,
}

/// Managed renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalDetail {
    /// Status.
    pub status: String,
    /// Reason of a failure.
    pub reason: Option<String>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// How far the renewal is with each name.
    pub domains: Vec<DomainDetail>,
}

/// Validation of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainDetail {
    /// The name.
    pub domain_name: String,
    /// Method.
    pub method: Option<String>,
    /// Status.
    pub status: Option<String>,
    /// The record that proves control; absent until ACM shows it.
    pub record: Option<RecordDetail>,
    /// Addresses written to.
    pub emails: Vec<String>,
}

/// A validation record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDetail {
    /// Name.
    pub name: RecordName,
    /// Type.
    pub type_: String,
    /// Value, without trailing dot.
    pub value: String,
}
