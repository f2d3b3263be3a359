//! The operator from outside: its types, its layers, its chart, and its life on a real API server with a simulated AWS.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test, what must not fail ends the test where it does")]

#[expect(unreachable_pub, reason = "support code says what is for tests and what is its own")]
mod support;

mod adapters;
mod chart;
mod cluster;
mod crd;
mod explore;
mod layers;
mod manifests;
mod plan;
mod reasons;
mod samples;
