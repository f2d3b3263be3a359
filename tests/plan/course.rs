//! The course of a renewal: when it was to begin, how long it takes, and what it will wait for.

use super::{
    renewal::{idle, in_place, renewal, seen, undisturbed},
    *,
};

#[test]
fn the_operator_claims_to_find_a_record_only_where_it_has_looked() {
    let mut object = Object::issued();
    let waiting = seen(in_place(), |detail| detail.renewal = renewal("PENDING_VALIDATION", None, "PENDING_VALIDATION"));
    // Nobody has looked at the records since the object was taken over.
    object.status.conditions.retain(|condition| condition.type_ != "RecordsReady");
    object.status.records.clear();
    object.pass(days(150), |observed| {
        waiting(observed);
        observed.zones = Look::NotTaken;
        observed.record_sets.clear();
    });
    let message = object.message("RenewalReady");
    assert!(message.contains("could not be seen") && !message.contains("finds it there"), "{message}");
    // ACM tells of no record.
    let mut object = Object::issued();
    object.pass(
        days(150),
        seen(in_place(), |detail| {
            detail.renewal = renewal("PENDING_VALIDATION", None, "PENDING_VALIDATION");
            detail.domains.iter_mut().for_each(|domain| domain.record = None);
        }),
    );
    let message = object.message("RenewalReady");
    assert!(!message.contains("It needs") && message.ends_with("Look at the certificate in ACM."), "{message}");
}

#[test]
fn the_day_on_which_acm_was_to_begin_is_told_as_past_once_it_is_over() {
    let mut object = Object::issued();
    object.pass(SignedDuration::ZERO, seen(in_place(), |_| {}));
    object.pass(days(153), idle);
    let message = object.message("RenewalReady");
    assert!(message.contains("renewal starts about 2027-04-27"), "the day itself: {message}");
    object.pass(SignedDuration::from_hours(12), idle);
    let message = object.message("RenewalReady");
    assert!(message.contains("was to begin about 2027-04-27, and has not") && !message.contains("starts"), "{message}");
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
    let settled = object.status.clone();
    assert!(object.pass(days(1), idle).is_empty());
    assert_eq!(object.status, settled, "waiting writes nothing");
}

#[test]
fn a_renewal_under_way_is_left_in_peace_for_a_fortnight() {
    for (begins, warned) in [(150, 168), (160, 174)] {
        let mut object = Object::issued();
        let started = object.pass(
            days(begins),
            seen(in_place(), |detail| {
                detail.renewal = renewal("PENDING_AUTO_RENEWAL", None, "PENDING_VALIDATION");
                detail.renewal.as_mut().unwrap().updated_at = Some(now() + days(begins));
            }),
        );
        assert_eq!(events(&started), ["Normal RenewalStarted"]);
        for day in begins + 1..warned {
            assert!(object.pass(days(1), idle).is_empty(), "day {day}");
        }
        let told = object.pass(days(1), idle);
        assert_eq!(events(&told), ["Warning ExpiringSoon"]);
        let why = "its renewal has not come: ACM is renewing the certificate.";
        assert!(told[0].note.contains(why), "{}", told[0].note);
        assert_eq!(object.condition("RenewalReady"), "True/Renewing");
    }
}

#[test]
fn a_renewal_under_way_hides_nothing_that_keeps_acm_from_finishing_it() {
    type Case = (Option<String>, fn(&mut CertificateDetail), &'static str, &'static [&'static str]);
    let cases: [Case; 3] = [
        (
            Some("elsewhere.example.net".into()),
            |_| {},
            "False/RecordMissing",
            &["Warning RecordConflict", "Normal RenewalStarted"],
        ),
        (
            in_place(),
            |detail| {
                detail.in_use_by.clear();
                detail.renewal_eligibility = Some("INELIGIBLE".into());
            },
            "False/NotInUse",
            &["Normal RenewalStarted"],
        ),
        (
            in_place(),
            |detail| detail.renewal_eligibility = Some("INELIGIBLE".into()),
            "False/Ineligible",
            &["Normal RenewalStarted", "Normal Ineligible"],
        ),
    ];
    for (record, change, wanted, told) in cases {
        let mut object = Object::issued();
        object.desired.limits.unused_grace = days(10_000);
        let begun = seen(record, |detail| {
            detail.renewal = renewal("PENDING_AUTO_RENEWAL", None, "PENDING_VALIDATION");
            change(detail);
        });
        assert_eq!(events(&object.pass(days(150), begun)), told, "{wanted}");
        assert_eq!(object.condition("RenewalReady"), wanted);
        let message = object.message("RenewalReady");
        assert!(message.contains("ACM has begun to renew, and will wait for what it needs: "), "{message}");
        assert!(message.contains("2027-06-11") && !message.contains("will not renew it"), "{message}");
        undisturbed(&object);
    }
}

#[test]
fn what_is_told_of_the_records_of_a_replacement_says_nothing_of_the_renewal() {
    let object = states::replacing_with_conflict();
    assert_eq!(object.condition("RecordsReady"), "False/RecordConflict");
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
}

#[test]
fn a_renewal_that_is_taken_up_again_after_it_failed_is_told_again() {
    let mut object = Object::issued();
    let begun = |day: i64| {
        seen(in_place(), move |detail| {
            detail.renewal = renewal("PENDING_AUTO_RENEWAL", None, "PENDING_VALIDATION");
            detail.renewal.as_mut().unwrap().updated_at = Some(now() + days(day));
        })
    };
    let first = object.pass(days(150), begun(150));
    object.pass(days(5), seen(in_place(), |detail| detail.renewal = renewal("FAILED", Some("CAA_ERROR"), "FAILED")));
    let second = object.pass(days(2), begun(157));
    assert_eq!(events(&first), ["Normal RenewalStarted"]);
    assert!(events(&second).contains(&"Normal RenewalStarted".to_owned()), "{second:?}");
    let again = second.iter().find(|notice| notice.reason == first[0].reason).unwrap();
    assert_ne!(first[0].key, again.key, "it has a name of its own");
}
