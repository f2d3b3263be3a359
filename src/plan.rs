//! The pure core: from what is desired and what was observed to one complete step, and to what the user is told.
//!
//! Nothing here touches the world or reads a clock. A plan leaves no choices: every [`Effect`] carries its ids, names,
//! values and token. One effect is one request; after it, the world is observed and planned anew.

mod adoption;
mod attempts;
mod brief;
mod certificate;
mod cleanup;
mod deadline;
mod desired;
mod expiry;
pub mod identity;
mod ledger;
mod look;
mod observed;
mod records;
mod rejection;
mod release;
mod renewal;
mod report;
mod request;
mod sentences;
mod story;
mod suspension;
mod trouble;
mod verdict;
mod waits;

pub use adoption::{certificate_that_matters, is_said_to_be_lost};
pub use cleanup::{certificates_to_delete, is_retained};
pub use desired::{Defaults, Desired, Envelope, Limits, Rejection};
pub use identity::Owner;
pub use ledger::{put_aside, take_in};
pub use look::{are_records_doubtful, is_worth_describing, serving_differs};
pub use observed::{Earlier, Look, Need, Observed, Retiring, Sight};
pub use records::{ZoneProblem, wanted_records, zone_for};
pub use report::{Report, report};
pub use request::{covers, is_earlier_life_possible, is_intent_open, is_token_safe, is_unanswered, over_budget};
pub use story::{Notice, duplicate_found, tell};
pub use trouble::{Reaction, reaction, trouble};
pub use verdict::{Claim, Truth, Verdict};

use crate::{
    api::{AcmCertificateStatus, RecordClaim},
    aws::{AwsError, CertificateRequest},
    mistake::Mistake,
    names::{CertificateArn, HostedZoneId},
};
use jiff::Timestamp;
use std::{collections::BTreeMap, fmt};

/// One request that changes the world.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// E1.
    AddFinalizer,
    /// E4.
    RequestCertificate(Box<CertificateRequest>),
    /// E8: one batch in one zone.
    CreateRecords {
        /// The zone.
        zone: HostedZoneId,
        /// The records, each claimed as `Creating`.
        records: Vec<RecordClaim>,
    },
    /// D5, E16.
    DeleteCertificate(CertificateArn),
    /// E12: the user's tags and ours.
    AddTags {
        /// The certificate.
        arn: CertificateArn,
        /// The tags.
        tags: BTreeMap<String, String>,
        /// All its tags, as they were when this was decided.
        seen: BTreeMap<String, String>,
    },
    /// Retain: our tags go, the certificate stays.
    RemoveTags {
        /// The certificate.
        arn: CertificateArn,
        /// Keys of the tags.
        keys: Vec<String>,
    },
    /// D7: the record becomes another object's to delete.
    HandOver {
        /// Namespace of that object.
        namespace: String,
        /// Name of that object.
        name: String,
        /// Its UID: an object of the same name that was made since is another one.
        uid: String,
        /// The record.
        record: RecordClaim,
    },
    /// D7: one batch in one zone.
    DeleteRecords {
        /// The zone.
        zone: HostedZoneId,
        /// The records, exactly as they stand there.
        records: Vec<RecordClaim>,
    },
    /// D8.
    RemoveFinalizer,
}

/// An effect whatever its parameters, but for what it is sent to. What AWS refuses of one holds back no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Which(std::mem::Discriminant<Effect>, Option<String>);

