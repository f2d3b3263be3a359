//! Managed renewal: whether it will work, how far it is, and what the user is told of it.

use super::{
    Claim, Desired, Limits, Notice, Truth,
    attempts::none_serves,
    brief::in_note,
    sentences::{date, whose},
    story::condition,
    trouble::why,
    waits::{in_short, what_it_waits_for},
};
use crate::api::{AcmCertificateStatus, Announced, ConditionType, EventReason, Reason};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// ACM begins 60 to 45 days before the end, AWS's own texts differ; with short lifetimes, when a third is left. The later
/// date is told, for people to plan with; from the earlier one on it counts how long ACM takes.
const STARTS_BEFORE: SignedDuration = SignedDuration::from_hours(45 * 24);
const STARTS_AT_MOST_BEFORE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// A renewal that has been under way for less than this goes well, as far as anybody can tell.
const TAKES_AT_MOST: SignedDuration = SignedDuration::from_hours(14 * 24);

/// `RenewalReady`. `issued`, `records`: these conditions as they are told now, the latter only if it speaks of the
/// certificate that serves.
pub(super) fn readiness(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    issued: &Claim,
    records: Option<&Condition>,
    now: Timestamp,
) -> Claim {
    let name = &desired.domain_name;
    if let Some(nothing) = nothing_to_renew(desired, ledger, issued) {
        return nothing;
    }
    let expires = expires(ledger);
    let renewal = ledger.renewal.clone().unwrap_or_default();
    match renewal.status.as_deref() {
        Some("PENDING_VALIDATION") => {
            return Claim::no(Reason::RenewalPendingValidation, what_it_waits_for(desired, ledger, &renewal, records));
        }
        Some("FAILED") => {
            let why = why(renewal.reason.as_deref());
            let message = format!(
                "{name}: ACM could not renew the certificate{expires}. {why}. If ACM does not take the renewal up again, \
                 replace the certificate before it expires."
            );
            return Claim::no(Reason::RenewalFailed, message);
        }
        _ => {}
    }
    let has_begun = renewal.status.as_deref() == Some("PENDING_AUTO_RENEWAL");
    if let Some(obstacle) = obstacle(desired, ledger, records, has_begun) {
        return obstacle;
    }
    if has_begun {
        return Claim::yes(Reason::Renewing, format!("{name}: ACM is renewing the certificate{expires}."));
    }
    let course = match starts_about(ledger) {
        Some(start) if is_day_over(&start, now) => format!(
            "; ACM was to begin about {}, and has not; look at the certificate in ACM if this lasts",
            date(&start)
        ),
        Some(start) => format!(", renewal starts about {}", date(&start)),
        None => String::new(),
    };
    Claim::yes(Reason::Eligible, format!("{name}: ACM renews the certificate by itself{expires}{course}."))
}

/// What is known to keep ACM from renewing, or from finishing what it has begun.
fn obstacle(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    records: Option<&Condition>,
    has_begun: bool,
) -> Option<Claim> {
    let name = &desired.domain_name;
    let begun = if has_begun { "ACM has begun to renew, and will wait for what it needs: " } else { "" };
    // NB: before the records were looked at for the first time, the condition says only that.
    let missing = records.filter(|c| c.status == "False" && c.reason != Reason::WaitingForRecords.as_str());
    let need = if has_begun { "" } else { "a renewal needs " };
    let missing =
        missing.map(|records| format!("{need}every validation record in its place: {}", in_short(records, desired)));
    // What lasts comes first: a record that is missing is as a rule back within a minute.
    let (reason, what) = match (what_keeps_acm_from_it(ledger, has_begun), missing) {
        (Some((reason, what)), None) => (reason, format!("{what}.")),
        (Some((reason, what)), Some(missing)) => (reason, format!("{what}. Besides, {missing}")),
        (None, Some(missing)) => (Reason::RecordMissing, format!("{missing}{}", expires_too(ledger))),
        (None, None) => return None,
    };
    Some(Claim::no(reason, format!("{name}: {begun}{what}")))
}

