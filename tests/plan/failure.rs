//! What cannot be seen, what is gone, what came to its end.

use super::{states::*, *};
use acmcert::api::EventReason;

#[test]
fn nothing_is_claimed_of_what_was_not_observed() {
    let mut object = Object::issued();
    let unknown = AwsError {
        operation: Operation::DescribeCertificate,
        meaning: Meaning::Unavailable,
        code: None,
        message: "no answer".into(),
        request_id: None,
    };
    let before = object.status.clone();
    let plan = object.plan(|seen| seen.certificate = Look::Failed(unknown.clone()));
    object.store(&plan);
    assert_eq!(object.status, before, "a short outage changes nothing");
    let plan = object.plan(|seen| {
        seen.certificate = Look::Failed(unknown);
        seen.stale_since = Some(now() - SignedDuration::from_mins(11));
    });
    assert_eq!(object.store(&plan), "Unknown/ObservationStale");
    assert_eq!(object.condition("Issued"), "Unknown/ObservationStale");
}

#[test]
fn a_certificate_that_is_gone_is_requested_under_a_new_attempt() {
    let mut object = Object::issued();
    let wait = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: false }));
    assert_eq!(wait.step, Step::Wait);
    assert_eq!(object.store(&wait), "True/Issued", "one look is not enough");
    let token = object.status.request.clone().unwrap().token;
    let gone = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!(object.store(&gone), "False/CertificateGone");
    let request = object.status.request.clone().unwrap();
    assert_eq!((request.attempt, object.status.certificate_arn.clone()), (1, None));
    assert_ne!(request.token, token);
    // When that one is deleted too, the next comes later.
    object.store(&object.plan(|_| {}).with_requested(&ARN.replace("/1", "/2").parse().unwrap()));
    object.status.certificate_status = Some("PENDING_VALIDATION".into());
    let again = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!(again.step, Step::Wait);
    assert!(matches!(again.patience, Patience::Until(at) if at >= now() + SignedDuration::from_hours(1)));
    assert_eq!(object.store(&again), "False/CertificateGone");
    object.status.request.as_mut().unwrap().sent_at.0 = now() - SignedDuration::from_mins(70);
    let later = object.plan(|seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!((later.step, later.ledger.request.unwrap().failures), (Step::Write, 2));
}

#[test]
fn after_an_end_the_next_attempt_comes_by_itself_later_and_later() {
    let mut object = Object::requested(&["shop.example.com"]);
    let failed = |seen: &mut Observed| {
        let mut detail = described("FAILED", &["shop.example.com"]);
        detail.failure_reason = Some("CAA_ERROR".into());
        seen.certificate = Look::Seen(Sight::Detail(Box::new(detail)));
    };
    for (failures, hours) in [(0, 1), (1, 2), (5, 32), (9, 32)] {
        object.status.request.as_mut().unwrap().failures = failures;
        object.status.failure = None;
        let plan = object.plan(failed);
        let Patience::Until(at) = plan.patience else { panic!("{:?}", plan.patience) };
        let pause = at.duration_since(now());
        let (least, most) = (SignedDuration::from_hours(hours), SignedDuration::from_mins(hours * 66));
        assert!(pause >= least && pause <= most, "{failures}: {pause}");
    }
    let plan = object.plan(failed);
    assert_eq!(object.store(&plan), "False/RequestFailed");
    assert!(object.message("Ready").contains("amazon.com") && object.message("Ready").contains("acmcert.io/retry"));
    let settled = object.status.clone();
    let plan = object.plan(failed);
    object.store(&plan);
    assert_eq!(object.status, settled, "waiting writes nothing");
    object.status.failure.as_mut().unwrap().since.as_mut().unwrap().0 = now() - SignedDuration::from_hours(36);
    let next = object.plan(failed);
    assert_eq!(next.step, Step::Write);
    object.store(&next);
    let request = object.status.request.as_ref().unwrap();
    assert_eq!((request.attempt, request.failures), (1, 10));
    assert_eq!(object.status.previous[0].certificate_arn, ARN, "the dead one is deleted");
    let object = Object::requested(&["shop.example.com"]);
    let unknown = object.plan(|seen| seen.certificate = detail("HIBERNATING", &["shop.example.com"]));
    assert_eq!((unknown.step, unknown.patience), (Step::Wait, Patience::Settled), "an unknown word is waited out");
}

#[test]
fn a_terminal_state_is_tried_again_once_when_a_person_asks() {
    let mut object = Object::requested(&["shop.example.com"]);
    let timed_out = |seen: &mut Observed| seen.certificate = detail("VALIDATION_TIMED_OUT", &["shop.example.com"]);
    let ended = object.plan(timed_out);
    assert_eq!(ended.step, Step::Wait);
    assert_eq!(object.store(&ended), "False/ValidationTimedOut");
    object.desired.retry = Some("1".into());
    let again = object.plan(timed_out);
    assert_eq!(again.step, Step::Write);
    object.store(&again);
    assert_eq!(object.status.request.as_ref().unwrap().attempt, 1);
    assert_eq!(object.status.previous[0].certificate_arn, ARN);
    assert_eq!(object.status.last_handled_retry_at.as_deref(), Some("1"));
    object.store(&object.plan(|_| {}).with_requested(&ARN.replace("/1", "/2").parse().unwrap()));
    assert_eq!(object.plan(timed_out).step, Step::Wait, "the same value asks for nothing more");
}

