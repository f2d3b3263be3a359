//! Stories on a real API server with a simulated AWS.

mod adoption;
mod crash;
mod deletion;
mod gauges;
mod issuance;
mod records;
mod renewal;
mod start;
mod trouble;
mod wait;
