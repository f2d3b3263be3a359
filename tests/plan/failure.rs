//! What cannot be seen, what is gone, what came to its end.

use super::*;

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