#[test]
fn a_failure_without_a_reason_is_told_as_that_at_every_look() {
    let mut object = ended(validating(), "FAILED");
    let message = object.message("Ready").to_owned();
    assert!(message.contains("gave no reason") && !message.contains("OTHER"), "{message}");
    let idle = |seen: &mut Observed| seen.certificate = Look::Seen(Sight::Unchanged);
    assert!(object.pass(SignedDuration::from_mins(1), idle).is_empty());
    assert_eq!(object.message("Ready"), message);
}

#[test]
fn a_certificate_that_is_gone_again_is_not_issued_while_the_next_one_is_waited_for() {
    let mut object = eligible();
    object.status.request.as_mut().unwrap().failures = 1;
    let object = gone(object);
    assert!(object.message("Ready").contains("happened before"), "{}", object.message("Ready"));
    assert_eq!(object.condition("Issued"), "False/CertificateGone");
}

#[test]
fn aws_s_own_words_of_a_denial_stand_in_one_condition_and_in_the_event() {
    let words = "is not authorized to perform it";
    let object = denied();
    let with_words = |object: &Object| {
        let conditions = object.status.conditions.iter().filter(|condition| condition.message.contains(words));
        conditions.map(|condition| condition.type_.clone()).collect::<Vec<_>>()
    };
    assert_eq!(with_words(&object), ["Ready"]);
    assert!(object.told.last().unwrap().note.contains(words));
    let stalled = object.message("Stalled");
    assert!(stalled.contains("the permission acm:DescribeCertificate"), "it says what to do: {stalled}");
    // Of the records of a certificate that serves, Ready says nothing.
    let object = records_denied();
    assert_eq!(with_words(&object), ["RecordsReady"]);
    assert_eq!(object.condition("RenewalReady"), "False/RecordMissing");
    // While it is pending, both conditions have the same trouble.
    let mut object = Object::requested(&[NAME]);
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = detail("PENDING_VALIDATION", &[NAME]);
        seen.zones = Look::Failed(refused());
    });
    assert_eq!(object.condition("RecordsReady"), "False/AccessDenied");
    assert_eq!(with_words(&object), ["Ready"]);
}

fn unread(seen: &mut Observed) {
    seen.certificate = Look::Failed(outage());
    seen.stale_since = Some(now());
}

#[test]
fn a_request_that_acm_gave_up_stays_given_up_while_nothing_can_be_seen() {
    for (word, reason) in [("FAILED", "RequestFailed"), ("VALIDATION_TIMED_OUT", "ValidationTimedOut")] {
        let mut object = ended(validating(), word);
        assert!(object.pass(SignedDuration::from_mins(11), unread).is_empty());
        assert_eq!(object.condition("Ready"), format!("False/{reason}"), "an end is final");
        assert_eq!(object.condition("Stalled"), format!("True/{reason}"));
        assert_eq!(object.condition("RecordsReady"), "Unknown/ObservationStale");
        let message = object.message("Ready");
        assert!(message.contains("acmcert.io/retry") && message.contains("nothing was seen of ACM since"), "{message}");
        let settled = object.status.clone();
        assert!(object.pass(SignedDuration::from_mins(1), unread).is_empty());
        assert_eq!(object.status, settled, "waiting writes nothing");
        let idle = |seen: &mut Observed| seen.certificate = Look::Seen(Sight::Unchanged);
        assert!(object.pass(SignedDuration::from_mins(1), idle).is_empty(), "it was told");
        assert_eq!(object.condition("Ready"), format!("False/{reason}"));
        assert!(!object.message("Ready").contains("nothing was seen"), "{}", object.message("Ready"));
    }
    // What waits may have gone on.
    let mut object = validating();
    object.pass(SignedDuration::from_mins(11), unread);
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale");
}

fn count(object: &Object, reason: EventReason) -> usize {
    object.told.iter().filter(|notice| notice.reason == reason).count()
}

