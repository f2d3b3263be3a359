//! The edge: watches objects, and carries plans out against the API server and AWS.

mod act;
mod budget;
mod cluster;
mod context;
mod errors;
mod events;
mod execute;
mod memory;
mod needs;
mod objects;
mod observe;
mod orphans;
mod pause;
mod preflight;
mod queue;
mod reconcile;
mod run;
mod search;
mod serving;
mod siblings;
mod status;

pub use cluster::{Cluster, ClusterError};
pub use context::{Context, Settings};
pub use errors::PassError;
pub use orphans::Orphans;
pub use preflight::{PreflightError, preflight};
pub use queue::Queue;
pub use reconcile::reconcile;
pub use run::{retry_after, run};
