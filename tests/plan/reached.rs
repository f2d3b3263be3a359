//! Each word of the closed lists is said of some object, on each condition that the page of reasons names, and on no
//! other. The tables have no wildcard: a new word does not compile until somebody leads an object to it.

use super::{states::*, *};
use acmcert::api::{ConditionType, EventReason, Reason};
use std::collections::BTreeSet;

/// Objects of which a reason is said, together on all conditions that have it.
fn said_of(reason: Reason) -> Vec<Object> {
    match reason {
        Reason::Issued | Reason::InPlace | Reason::Eligible => vec![eligible()],
        Reason::Requesting | Reason::NotYetIssued => vec![requesting()],
        Reason::WaitingForRecords => vec![Object::requested(&[NAME])],
        Reason::ZoneNotFound => vec![without_zone()],
        Reason::ZoneAmbiguous => vec![with_two_zones()],
        Reason::RecordConflict => vec![pending_with_conflict()],
        Reason::WaitingForValidation => vec![validating()],
        Reason::Replacing => vec![replacing()],
        Reason::RequestFailed => vec![ended(validating(), "FAILED")],
        Reason::ValidationTimedOut => vec![ended(validating(), "VALIDATION_TIMED_OUT")],
        Reason::Expired => vec![ended(eligible(), "EXPIRED")],
        Reason::Revoked => vec![ended(eligible(), "REVOKED")],
        Reason::CertificateGone => vec![gone(eligible())],
        Reason::AdoptionMismatch => vec![mismatched()],
        Reason::OwnershipLost => vec![lost()],
        Reason::InvalidDomainName => vec![rejected()],
        Reason::NotSupported => vec![unsupported()],
        Reason::QuotaExceeded => vec![over_budget()],
        Reason::AccessDenied => vec![denied(), records_denied(), deletion_failed(refused(), None)],
        Reason::ProgressDeadlineExceeded => vec![overdue()],
        Reason::Suspended => vec![suspended(Object::of(&[NAME])), deletion_suspended()],
        Reason::Deleting => vec![deleting()],
        Reason::RecordMissing => vec![waiting_for_records(), with_conflict()],
        Reason::Renewing => vec![renewing("PENDING_AUTO_RENEWAL", None)],
        Reason::NotInUse => vec![Object::issued()],
        Reason::Ineligible => vec![ineligible()],
        Reason::RenewalPendingValidation => vec![renewing("PENDING_VALIDATION", None)],
        Reason::RenewalFailed => vec![renewing("FAILED", None)],
        Reason::InUse => vec![deletion_in_use()],
        Reason::ObservationStale => vec![unseen(eligible()), deletion_failed(outage(), Some(now()))],
    }
}

/// An object in whose life the Event comes.
fn told_of(event: EventReason) -> Object {
    match event {
        EventReason::Requested => Object::requested(&[NAME]),
        EventReason::Adopted => taken_over(),
        EventReason::RecordCreated => validating(),
        EventReason::RecordRestored => with_record_restored(),
        EventReason::RecordKept => with_record_kept(),
        EventReason::Issued => Object::issued(),
        EventReason::ReplacementStarted => replacing(),
        EventReason::Replaced => seeing(replacement_requested(), second("ISSUED")),
        EventReason::RenewalStarted => renewing("PENDING_AUTO_RENEWAL", None),
        EventReason::Renewed => seeing(eligible(), CertificateDetail { serial: Some("03:04".into()), ..used() }),
        EventReason::RenewalPendingValidation => renewing("PENDING_VALIDATION", None),
        EventReason::RenewalFailed => renewing("FAILED", None),
        EventReason::NotInUse => later(Object::issued(), SignedDuration::from_hours(1)),
        EventReason::Ineligible => ineligible(),
        EventReason::ExpiringSoon => later(Object::issued(), days(190)),
        EventReason::Expired => later(Object::issued(), days(198)),
        EventReason::Deleted => let_go(deleting(), Retiring { detail: Look::Seen(None), tags: Look::NotTaken }),
        EventReason::Retained => retained(),
        EventReason::DeletionBlocked => deletion_in_use(),
        EventReason::ZoneNotFound => without_zone(),
        EventReason::ZoneAmbiguous => with_two_zones(),
        EventReason::RecordConflict => pending_with_conflict(),
        EventReason::RequestFailed => ended(validating(), "FAILED"),
        EventReason::ValidationTimedOut => ended(validating(), "VALIDATION_TIMED_OUT"),
        EventReason::Revoked => ended(eligible(), "REVOKED"),
        EventReason::CertificateGone => gone(eligible()),
        EventReason::DuplicateFound => with_duplicate(),
        EventReason::OwnershipLost => lost(),
        EventReason::AdoptionMismatch => mismatched(),
        EventReason::AccessDenied => denied(),
        EventReason::QuotaExceeded => over_budget(),
        EventReason::InvalidDomainName => rejected(),
        EventReason::NotSupported => unsupported(),
        EventReason::ProgressDeadlineExceeded => overdue(),
    }
}

