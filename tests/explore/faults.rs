//! What can go wrong with one request, and when it does.

use super::{
    steps::{Step, Surface},
    story::Variant,
};
use std::{collections::BTreeMap, sync::Mutex, time::Duration};

macro_rules! kinds {
    ($($name:ident = $id:literal, $what:literal;)+) => {
        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Kind { $(#[doc = $what] $name,)+ }

        impl Kind {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];
            /// Its letter in the table and in `CELL=`; a digit tells variants of one kind apart.
            pub(crate) const fn id(self) -> &'static str { match self { $(Self::$name => $id),+ } }
            /// In words.
            pub(crate) const fn what(self) -> &'static str { match self { $(Self::$name => $what),+ } }
        }
    };
}

kinds! {
    CrashBefore = "a", "crash before it is sent";
    CrashInFlight = "b", "crash while it is on its way; it takes effect";
    CrashAfter = "c", "crash after it took effect";
    AnswerLost = "d", "it takes effect, and no answer ever comes";
    RequestLost = "e", "it never arrives, and no answer ever comes";
    Late = "f", "an error now, and it takes effect later";
    Throttled = "g", "too many requests";
    ErrorBefore = "h1", "a server error, and nothing happened";
    ErrorAfter = "h2", "a server error, and it happened";
    Reset = "i1", "the connection is reset, and nothing happened";
    HalfAnAnswer = "i2", "half an answer, and it happened";
    ExpiredCredentials = "j", "the credentials have expired";
    Denied = "k", "access is denied";
    Malformed = "l1", "it happened, and the answer is garbage";
    UnknownEnum = "l2", "it happened, and the answer has a word of tomorrow";
    Conflict = "m", "a conflict";
    Slow = "n", "it takes ten seconds";
}

impl Kind {
    /// Why this cannot happen to that step; nothing if it can.
    pub(crate) fn impossible_at(self, step: Step, variant: Variant) -> Option<&'static str> {
        match (self, step.surface(), step.writes()) {
            _ if step == Step::D7HandOver && variant != Variant::Shared => Some("no other object relies on the record"),
            (Self::Late, _, false) => Some("a read has no effect that could come late"),
            (Self::Conflict, _, false) => Some("a read conflicts with nothing"),
            (Self::Conflict, Surface::Acm, true) => Some("ACM documents no conflict for this operation"),
            (Self::UnknownEnum, Surface::Kubernetes, _) => {
                Some("the answer is the operator's own resource: it has no words of others")
            }
            (Self::UnknownEnum, Surface::Acm, true) => Some("the answer has no enumeration in it"),
            _ => None,
        }
    }
}

/// One fault, on the first request that is this step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) step: Step,
    pub(crate) kind: Kind,
}

/// The faults of a run.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Planned>);

#[derive(Debug, Default)]
struct Planned {
    single: Vec<Fault>,
    fired: Vec<Fault>,
    /// Out of a thousand requests, so many are struck by a kind drawn by lot.
    per_mille: u64,
    kinds: Vec<Kind>,
    /// How much later what is late takes effect, if not as ever.
    late_by: Option<Duration>,
    /// Operations of AWS that are answered with such a code and message, whatever the model would say.
    refusals: BTreeMap<String, (&'static str, &'static str)>,
}

impl Faults {
    /// Each strikes once.
    pub(crate) fn plan(&self, faults: &[Fault]) {
        self.0.lock().unwrap().single.extend(faults);
    }

    /// Any request may be struck.
    pub(crate) fn storm(&self, per_mille: u64, kinds: &[Kind]) {
        let mut planned = self.0.lock().unwrap();
        planned.per_mille = per_mille;
        planned.kinds = kinds.to_vec();
    }

    /// From here on all goes well.
    pub(crate) fn cease(&self) {
        let mut planned = self.0.lock().unwrap();
        planned.single.clear();
        planned.per_mille = 0;
    }

    /// What is late is so late, as what is sent by a worker that was paused.
    pub(crate) fn delay_by(&self, time: Duration) {
        self.0.lock().unwrap().late_by = Some(time);
    }

    pub(crate) fn late_by(&self) -> Option<Duration> {
        self.0.lock().unwrap().late_by
    }

    /// The operation is not carried out, and answered with this error, until [`Self::accept`].
    pub(crate) fn refuse(&self, operation: &str, code: &'static str, message: &'static str) {
        self.0.lock().unwrap().refusals.insert(operation.to_owned(), (code, message));
    }

    pub(crate) fn accept(&self, operation: &str) {
        self.0.lock().unwrap().refusals.remove(operation);
    }

    pub(crate) fn refusal_of(&self, operation: &str) -> Option<(&'static str, &'static str)> {
        self.0.lock().unwrap().refusals.get(operation).copied()
    }

    pub(crate) fn fired(&self) -> usize {
        self.0.lock().unwrap().fired.len()
    }

    /// What strikes this request.
    pub(crate) fn strike(
        &self,
        step: Option<Step>,
        surface: Surface,
        writes: bool,
        chance: impl Fn(u64) -> u64,
    ) -> Option<Kind> {
        let mut planned = self.0.lock().unwrap();
        if let Some(at) = planned.single.iter().position(|fault| Some(fault.step) == step) {
            let fault = planned.single.remove(at);
            planned.fired.push(fault);
            return Some(fault.kind);
        }
        if planned.per_mille == 0 || chance(1000) >= planned.per_mille {
            return None;
        }
        let drawn = planned.kinds[usize::try_from(chance(planned.kinds.len() as u64)).unwrap()];
        let possible = match drawn {
            Kind::Late => writes,
            Kind::Conflict => writes && surface != Surface::Acm,
            Kind::UnknownEnum => surface != Surface::Kubernetes && !writes,
            _ => true,
        };
        if !possible {
            return None;
        }
        planned.fired.push(Fault { step: step.unwrap_or(Step::E14), kind: drawn });
        Some(drawn)
    }
}
