//! A spec that cannot be acted upon: nothing is changed in AWS, and the certificate that serves is reported as ever.

use super::{
    Claim, Desired, Look, Observed, Plan, Rejection, Sight, Step, Verdict, expiry,
    sentences::{stale_or_unchanged, suspended},
    suspension::{as_seen, did_serve, gone, patience},
};
use crate::api::{AcmCertificateStatus, Reason};
use jiff::Timestamp;

pub(super) fn plan(desired: &Desired, observed: &Observed, rejection: &Rejection, now: Timestamp) -> Plan {
    let ledger = as_seen(desired, observed, now);
    let is_gone = observed.certificate == Look::Seen(Sight::Absent { confirmed: true }) && did_serve(&ledger);
    let is_unseen = matches!(observed.certificate, Look::Failed(_) | Look::NotTaken);
    let (stale, issued, its_certificate) = match &ledger.certificate_arn {
        None => (None, None, String::new()),
        // NB: what is wrong with the spec is known without AWS.
        Some(_) if is_unseen => (stale_or_unchanged(desired, observed).stale, None, String::new()),
        Some(_) if is_gone => {
            let gone = gone(desired, &ledger, "nothing is requested until the spec is corrected");
            (None, Some(gone), " Meanwhile its certificate was deleted outside of the operator.".to_owned())
        }
        Some(_) => (None, None, what_serves(&ledger, now)),
    };
    let ready = Claim::no(rejection.reason, format!("{}{its_certificate}", rejection.message));
    let suspended = desired.suspend.then(|| Claim::yes(Reason::Suspended, suspended(desired)));
    let unseen = is_unseen && ledger.certificate_arn.is_some();
    let verdict = Verdict { ready: Some(ready), issued, suspended, stale, unseen, ..Verdict::unchanged() };
    Plan::new(Step::Wait, ledger, verdict, patience(observed))
}

fn what_serves(ledger: &AcmCertificateStatus, now: Timestamp) -> String {
    match expiry::end(ledger, now) {
        Some(end) => format!(" Meanwhile {}.", expiry::end_in_words(ledger, end)),
        None => " Its certificate serves on; until the spec is corrected, nothing is changed in AWS.".to_owned(),
    }
}
