//! A place that does not answer in time holds up few callers at once: the others are told so at once, and go on with
//! what else they have to do.

use super::{AwsError, Meaning, Operation, session::CONNECT_TIMEOUT};
use crate::names::{HostedZoneId, Region};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// An answer is not waited for longer than this by many at once. Answers of AWS take milliseconds; a place in trouble lets
/// its callers wait until they give up: while they connect, or for the answer.
const SLOW: Duration = Duration::from_secs(3);
const _: () = assert!(SLOW.as_secs() < CONNECT_TIMEOUT.as_secs());
/// Calls at once to a silent place: enough to notice when it answers again.
const PROBES: usize = 2;

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Acm(Region),
    HostedZones,
    HostedZone(HostedZoneId),
}

impl Place {
    /// Whose rates count.
    pub(super) fn region(&self) -> Option<&Region> {
        match self {
            Self::Acm(region) => Some(region),
            Self::HostedZones | Self::HostedZone(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acm(region) => write!(f, "ACM in {region}"),
            Self::HostedZones => f.write_str("Route 53"),
            Self::HostedZone(zone) => write!(f, "Route 53, of hosted zone {zone},"),
        }
    }
}

#[derive(Debug, Default)]
struct State {
    is_silent: bool,
    calls: usize,
}

/// The places that are silent, and the calls under way to each.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<HashMap<Place, State>>);

impl Breaker {
    /// A call begins, if it may.
    ///
    /// # Errors
    /// `Unavailable`: the place is silent, and others are trying it already. Nothing is sent.
    pub(super) fn enter(&self, operation: Operation, place: &Place) -> Result<Visit<'_>, AwsError> {
        let mut states = self.states();
        let state = states.entry(place.clone()).or_default();
        if state.is_silent && state.calls >= PROBES {
            return Err(AwsError {
                operation,
                meaning: Meaning::Unavailable,
                code: Some(NOT_SENT.to_owned()),
                message: format!("not sent: {place} does not answer in time"),
                request_id: None,
            });
        }
        state.calls += 1;
        Ok(Visit { breaker: self, place: place.clone(), began: Instant::now(), is_silent: None })
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Place, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code of an error of a call that was not sent.
const NOT_SENT: &str = "NotSent";

impl AwsError {
    /// Is it certain that AWS has not seen the call?
    pub fn is_not_sent(&self) -> bool {
        self.code.as_deref() == Some(NOT_SENT)
    }
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Visit<'a> {
    breaker: &'a Breaker,
    place: Place,
    began: Instant,
    /// What its end tells. A call that nobody waited for any more tells nothing.
    is_silent: Option<bool>,
}

impl Visit<'_> {
    /// The wait for a permit is not the place's fault.
    pub(super) fn sends(&mut self) {
        self.began = Instant::now();
    }

    /// The call has ended.
    pub(super) fn ends<T>(mut self, result: &Result<T, AwsError>) {
        let is_outage = result.as_ref().is_err_and(|error| error.is(Meaning::Unavailable));
        // An error that comes at once tells neither that the place is silent nor that it answers.
        self.is_silent = match is_outage {
            true => (self.began.elapsed() >= SLOW).then_some(true),
            false => Some(false),
        };
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if let Some(state) = self.breaker.states().get_mut(&self.place) {
            state.calls = state.calls.saturating_sub(1);
            state.is_silent = self.is_silent.unwrap_or(state.is_silent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silence() -> Result<(), AwsError> {
        Err(AwsError {
            operation: Operation::DescribeCertificate,
            meaning: Meaning::Unavailable,
            code: None,
            message: "no answer within 20 s".into(),
            request_id: None,
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_region_holds_up_few_calls_and_no_other_region() {
        let breaker = Breaker::default();
        let (silent, well) = (Place::Acm("eu-west-1".parse().unwrap()), Place::Acm("us-east-1".parse().unwrap()));
        let enter = |place| breaker.enter(Operation::DescribeCertificate, place);
        let waiting: Vec<_> = (0..16).map(|_| enter(&silent).unwrap()).collect();
        tokio::time::advance(Duration::from_secs(20)).await;
        waiting.into_iter().for_each(|visit| visit.ends(&silence()));
        let probes: Vec<_> = (0..PROBES).map(|_| enter(&silent).unwrap()).collect();
        let refused = enter(&silent).unwrap_err();
        assert!(refused.is(Meaning::Unavailable) && refused.is_not_sent());
        assert!(enter(&well).is_ok() && enter(&Place::HostedZones).is_ok());
        probes.into_iter().for_each(|probe| probe.ends(&silence()));
        let probes: Vec<_> = (0..PROBES).map(|_| enter(&silent).unwrap()).collect();
        assert!(enter(&silent).is_err(), "an error that came at once is no answer");
        for probe in probes {
            probe.ends(&Ok(()));
        }
        let again: Vec<_> = (0..16).map(|_| enter(&silent)).collect();
        assert!(again.iter().all(Result::is_ok), "it has answered");
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_that_cannot_be_connected_to_is_silent() {
        let breaker = Breaker::default();
        let enter = || breaker.enter(Operation::ListHostedZones, &Place::HostedZones);
        let visit = enter().unwrap();
        tokio::time::advance(CONNECT_TIMEOUT).await;
        visit.ends(&silence());
        let waiting: Vec<_> = (0..PROBES).map(|_| enter().unwrap()).collect();
        assert!(enter().is_err(), "{waiting:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn errors_that_come_at_once_and_long_waits_for_a_permit_are_no_silence() {
        let breaker = Breaker::default();
        let enter = || breaker.enter(Operation::ListHostedZones, &Place::HostedZones);
        let mut visit = enter().unwrap();
        tokio::time::advance(Duration::from_secs(60)).await;
        visit.sends();
        visit.ends(&silence());
        let many: Vec<_> = (0..16).map(|_| enter()).collect();
        assert!(many.iter().all(Result::is_ok));
    }
}
