//! A world at a moment, and one caller in it.

use acmcert_sim::World;
use acmcert_sim::world::answer::{Answer, ApiError};
use acmcert_sim::world::call::{Call, Caller, ListCertificates, RecordChange, RequestCertificate};
use acmcert_sim::world::certificate::{Certificate, CertificateDetail, CertificateSummary};
use acmcert_sim::world::control::{Action, ControlError};
use acmcert_sim::world::planting::{CertificatePlanting, ZonePlanting};
use acmcert_sim::world::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub(crate) struct Sky {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) caller: Caller,
}

/// The default settings, with rates off: most tests are about something else.
pub(crate) fn sky() -> Sky {
    let settings = Settings::default().patched(&serde_json::json!({"quotas": {"rates": null, "route53": null}}));
    sky_with(settings.unwrap())
}

pub(crate) fn sky_with(settings: Settings) -> Sky {
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let caller =
        Caller { account: "123456789012".to_owned(), region: "us-east-1".to_owned(), access_key: "AKIASIM".to_owned() };
    Sky { world: World::new(7, settings, now), now, caller }
}

pub(crate) fn request(name: &str, alternatives: &[&str], token: Option<&str>) -> RequestCertificate {
    let alternatives: Vec<String> = alternatives.iter().map(|name| (*name).to_owned()).collect();
    RequestCertificate {
        domain_name: name.to_owned(),
        subject_alternative_names: (!alternatives.is_empty()).then_some(alternatives),
        validation_method: Some("DNS".to_owned()),
        idempotency_token: token.map(str::to_owned),
        ..RequestCertificate::default()
    }
}

pub(crate) fn change(action: &str, name: &str, value: &str) -> RecordChange {
    RecordChange {
        action: action.to_owned(),
        name: name.to_owned(),
        record_type: "CNAME".to_owned(),
        ttl: Some(300),
        values: vec![value.to_owned()],
        alias: None,
    }
}

impl Sky {
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.world.advance(self.now);
    }

    /// Lets time pass up to `seconds` before a moment.
    pub(crate) fn wait_until_before(&mut self, at: Timestamp, seconds: i64) {
        self.now = at - SignedDuration::from_secs(seconds);
        self.world.advance(self.now);
    }

    pub(crate) fn set(&mut self, patch: &Value) {
        let settings = self.world.settings().patched(patch).unwrap();
        self.world.set_settings(settings);
    }

    /// Does a control action, given by its fields without the ARN.
    pub(crate) fn act(&mut self, arn: &str, mut action: Value) -> Result<(), ControlError> {
        action["certificateArn"] = arn.into();
        let action: Action = serde_json::from_value(action).unwrap();
        self.world.act(&action)
    }

    pub(crate) fn plant(&mut self, planting: Value) -> String {
        let planting: CertificatePlanting = serde_json::from_value(planting).unwrap();
        self.world.plant_certificate(planting).unwrap()
    }

    pub(crate) fn certificate(&self, arn: &str) -> &Certificate {
        self.world.certificate(arn).unwrap()
    }

    /// The renewal status, or nothing.
    pub(crate) fn renewal(&self, arn: &str) -> Option<&str> {
        self.certificate(arn).renewal.as_ref().map(|renewal| renewal.status.as_str())
    }

    /// What `world` did to a certificate, in order.
    pub(crate) fn done_by_world(&self, arn: &str) -> Vec<&str> {
        let entries = self.world.journal(0).iter();
        let mine = entries.filter(|entry| entry.target == arn && entry.by == "world");
        mine.map(|entry| entry.operation.as_str()).collect()
    }

    pub(crate) fn call(&mut self, call: &Call) -> Result<Answer, ApiError> {
        self.world.call(&self.caller, call, self.now)
    }

    pub(crate) fn try_request(&mut self, request: RequestCertificate) -> Result<String, ApiError> {
        match self.call(&Call::RequestCertificate(request))? {
            Answer::Requested { certificate_arn } => Ok(certificate_arn),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn request(&mut self, name: &str, alternatives: &[&str]) -> String {
        self.try_request(request(name, alternatives, None)).unwrap()
    }

    pub(crate) fn describe(&mut self, arn: &str) -> Result<CertificateDetail, ApiError> {
        match self.call(&Call::DescribeCertificate { certificate_arn: arn.to_owned() })? {
            Answer::Certificate(detail) => Ok(*detail),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn status(&self, arn: &str) -> &'static str {
        self.world.certificate(arn).unwrap().status.as_str()
    }

    /// Name and value of the record of a certificate's first name.
    pub(crate) fn record(&self, arn: &str) -> (String, String) {
        let validation = self.world.certificate(arn).unwrap().validations[0].clone();
        (validation.record_name.unwrap(), validation.record_value.unwrap())
    }

    pub(crate) fn list(&mut self, list: ListCertificates) -> (Vec<CertificateSummary>, Option<String>) {
        match self.call(&Call::ListCertificates(list)).unwrap() {
            Answer::Certificates { summaries, next_token } => (summaries, next_token),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn zone(&mut self, name: &str) -> String {
        self.planted_zone(name, false, true)
    }

    pub(crate) fn planted_zone(&mut self, name: &str, private: bool, delegated: bool) -> String {
        let planting = ZonePlanting { name: name.to_owned(), private, delegated, account_id: None };
        self.world.plant_zone(&planting).unwrap()
    }

    pub(crate) fn change(&mut self, zone: &str, changes: Vec<RecordChange>) -> Result<Answer, ApiError> {
        self.call(&Call::ChangeResourceRecordSets { zone_id: zone.to_owned(), comment: None, changes })
    }

    /// Publishes the record of a certificate's first name.
    pub(crate) fn publish(&mut self, zone: &str, arn: &str) {
        let (name, value) = self.record(arn);
        self.change(zone, vec![change("CREATE", &name, &value)]).unwrap();
    }
}
