//! The end of a certificate: warnings while its renewal is not on track or does not come, each once, and the end itself.
//!
//! What was announced stands in the status, so neither a restart nor a lost Event repeats it. Of several thresholds that
//! have been passed only the last is announced.

use super::{
    Claim, Desired, Limits, Notice,
    brief::in_note,
    renewal,
    sentences::{date, what_comes, whose},
    story::condition,
};
use crate::api::{AcmCertificateStatus, ConditionType, EventReason, Reason};
use jiff::{SignedDuration, Timestamp};

/// Has the certificate that serves come to its end, by the clock?
fn is_over(status: &AcmCertificateStatus, now: Timestamp) -> bool {
    status.not_after.as_ref().is_some_and(|end| end.0 <= now)
}

/// How the certificate that serves has ended, if it has: by ACM's word or the clock's.
pub(super) fn end(status: &AcmCertificateStatus, now: Timestamp) -> Option<Reason> {
    status.certificate_arn.as_ref()?;
    match ended_by_acm(status) {
        None if is_over(status, now) => Some(Reason::Expired),
        known => known,
    }
}

/// NB: while another certificate is pending, ACM's word is about that one.
fn ended_by_acm(status: &AcmCertificateStatus) -> Option<Reason> {
    let pending = status.request.as_ref().is_some_and(|request| request.certificate_arn.is_some());
    match status.certificate_status.as_deref().filter(|_| !pending) {
        Some("EXPIRED") => Some(Reason::Expired),
        Some("REVOKED") => Some(Reason::Revoked),
        _ => None,
    }
}

/// The same while ACM cannot be seen. An end that was seen is final. One that only the clock tells is not known: even a
/// certificate that nobody used may have been attached and renewed meanwhile.
pub(super) fn known_end(
    before: &AcmCertificateStatus,
    ledger: &AcmCertificateStatus,
    now: Timestamp,
) -> Option<Reason> {
    let is_told =
        condition(before, ConditionType::Issued).is_some_and(|issued| issued.reason == Reason::Expired.as_str());
    end(ledger, now).filter(|_| is_told || ended_by_acm(ledger).is_some())
}

/// In words, without what comes next.
pub(super) fn end_in_words(status: &AcmCertificateStatus, reason: Reason) -> String {
    match (reason, &status.not_after) {
        (Reason::Revoked, _) => "the certificate was revoked".to_owned(),
        (_, Some(end)) => format!("the certificate expired at {:.0} and was not renewed", end.0),
        (_, None) => "the certificate has expired".to_owned(),
    }
}

/// `Ready` of an issued certificate whose end the clock has passed. On the clock's word alone nothing is replaced: that
/// takes ACM's.
pub(super) fn expired(desired: &Desired, ledger: &AcmCertificateStatus, now: Timestamp) -> Option<Claim> {
    if !is_over(ledger, now) {
        return None;
    }
    let end = end_in_words(ledger, Reason::Expired);
    let once_acm_says_so = || "another one is requested once ACM reports it as EXPIRED".to_owned();
    let then = what_comes(desired, None).unwrap_or_else(once_acm_says_so);
    Some(Claim::no(Reason::Expired, format!("{}: {end}; {then}.", desired.domain_name)))
}

/// Notes in the status the warning that is due, if it was not given before. Of a renewal that nothing is known to keep from
/// coming, only late.
pub(super) fn announce(status: &mut AcmCertificateStatus, limits: &Limits, now: Timestamp) {
    let has = |kind, truth: &str| condition(status, kind).is_some_and(|condition| condition.status == truth);
    if status.certificate_arn.is_none() || has(ConditionType::Issued, "False") || is_over(status, now) {
        return;
    }
    let is_well = has(ConditionType::RenewalReady, "True");
    let from = if is_well { renewal::late_from(status, now) } else { Some(SignedDuration::MAX) };
    let Some(from) = from else { return };
    let (Some(end), Some(serial)) = (&status.not_after, &status.serial) else { return };
    let left = end.0.duration_since(now);
    let passed = thresholds(status, limits).into_iter().filter(|due| left <= *due && *due <= from).min();
    let Some(threshold) = passed.map(days) else { return };
    let mut announced = status.announced.clone().unwrap_or_default();
    if announced.serial.as_ref() == Some(serial) && announced.threshold_days.is_some_and(|told| told <= threshold) {
        return;
    }
    announced.serial = Some(serial.clone());
    announced.threshold_days = Some(threshold);
    if warns_of_use(status, limits, threshold) {
        announced.unused_serial = Some(serial.clone());
    }
    status.announced = Some(announced);
}

/// At the first threshold another warning says that nobody uses it.
fn warns_of_use(status: &AcmCertificateStatus, limits: &Limits, threshold: i32) -> bool {
    is_first(status, limits, threshold)
        && condition(status, ConditionType::RenewalReady).is_some_and(renewal::is_not_in_use)
}

fn is_first(status: &AcmCertificateStatus, limits: &Limits, threshold: i32) -> bool {
    thresholds(status, limits).into_iter().max().map(days) == Some(threshold)
}

/// The warning that a change of status has made due.
pub(super) fn tell(before: &AcmCertificateStatus, after: &AcmCertificateStatus, limits: &Limits) -> Vec<Notice> {
    let warning = |status: &AcmCertificateStatus| {
        let announced = status.announced.as_ref()?;
        Some((announced.serial.clone()?, announced.threshold_days?))
    };
    let (Some((serial, threshold)), Some(end)) = (warning(after), &after.not_after) else { return vec![] };
    if warning(before).is_some_and(|told| told == (serial.clone(), threshold)) {
        return vec![];
    }
    let renewal = condition(after, ConditionType::RenewalReady);
    let message = renewal.map_or(String::new(), |renewal| in_note(&renewal.message, ConditionType::RenewalReady));
    let warns_of_use = warns_of_use(after, limits, threshold);
    let why = match renewal.map(|renewal| renewal.status.as_str()) {
        // What to do about it is said there.
        _ if warns_of_use => "its renewal is not on track: no AWS resource uses the certificate.".to_owned(),
        Some("Unknown") => format!("its renewal could not be observed: {}", cause(after, &message)),
        Some("True") => format!(
            "its renewal has not come: {} Open a case with AWS Support, or replace the certificate before that.",
            cause(after, &message)
        ),
        _ => format!("its renewal is not on track: {}", cause(after, &message)),
    };
    let note = format!(
        "{}the certificate with the serial number {serial} expires {}, in {threshold} {} or less, and {why}",
        whose(after),
        date(end),
        if threshold == 1 { "day" } else { "days" }
    );
    let mut notices = vec![Notice::new(EventReason::ExpiringSoon, note, format!("{serial}#{threshold}"))];
    if warns_of_use {
        let notice = Notice::new(EventReason::NotInUse, message, format!("{serial}#{threshold}"));
        notices.push(Notice { warning: true, ..notice });
    }
    notices
}

/// Whose certificate it is, and when it ends, the warning has said already.
fn cause(status: &AcmCertificateStatus, message: &str) -> String {
    let said = [whose(status), renewal::expires(status), renewal::expires_too(status)];
    said.iter().filter(|said| !said.is_empty()).fold(message.to_owned(), |rest, said| rest.replacen(said, "", 1))
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
