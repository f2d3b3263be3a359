//! Watches, queue and workers.

use super::{Context, Queue, context::key_of, errors::PassError, orphans, pause::backoff, reconcile};
use crate::{api::AcmCertificate, fleet::ObjectKey};
use futures::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream::FuturesUnordered};
use kube::{
    Api, Resource, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        Controller, WatchStreamExt,
        controller::{self, Action},
        predicates, reflector,
        reflector::ObjectRef,
        utils::{Predicate, PredicateConfig},
        watcher,
    },
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, task::JoinSet};

type Guarded = DeserializeGuard<AcmCertificate>;

/// First and longest pause after a pass that failed.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// After a conflict a newer copy is on its way.
const CONFLICT_RETRY: Duration = Duration::from_millis(250);

/// Works until `stop` resolves and the steps in hand are finished. `synced` is called once every cache is filled.
pub async fn run(
    ctx: Arc<Context>,
    woken: mpsc::UnboundedReceiver<ObjectKey>,
    synced: impl FnOnce() + Send + 'static,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let stop = stop.boxed().shared();
    let namespaces: Vec<Option<String>> = match ctx.cluster.namespaces() {
        [] => vec![None],
        some => some.iter().cloned().map(Some).collect(),
    };
    let mut workers: FuturesUnordered<BoxFuture<'static, ()>> = FuturesUnordered::new();
    let mut routes = vec![];
    let mut readers = vec![];
    for namespace in namespaces {
        let api: Api<Guarded> = match &namespace {
            None => Api::all(ctx.cluster.client()),
            Some(namespace) => Api::namespaced(ctx.cluster.client(), namespace),
        };
        let (reader, writer) = reflector::store();
        ctx.add_store(reader.clone());
        readers.push(reader.clone());
        // `generation` alone would swallow the update that adds the finalizer, and our annotations.
        let changes = predicates::generation.combine(predicates::finalizers).combine(predicates::annotations);
        let queue = Arc::clone(&ctx.queue);
        let objects = watcher(api, watcher::Config::default().page_size(500))
            .default_backoff()
            .modify(drop_managed_fields)
            .reflect(writer)
            .applied_objects()
            .predicate_filter(changes, PredicateConfig::default())
            .inspect_ok(move |object| queue.due_in(&key_of_guarded(object), Duration::ZERO));
        let (wake, wakes) = mpsc::unbounded_channel();
        routes.push((namespace, wake));
        let wakes = tokio_stream(wakes);
        let passes = Controller::for_stream(objects, reader)
            .reconcile_on(wakes)
            .with_config(controller::Config::default().concurrency(ctx.settings.concurrency))
            .graceful_shutdown_on(stop.clone())
            .run(timed_reconcile, error_policy, Arc::clone(&ctx));
        let ctx = Arc::clone(&ctx);
        workers.push(passes.for_each(move |outcome| log_outcome(Arc::clone(&ctx), outcome)).boxed());
    }
    tokio::spawn(route(Arc::clone(&ctx.queue), woken, routes));
    // NB: it ends with this function, however that ends.
    let mut background = JoinSet::new();
    background.spawn(orphans::run(Arc::clone(&ctx)));
    tokio::spawn(async move {
        for reader in readers {
            if reader.wait_until_ready().await.is_err() {
                return;
            }
        }
        synced();
    });
    while workers.next().await.is_some() {}
}

/// A third of an object's size, and of no use to us.
fn drop_managed_fields(object: &mut Guarded) {
    object.meta_mut().managed_fields = None;
}

fn tokio_stream(
    mut receiver: mpsc::UnboundedReceiver<ObjectRef<Guarded>>,
) -> impl futures::Stream<Item = ObjectRef<Guarded>> {
    futures::stream::poll_fn(move |cx| receiver.poll_recv(cx))
}

/// Hands wake-ups of the fleet to the queue of their namespace.
async fn route(
    queue: Arc<Queue>,
    mut woken: mpsc::UnboundedReceiver<ObjectKey>,
    routes: Vec<(Option<String>, mpsc::UnboundedSender<ObjectRef<Guarded>>)>,
) {
    while let Some(key) = woken.recv().await {
        queue.due_in(&key, Duration::ZERO);
        for (namespace, wake) in &routes {
            if namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace) {
                // NB: nobody listens only while the operator stops.
                let _ = wake.send(ObjectRef::new(&key.name).within(&key.namespace));
            }
        }
    }
}

async fn timed_reconcile(object: Arc<Guarded>, ctx: Arc<Context>) -> Result<Action, PassError> {
    let span = tracing::info_span!(
        "reconcile",
        namespace = object.namespace().unwrap_or_default(),
        name = object.name_any(),
        generation = object.meta().generation
    );
    let started = tokio::time::Instant::now();
    let metrics = Arc::clone(&ctx.metrics);
    let (queue, key) = (Arc::clone(&ctx.queue), key_of_guarded(&object));
    queue.begin(&key);
    let result = tracing::Instrument::instrument(reconcile(object, ctx), span).await;
    queue.end(&key);
    if let Ok(Some(wait)) = &result {
        queue.due_in(&key, *wait);
    }
    metrics.reconciled(result.as_ref().map_or_else(PassError::outcome, |_| "ok"), started.elapsed());
    result.map(|wait| wait.map_or_else(Action::await_change, Action::requeue))
}

fn error_policy(object: Arc<Guarded>, error: &PassError, ctx: Arc<Context>) -> Action {
    let pause = retry_after(&object, error, &ctx);
    ctx.queue.due_in(&key_of_guarded(&object), pause);
    Action::requeue(pause)
}

fn key_of_guarded(object: &Guarded) -> ObjectKey {
    key_of(&object.namespace().unwrap_or_default(), &object.name_any())
}

/// When to try again after a pass that ended early.
pub fn retry_after(object: &Guarded, error: &PassError, ctx: &Context) -> Duration {
    if error.outcome() == "conflict" {
        return CONFLICT_RETRY;
    }
    let key = key_of_guarded(object);
    let pause = backoff(RETRY.0, RETRY.1, ctx.memory.failed(&key));
    let status = object.0.as_ref().ok().and_then(|object| object.status.as_ref());
    let region = status.and_then(|status| status.region.as_deref());
    tracing::warn!(namespace = key.namespace, name = key.name, region, retry_in = ?pause, "{error}");
    pause
}

async fn log_outcome(
    ctx: Arc<Context>,
    outcome: Result<(ObjectRef<Guarded>, Action), controller::Error<PassError, watcher::Error>>,
) {
    match outcome {
        Ok(_) | Err(controller::Error::ReconcilerFailed(..)) => {}
        // A wake-up or a timer of an object that is gone, perhaps without its finalizer having been our doing.
        Err(controller::Error::ObjectNotFound(object)) => {
            let key = key_of(object.namespace.as_deref().unwrap_or_default(), &object.name);
            ctx.fleet.forget(&key);
            ctx.queue.forget(&key);
        }
        Err(error) => tracing::warn!("{error}"),
    }
}
