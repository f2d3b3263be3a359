//! From a verdict to a status: conditions whose transition times move only with their status.

use super::{Claim, Desired, Rejection, Truth, Verdict, deadline, expiry, renewal};
use crate::api::{AcmCertificateStatus, ConditionType, Reason};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// A status that may be stored.
pub type Report = AcmCertificateStatus;

/// The status for a verdict.
pub fn report(
    desired: &Desired,
    before: &AcmCertificateStatus,
    ledger: &AcmCertificateStatus,
    verdict: &Verdict,
    now: Timestamp,
) -> Report {
    let mut status = ledger.clone();
    status.conditions = before.conditions.clone();
    let ready = match (&verdict.ready, status == *before) {
        // What cannot be seen may move.
        (ready, true) if verdict.stale.is_none() => deadline::imposed(desired, before, ready.as_ref(), now),
        (ready, _) => ready.clone(),
    };
    // A generation counts as observed once there is something to say of it.
    let says_something = ready.is_some() || verdict.deletion_blocked.is_some() || verdict.stale.is_some();
    status.observed_generation = if says_something { Some(desired.generation) } else { before.observed_generation };
    let mut conditions = Conditions { list: &mut status.conditions, generation: desired.generation, now };
    if *verdict != Verdict::unchanged() {
        conditions.set_or_clear(ConditionType::DeletionBlocked, verdict.deletion_blocked.as_ref());
        conditions.set_or_clear(ConditionType::Suspended, verdict.suspended.as_ref());
    }
    match (&verdict.stale, &ready) {
        (Some(why), ready) => conditions.set_stale(why, ready.as_ref().filter(|_| desired.deleting)),
        (None, Some(ready)) => conditions.set_all(desired, ledger, ready, verdict),
        (None, None) => {
            if let Some(records) = &verdict.records {
                conditions.set(ConditionType::RecordsReady, records);
            }
        }
    }
    if !desired.deleting {
        expiry::announce(&mut status, &desired.limits, now);
    }
    status
}

/// The status of a spec that cannot be acted upon.
pub fn report_rejection(
    before: &AcmCertificateStatus,
    rejection: &Rejection,
    generation: i64,
    now: Timestamp,
) -> Report {
    let mut status = before.clone();
    status.observed_generation = Some(generation);
    let claim = Claim::no(rejection.reason, rejection.message.clone());
    let issued = issued("", before, &claim, now);
    let mut conditions = Conditions { list: &mut status.conditions, generation, now };
    conditions.set(ConditionType::Ready, &claim);
    conditions.set(ConditionType::Issued, &issued);
    conditions.set_progress(&claim, false);
    status
}

/// `who`: what the message begins with.
fn issued(who: &str, ledger: &AcmCertificateStatus, ready: &Claim, now: Timestamp) -> Claim {
    let Some(arn) = &ledger.certificate_arn else {
        return match ready.reason {
            Reason::CertificateGone => Claim::no(Reason::CertificateGone, ready.message.clone()),
            _ => Claim::no(Reason::NotYetIssued, format!("{who}no certificate has been issued yet.")),
        };
    };
    match ready.reason {
        Reason::Expired | Reason::Revoked => Claim::no(ready.reason, ready.message.clone()),
        // Such as while its replacement is on its way.
        _ if expiry::is_over(ledger, now) => Claim::no(Reason::Expired, format!("{who}{arn} has expired.")),
        _ => Claim::yes(Reason::Issued, format!("{who}{arn} is issued.")),
    }
}

/// The list of conditions being brought up to date.
struct Conditions<'a> {
    list: &'a mut Vec<Condition>,
    generation: i64,
    now: Timestamp,
}

