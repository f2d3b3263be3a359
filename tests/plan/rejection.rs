//! A spec that cannot be acted upon: what serves is watched on, and nothing is changed in AWS.

use super::{states::*, *};

const REJECTED: &str = "False/InvalidDomainName";

fn idle(seen: &mut Observed) {
    seen.certificate = Look::Seen(Sight::Unchanged);
    zones(seen);
}

/// It stays what it is to whoever waits for it, whatever becomes of the certificate.
fn stalled(object: &Object) {
    assert_eq!(object.condition("Ready"), REJECTED);
    assert_eq!(object.condition("Stalled"), "True/InvalidDomainName");
    assert_eq!(object.condition("Reconciling"), "");
}

#[test]
fn the_rejection_names_domain_field_cause_and_what_serves_and_is_told_once() {
    let mut object = edited_into_nonsense(eligible());
    let plan = object.plan(idle);
    assert_eq!(plan.step, Step::Wait);
    let told = object.pass(SignedDuration::ZERO, idle);
    assert_eq!(events(&told), ["Warning InvalidDomainName"]);
    stalled(&object);
    for part in ["xn--0.example.com: spec.domainName: ", "encode the Unicode name again", "serves on"] {
        assert!(object.message("Ready").contains(part), "{part}: {}", object.message("Ready"));
    }
    assert_eq!(object.condition("Issued"), "True/Issued");
    assert_eq!(object.condition("RenewalReady"), "True/Eligible");
    assert_eq!(object.status.observed_generation, Some(2));
    let settled = object.status.clone();
    assert!(object.pass(days(1), idle).is_empty());
    assert_eq!(object.status, settled, "waiting writes nothing");
}

#[test]
fn a_spec_that_never_made_sense_asks_for_nothing() {
    let mut object = rejected();
    object.desired.has_finalizer = false;
    let plan = object.plan(|_| {});
    assert_eq!(plan.step, Step::Wait, "not even a finalizer");
    stalled(&object);
    assert!(!object.message("Ready").contains("serves"), "{}", object.message("Ready"));
    assert_eq!(object.condition("Issued"), "False/NotYetIssued");
}

#[test]
fn a_missing_record_is_not_written_for_it() {
    let object = edited_into_nonsense(eligible());
    let plan = object.plan(|seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, None);
    });
    assert_eq!((plan.step, plan.ledger.records), (Step::Wait, object.status.records));
}

#[test]
fn its_use_and_its_renewal_are_followed() {
    let mut object = rejected_while_issued();
    let unused = CertificateDetail { in_use_by: vec![], renewal_eligibility: Some("INELIGIBLE".into()), ..used() };
    object.pass(days(1), |seen| seen.certificate = look(unused));
    assert_eq!(object.condition("RenewalReady"), "False/NotInUse");
    assert_eq!(object.status.in_use_by_count, Some(0));
    let renewing = CertificateDetail { renewal: renewal("FAILED", Some("CAA_ERROR")), ..used() };
    assert_eq!(events(&object.pass(days(1), |seen| seen.certificate = look(renewing))), ["Warning RenewalFailed"]);
    assert_eq!(object.condition("RenewalReady"), "False/RenewalFailed");
    let renewed = CertificateDetail { serial: Some("03:04".into()), ..used() };
    assert_eq!(events(&object.pass(days(1), |seen| seen.certificate = look(renewed))), ["Normal Renewed"]);
    stalled(&object);
}

#[test]
fn its_end_is_warned_of_and_told() {
    let mut object = edited_into_nonsense(Object::issued());
    object.desired.limits.unused_grace = days(10_000);
    object.pass(SignedDuration::ZERO, idle);
    let mut told = vec![];
    for _ in 0..200 {
        told.extend(object.pass(days(1), idle));
    }
    let mut wanted = vec!["Warning ExpiringSoon"; 6];
    wanted.insert(1, "Warning NotInUse");
    wanted.push("Warning Expired");
    assert_eq!(events(&told), wanted);
    assert!(told.last().unwrap().note.contains("expired at 2027-06-11T12:00:00Z"), "{}", told.last().unwrap().note);
    assert_eq!(object.condition("Issued"), "False/Expired");
    assert!(object.message("Ready").contains("expired at 2027-06-11T12:00:00Z"), "{}", object.message("Ready"));
    stalled(&object);
}

#[test]
fn the_next_warning_is_waited_for_and_no_longer() {
    let object = rejected_while_issued();
    assert_eq!(object.plan(idle).patience, Patience::Until(now() + days(153)));
}

#[test]
fn an_outage_makes_unknown_what_cannot_be_seen_and_leaves_the_rejection() {
    let mut object = unseen(rejected_while_issued());
    stalled(&object);
    assert!(!object.message("Ready").contains("serves"), "that was not seen: {}", object.message("Ready"));
    for kind in ["Issued", "RecordsReady", "RenewalReady"] {
        assert_eq!(object.condition(kind), "Unknown/ObservationStale", "{kind}");
    }
    assert!(object.pass(days(1), |_| {}).is_empty(), "the rejection was told");
    assert_eq!(object.condition("Issued"), "Unknown/ObservationStale", "nobody has looked since");
    assert!(object.pass(days(1), idle).is_empty());
    assert_eq!(object.condition("Issued"), "True/Issued");
    assert_eq!(object.condition("RenewalReady"), "Unknown/ObservationStale", "it needs the records as well");
    assert!(object.message("RecordsReady").contains("not looked at"), "{}", object.message("RecordsReady"));
}

#[test]
fn a_certificate_that_is_gone_meanwhile_is_told() {
    let mut object = rejected_while_issued();
    let absent = |confirmed| move |seen: &mut Observed| seen.certificate = Look::Seen(Sight::Absent { confirmed });
    assert_eq!(object.plan(absent(false)).patience, Patience::Pending, "a second look comes soon");
    assert!(object.pass(SignedDuration::ZERO, absent(false)).is_empty());
    assert_eq!(object.condition("Issued"), "True/Issued", "one look is not enough");
    assert_eq!(events(&object.pass(SignedDuration::ZERO, absent(true))), ["Warning CertificateGone"]);
    assert_eq!(object.condition("Issued"), "False/CertificateGone");
    assert_eq!(object.condition("RenewalReady"), "Unknown/NotYetIssued");
    assert_eq!(object.status.certificate_arn.as_deref(), Some(ARN), "nothing is put in its place");
    stalled(&object);
}

#[test]
fn a_correction_is_acted_upon_and_a_deletion_never_minds() {
    let mut object = rejected_while_issued();
    object.desired = Desired { generation: 3, ..Object::of(&[NAME]).desired };
    object.pass(SignedDuration::ZERO, |seen| {
        seen.certificate = Look::Seen(Sight::Unchanged);
        look_at_records(seen, Some(&value(NAME)));
    });
    assert_eq!(object.condition("Ready"), "True/Issued");
    assert_eq!(object.condition("Stalled"), "");

    let deleting = Envelope { deleting: true, ..envelope() };
    let nonsense = spec(&["xn--0.example.com"]);
    let desired = Desired::parse_or_reject(deleting, &nonsense, &defaults(), Some(NAME));
    assert_eq!(desired.rejection, None);
    let mut object = rejected_while_issued();
    object.desired = desired;
    let plan = object.plan(|_| {});
    assert_eq!(plan.step, Step::Write, "D4 is stored before anything is deleted");
    assert_eq!(object.store(&plan), "False/Deleting");
    let delete = object.plan(|seen| _ = seen.retiring.insert(arn(), ours()));
    assert_eq!(effect(&delete), &Effect::DeleteCertificate(arn()));
}
