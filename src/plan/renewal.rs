//! Managed renewal: whether it will work, how far it is, and what the user is told of it.

use super::{
    Claim, Desired, Limits, Notice, expiry,
    records::wanted_records,
    sentences::{date, listed},
    story::condition,
    trouble::failure_in_words,
};
use crate::api::{AcmCertificateStatus, ConditionType, DomainValidation, EventReason, Reason, Renewal};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

/// ACM begins 45 to 60 days before the end, AWS's own texts differ. For people to plan with; nothing is decided by it.
const STARTS_BEFORE: SignedDuration = SignedDuration::from_hours(45 * 24);

/// Words of the condition once the Event of an unused certificate is due: they are what tells that it was given.
const STILL_UNUSED: &str = "still no AWS resource uses the certificate";

/// `RenewalReady`. `records` and `before`: the conditions `RecordsReady` as it is now, and `RenewalReady` as it was.
pub(super) fn readiness(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    records: Option<&Condition>,
    before: Option<&Condition>,
    now: Timestamp,
) -> Claim {
    let name = &desired.domain_name;
    if ledger.certificate_arn.is_none() {
        return Claim::unknown(Reason::NotYetIssued, format!("{name}: no certificate has been issued yet."));
    }
    let is_over = expiry::is_over(ledger, now);
    let expires = expires(ledger);
    let renewal = ledger.renewal.clone().unwrap_or_default();
    match renewal.status.as_deref() {
        Some("PENDING_AUTO_RENEWAL") if !is_over => {
            return Claim::yes(Reason::Renewing, format!("{name}: ACM is renewing the certificate{expires}."));
        }
        Some("PENDING_VALIDATION") => {
            return Claim::no(Reason::RenewalPendingValidation, what_it_waits_for(desired, ledger, &renewal, records));
        }
        Some("FAILED") => {
            let why = failure_in_words(renewal.reason.as_deref().unwrap_or("OTHER"));
            let message = format!("{name}: ACM could not renew the certificate{expires}. {why}.");
            return Claim::no(Reason::RenewalFailed, message);
        }
        _ => {}
    }
    if let Some(type_) = ledger.type_.as_ref().filter(|type_| *type_ != "AMAZON_ISSUED") {
        let message = format!("{name}: ACM does not renew certificates of type {type_}{expires}; replace it before.");
        return Claim::no(Reason::Ineligible, message);
    }
    // NB: before the records were looked at for the first time, the condition says only that.
    let missing = records.filter(|c| c.status == "False" && c.reason != Reason::WaitingForRecords.as_str());
    if let Some(records) = missing {
        let message =
            format!("{name}: a renewal needs every validation record in its place{expires}. {}", records.message);
        return Claim::no(Reason::RecordMissing, message);
    }
    let is_eligible = renewal.eligibility.as_deref() == Some("ELIGIBLE");
    // One that was exported is eligible without being in use.
    if ledger.in_use_by_count.unwrap_or(0) == 0 && !is_eligible {
        let unused = if is_unused_for_long(desired, before, now) {
            STILL_UNUSED
        } else {
            "no AWS resource uses the certificate"
        };
        let message = format!("{name}: {unused}, so ACM will not renew it; attach it to one{expires}.");
        return Claim::no(Reason::NotInUse, message);
    }
    match renewal.eligibility.as_deref() {
        Some("INELIGIBLE") => {
            let message = format!(
                "{name}: ACM reports the certificate as not eligible for renewal{expires}; look at it in ACM, or replace it."
            );
            Claim::no(Reason::Ineligible, message)
        }
        _ if is_over => {
            let message = format!("{name}: the certificate has expired, and ACM does not renew an expired one.");
            Claim::no(Reason::Ineligible, message)
        }
        _ => {
            let starts =
                starts_about(ledger).map_or(String::new(), |at| format!(", renewal starts about {}", date(&at)));
            let message = format!("{name}: eligible: ACM renews the certificate by itself{expires}{starts}.");
            Claim::yes(Reason::Eligible, message)
        }
    }
}

fn expires(ledger: &AcmCertificateStatus) -> String {
    ledger.not_after.as_ref().map_or(String::new(), |end| format!("; it expires {}", date(end)))
}

fn starts_about(ledger: &AcmCertificateStatus) -> Option<Time> {
    let (begin, end) = (ledger.not_before.as_ref()?.0, ledger.not_after.as_ref()?.0);
    let third = end.duration_since(begin) / 3;
    Some(Time(end - STARTS_BEFORE.min(third)))
}

