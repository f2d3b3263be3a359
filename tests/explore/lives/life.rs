//! A life: one object, the operator, and what happens to them, under the eyes of the oracle.

use super::{
    chronicle::{self, Chronicle},
    oracle::Oracle,
    unseen::Unseen,
};
use crate::{
    explore::{
        ground::{ACCOUNT, Ground, REGION},
        operator::{Setup, keep_running},
        steps::Phase,
        story::{NAMESPACE, is_ready},
        table::keep,
    },
    support::root,
};
use acmcert::api::AcmCertificate;
use acmcert_sim::world::{
    call::{Call, Caller, RecordChange},
    control::Action,
    faults::FaultOrder,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{task::JoinHandle, time::Instant};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);
pub(super) const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x/1";

/// The oracle looks so often while something goes on, and while nothing does: it dates what ACM does by itself so late.
const BUSY: Duration = SECOND;
pub(super) const IDLE: Duration = Duration::from_secs(600);
/// What is waited for comes within that.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// The operator looks every six hours, so that years take seconds; the bounds on how late it may be follow. As with its
/// defaults, an observation is too old when two have failed. What fails is tried again every ten minutes, not every one, so
/// that weeks of failures take seconds too.
pub(super) fn slow() -> Setup {
    Setup {
        settled: 6 * HOUR,
        record_period: 6 * HOUR,
        unused_grace: HOUR,
        stale_after: SignedDuration::from_hours(13),
        leisure: 10,
        ..Setup::default()
    }
}

/// Clones are the same life.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) ground: Ground,
    setup: Setup,
    oracle: Arc<Mutex<Oracle>>,
    began: Instant,
}

/// What was told of a life, and what was wrong with it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) chronicle: Chronicle,
    pub(super) violations: Vec<String>,
}

/// Tells a life. `settings`: of the model; `looks`: so many looks late may be what is told.
pub(super) fn tell<F: Future<Output = ()>>(
    name: &str,
    settings: &Value,
    setup: Setup,
    looks: u32,
    life: impl FnOnce(Life) -> F,
) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ground = Ground::new(11);
        ground.enter(Phase::Free);
        ground.change_settings(settings);
        let oracle = Oracle::new(&setup, looks, ground.now());
        life(Life { ground: ground.clone(), setup, oracle: Arc::new(Mutex::new(oracle)), began: Instant::now() }).await;
        let chronicle = Chronicle::read(&ground, "a");
        for excess in chronicle.excesses().into_iter().chain(chronicle::repeats(&ground)) {
            ground.judge().accuse_of("events", &excess);
        }
        keep(&format!("life-{name}"), &ground.trace());
        let violations = ground.judge().violations().to_vec();
        Told { chronicle, violations }
    })
}

impl Told {
    /// Nothing was wrong, and the chronicle is the one that people have read.
    pub(super) fn is_as_reviewed(&self, name: &str) {
        let file = format!("tests/explore/lives/snapshots/{name}.txt");
        let (path, text) = (root().join(&file), self.chronicle.text());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        self.is_true(name);
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = stored.lines().zip(text.lines()).find(|(old, new)| old != new);
        let (old, new) = differs.unwrap_or(("an end of the story", "a story of another length"));
        assert!(
            stored == text,
            "{file} tells another story:\n  there: {old}\n  now:   {new}\nUPDATE=1 cargo test -p acmcert --test suite \
             explore::lives writes it anew; then read it, for a person is to find it right."
        );
    }

    /// Nothing was wrong.
    pub(super) fn is_true(&self, name: &str) {
        assert_eq!(self.violations, Vec::<String>::new(), "the trace is in target/explore/life-{name}.trace");
    }
}

impl Life {
    pub(super) fn start(&self) -> JoinHandle<()> {
        tokio::spawn(keep_running(self.ground.clone(), self.setup.clone()))
    }

