//! What every pass is given.

use super::{
    Cluster, Queue,
    budget::Budget,
    memory::{Known, Memory},
};
use crate::{
    api::{AcmCertificate, AcmCertificateStatus},
    aws::{CallObserver, CertificateStore, Operation, Pacer, Permit, RecordStore},
    clock::Clock,
    fleet::{Fleet, ObjectKey, Zones},
    leader::Leadership,
    names::{CertificateArn, Region},
    plan::{Defaults, certificates_to_delete},
    telemetry::Metrics,
};
use jiff::{SignedDuration, Timestamp};
use kube::{Resource, ResourceExt, core::DeserializeGuard, runtime::reflector::Store};
use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};
use tokio::sync::Semaphore;

/// What the administrator has set, as far as passes use it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Identity of the cluster in ownership tags.
    pub cluster: String,
    /// The UID of the cluster, where `cluster` is a configured name.
    pub cluster_alias: Option<String>,
    /// Is `cluster` a configured name?
    pub cluster_is_named: bool,
    /// For specs that say nothing.
    pub defaults: Defaults,
    /// How old an observation may be while something is pending.
    pub pending_period: Duration,
    /// How old an observation may be when nothing is pending.
    pub settled_period: Duration,
    /// How often a validation record is looked at.
    pub record_period: Duration,
    /// When an old observation becomes `Unknown`.
    pub stale_after: SignedDuration,
    /// Where sibling certificates are looked for, besides the regions of our own objects.
    pub shared_record_regions: Vec<Region>,
    /// First pause after AWS refused the parameters of a request or a quota was used up; it doubles.
    pub retry_backoff: (Duration, Duration),
    /// New certificates of a namespace in a day.
    pub requests_per_day: u32,
    /// How long a certificate that no object knows must be seen before it counts as an orphan.
    pub orphan_grace: SignedDuration,
    /// Objects in work at once.
    pub concurrency: u16,
    /// Name of this process in Events.
    pub instance: String,
}

/// What every pass is given.
#[derive(Debug)]
pub struct Context {
    /// Settings.
    pub settings: Settings,
    /// Time.
    pub clock: Clock,
    /// The API server.
    pub cluster: Cluster,
    /// ACM.
    pub certificates: Arc<dyn CertificateStore>,
    /// Route 53.
    pub records: Arc<dyn RecordStore>,
    /// Permits.
    pub pacer: Arc<Pacer>,
    /// The shared observation.
    pub fleet: Arc<Fleet>,
    /// The zones.
    pub zones: Zones,
    /// May this process work?
    pub leadership: Leadership,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Objects that wait for a pass or are in one.
    pub queue: Arc<Queue>,
    /// The account of the credentials, once AWS has told it.
    pub account: OnceLock<String>,
    /// When this process began to work, by the steady clock.
    pub(super) started_at: Timestamp,
    pub(super) memory: Memory,
    pub(super) budget: Budget,
    /// Objects in work at once, over all namespaces.
    pub(super) turns: Semaphore,
    stores: RwLock<Vec<Store<DeserializeGuard<AcmCertificate>>>>,
}

impl Context {
    /// A context without objects.
    #[expect(clippy::too_many_arguments, reason = "a constructor of all that a pass is given, called once")]
    pub fn new(
        settings: Settings,
        clock: Clock,
        cluster: Cluster,
        certificates: Arc<dyn CertificateStore>,
        records: Arc<dyn RecordStore>,
        pacer: Arc<Pacer>,
        fleet: Arc<Fleet>,
        leadership: Leadership,
        metrics: Arc<Metrics>,
    ) -> Self {
        let zones = Zones::new(Arc::clone(&records), clock.clone());
        let (memory, stores) = (Memory::default(), RwLock::default());
        let budget = Budget::new(settings.requests_per_day);
        let account = OnceLock::new();
        let started_at = clock.steady();
        let turns = Semaphore::new(settings.concurrency.into());
        Self {
            settings,
            clock,
            cluster,
            certificates,
            records,
            pacer,
            fleet,
            zones,
            leadership,
            metrics,
            queue: Arc::default(),
            account,
            started_at,
            memory,
            budget,
            turns,
            stores,
        }
    }

    /// The watch cache of a namespace, or of all.
    pub fn add_store(&self, store: Store<DeserializeGuard<AcmCertificate>>) {
        self.stores.write().unwrap_or_else(PoisonError::into_inner).push(store);
    }

    /// All objects of the watch caches that could be read. They may be old: for hints, never for decisions.
    pub(super) fn cached(&self) -> Vec<Arc<DeserializeGuard<AcmCertificate>>> {
        let stores = self.stores.read().unwrap_or_else(PoisonError::into_inner);
        let mut cached: Vec<_> = stores.iter().flat_map(Store::state).collect();
        // One order in every run.
        cached.sort_by_cached_key(|object| (object.namespace(), object.name_any()));
        cached
    }
}

impl Context {
    /// Waits for the right to send a call that changes something.
    pub(super) async fn permit(&self, operation: Operation, region: Option<&Region>) -> Permit {
        let asked = tokio::time::Instant::now();
        let permit = self.pacer.permit(operation, region).await;
        self.metrics.waited(operation, asked.elapsed());
        permit
    }

    /// The certificates that other objects than this one know, by the watch caches.
    pub(super) fn certificates_of_others(&self, key: &ObjectKey) -> BTreeSet<CertificateArn> {
        let others = self.cached_statuses().into_iter();
        let others = others.filter(|(namespace, name, _)| key_of(namespace, name) != *key);
        others.flat_map(|(.., status)| certificates_to_delete(&status)).collect()
    }

    /// Since when something could not be read, as it is shown, if that is so long that nothing is claimed any more.
    pub(super) fn if_stale(&self, unread: Option<(Timestamp, Timestamp)>) -> Option<Timestamp> {
        let (since, shown) = unread?;
        (self.clock.steady().duration_since(since) > self.settings.stale_after).then_some(shown)
    }

    /// Forgets what was remembered of objects that are gone.
    pub(super) fn tidy(&self) {
        let objects: Vec<_> = self
            .cached()
            .iter()
            .map(|object| {
                let key = key_of(&object.namespace().unwrap_or_default(), &object.name_any());
                let readable = object.0.as_ref().ok();
                let adopts = readable.and_then(|object| object.spec.certificate_arn.as_ref()?.parse().ok());
                let status = readable.and_then(|object| object.status.clone()).unwrap_or_default();
                Known { uid: object.meta().uid.clone().unwrap_or_default(), key, status, adopts }
            })
            .collect();
        self.memory.keep_only(&objects, self.clock.steady());
    }

    /// Namespace, name and status of every object of the watch caches, sorted.
    pub fn cached_statuses(&self) -> Vec<(String, String, AcmCertificateStatus)> {
        let cached = self.cached();
        let readable = cached.iter().filter_map(|object| object.0.as_ref().ok());
        let mut statuses: Vec<_> = readable
            .map(|object| {
                let status = object.status.clone().unwrap_or_default();
                (object.namespace().unwrap_or_default(), object.name_any(), status)
            })
            .collect();
        statuses.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        statuses
    }
}

/// The key of an object.
pub(super) fn key_of(namespace: &str, name: &str) -> ObjectKey {
    ObjectKey { namespace: namespace.to_owned(), name: name.to_owned() }
}
