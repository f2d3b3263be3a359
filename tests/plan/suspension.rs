//! A suspended object is reported on, and nothing goes on.

use super::{states::*, *};

#[test]
fn a_certificate_that_is_gone_is_said_and_nothing_is_under_way() {
    let mut object = Object::issued();
    object.desired.suspend = true;
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = Look::Seen(Sight::Absent { confirmed: true }));
    assert_eq!(object.condition("Ready"), "False/CertificateGone");
    assert_eq!(object.condition("Suspended"), "True/Suspended");
    assert_eq!(object.condition("Reconciling") + &object.condition("Stalled"), "");
}

#[test]
fn an_outage_leaves_the_suspension_in_sight() {
    let unseen = |seen: &mut Observed| {
        seen.certificate = Look::Failed(outage());
        seen.stale_since = Some(now());
    };
    let mut object = Object::issued();
    object.desired.suspend = true;
    object.pass(days(1), unseen);
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale");
    assert_eq!(object.condition("Suspended"), "True/Suspended");
    assert!(
        object.message("Ready").starts_with("shop.example.com: nothing was seen of ACM since 2026-11-25T12:00:00Z")
    );
    object.desired.suspend = false;
    object.pass(days(1), unseen);
    assert_eq!(object.condition("Suspended"), "", "resumed during the outage");
}

#[test]
fn an_end_is_an_end_also_while_suspended() {
    let mut object = Object::issued();
    object.desired.suspend = true;
    object.pass(days(198), |seen| seen.certificate = Look::Seen(Sight::Unchanged));
    assert_eq!(object.condition("Ready"), "False/Expired");
    assert_eq!(object.condition("Stalled"), "True/Expired");
}

#[test]
fn a_record_that_goes_missing_is_said_and_not_written() {
    let mut object = Object::issued();
    object.desired.suspend = true;
    let see = |value: Option<&'static str>| {
        move |seen: &mut Observed| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            look_at_records(seen, value);
        }
    };
    let plan = object.plan(see(None));
    assert_eq!(plan.step, Step::Wait);
    assert_eq!(plan.ledger.records, object.status.records, "the claim stays as it is");
    object.pass(SignedDuration::ZERO, see(None));
    assert_eq!(object.condition("Ready"), "True/Issued");
    assert_eq!(object.condition("RecordsReady"), "False/RecordMissing");
    assert!(
        object.message("RecordsReady").ends_with("nobody writes it until the operator may change something again.")
    );
    object.pass(SignedDuration::ZERO, see(Some("_other.acm-validations.aws")));
    assert_eq!(object.condition("RecordsReady"), "False/RecordConflict");
    object.pass(SignedDuration::ZERO, see(Some("_v.shop.example.com.acm-validations.aws")));
    assert_eq!(object.condition("RecordsReady"), "True/InPlace");
}

#[test]
fn somebody_else_s_certificate_is_said_to_be_lost() {
    let mut object = Object::issued();
    object.desired.suspend = true;
    let see = |seen: &mut Observed| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        seen.tags = Look::Seen(BTreeMap::from([("acmcert.io/uid".to_owned(), "uid-2".to_owned())]));
    };
    assert_eq!(object.plan(see).step, Step::Wait);
    object.pass(SignedDuration::ZERO, see);
    assert_eq!(object.condition("Ready"), "False/OwnershipLost");
    assert_eq!(object.condition("Suspended"), "True/Suspended");
}

#[test]
fn an_end_that_acm_reports_says_what_resuming_brings_and_counts_from_when_it_was_seen() {
    let mut object = suspended(eligible());
    object.now += days(1);
    let seen_at = object.now;
    let mut object = ended(object, "EXPIRED");
    let message = object.message("Ready");
    for part in ["shop.example.com: ", "expired at 2027-06-11T12:00:00Z", "once spec.suspend is false"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let since = |object: &Object| object.status.failure.as_ref().unwrap().since.as_ref().unwrap().0;
    assert_eq!(since(&object), seen_at);
    object = ended(Object { now: seen_at + days(2), ..object }, "EXPIRED");
    assert_eq!(since(&object), seen_at, "seen again is not seen first");
    // Resumed after the pause: the next one is requested at once.
    object.desired.suspend = false;
    object = ended(object, "EXPIRED");
    assert_eq!(object.status.request.as_ref().unwrap().attempt, 1);
}

#[test]
fn what_is_good_says_until_when() {
    let object = suspended(eligible());
    let message = object.message("Ready");
    assert!(message.contains("expires 2027-06-11") && message.contains("spec.suspend"), "{message}");
}

#[test]
fn a_certificate_that_is_gone_is_issued_no_more() {
    let object = gone(suspended(eligible()));
    assert_eq!(object.condition("Issued"), "False/CertificateGone");
    assert!(object.message("Ready").contains("until spec.suspend is false"), "{}", object.message("Ready"));
}

#[test]
fn after_a_restart_nothing_is_claimed_that_was_not_seen_again() {
    let mut object = suspended(eligible());
    object.pass(days(1), |seen| {
        seen.certificate = Look::Failed(outage());
        seen.stale_since = Some(now());
    });
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale");
    object.pass(SignedDuration::ZERO, |_| {});
    assert_eq!(object.condition("Ready"), "Unknown/ObservationStale");
    assert_eq!(object.condition("RenewalReady"), "Unknown/ObservationStale");
}
