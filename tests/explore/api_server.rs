//! An API server in memory, under the real `kube::Client`: it answers like a kube-apiserver that has our CRD.
//!
//! It has no clock of its own, no randomness and no maps without order, so the same calls give the same bytes. What it leaves out:
//! validation, pruning and defaults of the schema (but for the default of the status), managedFields, HTTP watches
//! (`history` has what one would tell), selectors. Whatever is asked of it beyond that is refused with 501, not ignored.
//! `like_the_real_one.rs` runs one script against it and against a real server.
//!
//! ```text
//!   kube::Client ─► gate (before) ─► request ─► serve ─► store ─► gate (after) ─► answer
//!                                                ▲
//!   by hand: what users, backups and oracles do ─┘
//! ```

mod by_hand;
mod calls;
mod events;
mod gate;
mod journal;
mod lists;
mod object;
mod refusal;
mod request;
mod serve;
mod store;
mod tests;

pub(crate) use calls::{Calls, watched, words};
pub(crate) use gate::{Endpoint, Gate, Seen, Verdict, open};
pub(crate) use journal::{Change, ChangeKind, Write};
pub(crate) use lists::Lists;

use jiff::Timestamp;
use kube::Client;
use std::sync::{Arc, Mutex, MutexGuard};
use store::State;

/// The server. Clones are the same one.
#[derive(Clone)]
pub(crate) struct ApiServer(Arc<Mutex<State>>);

impl ApiServer {
    /// A server with the namespaces `default` and `kube-system`, the latter with this UID. `now` must not call the
    /// server.
    pub(crate) fn new(cluster_uid: &str, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Mutex::new(State::new(cluster_uid, Box::new(now)))))
    }

    /// What one process talks to. Both gates are asked once per request: `before` it is carried out, and `after` it was,
    /// with the answer held back.
    pub(crate) fn service(&self, caller: &str, before: Gate, after: Gate) -> Endpoint {
        Endpoint::new(self.clone(), caller, before, after)
    }

    /// A client of [`Self::service`]. It needs a tokio runtime, and does not repeat calls by itself.
    pub(crate) fn client(&self, caller: &str, before: Gate, after: Gate) -> Client {
        Client::new(self.service(caller, before, after), "default")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}
