//! What holds after any sequence of calls, control actions and times.
//!
//! `PROPTEST_CASES` tries more sequences than usual, `PROPTEST_RNG_SEED` tries the same ones again.

#[cfg(test)]
#[path = "properties/sequence.rs"]
mod sequence;

#[cfg(test)]
#[path = "properties/resolver.rs"]
mod resolver;

#[cfg(test)]
#[path = "properties/walk.rs"]
mod walk;

#[cfg(test)]
#[path = "properties/batch.rs"]
mod batch;

#[cfg(test)]
#[path = "properties/certificates.rs"]
mod certificates;

#[cfg(test)]
#[path = "properties/bookkeeping.rs"]
mod bookkeeping;

#[cfg(test)]
#[path = "properties/noise.rs"]
mod noise;

#[cfg(test)]
#[path = "properties/control.rs"]
mod control;
