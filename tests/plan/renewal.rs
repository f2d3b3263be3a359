//! Managed renewal: whether it will work, how far it is, and what is told of it.

use super::*;
use acmcert::aws::RenewalDetail;

const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/1";

/// A certificate in use, as ACM describes it, and its record with that value, or absent.
pub(super) fn seen(record: Option<String>, change: impl FnOnce(&mut CertificateDetail)) -> impl FnOnce(&mut Observed) {
    let mut detail = described("ISSUED", &["shop.example.com"]);
    detail.in_use_by = vec![BALANCER.into()];
    detail.renewal_eligibility = Some("ELIGIBLE".into());
    change(&mut detail);
    move |seen| {
        seen.certificate = Look::Seen(Sight::Detail(Box::new(detail)));
        look_at_records(seen, record.as_deref());
    }
}

pub(super) fn in_place() -> Option<String> {
    Some(value("shop.example.com"))
}

pub(super) fn idle(seen: &mut Observed) {
    seen.certificate = Look::Seen(Sight::Unchanged);
    zones(seen);
}

/// A renewal, and how far it is with the name.
pub(super) fn renewal(status: &str, reason: Option<&str>, name: &str) -> Option<RenewalDetail> {
    let domain =
        DomainDetail { status: Some(name.into()), ..described("ISSUED", &["shop.example.com"]).domains.remove(0) };
    let reason = reason.map(str::to_owned);
    Some(RenewalDetail { status: status.into(), reason, updated_at: Some(now()), domains: vec![domain] })
}

/// Nothing of the renewal touches what GitOps waits for.
pub(super) fn undisturbed(object: &Object) {
    assert_eq!(object.condition("Ready"), "True/Issued");
    assert_eq!(object.condition("Reconciling") + &object.condition("Stalled"), "");
}

#[test]
fn a_renewal_that_goes_well_for_days_is_told_at_its_begin_and_its_end_and_disturbs_nothing() {
    let mut object = Object::issued();
    assert!(object.pass(SignedDuration::ZERO, seen(in_place(), |_| {})).is_empty());
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
    let message = object.message("RenewalReady");
    assert!(message.contains("expires 2027-06-11, renewal starts about 2027-04-27"), "{message}");
    let renewing =
        || seen(in_place(), |detail| detail.renewal = renewal("PENDING_AUTO_RENEWAL", None, "PENDING_VALIDATION"));
    let started = object.pass(days(150), renewing());
    assert_eq!(events(&started), ["Normal RenewalStarted"]);
    let during = object.status.clone();
    for _ in 0..3 {
        assert!(object.pass(days(1), renewing()).is_empty());
        assert_eq!(object.condition("RenewalReady"), "True/Renewing");
        assert_eq!(object.condition("RecordsReady"), "True/InPlace", "nobody waits for the user");
        undisturbed(&object);
    }
    assert_eq!(object.status, during, "waiting writes nothing");
    let renewed = object.pass(days(1), |observed| {
        seen(in_place(), |detail| {
            detail.renewal = renewal("SUCCESS", None, "SUCCESS");
            detail.serial = Some("03:04".into());
            detail.not_before = Some(now() + days(154));
            detail.not_after = Some(now() + days(154 + 198));
        })(observed);
    });
    assert_eq!(events(&renewed), ["Normal Renewed"]);
    for part in ["01:02 (2026-11-25 to 2027-06-11)", "03:04 (2027-04-28 to 2027-11-12)", ARN] {
        assert!(renewed[0].note.contains(part), "{part}: {}", renewed[0].note);
    }
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
    undisturbed(&object);
    assert!(object.pass(days(1), idle).is_empty());
}