fn later(mut object: Object, after: SignedDuration) -> Object {
    object.pass(after, |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        zones(seen);
    });
    object
}

/// An earlier life of the object has left a certificate.
fn taken_over() -> Object {
    let tags = identity::ownership_tags(&owner(), &Object::issued().status.request.unwrap());
    let earlier = Earlier { arn: arn(), status: "ISSUED".into(), in_use: true, created_at: Some(now()), tags };
    let mut object = Object::of(&[NAME]);
    object.pass(SignedDuration::ZERO, |seen| seen.earlier = Look::Seen(vec![earlier]));
    object
}

fn with_record_restored() -> Object {
    let mut object = eligible();
    for _ in 0..2 {
        object.pass(SignedDuration::ZERO, |seen| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            look_at_records(seen, None);
        });
    }
    object
}

fn let_go(mut object: Object, seen: Retiring) -> Object {
    object.pass(SignedDuration::ZERO, |observed| _ = observed.retiring.insert(arn(), seen));
    object
}

fn with_record_kept() -> Object {
    let mut object = let_go(deleting(), Retiring { detail: Look::Seen(None), tags: Look::NotTaken });
    object.pass(SignedDuration::ZERO, |_| {});
    object.pass(SignedDuration::ZERO, |seen| {
        let key = (HostedZoneId::new("Z1"), RecordName::new("_r.shop.example.com"));
        seen.needs.insert(key, Need::Certificate(arn()));
        look_at_records(seen, Some(&value(NAME)));
    });
    object
}

fn retained() -> Object {
    let mut object = deleting();
    object.desired.deletion_policy = DeletionPolicy::Retain;
    let_go(object, Retiring { tags: Look::Seen(BTreeMap::new()), ..ours() })
}

fn with_duplicate() -> Object {
    let mut object = requesting();
    object.status.request.as_mut().unwrap().sent_at.0 = now() - SignedDuration::from_mins(41);
    let other: CertificateArn = ARN.replace("/1", "/2").parse().unwrap();
    object.pass(SignedDuration::ZERO, |seen| seen.found_by_tags = Look::Seen(vec![arn(), other]));
    object
}

#[test]
fn each_reason_is_said_on_the_conditions_that_the_page_of_reasons_names() {
    for reason in Reason::ALL {
        let objects = said_of(*reason);
        let conditions = objects.iter().flat_map(|object| &object.status.conditions);
        let with_it = conditions.filter(|condition| condition.reason == reason.as_str());
        let said: BTreeSet<&str> = with_it.map(|condition| condition.type_.as_str()).collect();
        let mut wanted: BTreeSet<&str> = reason.explanation().conditions.iter().map(|kind| kind.as_str()).collect();
        // These two repeat the reason of Ready.
        let follow = [ConditionType::Reconciling, ConditionType::Stalled].map(ConditionType::as_str);
        wanted.extend(follow.into_iter().filter(|kind| said.contains(kind)));
        assert_eq!(said, wanted, "{reason}");
        for condition in objects.iter().flat_map(|object| &object.status.conditions) {
            assert!(condition.message.contains("example.com"), "{reason}: {}: {}", condition.type_, condition.message);
        }
    }
}

#[test]
fn each_event_of_the_list_comes_in_some_life_and_is_a_warning_where_the_list_says_so() {
    for event in EventReason::ALL {
        let object = told_of(*event);
        let notice = object.told.iter().find(|notice| notice.reason == *event);
        let Some(notice) = notice else { panic!("{event} is not told: {:?}", events(&object.told)) };
        assert_eq!(notice.warning, event.is_warning(), "{event}");
        assert!(notice.note.ends_with('.') && notice.note.len() > 20, "{event}: {}", notice.note);
        let whose = format!("{}: ", object.desired.domain_name);
        assert_eq!(notice.note.matches(&whose).count(), 1, "{event}: {}", notice.note);
        assert!(notice.note.starts_with(&whose), "{event}: {}", notice.note);
    }
}
