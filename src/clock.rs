//! Time is an argument: whoever needs "now" gets it from here, and tests give their own.

use jiff::{SignedDuration, Timestamp};
use std::{fmt, sync::Arc};
use tokio::time::Instant;

/// A source of the present.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    began: (Timestamp, Instant),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::new(Timestamp::now)
    }

    /// Any other clock.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let began = (now(), Instant::now());
        Self { now: Arc::new(now), began }
    }

    /// The present, for what is stored, shown, or compared with times of others.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// A time that passes evenly while the process lives, whatever is done to the machine's clock: for ages and periods of
    /// what this process has seen itself. It begins with the present, and is to be compared with nothing but itself.
    pub fn steady(&self) -> Timestamp {
        let (began, at) = self.began;
        let passed = SignedDuration::try_from(at.elapsed()).unwrap_or(SignedDuration::MAX);
        began.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Mutex, time::Duration};

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_has_a_steady_time_all_the_same() {
        let wall = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
        let shown = Arc::clone(&wall);
        let clock = Clock::new(move || *shown.lock().unwrap());
        let began = clock.steady();
        tokio::time::advance(Duration::from_secs(10)).await;
        *wall.lock().unwrap() -= SignedDuration::from_hours(24);
        assert_eq!(clock.steady().duration_since(began), SignedDuration::from_secs(10));
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH - SignedDuration::from_hours(24));
    }
}
