//! From a verdict to a status: conditions whose transition times move only with their status.

use super::{
    Claim, Desired, Truth, Verdict,
    attempts::{ENDS, none_serves},
    deadline, expiry,
    ledger::is_pending,
    renewal,
    sentences::ended,
    story, wanted_records,
};
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
        (Some(why), ready) => {
            let end = expiry::known_end(before, ledger, now);
            conditions.set_stale(desired, ledger, why, ready.as_ref(), end, verdict.suspended.is_some());
        }
        (None, Some(ready)) => conditions.set_all(desired, ledger, ready, verdict),
        (None, None) => {
            if let Some(records) = &verdict.records {
                conditions.set(ConditionType::RecordsReady, records);
            }
        }
    }
    if !desired.deleting {
        expiry::announce(&mut status, &desired.limits, now);
        renewal::announce(before, &mut status, &desired.limits, now);
    }
    story::note_hidden(before, &mut status);
    status
}

/// `who`: what the message begins with.
fn issued(who: &str, ledger: &AcmCertificateStatus, ready: &Claim, now: Timestamp) -> Claim {
    let Some(arn) = &ledger.certificate_arn else {
        return match ready.reason {
            Reason::CertificateGone => ready.in_brief(),
            Reason::Deleting => Claim::no(Reason::NotYetIssued, format!("{who}there is no certificate any more.")),
            _ => Claim::no(Reason::NotYetIssued, format!("{who}{}.", none_serves(ledger))),
        };
    };
    match (ready.reason, expiry::end(ledger, now)) {
        (Reason::Expired | Reason::Revoked, _) => ready.in_brief(),
        // Such as while its replacement is on its way.
        (_, Some(end)) => {
            Claim::no(end, format!("{who}{}; it was {arn}. Ready says what comes.", expiry::end_in_words(ledger, end)))
        }
        (_, None) => Claim::yes(Reason::Issued, format!("{who}{arn} is issued.")),
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
        let claim = Claim::yes(ready.reason, ready.in_brief().message);
        self.set_or_clear(ConditionType::Reconciling, (!quiet && !stalled && !suspended).then_some(&claim));
        self.set_or_clear(ConditionType::Stalled, (!quiet && stalled).then_some(&claim));
    }

    /// What follows from `Ready` and the ledger.
    fn set_all(&mut self, desired: &Desired, ledger: &AcmCertificateStatus, ready: &Claim, verdict: &Verdict) {
        let who = format!("{}: ", desired.domain_name);
        let issued = verdict.issued.clone().unwrap_or_else(|| issued(&who, ledger, ready, self.now));
        self.set(ConditionType::Ready, ready);
        self.set_progress(ready, verdict.suspended.is_some());
        if verdict.unseen {
            return;
        }
        self.set(ConditionType::Issued, &issued);
        match &verdict.records {
            // In full once: here only what `Ready` does not say.
            Some(records) if records.reason == ready.reason => {
                self.set(ConditionType::RecordsReady, &records.in_brief());
            }
            Some(records) => self.set(ConditionType::RecordsReady, records),
            // ACM can be read again, and of the records nobody knows anything newer.
            None if desired.rejection.is_some() && self.is_records_stale() => {
                let unseen = format!("{who}the validation records are not looked at while nothing is changed in AWS.");
                self.set(ConditionType::RecordsReady, &Claim::unknown(Reason::ObservationStale, unseen));
            }
            None => {
                let unknown = format!("{who}no validation record is known yet.");
                let unknown = Claim::no(Reason::WaitingForRecords, unknown);
                // What was told of the records of an earlier certificate is not true of those to come.
                match wanted_records(ledger).is_empty() {
                    true => self.set(ConditionType::RecordsReady, &unknown),
                    false => self.set_if_absent(ConditionType::RecordsReady, &unknown),
                }
            }
        }
        // NB: of the records as they are told now, for a pass that did not look at them knows nothing newer. Those of a
        // replacement say nothing of the certificate that serves.
        let records = self.find(ConditionType::RecordsReady).filter(|_| !is_pending(ledger));
        let mut readiness = renewal::readiness(desired, ledger, &issued, records, self.now);
        if let Some(unseen) = records.filter(|c| c.status == "Unknown" && readiness.truth == Truth::True) {
            readiness = Claim::unknown(Reason::ObservationStale, unseen.message.clone());
        }
        self.set(ConditionType::RenewalReady, &readiness);
    }

    fn is_records_stale(&self) -> bool {
        self.find(ConditionType::RecordsReady)
            .is_some_and(|records| records.reason == Reason::ObservationStale.as_str())
    }

    /// Nothing is claimed of what was not observed for long. What is known without looking stays: that an object is being
    /// deleted, that its spec cannot be acted upon, that its certificate has come to its end.
    fn set_stale(
        &mut self,
        desired: &Desired,
        ledger: &AcmCertificateStatus,
        why: &str,
        ready: Option<&Claim>,
        end: Option<Reason>,
        suspended: bool,
    ) {
        let who = format!("{}: ", desired.domain_name);
        let unseen = why.strip_prefix(&who).unwrap_or(why);
        let stale = Claim::unknown(Reason::ObservationStale, why);
        self.set(ConditionType::RecordsReady, &stale);
        let issued = end.map(|end| Claim::no(end, format!("{who}{}; {unseen}", expiry::end_in_words(ledger, end))));
        let readiness = issued.as_ref().map(|issued| renewal::readiness(desired, ledger, issued, None, self.now));
        self.set(ConditionType::RenewalReady, readiness.as_ref().unwrap_or(&stale));
        // While another certificate is on its way, the end of the old one is not all there is to say.
        let is_alone = !is_pending(ledger);
        let told = ready.filter(|_| desired.deleting || desired.rejection.is_some());
        let told = told.or(issued.as_ref().filter(|_| is_alone)).cloned();
        let told = told.or_else(|| self.told_end(desired, ledger, unseen));
        let ready = told.unwrap_or_else(|| match expiry::end(ledger, self.now).filter(|_| end.is_none() && is_alone) {
            Some(end) => Claim::unknown(
                Reason::ObservationStale,
                format!("{who}{}, as far as was seen; {unseen}", expiry::end_in_words(ledger, end)),
            ),
            None => stale.clone(),
        });
        self.set(ConditionType::Ready, &ready);
        self.set(ConditionType::Issued, issued.as_ref().unwrap_or(&stale));
        self.set_progress(&ready, suspended);
    }

    /// `Ready` of a request that ACM has given up, if that was told: it is final, whatever can be seen now.
    fn told_end(&self, desired: &Desired, ledger: &AcmCertificateStatus, unseen: &str) -> Option<Claim> {
        let word = ledger.certificate_status.as_deref().filter(|word| ENDS.contains(word))?;
        let (reason, _) = ended(desired, ledger, word, None);
        self.find(ConditionType::Ready).filter(|ready| ready.status == "False" && ready.reason == reason.as_str())?;
        let failure = ledger.failure.as_ref()?;
        Some(Claim::no(reason, format!("{}; {unseen}", failure.message.trim_end_matches('.'))))
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
