//! Waiting that comes to no end needs a person, until something moves.

use super::*;

const EXCEEDED: &str = "False/ProgressDeadlineExceeded";

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// A pass whose effect AWS does not take, such as while it throttles.
fn throttled(object: &mut Object, after: SignedDuration, see: impl FnOnce(&mut Observed)) -> Vec<Notice> {
    object.now += after;
    let before = object.status.clone();
    let plan = object.plan(see).without_effect(&before);
    object.store(&plan);
    tell(&before, &object.status, &object.desired.limits)
}

fn pending(record: Option<String>) -> impl FnOnce(&mut Observed) {
    move |seen| {
        seen.certificate = detail("PENDING_VALIDATION", &["shop.example.com"]);
        look_at_records(seen, record.as_deref());
    }
}

/// Its records are written; ACM validates.
fn validating() -> Object {
    let mut object = Object::requested(&["shop.example.com"]);
    for _ in 0..2 {
        object.pass(SignedDuration::ZERO, pending(None));
    }
    assert_eq!(object.condition("Ready"), "False/WaitingForValidation");
    object
}

#[test]
fn a_request_that_acm_does_not_take_for_an_hour_needs_a_person_until_it_is_taken() {
    let mut object = Object::of(&["shop.example.com"]);
    let intent = object.plan(|_| {});
    assert_eq!(object.store(&intent), "False/Requesting");
    assert!(throttled(&mut object, SignedDuration::from_mins(59), |_| {}).is_empty());
    assert_eq!(object.condition("Reconciling"), "True/Requesting");
    let told = throttled(&mut object, SignedDuration::from_mins(1), |_| {});
    assert_eq!(events(&told), ["Warning ProgressDeadlineExceeded"]);
    assert_eq!(object.condition("Ready"), EXCEEDED);
    assert_eq!(object.condition("Stalled"), "True/ProgressDeadlineExceeded");
    assert_eq!(object.condition("Reconciling"), "");
    for part in ["shop.example.com: ", "requesting a certificate from ACM", "of 1h", "2026-11-25T12:00:00Z", "log"] {
        assert!(object.message("Ready").contains(part), "{part}: {}", object.message("Ready"));
    }
    let stalled = object.status.clone();
    for _ in 0..3 {
        assert!(throttled(&mut object, hours(5), |_| {}).is_empty());
    }
    assert_eq!(object.status, stalled, "waiting writes nothing");
    // The certificate of a lost answer is found: it moves.
    assert!(object.pass(hours(1), |seen| seen.found_by_tags = Look::Seen(vec![arn()])).is_empty());
    assert_eq!(object.condition("Ready"), "False/WaitingForRecords");
    assert_eq!(object.condition("Reconciling"), "True/WaitingForRecords");
    assert_eq!(object.condition("Stalled"), "");
}

#[test]
fn a_request_that_is_begun_anew_from_time_to_time_waits_all_the_same() {
    let mut object = Object::of(&["shop.example.com"]);
    let intent = object.plan(|_| {});
    object.store(&intent);
    let mut told = vec![];
    for _ in 0..18 {
        // Every five minutes; after 40 the intent is looked up in vain, and renewed.
        let open = object.now.duration_since(object.status.request.as_ref().unwrap().sent_at.0)
            >= SignedDuration::from_mins(40);
        let see = move |seen: &mut Observed| {
            if open {
                seen.found_by_tags = Look::Seen(vec![]);
            }
        };
        let renewed = object.plan(see);
        if renewed.step == Step::Write {
            object.store(&renewed);
        }
        told.extend(throttled(&mut object, SignedDuration::from_mins(5), |_| {}));
    }
    assert_eq!(events(&told), ["Warning ProgressDeadlineExceeded"]);
}

#[test]
fn validation_has_its_own_deadline() {
    let mut object = validating();
    assert!(object.pass(hours(73), pending(Some(value("shop.example.com")))).is_empty());
    assert_eq!(object.condition("Ready"), "False/WaitingForValidation");
    let told = object.pass(hours(1), pending(Some(value("shop.example.com"))));
    assert_eq!(events(&told), ["Warning ProgressDeadlineExceeded"]);
    let message = object.message("Ready");
    assert!(message.contains("74h") && message.contains("delegated") && message.contains("CAA"), "{message}");
    object.pass(hours(1), |seen| {
        seen.certificate = detail("ISSUED", &["shop.example.com"]);
        look_at_records(seen, Some(&value("shop.example.com")));
    });
    assert_eq!(object.condition("Ready"), "True/Issued");
    assert_eq!(object.condition("Stalled"), "");
    object.desired.limits.validation_deadline = hours(1);
    let mut object = Object { desired: object.desired, ..validating() };
    object.pass(hours(1), pending(Some(value("shop.example.com"))));
    assert_eq!(object.condition("Ready"), EXCEEDED, "a deadline that was set");
}

#[test]
fn records_that_acm_does_not_show_are_waited_for_an_hour() {
    let mut object = Object::requested(&["shop.example.com"]);
    let unseen = |seen: &mut Observed| seen.certificate = Look::Seen(Sight::Absent { confirmed: false });
    assert!(object.pass(SignedDuration::from_mins(59), unseen).is_empty());
    assert_eq!(events(&object.pass(SignedDuration::from_mins(1), unseen)), ["Warning ProgressDeadlineExceeded"]);
    assert_eq!(object.condition("Ready"), EXCEEDED);
    assert!(object.pass(hours(1), pending(None)).is_empty());
    assert_eq!(object.condition("Ready"), "False/WaitingForRecords");
    object.pass(SignedDuration::ZERO, pending(None));
    assert_eq!(object.condition("Ready"), "False/WaitingForValidation");
}

#[test]
fn a_wait_that_begins_late_is_not_taken_for_an_old_one() {
    // The record goes after ten hours of validation, and Route 53 does not take it back at once.
    let mut object = validating();
    object.pass(hours(10), pending(Some(value("shop.example.com"))));
    object.pass(SignedDuration::ZERO, pending(None));
    assert_eq!(object.condition("Ready"), "False/WaitingForRecords");
    assert!(throttled(&mut object, SignedDuration::from_mins(30), pending(None)).is_empty());
    assert_eq!(object.condition("Ready"), "False/WaitingForRecords");
    assert_eq!(
        events(&throttled(&mut object, SignedDuration::from_mins(30), pending(None))),
        ["Warning ProgressDeadlineExceeded"]
    );
    // An edit is another wish: what was said of the old one does not hold.
    object.desired = Desired { generation: 2, ..Object::of(&["www.example.com"]).desired };
    object.pass(SignedDuration::ZERO, |_| {});
    assert_eq!(object.condition("Ready"), "False/Requesting");
    assert!(throttled(&mut object, SignedDuration::from_mins(5), |_| {}).is_empty());
    assert_eq!(object.condition("Reconciling"), "True/Requesting");
}

#[test]
fn nothing_is_overdue_while_it_is_suspended() {
    let mut object = validating();
    object.desired.suspend = true;
    object.pass(hours(100), |seen| seen.certificate = Look::Seen(Sight::Unchanged));
    assert_eq!(object.condition("Ready"), "False/Suspended");
    object.desired.suspend = false;
    assert!(object.pass(hours(1), pending(Some(value("shop.example.com")))).is_empty());
    assert_eq!(object.condition("Ready"), "False/WaitingForValidation");
    assert_eq!(object.condition("Reconciling"), "True/WaitingForValidation", "it begins anew");
}
