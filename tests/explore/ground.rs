//! Where a run takes place: the model of AWS, the API server in memory, virtual time, chance from a seed, and a trace of
//! everything that happened.

use super::{
    api_server::{ApiServer, Seen},
    chance::Chance,
    faults::Faults,
    judge::Judge,
    steps::{Phase, Progress},
};
use acmcert::telemetry::Metrics;
use acmcert_sim::{
    World,
    world::{planting::ZonePlanting, settings::Settings},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

/// The time of the first moment.
const START: &str = "2026-03-01T12:00:00Z";
/// UID of `kube-system`.
pub(crate) const CLUSTER: &str = "10000000-0000-4000-8000-000000000001";
pub(crate) const REGION: &str = "eu-west-1";
pub(crate) const ACCOUNT: &str = "123456789012";

/// What all share. Clones are the same ground.
#[derive(Clone)]
pub(crate) struct Ground(Arc<Inner>);

pub(crate) struct Inner {
    world: Arc<Mutex<World>>,
    pub(crate) api: ApiServer,
    start: Timestamp,
    began: Instant,
    chance: Mutex<Chance>,
    trace: Mutex<Vec<String>>,
    pub(crate) faults: Faults,
    judge: Mutex<Judge>,
    phase: Mutex<Phase>,
    progress: Mutex<Progress>,
    /// Regions to which connections break.
    down: Mutex<Vec<String>>,
    /// Regions and hosted zones that never answer.
    silent: Mutex<Vec<String>>,
    /// Resolves for a process that is struck down.
    ends: Mutex<BTreeMap<u32, Arc<Notify>>>,
    /// Processes that are no more.
    dead: Mutex<BTreeSet<u32>>,
    /// How far the clock of each process is off, in seconds.
    skew: Mutex<BTreeMap<u32, i64>>,
    processes: AtomicU64,
    held_until: Mutex<Option<Instant>>,
    metrics: Mutex<Option<Arc<Metrics>>>,
    /// Who watches, and the revision of the API server that they know of. NB: not a `tokio::sync::watch`, which wakes its
    /// waiters in an order drawn by lot.
    news: Mutex<(u64, Vec<mpsc::UnboundedSender<()>>)>,
}

impl std::ops::Deref for Ground {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Ground {
    /// Two public zones, and no certificates but those of others.
    pub(crate) fn new(seed: u64) -> Self {
        let start: Timestamp = START.parse().unwrap();
        let began = Instant::now();
        let off = json!({ "quotas": { "rates": null, "route53": null } });
        let world = World::new(seed, Settings::default().patched(&off).unwrap(), start);
        let world = Arc::new(Mutex::new(world));
        let now = move || start + SignedDuration::try_from(began.elapsed()).unwrap();
        let api = ApiServer::new(CLUSTER, now);
        let ground = Self(Arc::new(Inner {
            world,
            api,
            start,
            began,
            chance: Mutex::new(Chance::new(seed)),
            trace: Mutex::default(),
            faults: Faults::default(),
            judge: Mutex::default(),
            phase: Mutex::new(Phase::Create),
            progress: Mutex::default(),
            down: Mutex::default(),
            silent: Mutex::default(),
            ends: Mutex::default(),
            dead: Mutex::default(),
            skew: Mutex::default(),
            processes: AtomicU64::new(0),
            held_until: Mutex::default(),
            metrics: Mutex::default(),
            news: Mutex::default(),
        }));
        for name in ["example.com", "example.org"] {
            ground.zone(name);
        }
        {
            let mut world = ground.world();
            let foreign = super::judge::plant_foreign(&mut world);
            ground.judge().foreign(&world, foreign);
        }
        ground
    }
}

impl Inner {
    pub(crate) fn zone(&self, name: &str) -> String {
        let zone: ZonePlanting = serde_json::from_value(json!({ "name": name })).unwrap();
        self.world().plant_zone(&zone).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.start + SignedDuration::try_from(self.began.elapsed()).unwrap()
    }

    /// What a process takes the time to be.
    pub(crate) fn now_of(&self, process: u32) -> Timestamp {
        let skew = self.skew.lock().unwrap().get(&process).copied().unwrap_or(0);
        self.now() + SignedDuration::from_secs(skew)
    }

    pub(crate) fn set_skew(&self, process: u32, seconds: i64) {
        self.skew.lock().unwrap().insert(process, seconds);
    }

    /// The model, at the present.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap();
        world.advance(self.now());
        world
    }

    /// The model, for a client of its own.
    pub(crate) fn shared_world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.world)
    }

    pub(crate) fn judge(&self) -> MutexGuard<'_, Judge> {
        self.judge.lock().unwrap()
    }

    /// Below `limit`.
    pub(crate) fn chance(&self, limit: u64) -> u64 {
        self.chance.lock().unwrap().below(limit)
    }

    /// How long a message travels.
    pub(crate) fn latency(&self) -> Duration {
        Duration::from_millis(1 + self.chance(20))
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.lock().unwrap()
    }

    pub(crate) fn enter(&self, phase: Phase) {
        *self.phase.lock().unwrap() = phase;
        self.say(&format!("--- {phase:?}"));
    }

    pub(crate) fn progress(&self) -> Progress {
        *self.progress.lock().unwrap()
    }

    /// The certificate of a request is looked for by its tags from now on, or not any more.
    pub(crate) fn set_searching(&self, searching: bool) {
        self.progress.lock().unwrap().searching = searching;
    }

    /// A call has left.
    pub(crate) fn note_call(&self, operation: &str) {
        let phase = self.phase();
        let mut progress = self.progress.lock().unwrap();
        match (operation, phase) {
            ("RequestCertificate", Phase::Create) => progress.requested = true,
            ("DeleteCertificate", Phase::Delete) => progress.deleted = true,
            _ => {}
        }
    }

    /// Somebody may have written to the API server.
    pub(crate) fn tell_news(&self) {
        let revision = self.api.revision();
        let mut news = self.news.lock().unwrap();
        if std::mem::replace(&mut news.0, revision) != revision {
            news.1.retain(|watcher| watcher.send(()).is_ok());
        }
    }

    /// Tells of each new revision.
    pub(crate) fn news(&self) -> mpsc::UnboundedReceiver<()> {
        let (watcher, news) = mpsc::unbounded_channel();
        self.news.lock().unwrap().1.push(watcher);
        news
    }

    /// What could change the answer to any question: the revision of the API server, and the journal of the model.
    pub(crate) fn version(&self) -> (u64, u64) {
        (self.api.revision(), self.world().revision())
    }

    pub(crate) fn is_down(&self, region: &str) -> bool {
        self.down.lock().unwrap().iter().any(|down| down == region)
    }

    pub(crate) fn take_down(&self, regions: &[&str]) {
        *self.down.lock().unwrap() = regions.iter().map(|region| (*region).to_owned()).collect();
    }

    /// Whoever asks one of these, a region or a hosted zone, waits in vain.
    pub(crate) fn silence(&self, places: &[&str]) {
        *self.silent.lock().unwrap() = places.iter().map(|place| (*place).to_owned()).collect();
    }

    pub(crate) fn is_silent(&self, place: &str) -> bool {
        self.silent.lock().unwrap().iter().any(|silent| silent == place)
    }

    /// Something may have changed in AWS.
    pub(crate) fn judge_call(&self) {
        let world = self.world();
        self.judge().after_call(&world, &self.api);
    }

    /// A request to the API server has been carried out.
    pub(crate) fn judge_request(&self, process: u32, seen: &Seen) {
        let world = self.world();
        self.judge().after_request(&world, &self.api, process, seen);
        self.tell_news();
    }

    pub(crate) fn say(&self, line: &str) {
        let elapsed = self.began.elapsed();
        let line = format!("{:>10}.{:03} {line}", elapsed.as_secs(), elapsed.subsec_millis());
        self.trace.lock().unwrap().push(line);
    }

    pub(crate) fn trace(&self) -> String {
        self.trace.lock().unwrap().join("\n")
    }

    /// Other settings of the model.
    pub(crate) fn change_settings(&self, patch: &serde_json::Value) {
        let mut world = self.world();
        let settings = world.settings().patched(patch).unwrap();
        world.set_settings(settings);
    }

    /// The first moment.
    pub(crate) fn began_at(&self) -> Timestamp {
        self.start
    }

    /// A number for a process, and what tells its end.
    pub(crate) fn enroll(&self) -> (u32, Arc<Notify>) {
        let number = u32::try_from(self.processes.fetch_add(1, Ordering::Relaxed)).unwrap() + 1;
        let end = Arc::new(Notify::new());
        self.ends.lock().unwrap().insert(number, Arc::clone(&end));
        (number, end)
    }

    /// No process is started for so long.
    pub(crate) async fn hold_back(&self, time: Duration) {
        *self.held_until.lock().unwrap() = Some(Instant::now() + time);
        tokio::time::sleep(time).await;
    }

    /// The metrics of the process that was started last.
    pub(crate) fn set_metrics(&self, metrics: Arc<Metrics>) {
        *self.metrics.lock().unwrap() = Some(metrics);
    }

    /// What a scrape of it answers.
    pub(crate) fn scrape(&self) -> String {
        self.metrics.lock().unwrap().as_ref().map(|metrics| metrics.encode().unwrap()).unwrap_or_default()
    }

    /// Until when no process is started.
    pub(crate) fn held_until(&self) -> Option<Instant> {
        *self.held_until.lock().unwrap()
    }

    /// kill -9
    pub(crate) fn strike_down(&self, process: u32) {
        if let Some(end) = self.ends.lock().unwrap().get(&process) {
            self.say(&format!("p{process} is struck down"));
            self.dead.lock().unwrap().insert(process);
            end.notify_one();
        }
    }

    /// Is it no more? Then nothing leaves it, though a task of it may be left that does not know.
    pub(crate) fn is_dead(&self, process: u32) -> bool {
        self.dead.lock().unwrap().contains(&process)
    }
}
