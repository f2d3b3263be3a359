//! The end of a certificate: warnings while its renewal is not on track, each once, and the end itself.
//!
//! What was announced stands in the status, so neither a restart nor a lost Event repeats it. Of several thresholds that
//! have been passed only the last is announced.

use super::{Claim, Desired, Limits, Notice, renewal, sentences::date, story::condition};
use crate::api::{AcmCertificateStatus, Announced, ConditionType, EventReason, Reason};
use jiff::{SignedDuration, Timestamp};

/// Has the certificate that serves come to its end, by the clock?
pub(super) fn is_over(status: &AcmCertificateStatus, now: Timestamp) -> bool {
    status.not_after.as_ref().is_some_and(|end| end.0 <= now)
}

/// `Ready` of an issued certificate whose end the clock has passed. On the clock's word alone nothing is replaced: that
/// takes ACM's.
pub(super) fn expired(desired: &Desired, ledger: &AcmCertificateStatus, now: Timestamp) -> Option<Claim> {
    let end = ledger.not_after.as_ref().filter(|_| is_over(ledger, now))?.0;
    let then = match desired.adopts {
        Some(_) => "an adopted certificate is not requested anew: make an object that requests one",
        None => "another one is requested once ACM reports it as EXPIRED",
    };
    let message = format!("{}: the certificate expired at {end:.0} and was not renewed; {then}.", desired.domain_name);
    Some(Claim::no(Reason::Expired, message))
}

/// Notes in the status the warning that is due, if it was not given before.
pub(super) fn announce(status: &mut AcmCertificateStatus, limits: &Limits, now: Timestamp) {
    let has = |kind, truth: &str| condition(status, kind).is_some_and(|condition| condition.status == truth);
    if status.certificate_arn.is_none()
        || has(ConditionType::Issued, "False")
        || has(ConditionType::RenewalReady, "True")
        || is_over(status, now)
    {
        return;
    }
    let (Some(end), Some(serial)) = (&status.not_after, &status.serial) else { return };
    let left = end.0.duration_since(now);
    let passed = thresholds(status, limits).into_iter().filter(|threshold| left <= *threshold).min();
    let Some(threshold_days) = passed.map(days) else { return };
    let is_told = |last: &Announced| last.serial == *serial && last.threshold_days <= threshold_days;
    if !status.announced.as_ref().is_some_and(is_told) {
        status.announced = Some(Announced { serial: serial.clone(), threshold_days });
    }
}

/// The warning that a change of status has made due.
pub(super) fn tell(before: &AcmCertificateStatus, after: &AcmCertificateStatus, limits: &Limits) -> Vec<Notice> {
    let (Some(announced), Some(end)) = (&after.announced, &after.not_after) else { return vec![] };
    if before.announced.as_ref() == Some(announced) {
        return vec![];
    }
    let Announced { serial, threshold_days } = announced;
    let renewal = condition(after, ConditionType::RenewalReady);
    let why = renewal.map_or("", |condition| condition.message.as_str());
    let note = format!(
        "the certificate with the serial number {serial} expires {}, in {threshold_days} days or less, and its renewal is \
         not on track. {why}",
        date(end)
    );
    let mut notices = vec![Notice::new(EventReason::ExpiringSoon, note, format!("{serial}#{threshold_days}"))];
    let first = thresholds(after, limits).into_iter().max().map(days);
    if let Some(renewal) = renewal.filter(|condition| condition.reason == Reason::NotInUse.as_str())
        && first == Some(*threshold_days)
    {
        let notice = Notice::new(EventReason::NotInUse, renewal.message.clone(), format!("{serial}#{threshold_days}"));
        notices.push(Notice { warning: true, ..notice });
    }
    notices
}

/// When something of an issued certificate is due next: a warning, its end, or the word that it is still unused.
pub(super) fn next_due(status: &AcmCertificateStatus, limits: &Limits, now: Timestamp) -> Option<Timestamp> {
    let end = status.not_after.as_ref().filter(|_| status.certificate_arn.is_some())?.0;
    let warnings = thresholds(status, limits).into_iter().map(|threshold| end - threshold);
    let unused = renewal::still_unused_at(status, limits);
    warnings.chain([end]).chain(unused).filter(|at| *at > now).min()
}

/// The thresholds of a certificate. One above a third of the lifetime is left out: it would come before any renewal.
fn thresholds(status: &AcmCertificateStatus, limits: &Limits) -> Vec<SignedDuration> {
    let (Some(begin), Some(end)) = (&status.not_before, &status.not_after) else { return vec![] };
    let third = end.0.duration_since(begin.0) / 3;
    limits.expiry_thresholds.iter().copied().filter(|threshold| *threshold <= third).collect()
}

/// The status counts whole days: a part of one counts as one.
fn days(threshold: SignedDuration) -> i32 {
    const DAY: i64 = 24 * 60 * 60;
    i32::try_from(threshold.as_secs().saturating_add(DAY - 1) / DAY).unwrap_or(i32::MAX)
}