/// There is none yet, or it is at its end: whatever ACM last said of a renewal, none comes.
fn nothing_to_renew(desired: &Desired, ledger: &AcmCertificateStatus, issued: &Claim) -> Option<Claim> {
    let name = &desired.domain_name;
    match (issued.truth, issued.reason) {
        (Truth::False, Reason::Expired) => {
            let message =
                format!("{name}: the certificate has expired, and ACM renews no expired one; Ready says what comes.");
            Some(Claim::no(Reason::Ineligible, message))
        }
        (Truth::False, Reason::Revoked) => {
            let message =
                format!("{name}: the certificate was revoked, and ACM renews no revoked one; Ready says what comes.");
            Some(Claim::no(Reason::Ineligible, message))
        }
        (Truth::False, Reason::CertificateGone) => {
            let message = format!("{name}: the certificate is gone, so there is none to renew; Ready says what comes.");
            Some(Claim::unknown(Reason::NotYetIssued, message))
        }
        _ if ledger.certificate_arn.is_none() => {
            Some(Claim::unknown(Reason::NotYetIssued, format!("{name}: {}.", none_serves(ledger))))
        }
        _ => None,
    }
}

/// What only a person can change.
fn what_keeps_acm_from_it(ledger: &AcmCertificateStatus, has_begun: bool) -> Option<(Reason, String)> {
    let expires = expires(ledger);
    let eligibility = ledger.renewal.as_ref().and_then(|renewal| renewal.eligibility.as_deref());
    if let Some(type_) = ledger.type_.as_ref().filter(|type_| *type_ != "AMAZON_ISSUED") {
        let what = format!(
            "the certificate is of type {type_}, and ACM does not renew certificates of that type{expires}; replace it \
             before that"
        );
        return Some((Reason::Ineligible, what));
    }
    // One that was exported is eligible without being in use.
    if ledger.in_use_by_count.unwrap_or(0) == 0 && eligibility != Some("ELIGIBLE") {
        let so = if has_begun { "" } else { ", so ACM will not renew it" };
        let what = format!(
            "no AWS resource uses the certificate{so}{expires}; attach it to a load balancer or another resource, or \
             delete the object"
        );
        return Some((Reason::NotInUse, what));
    }
    (eligibility == Some("INELIGIBLE")).then(|| {
        let what = format!(
            "ACM reports the certificate as not eligible for renewal{expires}; look at it in ACM, or replace it before \
             that"
        );
        (Reason::Ineligible, what)
    })
}

/// When it ends, as it stands in messages; an Event that begins with the date leaves it out.
pub(super) fn expires(ledger: &AcmCertificateStatus) -> String {
    ledger.not_after.as_ref().map_or(String::new(), |end| format!("; it expires {}", date(end)))
}

pub(super) fn expires_too(ledger: &AcmCertificateStatus) -> String {
    ledger.not_after.as_ref().map_or(String::new(), |end| format!(" The certificate expires {}.", date(end)))
}

fn starts_about(ledger: &AcmCertificateStatus) -> Option<Time> {
    let (begin, end) = (ledger.not_before.as_ref()?.0, ledger.not_after.as_ref()?.0);
    let third = end.duration_since(begin) / 3;
    Some(Time(end - STARTS_BEFORE.min(third)))
}

/// A date is told, so it lies in the past once that day is over.
fn is_day_over(time: &Time, now: Timestamp) -> bool {
    const DAY: i64 = 24 * 60 * 60;
    time.0.as_second().div_euclid(DAY) < now.as_second().div_euclid(DAY)
}

/// How long before the end it is to be warned of a renewal of which nothing else is wrong than that it has not come: half
/// of the time that ACM has for it. Never of one that has been under way for no longer than it may take.
pub(super) fn late_from(status: &AcmCertificateStatus, now: Timestamp) -> Option<SignedDuration> {
    let (begin, end) = (status.not_before.as_ref()?.0, status.not_after.as_ref()?.0);
    let half = STARTS_AT_MOST_BEFORE.min(end.duration_since(begin) / 3) / 2;
    let renewal = status.renewal.as_ref().filter(|r| r.status.as_deref() == Some("PENDING_AUTO_RENEWAL"));
    let since = renewal.and_then(|renewal| renewal.updated_at.as_ref());
    let goes_well = since.is_some_and(|since| now.duration_since(since.0) < TAKES_AT_MOST.min(half));
    (!goes_well).then_some(half)
}

pub(super) fn is_not_in_use(condition: &Condition) -> bool {
    condition.status == "False" && condition.reason == Reason::NotInUse.as_str()
}

fn told_unused(status: &AcmCertificateStatus) -> Option<&String> {
    status.announced.as_ref()?.unused_serial.as_ref()
}

/// When it is to be said that the certificate is still unused, if it is unused and that was not said.
pub(super) fn still_unused_at(status: &AcmCertificateStatus, limits: &Limits) -> Option<Timestamp> {
    let unused = condition(status, ConditionType::RenewalReady).filter(|c| is_not_in_use(c))?;
    let serial = status.serial.as_ref().filter(|serial| told_unused(status) != Some(*serial));
    serial.and_then(|_| unused.last_transition_time.0.checked_add(limits.unused_grace).ok())
}

