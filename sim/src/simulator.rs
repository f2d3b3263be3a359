//! The world and its clock under one lock: what every request works on.

use std::sync::{Mutex, MutexGuard, PoisonError};

use acmcert_sim::World;
use jiff::Timestamp;

use crate::clock::Clock;

/// A world in simulated time.
#[derive(Debug)]
pub(crate) struct Simulator {
    pub(crate) world: World,
    pub(crate) clock: Clock,
}

impl Simulator {
    /// Lets the world catch up with the clock, which then stands at the moment returned.
    pub(crate) fn catch_up(&mut self) -> Timestamp {
        let now = self.clock.now();
        self.world.advance(now);
        now
    }
}

/// A simulator shared by all requests.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<Simulator>);

impl Shared {
    pub(crate) fn new(simulator: Simulator) -> Shared {
        Shared(Mutex::new(simulator))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Simulator> {
        // A request that failed half-way has left nothing that a later one could not live with.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
