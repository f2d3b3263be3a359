//! acmcert: a Kubernetes operator for certificates of AWS Certificate Manager.
//!
//! ```text
//!  watch (kube) ──► reconcile ──► observe ──► plan(desired, observed, now) ──► execute ──► report ──► one status write
//!                      ▲             ▲                                           │
//!                      │             └── fleet: shared observation per region    │
//!                      └──── wake-ups: what changed in the fleet                 └── pacer: quotas ► ACM / Route 53
//! ```
//!
//! | module | what it is for |
//! | --- | --- |
//! | [`names`] | names of the outside world, parsed once |
//! | [`api`] | the `AcmCertificate` resource: types, rules, reasons |
//! | [`plan`] | the pure core: the next step, and what is true |
//! | [`aws`] | ACM, Route 53 and STS in our own words, paced |
//! | [`fleet`] | the shared observation |
//! | [`controller`] | watch, reconcile, observe, execute, status, Events |
//! | [`mistake`] | what must not be done, for the explorer to catch |
//! | [`leader`], [`telemetry`], [`server`], [`cli`] | lease, logs and metrics, HTTP, command line |

pub mod api;
pub mod aws;
pub mod cli;
pub mod clock;
pub mod controller;
pub mod fleet;
pub mod leader;
pub mod mistake;
pub mod names;
pub mod plan;
pub mod server;
pub mod telemetry;