    pub(super) fn oracle(&self) -> MutexGuard<'_, Oracle> {
        self.oracle.lock().unwrap()
    }

    pub(super) fn object(&self) -> Option<AcmCertificate> {
        self.ground.api.get(NAMESPACE, "a").map(|object| serde_json::from_value(object).unwrap())
    }

    /// The certificate that serves.
    pub(super) fn arn(&self) -> String {
        self.object().and_then(|object| object.status?.certificate_arn).unwrap_or_default()
    }

    pub(super) fn create(&self, spec: Value) {
        self.ground.api.create(NAMESPACE, "a", spec, &[]).unwrap();
    }

    /// Starts the operator, and creates an object that becomes Ready. It is used at once, or by nobody.
    pub(super) async fn begin(&self, in_use: bool) {
        let _operator = self.start();
        self.create(json!({ "domainName": "shop.example.com" }));
        self.until_ready().await;
        if in_use {
            self.use_by(&[BALANCER]);
        }
    }

    pub(super) async fn until_ready(&self) {
        self.until("the object is not Ready", || self.object().is_some_and(|object| is_ready(&object))).await;
    }

    /// Lets time pass.
    pub(super) async fn pass(&self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            self.ground.tell_news();
            let is_busy = self.oracle().look(&self.ground);
            let now = Instant::now();
            if now >= end {
                return;
            }
            tokio::time::sleep_until(end.min(now + if is_busy { BUSY } else { IDLE })).await;
        }
    }

    pub(super) async fn days(&self, days: u32) {
        self.pass(days * DAY).await;
    }

    /// Lets time pass up to so long after the beginning.
    pub(super) async fn up_to(&self, time: Duration) {
        self.pass((self.began + time).saturating_duration_since(Instant::now())).await;
    }

    /// What does not come is a violation of L1.
    pub(super) async fn until(&self, otherwise: &str, is: impl Fn() -> bool) {
        let end = Instant::now() + PATIENCE;
        while !is() {
            if Instant::now() >= end {
                return self.ground.judge().accuse_of("L1", otherwise);
            }
            self.pass(SECOND).await;
        }
    }

    pub(super) fn expect(&self, holds: bool, otherwise: &str) {
        if !holds {
            self.ground.judge().accuse_of("story", otherwise);
        }
    }

    pub(super) fn note(&self, deed: &str) {
        chronicle::note(&self.ground, deed);
    }

    fn act(&self, action: Value) {
        let action: Action = serde_json::from_value(action).unwrap();
        self.ground.world().act(&action).unwrap();
    }

    /// These use the certificate that serves, and nobody else.
    pub(super) fn use_by(&self, by: &[&str]) {
        self.note(if by.is_empty() {
            "nobody uses the certificate any more"
        } else {
            "a load balancer uses the certificate"
        });
        self.set_in_use(&self.arn(), by);
    }

    pub(super) fn set_in_use(&self, arn: &str, by: &[&str]) {
        self.act(json!({ "certificateArn": arn, "action": "set-in-use", "by": by }));
    }

    /// ACM gives its renewal up, or begins one outside of its time.
    pub(super) fn of_renewal(&self, action: &str) {
        self.act(json!({ "certificateArn": self.arn(), "action": action }));
    }

    pub(super) fn delete_records(&self) {
        self.note("somebody deletes the validation records");
        self.ground.delete_validation_records();
    }

    /// Somebody writes another value wherever a validation record stands.
    pub(super) fn spoil_records(&self) {
        self.note("somebody writes another value into the validation records");
        let zones = self.ground.world().state().hosted_zones;
        self.ground.delete_validation_records();
        for zone in zones {
            let records = zone.records.into_iter().filter(|record| record.name.starts_with('_'));
            records.for_each(|record| self.write_record(&zone.id, &record.name, "elsewhere.example.net"));
        }
    }

    /// Somebody creates a CNAME record.
    pub(super) fn write_record(&self, zone: &str, name: &str, value: &str) {
        let change = RecordChange {
            action: "CREATE".into(),
            name: name.into(),
            record_type: "CNAME".into(),
            ttl: Some(300),
            values: vec![value.into()],
            alias: None,
        };
        let call = Call::ChangeResourceRecordSets { zone_id: zone.into(), comment: None, changes: vec![change] };
        let who = Caller { account: ACCOUNT.into(), region: REGION.into(), access_key: "colleague".into() };
        self.ground.world().call(&who, &call, self.ground.now()).unwrap();
    }

    /// Does that condition say so: `status/reason`?
    pub(super) fn says(&self, kind: &str, said: &str) -> bool {
        let conditions = self.object().and_then(|object| object.status).unwrap_or_default().conditions;
        conditions.iter().any(|c| c.type_ == kind && format!("{}/{}", c.status, c.reason) == said)
    }

    pub(super) fn message(&self, kind: &str) -> String {
        let conditions = self.object().and_then(|object| object.status).unwrap_or_default().conditions;
        conditions.into_iter().find(|c| c.type_ == kind).map_or(String::new(), |c| c.message)
    }

    /// From now on every call that would show this fails like that.
    pub(super) fn fail(&self, what: Unseen, kind: &str) {
        let (service, operation) = match what {
            Unseen::Acm => ("acm", None),
            Unseen::Descriptions => ("acm", Some("DescribeCertificate")),
            Unseen::Records => ("route53", None),
        };
        let order = json!({ "service": service, "operation": operation, "kind": kind, "times": 0 });
        let order: FaultOrder = serde_json::from_value(order).unwrap();
        {
            let mut world = self.ground.world();
            world.clear_faults();
            world.add_fault(order).unwrap();
        }
        self.hide(what);
    }

    /// From now on the operator sees nothing of that.
    pub(super) fn hide(&self, what: Unseen) {
        self.oracle().hide(what, self.ground.now());
    }

    /// All calls go well again, and everything is seen.
    pub(super) fn mend(&self) {
        self.ground.world().clear_faults();
        self.ground.take_down(&[]);
        self.oracle().show(self.ground.now());
    }
}