#[test]
fn a_renewal_that_waits_names_the_record_its_zone_and_what_stands_there() {
    let waiting = |record: Option<String>| {
        seen(record, |detail| detail.renewal = renewal("PENDING_VALIDATION", None, "PENDING_VALIDATION"))
    };
    let mut object = Object::issued();
    let told = object.pass(days(150), waiting(None));
    assert_eq!(events(&told), ["Warning RenewalPendingValidation"]);
    let record = "_r.shop.example.com CNAME _v.shop.example.com.acm-validations.aws in hosted zone Z1";
    for part in [record, "It is not in Route 53: the operator is writing it.", "expires 2027-06-11"] {
        assert!(told[0].note.contains(part), "{part}: {}", told[0].note);
    }
    assert_eq!(told[0].note.matches("_r.shop.example.com").count(), 1, "{}", told[0].note);
    assert_eq!(object.condition("RenewalReady"), "False/RenewalPendingValidation");
    assert_eq!(object.status.validations[0].status.as_deref(), Some("PENDING_VALIDATION"));
    undisturbed(&object);
    assert_eq!(events(&object.pass(SignedDuration::ZERO, waiting(None))), ["Normal RecordRestored"]);
    assert!(object.pass(days(1), waiting(in_place())).is_empty());
    let message = object.message("RenewalReady");
    assert!(message.contains(record) && message.contains("delegated"), "{message}");
    undisturbed(&object);

    let mut object = Object::issued();
    let told = object.pass(days(150), waiting(Some("elsewhere.example.net".into())));
    assert_eq!(events(&told), ["Warning RecordConflict", "Warning RenewalPendingValidation"]);
    assert!(told[1].note.contains("is elsewhere.example.net"), "{}", told[1].note);
    assert_eq!(told[1].note.matches("_r.shop.example.com").count(), 1, "{}", told[1].note);
    assert_eq!(object.condition("RecordsReady"), "False/RecordConflict");
    undisturbed(&object);
}

#[test]
fn a_crash_before_the_status_was_written_makes_the_same_event_again() {
    let waiting =
        || seen(in_place(), |detail| detail.renewal = renewal("PENDING_VALIDATION", None, "PENDING_VALIDATION"));
    let mut object = Object::issued();
    let before = object.status.clone();
    let first = object.pass(days(150), waiting());
    object.status = before;
    let again = object.pass(SignedDuration::from_mins(5), waiting());
    assert_eq!(first, again);
    assert_eq!(first.len(), 1);
}

#[test]
fn an_outage_repeats_nothing() {
    let waiting =
        || seen(in_place(), |detail| detail.renewal = renewal("PENDING_VALIDATION", None, "PENDING_VALIDATION"));
    let mut object = Object::issued();
    object.pass(days(150), waiting());
    let unseen = object.pass(days(1), |seen| {
        seen.certificate = Look::Failed(outage());
        seen.stale_since = Some(now());
    });
    assert!(unseen.is_empty(), "{unseen:?}");
    assert_eq!(object.condition("RenewalReady"), "Unknown/ObservationStale");
    assert!(object.pass(days(1), waiting()).is_empty());
    assert_eq!(object.condition("RenewalReady"), "False/RenewalPendingValidation");
}

#[test]
fn a_renewal_that_failed_is_told_with_acms_reason_in_words() {
    let mut object = Object::issued();
    let failed = || seen(in_place(), |detail| detail.renewal = renewal("FAILED", Some("CAA_ERROR"), "FAILED"));
    let told = object.pass(days(150), failed());
    assert_eq!(events(&told), ["Warning RenewalFailed"]);
    assert!(told[0].note.contains("CAA_ERROR: ") && told[0].note.contains("amazon.com"), "{}", told[0].note);
    assert_eq!(object.condition("RenewalReady"), "False/RenewalFailed");
    undisturbed(&object);
    assert!(object.pass(days(1), failed()).is_empty());
    let mut object = Object::issued();
    let told = object
        .pass(days(150), seen(in_place(), |detail| detail.renewal = renewal("FAILED", Some("NEW_ONE"), "FAILED")));
    assert!(told[0].note.contains("NEW_ONE"), "shown as it came: {}", told[0].note);
}

