//! One process of the operator: the real context, stores, fleet and passes; only the watch and the queue are the
//! explorer's, so that they can lag, lose and repeat.

use super::{
    bounds::PENDING,
    ground::{CLUSTER, Ground, REGION},
    watch::Watch,
    wire::{self, Wire},
};
use acmcert::{
    api::{AcmCertificate, DeletionPolicy},
    aws::{
        CallObserver, CertificateStore, PacedCertificates, PacedRecords, Pacer, RateOverride, SdkCertificates,
        SdkRecords, Session,
    },
    clock::Clock,
    controller::{Cluster, Context, Orphans, Settings, reconcile, retry_after},
    fleet::{Fleet, ObjectKey, Periods},
    leader::Leadership,
    plan::{Defaults, Limits},
    telemetry::{CertificateCollector, Metrics},
};
use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use jiff::SignedDuration;
use kube::{
    core::DeserializeGuard,
    runtime::{reflector, reflector::ObjectRef},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::Instant;

pub(super) type Guarded = DeserializeGuard<AcmCertificate>;

/// How a process is set up.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// `--cluster-name`
    pub(crate) cluster_name: Option<&'static str>,
    /// How long changes take to reach the watch cache, in milliseconds, at most.
    pub(crate) watch_lag: u64,
    pub(crate) requests_per_day: u32,
    pub(crate) record_period: Duration,
    pub(crate) deletion_policy: DeletionPolicy,
    /// `--pending-period`
    pub(crate) pending: Duration,
    /// `--settled-period`
    pub(crate) settled: Duration,
    /// So many times longer than in life an object waits after a pass that failed: for outages of weeks.
    pub(crate) leisure: u32,
    /// `--unused-grace`; long by default, so that what is idle stays idle.
    pub(crate) unused_grace: Duration,
    /// `--stale-after`
    pub(crate) stale_after: SignedDuration,
    /// `--progress-deadline`
    pub(crate) progress_deadline: Option<SignedDuration>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            cluster_name: None,
            watch_lag: 200,
            requests_per_day: 1000,
            record_period: Duration::from_secs(600),
            deletion_policy: DeletionPolicy::Delete,
            pending: PENDING,
            settled: SETTLED,
            leisure: 1,
            unused_grace: Duration::from_secs(365 * 24 * 3600),
            stale_after: SignedDuration::from_mins(10),
            progress_deadline: None,
        }
    }
}

const SETTLED: Duration = Duration::from_secs(60);

/// Runs processes one after the other, each until it is struck down.
pub(crate) async fn keep_running(ground: Ground, setup: Setup) {
    ground.judge().expect_lag(setup.lag());
    loop {
        let (process, end) = ground.enroll();
        ground.say(&format!("p{process} starts"));
        tokio::select! {
            biased;
            () = end.notified() => {}
            () = run(&ground, process, &setup) => {}
        }
        tokio::time::sleep(Duration::from_secs(2 + ground.chance(10))).await;
        if let Some(until) = ground.held_until() {
            tokio::time::sleep_until(until).await;
        }
    }
}

async fn session(wire: Wire, process: u32) -> Session {
    let key = Credentials::new(format!("AKIAOPERATOR{process}"), "not-to-be-shown", None, None, "explorer");
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(20)).build();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(key))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(wire)
        .build();
    Session::with_config(config).await.unwrap()
}

async fn context(
    ground: &Ground,
    process: u32,
    setup: &Setup,
) -> (Arc<Context>, tokio::sync::mpsc::UnboundedReceiver<ObjectKey>) {
    let session = session(Wire::new(ground, process), process).await;
    let clock = {
        let ground = ground.clone();
        Clock::new(move || ground.now_of(process))
    };
    // No rates: the pacer's own clock is not virtual.
    let free = |name: &str| RateOverride { name: name.to_owned(), rate: 1e9 };
    let mut rates = vec![free("route53"), free("route53-changes")];
    rates.extend(acmcert::aws::Operation::ALL.iter().map(|operation| free(operation.as_str())));
    let pacer = Arc::new(Pacer::new(1.0, rates));
    let metrics = Arc::new(Metrics::default());
    let observer: Arc<dyn CallObserver> = Arc::clone(&metrics) as _;
    let certificates: Arc<dyn CertificateStore> = Arc::new(PacedCertificates::new(
        Arc::new(SdkCertificates::new(session.clone())),
        Arc::clone(&pacer),
        Arc::clone(&observer),
    ));
    let records = Arc::new(PacedRecords::new(Arc::new(SdkRecords::new(&session)), Arc::clone(&pacer), observer));
    let periods = Periods { pending: setup.pending, settled: setup.settled };
    let (fleet, woken) = Fleet::new(Arc::clone(&certificates), clock.clone(), periods);
    let hours = SignedDuration::from_hours;
    let settings = Settings {
        cluster: setup.cluster_name.unwrap_or(CLUSTER).to_owned(),
        cluster_alias: setup.cluster_name.map(|_| CLUSTER.to_owned()),
        cluster_is_named: setup.cluster_name.is_some(),
        defaults: Defaults {
            region: REGION.parse().unwrap(),
            deletion_policy: setup.deletion_policy,
            retry_backoff: (hours(1), hours(32)),
            // The stories' certificates are used by nobody, and nothing is to be written while they are idle.
            limits: limits(setup),
        },
        pending_period: periods.pending,
        settled_period: setup.settled,
        record_period: setup.record_period,
        stale_after: setup.stale_after,
        shared_record_regions: vec![REGION.parse().unwrap(), "us-east-1".parse().unwrap()],
        retry_backoff: (Duration::from_secs(3600), Duration::from_secs(32 * 3600)),
        requests_per_day: setup.requests_per_day,
        orphan_grace: hours(1),
        concurrency: 16,
        instance: format!("explorer-{process}"),
    };
    let client = ground.api.client(&format!("p{process}"), wire::before(ground, process), wire::after(ground, process));
    let cluster = Cluster::new(client, vec![]);
    let context =
        Context::new(settings, clock, cluster, certificates, records, pacer, fleet, Leadership::permanent(), metrics);
    (Arc::new(context), woken)
}

