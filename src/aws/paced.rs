//! The one decorator of AWS calls: permits, metrics and log lines live here and nowhere else.

use super::{
    AwsError, CertificateDetail, CertificateRequest, CertificateStore, CertificateSummary, HostedZone, Meaning,
    Operation, Pacer, Page, Permit, RecordChange, RecordSet, RecordStore, RenewalSummary,
    breaker::{Breaker, Place, Visit},
};
use crate::names::{CertificateArn, HostedZoneId, RecordName, Region};
use futures::future::BoxFuture;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How a call ended, for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallOutcome {
    /// Well.
    Ok,
    /// With an error of this meaning.
    Error(Meaning),
}

/// Is told of every call.
pub trait CallObserver: Send + Sync + fmt::Debug {
    /// A call ended.
    fn called(&self, operation: Operation, outcome: CallOutcome);
    /// A call waited so long for its permit.
    fn waited(&self, operation: Operation, wait: Duration);
}

#[derive(Debug)]
struct Pace {
    pacer: Arc<Pacer>,
    observer: Arc<dyn CallObserver>,
    breaker: Breaker,
}

impl Pace {
    fn new(pacer: Arc<Pacer>, observer: Arc<dyn CallObserver>) -> Self {
        Self { pacer, observer, breaker: Breaker::default() }
    }

    async fn read<T>(
        &self,
        operation: Operation,
        place: Place,
        call: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, AwsError> {
        let mut visit = self.breaker.enter(operation, &place)?;
        let asked = Instant::now();
        self.pacer.permit(operation, place.region()).await;
        self.observer.waited(operation, asked.elapsed());
        visit.sends();
        self.watch(operation, visit, call).await
    }

    /// A call that has its permit already.
    async fn change<T>(
        &self,
        operation: Operation,
        place: Place,
        call: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, AwsError> {
        let visit = self.breaker.enter(operation, &place)?;
        self.watch(operation, visit, call).await
    }

    async fn watch<T>(
        &self,
        operation: Operation,
        visit: Visit<'_>,
        call: impl Future<Output = Result<T, AwsError>>,
    ) -> Result<T, AwsError> {
        let result = call.await;
        visit.ends(&result);
        match &result {
            Ok(_) => self.observer.called(operation, CallOutcome::Ok),
            Err(error) => {
                self.observer.called(operation, CallOutcome::Error(error.meaning));
                tracing::debug!(%operation, code = error.code, request_id = error.request_id, "AWS: {}", error.message);
            }
        }
        result
    }
}

/// ACM, paced.
#[derive(Debug)]
pub struct PacedCertificates {
    inner: Arc<dyn CertificateStore>,
    pace: Pace,
}

impl PacedCertificates {
    /// Puts the pace in front of a store.
    pub fn new(inner: Arc<dyn CertificateStore>, pacer: Arc<Pacer>, observer: Arc<dyn CallObserver>) -> Self {
        Self { inner, pace: Pace::new(pacer, observer) }
    }
}

impl CertificateStore for PacedCertificates {
    fn request_certificate(
        &self,
        permit: Permit,
        request: CertificateRequest,
    ) -> BoxFuture<'_, Result<CertificateArn, AwsError>> {
        Box::pin(async move {
            let region = request.region.clone();
            let call = self.inner.request_certificate(permit, request);
            self.pace.change(Operation::RequestCertificate, Place::Acm(region), call).await
        })
    }

    fn describe_certificate(&self, arn: CertificateArn) -> BoxFuture<'_, Result<CertificateDetail, AwsError>> {
        Box::pin(async move {
            let call = self.inner.describe_certificate(arn.clone());
            self.pace.read(Operation::DescribeCertificate, Place::Acm(arn.region().clone()), call).await
        })
    }

    fn list_certificates_page(
        &self,
        region: Region,
        token: Option<String>,
    ) -> BoxFuture<'_, Result<Page<CertificateSummary>, AwsError>> {
        Box::pin(async move {
            let call = self.inner.list_certificates_page(region.clone(), token);
            self.pace.read(Operation::ListCertificates, Place::Acm(region), call).await
        })
    }

    fn search_renewals_page(
        &self,
        region: Region,
        token: Option<String>,
    ) -> BoxFuture<'_, Result<Page<(CertificateArn, RenewalSummary)>, AwsError>> {
        Box::pin(async move {
            let call = self.inner.search_renewals_page(region.clone(), token);
            self.pace.read(Operation::SearchCertificates, Place::Acm(region), call).await
        })
    }

    fn list_tags(&self, arn: CertificateArn) -> BoxFuture<'_, Result<BTreeMap<String, String>, AwsError>> {
        Box::pin(async move {
            let call = self.inner.list_tags(arn.clone());
            self.pace.read(Operation::ListTagsForCertificate, Place::Acm(arn.region().clone()), call).await
        })
    }

    fn add_tags(
        &self,
        permit: Permit,
        arn: CertificateArn,
        tags: BTreeMap<String, String>,
    ) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let region = arn.region().clone();
            let call = self.inner.add_tags(permit, arn, tags);
            self.pace.change(Operation::AddTagsToCertificate, Place::Acm(region), call).await
        })
    }

    fn remove_tags(
        &self,
        permit: Permit,
        arn: CertificateArn,
        keys: Vec<String>,
    ) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let region = arn.region().clone();
            let call = self.inner.remove_tags(permit, arn, keys);
            self.pace.change(Operation::RemoveTagsFromCertificate, Place::Acm(region), call).await
        })
    }

    fn delete_certificate(&self, permit: Permit, arn: CertificateArn) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let region = arn.region().clone();
            let call = self.inner.delete_certificate(permit, arn);
            self.pace.change(Operation::DeleteCertificate, Place::Acm(region), call).await
        })
    }
}

/// Route 53, paced.
#[derive(Debug)]
pub struct PacedRecords {
    inner: Arc<dyn RecordStore>,
    pace: Pace,
}

impl PacedRecords {
    /// Puts the pace in front of a store.
    pub fn new(inner: Arc<dyn RecordStore>, pacer: Arc<Pacer>, observer: Arc<dyn CallObserver>) -> Self {
        Self { inner, pace: Pace::new(pacer, observer) }
    }
}

impl RecordStore for PacedRecords {
    fn list_hosted_zones_page(&self, marker: Option<String>) -> BoxFuture<'_, Result<Page<HostedZone>, AwsError>> {
        Box::pin(self.pace.read(
            Operation::ListHostedZones,
            Place::HostedZones,
            self.inner.list_hosted_zones_page(marker),
        ))
    }

    fn find_record_set(
        &self,
        zone: HostedZoneId,
        name: RecordName,
    ) -> BoxFuture<'_, Result<Option<RecordSet>, AwsError>> {
        let place = Place::HostedZone(zone.clone());
        let call = self.inner.find_record_set(zone, name);
        Box::pin(self.pace.read(Operation::ListResourceRecordSets, place, call))
    }

    fn change_record_sets(
        &self,
        permit: Permit,
        zone: HostedZoneId,
        changes: Vec<RecordChange>,
    ) -> BoxFuture<'_, Result<(), AwsError>> {
        let place = Place::HostedZone(zone.clone());
        let call = self.inner.change_record_sets(permit, zone, changes);
        Box::pin(self.pace.change(Operation::ChangeResourceRecordSets, place, call))
    }
}