impl Conditions<'_> {
    fn set(&mut self, kind: ConditionType, claim: &Claim) {
        let (status, reason) = (claim.truth.as_str(), claim.reason.as_str());
        let new = Condition {
            type_: kind.as_str().into(),
            status: status.into(),
            reason: reason.into(),
            message: truncated(&claim.message),
            observed_generation: Some(self.generation),
            last_transition_time: Time(self.now),
        };
        match self.list.iter_mut().find(|condition| condition.type_ == new.type_) {
            Some(old) => {
                let since = if old.status == new.status { old.last_transition_time.clone() } else { Time(self.now) };
                *old = Condition { last_transition_time: since, ..new };
            }
            None => {
                self.list.push(new);
                self.list.sort_by_key(|condition| position(&condition.type_));
            }
        }
    }

    fn set_if_absent(&mut self, kind: ConditionType, claim: &Claim) {
        match self.list.iter_mut().find(|condition| condition.type_ == kind.as_str()) {
            Some(old) => old.observed_generation = Some(self.generation),
            None => self.set(kind, claim),
        }
    }

    fn clear(&mut self, kind: ConditionType) {
        self.list.retain(|condition| condition.type_ != kind.as_str());
    }

    fn set_or_clear(&mut self, kind: ConditionType, claim: Option<&Claim>) {
        match claim {
            Some(claim) => self.set(kind, claim),
            None => self.clear(kind),
        }
    }

    /// `Reconciling` and `Stalled` follow from `Ready`: kstatus reads them. Never both. Nothing goes on while suspended.
    fn set_progress(&mut self, ready: &Claim, suspended: bool) {
        let quiet = ready.truth != Truth::False || matches!(ready.reason, Reason::Suspended | Reason::Deleting);
        let stalled = ready.reason.is_stalled();
        let claim = Claim::yes(ready.reason, ready.message.clone());
        self.set_or_clear(ConditionType::Reconciling, (!quiet && !stalled && !suspended).then_some(&claim));
        self.set_or_clear(ConditionType::Stalled, (!quiet && stalled).then_some(&claim));
    }

    /// What follows from `Ready` and the ledger.
    fn set_all(&mut self, desired: &Desired, ledger: &AcmCertificateStatus, ready: &Claim, verdict: &Verdict) {
        let who = format!("{}: ", desired.domain_name);
        self.set(ConditionType::Ready, ready);
        self.set(ConditionType::Issued, &issued(&who, ledger, ready, self.now));
        self.set_progress(ready, verdict.suspended.is_some());
        match &verdict.records {
            Some(records) => self.set(ConditionType::RecordsReady, records),
            None => {
                let unknown = format!("{who}no validation record is known yet.");
                self.set_if_absent(ConditionType::RecordsReady, &Claim::no(Reason::WaitingForRecords, unknown));
            }
        }
        // NB: of the records as they are told now, for a pass that did not look at them knows nothing newer.
        let (records, before) = (self.find(ConditionType::RecordsReady), self.find(ConditionType::RenewalReady));
        let readiness = renewal::readiness(desired, ledger, records, before, self.now);
        self.set(ConditionType::RenewalReady, &readiness);
    }

    /// Nothing is claimed of what was not observed for long; but that an object is being deleted is known.
    fn set_stale(&mut self, why: &str, deleting: Option<&Claim>) {
        let stale = Claim::unknown(Reason::ObservationStale, why);
        self.set(ConditionType::Ready, deleting.unwrap_or(&stale));
        for kind in [ConditionType::Issued, ConditionType::RecordsReady, ConditionType::RenewalReady] {
            self.set(kind, &stale);
        }
        self.clear(ConditionType::Reconciling);
        self.clear(ConditionType::Stalled);
    }

    fn find(&self, kind: ConditionType) -> Option<&Condition> {
        self.list.iter().find(|condition| condition.type_ == kind.as_str())
    }
}

/// The API server takes 32,768 characters of a message.
fn truncated(message: &str) -> String {
    message.chars().take(32_768).collect()
}

fn position(kind: &str) -> usize {
    ConditionType::ALL.iter().position(|known| known.as_str() == kind).unwrap_or(usize::MAX)
}
