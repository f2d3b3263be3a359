//! The operator from outside: its types, its layers, its chart, and its life on a real API server with a simulated AWS.

mod support;

mod chart;
mod cluster;
mod crd;
mod layers;
mod manifests;
mod samples;
