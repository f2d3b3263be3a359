//! The edge: watches objects, and carries plans out against the API server and AWS.

mod act;
mod cluster;
mod context;
mod errors;
mod events;
mod execute;
mod memory;
mod needs;
mod observe;
mod pause;
mod preflight;
mod reconcile;
mod run;
mod siblings;
mod status;

pub use cluster::{Cluster, ClusterError};
pub use context::{Context, Settings};
pub use preflight::{PreflightError, preflight};
pub use run::run;