#[test]
fn an_outage_repeats_no_warning_of_what_is_as_it_was() {
    let minute = SignedDuration::from_mins(1);
    let conflict = |seen: &mut Observed| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some("elsewhere.example.net"));
    };
    for mut object in [with_conflict(), pending_with_conflict()] {
        for _ in 0..3 {
            object.pass(minute, unread);
            assert_eq!(object.condition("RecordsReady"), "Unknown/ObservationStale");
            object.pass(minute, unread);
            object.pass(minute, conflict);
            assert_eq!(object.condition("RecordsReady"), "False/RecordConflict");
            assert_eq!(count(&object, EventReason::RecordConflict), 1, "{:?}", events(&object.told));
            assert_eq!(object.status.announced, None, "nothing is to be remembered any more");
        }
    }
    let mut object = without_zone();
    object.pass(minute, unread);
    object.pass(minute, |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        let zone = HostedZone { id: HostedZoneId::new("Z1"), name: RecordName::new("example.org"), private: false };
        seen.zones = Look::Seen(vec![zone]);
    });
    assert_eq!(object.condition("Ready"), "False/ZoneNotFound");
    assert_eq!(count(&object, EventReason::ZoneNotFound), 1);
    // What is as it was only after it had been well is told again.
    let mut object = with_conflict();
    object.pass(minute, unread);
    object.pass(minute, |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some(&value(NAME)));
    });
    assert_eq!(object.condition("RecordsReady"), "True/InPlace");
    object.pass(minute, conflict);
    assert_eq!(count(&object, EventReason::RecordConflict), 2);
}

#[test]
fn an_outage_in_a_deletion_is_told_and_not_once_more_what_blocks_it() {
    let minute = SignedDuration::from_mins(1);
    let mut object = deletion_in_use();
    let see = |detail: Look<Option<Box<CertificateDetail>>>, stale_since: Option<Timestamp>| {
        move |seen: &mut Observed| {
            seen.stale_since = stale_since;
            seen.retiring.insert(arn(), Retiring { detail, ..ours() });
        }
    };
    object.pass(minute, see(Look::Failed(outage()), Some(now())));
    assert_eq!(object.condition("DeletionBlocked"), "True/ObservationStale");
    assert_eq!(count(&object, EventReason::DeletionBlocked), 2, "the outage is told");
    object.pass(minute, see(Look::Failed(outage()), Some(now())));
    object.pass(minute, see(Look::Seen(Some(Box::new(used()))), None));
    assert_eq!(object.condition("DeletionBlocked"), "True/InUse");
    assert_eq!(count(&object, EventReason::DeletionBlocked), 2, "{:?}", events(&object.told));
}

#[test]
fn an_edit_between_an_event_and_its_status_makes_the_same_event_again() {
    let mut object = eligible();
    let before = object.status.clone();
    let conflict = |seen: &mut Observed| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some("elsewhere.example.net"));
    };
    let first = object.pass(SignedDuration::ZERO, conflict);
    object.status = before;
    object.desired.generation += 1;
    let again = object.pass(SignedDuration::from_mins(1), conflict);
    assert_eq!(first, again);
    assert_eq!(events(&first), ["Warning RecordConflict"]);
}

#[test]
fn after_a_certificate_that_was_there_nothing_is_said_to_come_for_the_first_time() {
    let mut object = gone(eligible());
    let request = object.plan(|_| {}).with_requested(&ARN.replace("/1", "/2").parse().unwrap());
    object.store(&request);
    for kind in ["Issued", "RenewalReady"] {
        assert_eq!(object.message(kind), "shop.example.com: there is no certificate now.", "{kind}");
    }
    let requested: Vec<_> = object.told.iter().filter(|notice| notice.reason == EventReason::Requested).collect();
    assert!(!requested[0].note.contains("attempt"), "{}", requested[0].note);
    assert!(requested[1].note.ends_with("(attempt 2)."), "{}", requested[1].note);
}

#[test]
fn a_pause_after_an_end_that_another_clock_has_dated_passes_all_the_same() {
    let mut object = eligible();
    object.now += days(40);
    object = ended(object, "EXPIRED");
    object.now -= days(1);
    let first = object.now;
    object = ended(object, "EXPIRED");
    let since = object.status.failure.as_ref().unwrap().since.as_ref().unwrap().0;
    assert_eq!(since, first, "not later than now");
    let status = object.status.clone();
    object.now += SignedDuration::from_mins(1);
    object = ended(object, "EXPIRED");
    assert_eq!(object.status, status, "and it does not move on");
}

#[test]
fn a_denial_that_hides_the_certificate_that_serves_is_told_once_and_named() {
    let mut object = eligible();
    let denied = AwsError { meaning: Meaning::Denied, code: Some("AccessDeniedException".into()), ..outage() };
    let see = |stale: bool| {
        let denied = denied.clone();
        move |seen: &mut Observed| {
            seen.certificate = Look::Failed(denied);
            seen.stale_since = stale.then(now);
        }
    };
    assert!(object.pass(days(1), see(false)).is_empty());
    assert_eq!(object.condition("Ready"), "True/Issued");
    let told = object.pass(days(1), see(true));
    assert_eq!(events(&told), ["Warning AccessDenied"]);
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale");
    assert!(object.message("Ready").contains("acm:DescribeCertificate"), "{}", object.message("Ready"));
    assert!(object.pass(days(1), see(true)).is_empty());
}