#[test]
fn what_will_keep_acm_from_renewing_is_said_long_before() {
    type Case = (Option<String>, fn(&mut CertificateDetail), &'static str, &'static [&'static str]);
    let cases: [Case; 6] = [
        (in_place(), |_| {}, "True/Eligible", &[]),
        (in_place(), |detail| detail.in_use_by.clear(), "True/Eligible", &[]),
        (
            in_place(),
            |detail| {
                detail.in_use_by.clear();
                detail.renewal_eligibility = Some("INELIGIBLE".into());
            },
            "False/NotInUse",
            &[],
        ),
        (
            in_place(),
            |detail| detail.renewal_eligibility = Some("INELIGIBLE".into()),
            "False/Ineligible",
            &["Normal Ineligible"],
        ),
        (in_place(), |detail| detail.type_ = "IMPORTED".into(), "False/Ineligible", &["Normal Ineligible"]),
        (Some("elsewhere.example.net".into()), |_| {}, "False/RecordMissing", &["Warning RecordConflict"]),
    ];
    for (record, change, wanted, told) in cases {
        let mut object = Object::issued();
        assert_eq!(events(&object.pass(SignedDuration::ZERO, seen(record, change))), told, "{wanted}");
        assert_eq!(object.condition("RenewalReady"), wanted);
        let message = object.message("RenewalReady");
        assert!(message.starts_with("shop.example.com: ") && message.contains("2027-06-11"), "{message}");
        undisturbed(&object);
    }
    assert_eq!(Object::requested(&["shop.example.com"]).condition("RenewalReady"), "Unknown/NotYetIssued");
}

#[test]
fn an_unused_certificate_is_told_once_after_the_grace_and_again_when_it_is_unused_again() {
    let mut object = Object::issued();
    assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
    let plan = object.plan(idle);
    assert_eq!(plan.patience, Patience::Until(now() + SignedDuration::from_hours(1)));
    let minutes = SignedDuration::from_mins;
    assert!(object.pass(minutes(59), idle).is_empty());
    assert_eq!(events(&object.pass(minutes(1), idle)), ["Normal NotInUse"]);
    assert_eq!(object.status.announced.as_ref().unwrap().unused_serial.as_deref(), Some("01:02"));
    let settled = object.status.clone();
    assert!(object.pass(minutes(60), idle).is_empty());
    assert_eq!(object.status, settled, "nothing is written either");
    assert!(object.pass(minutes(1), seen(in_place(), |_| {})).is_empty());
    assert_eq!(object.status.announced, None, "it is used: it may be told again");
    let unused = || {
        seen(in_place(), |detail| {
            detail.in_use_by.clear();
            detail.renewal_eligibility = Some("INELIGIBLE".into());
        })
    };
    assert!(object.pass(minutes(1), unused()).is_empty());
    assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
    assert_eq!(events(&object.pass(minutes(60), unused())), ["Normal NotInUse"]);
}

#[test]
fn what_was_told_of_an_unused_certificate_outlasts_outages_other_troubles_and_restarts() {
    let mut object = Object::issued();
    assert_eq!(events(&object.pass(SignedDuration::from_hours(1), idle)), ["Normal NotInUse"]);
    for _ in 0..3 {
        object.pass(days(1), |seen| {
            seen.certificate = Look::Failed(outage());
            seen.stale_since = Some(now());
        });
        assert_eq!(object.condition("RenewalReady"), "Unknown/ObservationStale");
        assert!(object.pass(days(1), idle).is_empty());
        assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
        assert!(object.pass(days(1), idle).is_empty(), "after the grace, too");
    }
    let words_only = object.status.clone();
    object.status.conditions.iter_mut().for_each(|condition| condition.message = "of another version".into());
    assert!(object.pass(SignedDuration::ZERO, idle).is_empty(), "no message is a mark");
    assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
    assert_eq!(object.status.announced, words_only.announced);
    // After its renewal it is another certificate.
    object.status.serial = Some("03:04".into());
    assert_eq!(events(&object.pass(days(1), idle)), ["Normal NotInUse"]);
}

#[test]
fn what_was_wrong_before_does_not_shorten_the_grace() {
    let mut object = Object::issued();
    object.pass(SignedDuration::ZERO, seen(Some("elsewhere.example.net".into()), |_| {}));
    assert_eq!(object.condition("RenewalReady"), "False/RecordMissing");
    let told = object.pass(days(1), |observed| {
        seen(in_place(), |detail| {
            detail.in_use_by.clear();
            detail.renewal_eligibility = Some("INELIGIBLE".into());
        })(observed);
    });
    assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_warning_of_the_use_counts_as_telling_that_it_is_not_used() {
    let mut object = Object::issued();
    object.desired.limits.unused_grace = days(153);
    assert_eq!(events(&object.pass(days(153), idle)), ["Warning ExpiringSoon", "Warning NotInUse"]);
    assert!(object.pass(days(1), idle).is_empty(), "and not once more");
}

#[test]
fn what_lasts_is_not_hidden_by_what_passes() {
    let mut object = Object::issued();
    object.pass(SignedDuration::ZERO, |observed| {
        observed.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(observed, Some("elsewhere.example.net"));
    });
    assert_eq!(object.condition("RecordsReady"), "False/RecordConflict");
    assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
    let message = object.message("RenewalReady");
    assert!(message.contains("no AWS resource") && message.contains("is elsewhere.example.net"), "{message}");
}

#[test]
fn after_the_end_nothing_is_said_of_a_renewal_that_was_under_way() {
    for (word, renewal_word) in [
        ("EXPIRED", "PENDING_AUTO_RENEWAL"),
        ("EXPIRED", "PENDING_VALIDATION"),
        ("EXPIRED", "FAILED"),
        ("REVOKED", "PENDING_VALIDATION"),
    ] {
        let mut object = Object::issued();
        let under_way = || renewal(renewal_word, None, "PENDING_VALIDATION");
        object.pass(days(150), seen(in_place(), |detail| detail.renewal = under_way()));
        object.pass(days(1), |observed| {
            seen(in_place(), |detail| {
                detail.status = word.into();
                detail.renewal = under_way();
            })(observed);
        });
        assert_eq!(object.condition("RenewalReady"), "False/Ineligible", "{word} {renewal_word}");
        let message = object.message("RenewalReady");
        assert!(message.contains("expired") || message.contains("revoked"), "{message}");
        // By the clock alone.
        let mut object = Object::issued();
        let told = object.pass(days(198), seen(in_place(), |detail| detail.renewal = under_way()));
        assert_eq!(object.condition("RenewalReady"), "False/Ineligible", "{renewal_word}");
        assert!(!events(&told).contains(&"Normal Ineligible".to_owned()), "the end is told, not that");
    }
    let mut object = Object::issued();
    object.pass(days(150), seen(in_place(), |detail| detail.renewal = renewal("PENDING_VALIDATION", None, "FAILED")));
    object.pass(days(1), |seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!(object.condition("RenewalReady"), "Unknown/NotYetIssued");
    assert!(object.message("RenewalReady").contains("gone"), "{}", object.message("RenewalReady"));
}

#[test]
fn that_acm_does_not_renew_is_told_once_over_an_outage() {
    let mut object = Object::issued();
    let ineligible = || seen(in_place(), |detail| detail.renewal_eligibility = Some("INELIGIBLE".into()));
    assert_eq!(events(&object.pass(SignedDuration::ZERO, ineligible())), ["Normal Ineligible"]);
    object.pass(days(1), |seen| {
        seen.certificate = Look::Failed(outage());
        seen.stale_since = Some(now());
    });
    assert!(object.pass(days(1), ineligible()).is_empty());
    assert_eq!(object.condition("RenewalReady"), "False/Ineligible");
}

#[test]
fn a_renewal_that_failed_without_a_reason_is_told_as_that() {
    let mut object = Object::issued();
    let told = object.pass(days(150), seen(in_place(), |detail| detail.renewal = renewal("FAILED", None, "FAILED")));
    assert!(told[0].note.contains("ACM gave no reason"), "{}", told[0].note);
    assert!(!told[0].note.contains("OTHER"), "{}", told[0].note);
}

#[test]
fn what_serves_is_followed_while_its_replacement_is_on_its_way() {
    let mut object = states::replacement_requested();
    let told = object.pass(days(1), |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        let renewal = states::renewal("PENDING_AUTO_RENEWAL", None);
        seen.serving = Some(Box::new(CertificateDetail { renewal, ..states::used() }));
    });
    assert_eq!(events(&told), ["Normal RenewalStarted"]);
    assert_eq!(object.condition("RenewalReady"), "True/Renewing");
    assert_eq!(object.condition("Ready"), "False/Replacing");
    assert_eq!(object.status.certificate_status, None, "ACM has not shown the one that is pending");
}
