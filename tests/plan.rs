//! The pure core, walked through a life: what is planned, and what is said of it.

mod adoption;
mod course;
mod deadline;
mod deletion;
mod expiry;
mod failure;
mod gitops;
mod life;
mod notes;
mod reached;
mod records;
mod rejection;
mod renewal;
mod states;
mod suspension;

use acmcert::{
    api::{AcmCertificateSpec, AcmCertificateStatus, ClaimState, DeletionPolicy, RecordClaim},
    aws::{AwsError, CertificateDetail, DomainDetail, HostedZone, Meaning, Operation, RecordDetail, RecordSet},
    names::{CertificateArn, HostedZoneId, RecordName},
    plan::{
        Defaults, Desired, Earlier, Effect, Envelope, Limits, Look, Need, Notice, Observed, Owner, Patience, Plan,
        Rejection, Retiring, Sight, Step, identity, plan, report, tell,
    },
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

const ARN: &str = "arn:aws:acm:eu-west-1:123456789012:certificate/1";

fn arn() -> CertificateArn {
    ARN.parse().unwrap()
}

fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn owner() -> Owner {
    let own = |text: &str| text.to_owned();
    Owner {
        cluster: own("blue"),
        cluster_alias: None,
        cluster_is_named: false,
        namespace: own("shop"),
        name: own("www"),
        uid: own("uid-1"),
    }
}

fn spec(names: &[&str]) -> AcmCertificateSpec {
    serde_json::from_value(serde_json::json!({ "domainName": names[0], "subjectAlternativeNames": names[1..] }))
        .unwrap()
}

/// A young object.
fn envelope() -> Envelope {
    Envelope {
        owner: owner(),
        generation: 1,
        deleting: false,
        has_finalizer: true,
        pinned_region: None,
        retry: None,
        adopt_from: None,
        created_at: Some(now()),
    }
}

fn defaults() -> Defaults {
    Defaults {
        region: "eu-west-1".parse().unwrap(),
        deletion_policy: DeletionPolicy::Delete,
        retry_backoff: (SignedDuration::from_hours(1), SignedDuration::from_hours(32)),
        limits: Limits::default(),
    }
}

/// A young object's spec, parsed.
fn parse(spec: &AcmCertificateSpec) -> Result<Desired, Rejection> {
    Desired::parse(envelope(), spec, &defaults())
}

/// An object with a finalizer, and what is stored in its status.
struct Object {
    desired: Desired,
    status: AcmCertificateStatus,
    now: Timestamp,
    /// All that was told of it.
    told: Vec<Notice>,
}

impl Object {
    fn of(names: &[&str]) -> Self {
        Self::with(&spec(names))
    }

    fn with(spec: &AcmCertificateSpec) -> Self {
        Self::wishing(parse(spec).unwrap())
    }

    fn wishing(desired: Desired) -> Self {
        Self { desired, status: AcmCertificateStatus::default(), now: now(), told: vec![] }
    }

    /// Plans on top of the stored status; `see` adds what else is seen.
    fn plan(&self, see: impl FnOnce(&mut Observed)) -> Plan {
        let mut observed = Observed { status: self.status.clone(), ..Observed::default() };
        see(&mut observed);
        plan(&self.desired, &observed, self.now)
    }

    /// Stores what a plan says, and answers `Status/Reason` of Ready.
    fn store(&mut self, plan: &Plan) -> String {
        let before = self.status.clone();
        self.status = report(&self.desired, &before, &plan.ledger, &plan.verdict, self.now);
        self.told.extend(plan.notices.iter().cloned());
        self.told.extend(tell(&before, &self.status, &self.desired.limits));
        self.condition("Ready")
    }

    /// A pass after so long, and what it tells.
    fn pass(&mut self, after: SignedDuration, see: impl FnOnce(&mut Observed)) -> Vec<Notice> {
        self.now += after;
        let told = self.told.len();
        let plan = self.plan(see);
        self.store(&plan);
        self.told.split_at(told).1.to_vec()
    }

    fn condition(&self, kind: &str) -> String {
        let found = self.status.conditions.iter().find(|condition| condition.type_ == kind);
        found.map(|c| format!("{}/{}", c.status, c.reason)).unwrap_or_default()
    }

    fn message(&self, kind: &str) -> &str {
        let found = self.status.conditions.iter().find(|condition| condition.type_ == kind);
        found.map(|c| c.message.as_str()).unwrap_or_default()
    }

    /// An object whose certificate is requested.
    fn requested(names: &[&str]) -> Self {
        let mut object = Self::of(names);
        let intent = object.plan(|_| {});
        object.store(&intent);
        let request = object.plan(|_| {}).with_requested(&arn());
        object.store(&request);
        object
    }

    /// An object whose certificate serves, with the record created by us.
    fn issued() -> Self {
        let mut object = Self::requested(&["shop.example.com"]);
        for _ in 0..2 {
            let plan = object.plan(|seen| {
                seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
                look_at_records(seen, None);
            });
            object.store(&plan);
        }
        let plan = object.plan(|seen| {
            seen.certificate = detail("ISSUED", &["shop.example.com"]);
            look_at_records(seen, Some(&value("shop.example.com")));
        });
        assert_eq!(object.store(&plan), "True/Issued");
        object
    }

    fn deleted(mut self) -> Self {
        self.desired.deleting = true;
        let plan = self.plan(|_| {});
        assert_eq!(plan.step, Step::Write, "D4 is stored before anything is deleted");
        assert_eq!(self.store(&plan), "False/Deleting");
        self
    }
}

fn base(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

fn value(name: &str) -> String {
    format!("_v.{}.acm-validations.aws", base(name))
}

fn detail(status: &str, names: &[&str]) -> Look<Sight> {
    Look::Seen(Sight::Detail(Box::new(described(status, names))))
}

fn described(status: &str, names: &[&str]) -> CertificateDetail {
    let domain = |name: &&str| DomainDetail {
        domain_name: (*name).to_owned(),
        method: Some("DNS".into()),
        status: Some(status.replace("ISSUED", "SUCCESS")),
        record: Some(RecordDetail {
            name: RecordName::new(&format!("_r.{}", base(name))),
            type_: "CNAME".into(),
            value: value(name),
        }),
        emails: vec![],
    };
    let issued = status == "ISSUED";
    CertificateDetail {
        arn: arn(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        status: status.into(),
        type_: "AMAZON_ISSUED".into(),
        key_algorithm: Some("RSA_2048".into()),
        serial: issued.then(|| "01:02".into()),
        issuer: issued.then(|| "Amazon".into()),
        not_before: issued.then(now),
        not_after: issued.then(|| now() + SignedDuration::from_hours(198 * 24)),
        issued_at: issued.then(now),
        in_use_by: vec![],
        renewal_eligibility: Some("INELIGIBLE".into()),
        renewal: None,
        failure_reason: None,
        managed_by: None,
        domains: names.iter().map(domain).collect(),
    }
}

fn zones(seen: &mut Observed) {
    let zone = HostedZone { id: HostedZoneId::new("Z1"), name: RecordName::new("example.com"), private: false };
    seen.zones = Look::Seen(vec![zone]);
}

/// The record of shop.example.com, with that value or absent.
fn look_at_records(seen: &mut Observed, value: Option<&str>) {
    zones(seen);
    let name = RecordName::new("_r.shop.example.com");
    let set = value.map(|value| RecordSet {
        name: name.clone(),
        type_: "CNAME".into(),
        ttl_seconds: Some(300),
        values: vec![format!("{value}.")],
    });
    seen.record_sets.insert((HostedZoneId::new("Z1"), name), Look::Seen(set));
}

/// Type and reason of each Event.
fn events(notices: &[Notice]) -> Vec<String> {
    let type_ = |notice: &Notice| if notice.warning { "Warning" } else { "Normal" };
    notices.iter().map(|notice| format!("{} {}", type_(notice), notice.reason)).collect()
}

/// AWS does not answer.
fn outage() -> AwsError {
    AwsError {
        operation: Operation::DescribeCertificate,
        meaning: Meaning::Unavailable,
        code: None,
        message: "no answer".into(),
        request_id: None,
    }
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn effect(plan: &Plan) -> &Effect {
    match &plan.step {
        Step::Do(effect) => effect,
        other => panic!("no effect but {other:?}"),
    }
}

fn ours() -> Retiring {
    let tags = identity::ownership_tags(&owner(), &Object::issued().status.request.unwrap());
    let detail = Box::new(described("ISSUED", &["shop.example.com"]));
    Retiring { detail: Look::Seen(Some(detail)), tags: Look::Seen(tags) }
}