/// Which record ACM does not see, where it should be, and what stands there.
fn what_it_waits_for(
    desired: &Desired,
    ledger: &AcmCertificateStatus,
    renewal: &Renewal,
    records: Option<&Condition>,
) -> String {
    let is_open = |validation: &&DomainValidation| validation.status.as_deref() != Some("SUCCESS");
    let open: Vec<String> = ledger.validations.iter().filter(is_open).map(|v| v.domain_name.clone()).collect();
    let zone_of = |record: &str| {
        let claim = ledger.records.iter().find(|claim| claim.name == record);
        claim.map_or("the public zone of the name".to_owned(), |claim| format!("hosted zone {}", claim.zone_id))
    };
    let concerned = wanted_records(ledger);
    let concerned =
        concerned.iter().filter(|record| open.is_empty() || record.domains.iter().any(|d| open.contains(d)));
    let needed: Vec<String> = concerned
        .map(|record| format!("{} {} {} in {}", record.name, record.type_, record.value, zone_of(record.name.as_str())))
        .collect();
    // NB: none is open while ACM has seen all that it waited for, and has not gone on yet.
    let names = if open.is_empty() { "a name that it does not tell".to_owned() } else { listed(&open) };
    let why = renewal.reason.as_deref().map_or(String::new(), |reason| format!(" {}.", failure_in_words(reason)));
    let stands = match records {
        Some(records) if records.status == "False" => records.message.as_str(),
        _ if !desired.writes_records => "Write it if it is missing; else check that public DNS shows it.",
        _ => {
            "The operator finds it there, and ACM looks for it again by itself; if this lasts, check that the zone is \
             delegated and that no CAA record forbids Amazon to issue."
        }
    };
    format!(
        "{}: ACM waits for the validation of {names} to renew the certificate{}.{why} It needs: {}. {stands}",
        desired.domain_name,
        expires(ledger),
        listed(&needed)
    )
}

fn is_not_in_use(condition: &Condition) -> bool {
    condition.status == "False" && condition.reason == Reason::NotInUse.as_str()
}

fn is_still_unused(condition: &Condition) -> bool {
    is_not_in_use(condition) && condition.message.contains(STILL_UNUSED)
}

fn is_unused_for_long(desired: &Desired, before: Option<&Condition>, now: Timestamp) -> bool {
    let is_long = |since: Timestamp| now.duration_since(since) >= desired.limits.unused_grace;
    let Some(before) = before.filter(|condition| is_not_in_use(condition)) else { return false };
    is_still_unused(before) || is_long(before.last_transition_time.0)
}

/// When it is to be said that the certificate is still unused, if it is unused and that was not said.
pub(super) fn still_unused_at(status: &AcmCertificateStatus, limits: &Limits) -> Option<Timestamp> {
    let unused = condition(status, ConditionType::RenewalReady).filter(|c| is_not_in_use(c) && !is_still_unused(c))?;
    unused.last_transition_time.0.checked_add(limits.unused_grace).ok()
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
            "ACM has renewed {arn}: the serial number was {old} ({}) and is {new} ({}).",
            validity(before),
            validity(after)
        );
        notices.push(Notice::new(EventReason::Renewed, note, format!("{arn}#{new}")));
    }
    let (old, new) = (condition(before, ConditionType::RenewalReady), condition(after, ConditionType::RenewalReady));
    let message = new.map(|condition| condition.message.clone()).unwrap_or_default();
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
                let note = format!("ACM has begun to renew {arn}{}.", expires(after));
                notices.push(Notice::new(EventReason::RenewalStarted, note, format!("{arn}#{serial}")));
            }
            (_, Some("PENDING_VALIDATION")) => {
                notices.push(Notice::new(EventReason::RenewalPendingValidation, message.clone(), key));
            }
            (_, Some("FAILED")) => notices.push(Notice::new(EventReason::RenewalFailed, message.clone(), key)),
            _ => {}
        }
    }
    let became = |is: fn(&Condition) -> bool| new.is_some_and(is) && !old.is_some_and(is);
    let is_ineligible = |c: &Condition| c.status == "False" && c.reason == Reason::Ineligible.as_str();
    let issued = condition(after, ConditionType::Issued).is_some_and(|issued| issued.status == "True");
    if issued && became(is_still_unused) {
        notices.push(Notice::new(EventReason::NotInUse, message.clone(), format!("{arn}#{serial}")));
    }
    if issued && became(is_ineligible) {
        notices.push(Notice::new(EventReason::Ineligible, message, format!("{arn}#{serial}")));
    }
    notices
}

fn validity(status: &AcmCertificateStatus) -> String {
    let day = |time: &Option<Time>| time.as_ref().map_or("?".to_owned(), date);
    format!("{} to {}", day(&status.not_before), day(&status.not_after))
}