impl Effect {
    /// Which of the effects it is, and on what.
    pub fn which(&self) -> Which {
        let target = match self {
            Self::CreateRecords { zone, .. } | Self::DeleteRecords { zone, .. } => Some(zone.to_string()),
            Self::DeleteCertificate(arn) | Self::AddTags { arn, .. } | Self::RemoveTags { arn, .. } => {
                Some(arn.to_string())
            }
            Self::AddFinalizer | Self::RequestCertificate(_) | Self::HandOver { .. } | Self::RemoveFinalizer => None,
        };
        Which(std::mem::discriminant(self), target)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |records: &[RecordClaim]| records.iter().map(|r| r.name.clone()).collect::<Vec<_>>().join(", ");
        match self {
            Self::AddFinalizer => f.write_str("add the finalizer"),
            Self::RequestCertificate(request) => {
                let more = request.subject_alternative_names.len();
                write!(f, "request a certificate for {} (+{more} names) in {}", request.domain_name, request.region)
            }
            Self::CreateRecords { zone, records } => write!(f, "create in zone {zone}: CNAME {}", names(records)),
            Self::DeleteCertificate(arn) => write!(f, "delete {arn}"),
            Self::AddTags { arn, tags, .. } => {
                write!(f, "add to {arn} the tags {}", tags.keys().cloned().collect::<Vec<_>>().join(", "))
            }
            Self::RemoveTags { arn, keys } => write!(f, "remove from {arn} the tags {}", keys.join(", ")),
            Self::HandOver { namespace, name, record, .. } => {
                write!(f, "hand the record {} over to {namespace}/{name}", record.name)
            }
            Self::DeleteRecords { zone, records } => write!(f, "delete in zone {zone}: CNAME {}", names(records)),
            Self::RemoveFinalizer => f.write_str("remove the finalizer"),
        }
    }
}

/// What a pass does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Write the ledger: an intent or a claim stands in the status before its effect is sent.
    Write,
    /// Send one request.
    Do(Effect),
    /// Nothing to do until something changes or the time is up.
    Wait,
}

/// How soon to look again when nothing wakes the object up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Something is about to show up: seconds.
    Soon,
    /// Something is pending: the pending period.
    Pending,
    /// Somebody else has to act, or AWS has to release something: about a minute.
    Blocked,
    /// All is well: the record period.
    Settled,
    /// Something is due at a time: then, if not sooner.
    Until(Timestamp),
}

/// The next step, the ledger that goes with it, and what is true of the certificate then.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What to do.
    pub step: Step,
    /// The status without its conditions: as it shall be stored, after an effect if there is one.
    pub ledger: AcmCertificateStatus,
    /// What is true (after the effect).
    pub verdict: Verdict,
    /// When to look again.
    pub patience: Patience,
    /// What to tell the user besides what conditions tell.
    pub notices: Vec<Notice>,
    /// For an effect: the ledger and the verdict as they are without it, should AWS refuse it.
    pub otherwise: Option<Box<(AcmCertificateStatus, Verdict)>>,
    /// A look that failed: it is logged, and the next one comes later and later.
    pub failed: Option<AwsError>,
}

/// The next step for an object.
pub fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    // What is stored has whole seconds: what follows from it must be the same at the next look.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let mut with_serving = None;
    if let Some(detail) = &observed.serving {
        ledger::served(&mut with_serving.insert(observed.clone()).status, detail);
    }
    let observed = with_serving.as_ref().unwrap_or(observed);
    let mut plan = if desired.deleting {
        cleanup::plan(desired, observed, now)
    } else {
        certificate::plan(desired, observed, now)
    };
    story::say_whose(desired, &mut plan.notices);
    plan
}

impl Plan {
    fn new(step: Step, ledger: AcmCertificateStatus, verdict: Verdict, patience: Patience) -> Self {
        Self { step, ledger, verdict, patience, notices: vec![], otherwise: None, failed: None }
    }

    /// What is left of the plan when its effect is not to be sent, or was not carried out.
    #[must_use]
    pub fn without_effect(self, status: &AcmCertificateStatus) -> Self {
        let otherwise = self.otherwise.map(|otherwise| *otherwise);
        let (ledger, verdict) = otherwise.unwrap_or_else(|| (status.clone(), Verdict::unchanged()));
        Self { failed: self.failed, ..Self::new(Step::Wait, ledger, verdict, Patience::Blocked) }
    }

    fn with_notice(mut self, notice: Notice) -> Self {
        self.notices.push(notice);
        self
    }

    /// The ledger after RequestCertificate answered.
    #[must_use]
    pub fn with_requested(mut self, arn: &CertificateArn) -> Self {
        if let Some(request) = &mut self.ledger.request {
            request.certificate_arn = Some(arn.to_string());
        }
        if Mistake::ArnSwitchedAtRequest.is_made() {
            self.ledger.certificate_arn = Some(arn.to_string());
        }
        let name = match &self.step {
            Step::Do(Effect::RequestCertificate(request)) => Some(request.domain_name.clone()),
            _ => None,
        };
        self.notices.push(story::requested(name.as_ref(), &self.ledger, arn));
        self
    }
}
