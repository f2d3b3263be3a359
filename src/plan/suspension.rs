//! A suspended object: nothing is changed in AWS, and everything is reported.

use super::{
    Claim, Desired, Look, Observed, Patience, Plan, Sight, Step, Verdict, expiry,
    ledger::take_in,
    request::covers,
    sentences::{ended, stale_or_unchanged},
};
use crate::api::Reason;
use jiff::Timestamp;

pub(super) fn plan(desired: &Desired, observed: &Observed, now: Timestamp) -> Plan {
    let mut ledger = observed.status.clone();
    if let (Look::Seen(Sight::Detail(detail)), Some(_)) = (&observed.certificate, &ledger.request) {
        ledger = take_in(&ledger, detail);
    }
    let message = format!("{}: suspended by spec.suspend; nothing is changed in AWS.", desired.domain_name);
    let word = ledger.certificate_status.as_deref().unwrap_or_default();
    let mut verdict = match &observed.certificate {
        Look::Failed(_) => stale_or_unchanged(desired, observed),
        Look::Seen(Sight::Absent { confirmed: true }) => {
            let gone = format!("{}: the certificate is gone; {message}", desired.domain_name);
            Verdict::not_ready(Reason::CertificateGone, gone)
        }
        Look::Seen(Sight::Absent { confirmed: false }) => Verdict::unchanged(),
        _ if covers(&ledger, desired) && word == "ISSUED" => {
            let ready = Verdict::ready(format!("issued for {}; the object is suspended.", desired.domain_name));
            Verdict { ready: expiry::expired(desired, &ledger, now).or(ready.ready), ..Verdict::unchanged() }
        }
        _ if matches!(word, "EXPIRED" | "REVOKED") => {
            let (reason, message) = ended(desired, &ledger, word, None);
            Verdict::not_ready(reason, message)
        }
        _ => Verdict::not_ready(Reason::Suspended, message.clone()),
    };
    verdict.suspended = Some(Claim::yes(Reason::Suspended, message));
    Plan::new(Step::Wait, ledger, verdict, Patience::Settled)
}
