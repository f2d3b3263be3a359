//! Whole lives over years, in virtual time: what a person reads in the Events and the conditions from the first day to the
//! last, and that neither these nor the metrics ever say otherwise than the model.
//!
//! `snapshots/` has what is told of each, as people have read it and found it right.

mod chronicle;
mod facts;
mod idle;
mod life;
mod oracle;
mod out_of_sight;
mod proof;
mod renewal;
mod replacement;
mod told;
mod trouble;
mod unseen;
mod waiting;
mod whole;
