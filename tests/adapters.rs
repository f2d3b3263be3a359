//! The operator's own adapters of the AWS SDK against the simulator's model, in one process and in virtual time.

mod certificates;
pub(crate) mod connector;
mod fleet;
mod raw;
mod records;
mod trouble;

use acmcert::{
    aws::{
        AwsError, CertificateRequest, CertificateStore, ChangeAction, Operation, Permit, RecordChange, RecordSet,
        RecordStore, SdkCertificates, SdkRecords, Session,
    },
    names::{CertificateArn, HostedZoneId, RecordName, Region},
};
use acmcert_sim::{
    World,
    world::{
        control::Action,
        faults::FaultOrder,
        planting::{CertificatePlanting, ZonePlanting},
        settings::Settings,
    },
};
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use connector::ModelClient;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

const REGION: &str = "eu-west-1";

/// A world, its time, and the adapters in front of it.
#[derive(Debug)]
struct Sky {
    world: Arc<Mutex<World>>,
    now: Arc<Mutex<Timestamp>>,
    /// What clients of the SDK are made from.
    config: SdkConfig,
    session: Session,
    certificates: SdkCertificates,
    records: SdkRecords,
}

impl Sky {
    /// Without rates: most tests are about something else.
    async fn new() -> Self {
        Self::with_patience(Duration::from_secs(20)).await
    }

    /// The same, with clients that wait so long for an answer.
    async fn with_patience(patience: Duration) -> Self {
        let start: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let settings = Settings::default().patched(&json!({"quotas": {"rates": null, "route53": null}})).unwrap();
        let world = Arc::new(Mutex::new(World::new(7, settings, start)));
        let now = Arc::new(Mutex::new(start));
        let clock = Arc::clone(&now);
        let model = ModelClient::new(Arc::clone(&world), move || *clock.lock().unwrap());
        let credentials = Credentials::new("AKIAMODEL", "secret", None, None, "the test");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(patience).build())
            .http_client(model)
            .build();
        let session = Session::with_config(config.clone()).await.unwrap();
        let (certificates, records) = (SdkCertificates::new(session.clone()), SdkRecords::new(&session));
        Self { world, now, config, session, certificates, records }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Lets so many seconds pass.
    fn wait(&self, seconds: i64) {
        let now = {
            let mut now = self.now.lock().unwrap();
            *now += SignedDuration::from_secs(seconds);
            *now
        };
        self.world().advance(now);
    }

    fn set(&self, patch: &Value) {
        let mut world = self.world();
        let settings = world.settings().patched(patch).unwrap();
        world.set_settings(settings);
    }

    fn fault(&self, order: Value) {
        let order: FaultOrder = serde_json::from_value(order).unwrap();
        self.world().add_fault(order).unwrap();
    }

    /// Does something to a certificate.
    fn act(&self, arn: &CertificateArn, mut action: Value) {
        action["certificateArn"] = arn.as_str().into();
        let action: Action = serde_json::from_value(action).unwrap();
        self.world().act(&action).unwrap();
    }

    /// Plants a certificate in the region of the tests.
    fn plant(&self, mut planting: Value) -> CertificateArn {
        planting["region"] = REGION.into();
        let planting: CertificatePlanting = serde_json::from_value(planting).unwrap();
        self.world().plant_certificate(planting).unwrap().parse().unwrap()
    }

    /// Plants a public zone.
    fn zone(&self, name: &str) -> HostedZoneId {
        let planting = ZonePlanting { name: name.to_owned(), private: false, delegated: true, account_id: None };
        HostedZoneId::new(&self.world().plant_zone(&planting).unwrap())
    }

    /// How many certificates there are.
    fn count(&self) -> usize {
        let state = self.world().state();
        state.certificates.iter().filter(|certificate| certificate.deleted_at.is_none()).count()
    }

    async fn request(&self, request: CertificateRequest) -> Result<CertificateArn, AwsError> {
        self.certificates.request_certificate(Permit::unpaced(Operation::RequestCertificate), request).await
    }

    async fn delete(&self, arn: &CertificateArn) -> Result<(), AwsError> {
        self.certificates.delete_certificate(Permit::unpaced(Operation::DeleteCertificate), arn.clone()).await
    }

    async fn change(&self, zone: &HostedZoneId, changes: Vec<RecordChange>) -> Result<(), AwsError> {
        let permit = Permit::unpaced(Operation::ChangeResourceRecordSets);
        self.records.change_record_sets(permit, zone.clone(), changes).await
    }

    /// Makes one sound call of an operation.
    async fn drive(&self, operation: Operation, arn: &CertificateArn, zone: &HostedZoneId) -> Result<(), AwsError> {
        let store = &self.certificates;
        match operation {
            Operation::RequestCertificate => self.request(request("www.example.com")).await.map(drop),
            Operation::DescribeCertificate => store.describe_certificate(arn.clone()).await.map(drop),
            Operation::ListCertificates => store.list_certificates(region()).await.map(drop),
            Operation::SearchCertificates => store.search_renewals(region()).await.map(drop),
            Operation::DeleteCertificate => self.delete(arn).await,
            Operation::ListTagsForCertificate => store.list_tags(arn.clone()).await.map(drop),
            Operation::AddTagsToCertificate => {
                store.add_tags(Permit::unpaced(operation), arn.clone(), tags(&[("team", "b")])).await
            }
            Operation::RemoveTagsFromCertificate => {
                store.remove_tags(Permit::unpaced(operation), arn.clone(), vec!["team".to_owned()]).await
            }
            Operation::ListHostedZones => self.records.list_hosted_zones().await.map(drop),
            Operation::ListResourceRecordSets => {
                self.records.find_record_set(zone.clone(), RecordName::new("a.example.com")).await.map(drop)
            }
            Operation::ChangeResourceRecordSets => {
                self.change(zone, vec![create(cname("a.example.com", "x.example.net"))]).await
            }
            Operation::GetCallerIdentity => self.session.get_caller_account().await.map(drop),
        }
    }
}

fn region() -> Region {
    REGION.parse().unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn request(name: &str) -> CertificateRequest {
    CertificateRequest {
        region: region(),
        domain_name: name.parse().unwrap(),
        subject_alternative_names: vec![],
        key_algorithm: None,
        token: "token".to_owned(),
        tags: tags(&[("team", "a")]),
    }
}

fn cname(name: &str, value: &str) -> RecordSet {
    RecordSet {
        name: RecordName::new(name),
        type_: "CNAME".to_owned(),
        ttl_seconds: Some(300),
        values: vec![value.to_owned()],
    }
}

fn create(set: RecordSet) -> RecordChange {
    RecordChange { action: ChangeAction::Create, set }
}

fn remove(set: RecordSet) -> RecordChange {
    RecordChange { action: ChangeAction::Delete, set }
}
