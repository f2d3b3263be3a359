//! A suspended object: nothing is changed in AWS, and everything is reported.

use super::{
    Claim, Desired, Look, Observed, Patience, Plan, Sight, Step, Verdict,
    adoption::{self, certificate_that_matters},
    attempts::note_end,
    expiry,
    ledger::{is_pending, take_in},
    records,
    request::covers,
    sentences::{ended, issued_for, stale_or_unchanged, suspended},
};
use crate::api::{AcmCertificateStatus, Reason};
use jiff::Timestamp;

pub(super) fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let ledger = as_seen(desired, observed, now);
    let message = suspended(desired);
    let word = ledger.certificate_status.as_deref().unwrap_or_default();
    let mut verdict = match &observed.certificate {
        Look::Failed(_) => stale_or_unchanged(desired, observed),
        Look::NotTaken if certificate_that_matters(&ledger).is_some() => stale_or_unchanged(desired, observed),
        Look::Seen(Sight::Absent { confirmed: true }) => {
            let gone = gone(desired, &ledger, "nothing is requested until spec.suspend is false");
            let issued = did_serve(&ledger).then(|| gone.clone());
            Verdict { ready: Some(gone), issued, ..Verdict::unchanged() }
        }
        Look::Seen(Sight::Absent { confirmed: false }) => Verdict::unchanged(),
        _ if covers(&ledger, desired) && word == "ISSUED" => {
            let good = issued_for(desired, &ledger);
            let ready = Verdict::ready(format!("{good} Suspended by spec.suspend: nothing is changed in AWS."));
            Verdict { ready: expiry::expired(desired, &ledger, now).or(ready.ready), ..Verdict::unchanged() }
        }
        _ if matches!(word, "EXPIRED" | "REVOKED") => {
            let (reason, message) = ended(desired, &ledger, word, None);
            Verdict::not_ready(reason, message)
        }
        _ => Verdict::not_ready(Reason::Suspended, message.clone()),
    };
    if let Some(lost) = lost(desired, observed, &ledger, now) {
        verdict.ready = Some(lost);
    }
    if matches!(word, "PENDING_VALIDATION" | "ISSUED") {
        verdict.records = records::plan(desired, observed, &ledger).claim(desired, &ledger);
    }
    verdict.suspended = Some(Claim::yes(Reason::Suspended, message));
    Plan::new(Step::Wait, ledger, verdict, patience(observed))
}

/// An absence takes a second look before long.
pub(super) fn patience(observed: &Observed) -> Patience {
    match &observed.certificate {
        Look::Seen(Sight::Absent { confirmed: false }) => Patience::Pending,
        _ => Patience::Settled,
    }
}

/// The status with what was seen. Nothing is put in its place, retired or tried again, but that an end has come counts
/// from now on.
pub(super) fn as_seen(desired: &Desired, observed: &Observed, now: Timestamp) -> AcmCertificateStatus {
    let mut ledger = observed.status.clone();
    if let (Look::Seen(Sight::Detail(detail)), Some(_)) = (&observed.certificate, &ledger.request) {
        ledger = take_in(&ledger, detail);
        note_end(desired, &mut ledger, &observed.status, now);
    }
    ledger
}

/// Is the certificate that matters the one that serves?
pub(super) fn did_serve(ledger: &AcmCertificateStatus) -> bool {
    ledger.certificate_arn.is_some() && !is_pending(ledger)
}

/// ACM does not know the certificate any more.
pub(super) fn gone(desired: &Desired, ledger: &AcmCertificateStatus, then: &str) -> Claim {
    let arn = certificate_that_matters(ledger).unwrap_or_default();
    let message = format!("{}: {arn} was deleted outside of the operator; {then}.", desired.domain_name);
    Claim::no(Reason::CertificateGone, message)
}

/// Somebody else has the certificate, as far as its tags were looked at.
fn lost(desired: &Desired, observed: &Observed, ledger: &AcmCertificateStatus, now: Timestamp) -> Option<Claim> {
    certificate_that_matters(ledger)?;
    let tags = observed.tags.seen().filter(|tags| !desired.owner.is_named_by(tags))?;
    adoption::lost(desired, ledger.clone(), tags, now).verdict.ready
}
