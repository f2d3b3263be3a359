//! Who works: one process at a time, by a Lease. This saves work; no effect relies on it for safety.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client};
use kube_lease_manager::LeaseManagerBuilder;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle};

/// May this process work?
#[derive(Clone, Debug)]
pub struct Leadership {
    /// Milliseconds since the epoch.
    held_until: Arc<AtomicI64>,
}

impl Leadership {
    /// Without election: always.
    pub fn permanent() -> Self {
        Self { held_until: Arc::new(AtomicI64::new(i64::MAX)) }
    }

    fn none() -> Self {
        Self { held_until: Arc::new(AtomicI64::new(0)) }
    }

    /// Is the lease ours, by its own account of when it ends?
    pub fn is_held(&self, now: Timestamp) -> bool {
        now.as_millisecond() < self.held_until.load(Ordering::Acquire)
    }

    fn hold_until(&self, until: Timestamp) {
        self.held_until.store(until.as_millisecond(), Ordering::Release);
    }
}

/// Where and as whom to be elected.
#[derive(Clone, Debug)]
pub struct Candidacy {
    /// Namespace of the Lease.
    pub namespace: String,
    /// Name of the Lease.
    pub name: String,
    /// How long it holds without renewal.
    pub duration: Duration,
    /// This process.
    pub identity: String,
}

/// A running election.
#[derive(Debug)]
pub struct Election {
    /// For passes: checked against the lease's own expiry.
    pub leadership: Leadership,
    state: watch::Receiver<bool>,
    manager: JoinHandle<kube_lease_manager::Result<kube_lease_manager::LeaseManager>>,
    checker: JoinHandle<()>,
}

impl Election {
    /// Stands for election.
    ///
    /// # Errors
    /// Where the Lease can be neither read nor created.
    pub async fn start(client: Client, candidacy: Candidacy) -> Result<Self, kube_lease_manager::LeaseManagerError> {
        let seconds = candidacy.duration.as_secs().max(1);
        let manager = LeaseManagerBuilder::new(client.clone(), &candidacy.name)
            .with_namespace(&candidacy.namespace)
            .with_identity(&candidacy.identity)
            .with_duration(seconds)
            .with_grace(seconds.div_ceil(3))
            .build()
            .await?;
        let (state, manager) = manager.watch().await;
        let leadership = Leadership::none();
        let checker = tokio::spawn(check(client, candidacy, state.clone(), leadership.clone()));
        Ok(Self { leadership, state, manager, checker })
    }

    /// Waits until this process leads.
    pub async fn won(&mut self) {
        // NB: the sender lives as long as the manager's task, which ends only when every receiver is gone.
        let _ = self.state.wait_for(|leads| *leads).await;
    }

    /// Waits until this process does not lead any more.
    pub async fn lost(&mut self) {
        let _ = self.state.wait_for(|leads| !*leads).await;
    }

    /// Gives the lease back, so that the next one need not wait for its expiry.
    pub async fn release(self) {
        self.checker.abort();
        let _ = self.checker.await;
        drop(self.state);
        match self.manager.await {
            Ok(Ok(_)) => tracing::info!("the lease is released"),
            Ok(Err(error)) => tracing::warn!("the lease could not be released: {error}"),
            Err(error) => tracing::warn!("the lease could not be released: {error}"),
        }
    }
}

/// Reads the Lease itself: through a partition from the API server the manager goes on saying "leader".
async fn check(client: Client, candidacy: Candidacy, mut state: watch::Receiver<bool>, leadership: Leadership) {
    let api: Api<Lease> = Api::namespaced(client, &candidacy.namespace);
    let period = candidacy.duration / 5;
    loop {
        if *state.borrow_and_update() {
            match tokio::time::timeout(candidacy.duration / 2, api.get(&candidacy.name)).await {
                Ok(Ok(lease)) => leadership.hold_until(end_of(&lease, &candidacy.identity)),
                Ok(Err(error)) => tracing::warn!("the lease cannot be read: {error}"),
                Err(_) => tracing::warn!("the lease cannot be read: the API server does not answer"),
            }
        } else {
            leadership.hold_until(Timestamp::UNIX_EPOCH);
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            changed = state.changed() => if changed.is_err() { return },
        }
    }
}

fn end_of(lease: &Lease, identity: &str) -> Timestamp {
    let spec = lease.spec.clone().unwrap_or_default();
    let ours = spec.holder_identity.as_deref() == Some(identity);
    let seconds = spec.lease_duration_seconds.map(i64::from);
    match (ours, spec.renew_time, seconds) {
        (true, Some(renewed), Some(seconds)) => renewed.0 + SignedDuration::from_secs(seconds),
        _ => Timestamp::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::{api::coordination::v1::LeaseSpec, apimachinery::pkg::apis::meta::v1::MicroTime};

    #[test]
    fn a_lease_holds_only_for_its_holder_and_until_its_end() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let spec = LeaseSpec {
            holder_identity: Some("me".into()),
            renew_time: Some(MicroTime(now)),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        };
        let lease = Lease { spec: Some(spec), ..Lease::default() };
        let leadership = Leadership::none();
        assert!(!leadership.is_held(now));
        leadership.hold_until(end_of(&lease, "me"));
        assert!(leadership.is_held(now + SignedDuration::from_secs(14)));
        assert!(!leadership.is_held(now + SignedDuration::from_secs(15)));
        leadership.hold_until(end_of(&lease, "another"));
        assert!(!leadership.is_held(now));
        assert!(Leadership::permanent().is_held(now));
    }
}