/// As the command line makes them.
fn limits(setup: &Setup) -> Limits {
    let documented = Limits::default();
    Limits {
        unused_grace: SignedDuration::try_from(setup.unused_grace).unwrap(),
        progress_deadline: setup.progress_deadline.unwrap_or(documented.progress_deadline),
        validation_deadline: setup.progress_deadline.unwrap_or(documented.validation_deadline),
        ..documented
    }
}

/// Sooner counts.
fn enqueue(queue: &mut BTreeMap<ObjectKey, Instant>, key: ObjectKey, at: Instant) {
    let due = queue.entry(key).or_insert(at);
    *due = (*due).min(at);
}

async fn run(ground: &Ground, process: u32, setup: &Setup) {
    let (ctx, mut woken) = context(ground, process, setup).await;
    ctx.metrics.register_collector(Box::new(CertificateCollector::new(Arc::downgrade(&ctx))));
    ground.set_metrics(Arc::clone(&ctx.metrics));
    let (reader, writer) = reflector::store();
    ctx.add_store(reader.clone());
    let mut watch = Watch::new(writer);
    let mut queue: BTreeMap<ObjectKey, Instant> = BTreeMap::new();
    let mut in_work: BTreeSet<ObjectKey> = BTreeSet::new();
    let mut working: FuturesUnordered<BoxFuture<'_, (ObjectKey, Option<Duration>)>> = FuturesUnordered::new();
    let sweeping = sweep_orphans(&ctx);
    tokio::pin!(sweeping);
    for key in watch.list(ground) {
        enqueue(&mut queue, key, Instant::now());
    }
    let mut revisions = ground.news();
    // When the next news arrive, if any are on their way.
    let mut next_news = Some(Instant::now());
    loop {
        let now = Instant::now();
        let due: Vec<_> = queue
            .iter()
            .filter(|(key, at)| **at <= now && !in_work.contains(key))
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            queue.remove(&key);
            let reference = ObjectRef::new(&key.name).within(&key.namespace);
            let Some(object) = reader.get(&reference) else {
                ctx.fleet.forget(&key);
                continue;
            };
            in_work.insert(key.clone());
            working.push(visit(&ctx, key, object, setup.leisure).boxed());
        }
        let next_due = queue.iter().filter(|(key, _)| !in_work.contains(key)).map(|(_, at)| *at).min();
        let wake = next_due.into_iter().chain(next_news).min().unwrap_or(now + SETTLED);
        tokio::select! {
            biased;
            Some((key, again)) = working.next(), if !working.is_empty() => {
                in_work.remove(&key);
                if let Some(pause) = again {
                    enqueue(&mut queue, key, Instant::now() + pause);
                }
            }
            Some(key) = woken.recv() => enqueue(&mut queue, key, Instant::now()),
            Some(()) = revisions.recv() => {
                let lag = Duration::from_millis(20 + ground.chance(setup.watch_lag));
                next_news = next_news.or(Some(Instant::now() + lag));
            }
            () = &mut sweeping => {}
            () = tokio::time::sleep_until(wake) => {
                let now = Instant::now();
                if next_news.is_some_and(|at| now >= at) {
                    // Now and then a watch loses its place, and begins anew.
                    let news = if ground.chance(100) == 0 { watch.list(ground) } else { watch.catch_up(ground) };
                    for key in news {
                        enqueue(&mut queue, key, now);
                    }
                    next_news = None;
                }
            }
        }
    }
}

/// As the real process does it: beside the passes.
async fn sweep_orphans(ctx: &Context) {
    let mut orphans = Orphans::default();
    loop {
        tokio::time::sleep(ctx.settings.settled_period).await;
        orphans.sweep(ctx).await;
    }
}

async fn visit(
    ctx: &Arc<Context>,
    key: ObjectKey,
    object: Arc<Guarded>,
    leisure: u32,
) -> (ObjectKey, Option<Duration>) {
    let pause = match reconcile(Arc::clone(&object), Arc::clone(ctx)).await {
        Ok(pause) => pause,
        Err(error) => Some(retry_after(&object, &error, ctx) * leisure),
    };
    (key, pause)
}
