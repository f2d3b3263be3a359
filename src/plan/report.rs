//! From a verdict to a status: conditions whose transition times move only with their status.

use super::{Claim, Desired, Rejection, Truth, Verdict};
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
    // A generation counts as observed once there is something to say of it.
    let says_something = verdict.ready.is_some() || verdict.deletion_blocked.is_some() || verdict.stale.is_some();
    status.observed_generation = if says_something { Some(desired.generation) } else { before.observed_generation };
    let mut conditions = Conditions { list: &mut status.conditions, generation: desired.generation, now };
    if let Some(why) = &verdict.stale {
        let stale = Claim::unknown(Reason::ObservationStale, why.clone());
        for kind in
            [ConditionType::Ready, ConditionType::Issued, ConditionType::RecordsReady, ConditionType::RenewalReady]
        {
            conditions.set(kind, &stale);
        }
        conditions.clear(ConditionType::Reconciling);
        conditions.clear(ConditionType::Stalled);
        return status;
    }
    if let Some(ready) = &verdict.ready {
        conditions.set(ConditionType::Ready, ready);
        conditions.set(ConditionType::Issued, &issued(ledger, ready));
        conditions.set_progress(ready);
    }
    match &verdict.records {
        Some(records) => conditions.set(ConditionType::RecordsReady, records),
        None if verdict.ready.is_some() => conditions.set_if_absent(
            ConditionType::RecordsReady,
            &Claim::no(Reason::WaitingForRecords, "no validation record is known yet."),
        ),
        None => {}
    }
    if verdict.ready.is_some() {
        let records = verdict.records.as_ref();
        conditions.set(ConditionType::RenewalReady, &renewal_ready(ledger, records));
    }
    if *verdict != Verdict::unchanged() {
        conditions.set_or_clear(ConditionType::DeletionBlocked, verdict.deletion_blocked.as_ref());
        conditions.set_or_clear(ConditionType::Suspended, verdict.suspended.as_ref());
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
    let issued = issued(before, &claim);
    let mut conditions = Conditions { list: &mut status.conditions, generation, now };
    conditions.set(ConditionType::Ready, &claim);
    conditions.set(ConditionType::Issued, &issued);
    conditions.set_progress(&claim);
    status
}

fn issued(ledger: &AcmCertificateStatus, ready: &Claim) -> Claim {
    let Some(arn) = &ledger.certificate_arn else {
        return match ready.reason {
            Reason::CertificateGone => Claim::no(Reason::CertificateGone, ready.message.clone()),
            _ => Claim::no(Reason::NotYetIssued, "no certificate has been issued yet."),
        };
    };
    match ready.reason {
        Reason::Expired | Reason::Revoked => Claim::no(ready.reason, ready.message.clone()),
        _ => Claim::yes(Reason::Issued, format!("{arn} is issued.")),
    }
}

fn renewal_ready(ledger: &AcmCertificateStatus, records: Option<&Claim>) -> Claim {
    if ledger.certificate_arn.is_none() {
        return Claim::unknown(Reason::NotYetIssued, "no certificate has been issued yet.");
    }
    let renewal = ledger.renewal.clone().unwrap_or_default();
    let renewal_reason = renewal.reason.unwrap_or_default();
    match renewal.status.as_deref() {
        Some("PENDING_AUTO_RENEWAL") => return Claim::yes(Reason::Renewing, "ACM is renewing the certificate."),
        Some("PENDING_VALIDATION") => {
            let message =
                format!("ACM cannot validate every name for the renewal {renewal_reason}").trim_end().to_owned();
            return Claim::no(Reason::RenewalPendingValidation, message + ".");
        }
        Some("FAILED") => {
            let message = format!("ACM could not renew the certificate: {renewal_reason}.");
            return Claim::no(Reason::RenewalFailed, message);
        }
        _ => {}
    }
    if let Some(records) = records.filter(|records| records.truth == Truth::False) {
        return Claim::no(Reason::RecordMissing, format!("ACM cannot renew: {}", records.message));
    }
    if ledger.in_use_by_count.unwrap_or(0) == 0 {
        let message = "no AWS resource uses the certificate, so ACM will not renew it; attach it to one.";
        return Claim::no(Reason::NotInUse, message);
    }
    match renewal.eligibility.as_deref() {
        Some("INELIGIBLE") => Claim::no(Reason::Ineligible, "ACM reports the certificate as not eligible for renewal."),
        _ => Claim::yes(Reason::Eligible, "in use and eligible: ACM will renew the certificate."),
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

    /// `Reconciling` and `Stalled` follow from `Ready`: kstatus reads them. Never both.
    fn set_progress(&mut self, ready: &Claim) {
        let quiet = ready.truth != Truth::False || matches!(ready.reason, Reason::Suspended | Reason::Deleting);
        let stalled = ready.reason.is_stalled();
        let claim = Claim::yes(ready.reason, ready.message.clone());
        self.set_or_clear(ConditionType::Reconciling, (!quiet && !stalled).then_some(&claim));
        self.set_or_clear(ConditionType::Stalled, (!quiet && stalled).then_some(&claim));
    }
}

/// The API server takes 32,768 characters of a message.
fn truncated(message: &str) -> String {
    message.chars().take(32_768).collect()
}

fn position(kind: &str) -> usize {
    ConditionType::ALL.iter().position(|known| known.as_str() == kind).unwrap_or(usize::MAX)
}
