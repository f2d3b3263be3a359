//! A suspended object is reported on, and nothing goes on.

use super::*;

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
    assert!(object.message("Ready").starts_with("shop.example.com: ACM could not be read since 2026-11-25T12:00:00Z"));
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