/// Notes in the status that it is to be told that the certificate is unused; or that it is used, so that it may be told
/// again.
pub(super) fn announce(
    before: &AcmCertificateStatus,
    status: &mut AcmCertificateStatus,
    limits: &Limits,
    now: Timestamp,
) {
    if status.in_use_by_count.is_some_and(|count| count > 0) {
        if let Some(announced) = &mut status.announced {
            announced.unused_serial = None;
        }
        status.announced = status.announced.take().filter(|announced| *announced != Announced::default());
        return;
    }
    // NB: what was wrong before counts for something else.
    let was_unused = condition(before, ConditionType::RenewalReady).is_some_and(is_not_in_use);
    if was_unused && still_unused_at(status, limits).is_some_and(|at| at <= now) {
        status.announced.get_or_insert_default().unused_serial.clone_from(&status.serial);
    }
}

/// What a change of status tells of the renewal. By the status of the renewal rather than by the condition, which an
/// outage makes Unknown in between.
pub(super) fn tell(before: &AcmCertificateStatus, after: &AcmCertificateStatus) -> Vec<Notice> {
    let mut notices = vec![];
    let Some(arn) = &after.certificate_arn else { return notices };
    let serial = after.serial.as_deref().unwrap_or_default();
    let is_same = before.certificate_arn.as_ref() == Some(arn);
    if let (Some(old), Some(new), true) = (&before.serial, &after.serial, is_same)
        && old != new
    {
        let note = format!(
            "{}ACM has renewed {arn}: the serial number was {old} ({}) and is {new} ({}).",
            whose(after),
            validity(before),
            validity(after)
        );
        notices.push(Notice::new(EventReason::Renewed, note, format!("{arn}#{new}")));
    }
    let readiness = condition(after, ConditionType::RenewalReady);
    let message = readiness.map_or(String::new(), |condition| in_note(&condition.message, ConditionType::RenewalReady));
    let word = |status: &AcmCertificateStatus| status.renewal.as_ref().and_then(|renewal| renewal.status.clone());
    let was = word(before).filter(|_| is_same);
    let is = word(after);
    if was != is {
        let renewal = after.renewal.clone().unwrap_or_default();
        let updated_at = renewal.updated_at.map_or(String::new(), |at| at.0.to_string());
        let key = format!("{arn}#{serial}@{updated_at}");
        match (was.as_deref(), is.as_deref()) {
            // It goes on; that it has begun is known.
            (Some("PENDING_VALIDATION"), Some("PENDING_AUTO_RENEWAL")) => {}
            (_, Some("PENDING_AUTO_RENEWAL")) => {
                let note = format!("{}ACM has begun to renew {arn}{}.", whose(after), expires(after));
                notices.push(Notice::new(EventReason::RenewalStarted, note, key));
            }
            (_, Some("PENDING_VALIDATION")) => {
                notices.push(Notice::new(EventReason::RenewalPendingValidation, message.clone(), key));
            }
            (_, Some("FAILED")) => notices.push(Notice::new(EventReason::RenewalFailed, message.clone(), key)),
            _ => {}
        }
    }
    let is_said = |reason: Reason| readiness.is_some_and(|c| c.status == "False" && c.reason == reason.as_str());
    if let Some(told) = told_unused(after).filter(|told| told_unused(before) != Some(*told))
        && is_said(Reason::NotInUse)
    {
        // It may be used and unused again: each time it is so from another time on.
        let since = readiness.map_or(String::new(), |condition| condition.last_transition_time.0.to_string());
        notices.push(Notice::new(EventReason::NotInUse, message.clone(), format!("{arn}#{told}@{since}")));
    }
    let is_issued = condition(after, ConditionType::Issued).is_some_and(|issued| issued.status == "True");
    let is_news = is_ineligible(after) && !(is_same && is_ineligible(before));
    if is_issued && is_news && is_said(Reason::Ineligible) {
        notices.push(Notice::new(EventReason::Ineligible, message, format!("{arn}#{serial}")));
    }
    notices
}

/// Does ACM not renew it, though it is used and not at its end?
fn is_ineligible(status: &AcmCertificateStatus) -> bool {
    what_keeps_acm_from_it(status, false).is_some_and(|(reason, _)| reason == Reason::Ineligible)
}

fn validity(status: &AcmCertificateStatus) -> String {
    let day = |time: &Option<Time>| time.as_ref().map_or("?".to_owned(), date);
    format!("{} to {}", day(&status.not_before), day(&status.not_after))
}
