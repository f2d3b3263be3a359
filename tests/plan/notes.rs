//! Notes of Events: short, whatever there is to say, and with the remedy.

use super::{states::*, *};
use acmcert::{api::EventReason, aws::RenewalDetail};

/// What the API server takes.
const NOTE_OCTETS: usize = 1024;

fn names(count: usize) -> Vec<String> {
    let others = (1..count).map(|number| format!("name-{number}.example.com"));
    std::iter::once(NAME.to_owned()).chain(others).collect()
}

/// A certificate of so many names, whose renewal waits for all of them.
fn waiting_for(count: usize) -> Object {
    let names = names(count);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut object = Object::requested(&names);
    object.pass(SignedDuration::ZERO, |seen| seen.certificate = detail("ISSUED", &names));
    let renewal = RenewalDetail {
        status: "PENDING_VALIDATION".into(),
        reason: None,
        updated_at: Some(now()),
        domains: described("PENDING_VALIDATION", &names).domains,
    };
    let detail = CertificateDetail {
        renewal: Some(renewal),
        in_use_by: used().in_use_by,
        renewal_eligibility: Some("ELIGIBLE".into()),
        ..described("ISSUED", &names)
    };
    object.pass(days(150), |seen| seen.certificate = look(detail));
    object
}

fn note(object: &Object, reason: EventReason) -> &str {
    let notice = object.told.iter().rev().find(|notice| notice.reason == reason);
    let note = &notice.unwrap_or_else(|| panic!("{reason} is not told: {:?}", events(&object.told))).note;
    assert!(note.len() <= NOTE_OCTETS, "{}: {note}", note.len());
    assert!(note.starts_with("shop.example.com: "), "{note}");
    note
}

#[test]
fn a_renewal_that_waits_for_many_names_tells_two_of_them_and_what_to_do() {
    for count in [10, 100] {
        let mut object = waiting_for(count);
        let more = format!("and {} more", count - 2);
        let told = note(&object, EventReason::RenewalPendingValidation);
        let remedy = "no CAA record forbids Amazon to issue. The others are in the condition RenewalReady.";
        assert!(told.contains(&more) && told.ends_with(remedy), "{told}");
        let condition = object.message("RenewalReady");
        let has_all = (1..10).all(|number| condition.contains(&format!("_r.name-{number}.example.com CNAME")));
        assert_eq!(has_all, count == 10, "ten are in the condition: {condition}");
        assert_eq!(condition.contains("and 90 more."), count == 100, "{condition}");
        object.pass(days(3), |seen| seen.certificate = Look::Seen(Sight::Unchanged));
        let told = note(&object, EventReason::ExpiringSoon);
        assert!(told.contains(&more) && told.ends_with(remedy), "{told}");
        assert_eq!(told.matches("2027-06-11").count(), 1, "{told}");
    }
}

#[test]
fn records_that_are_created_together_are_told_by_two_of_their_names() {
    let names = names(100);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut object = Object::requested(&names);
    for _ in 0..2 {
        object.pass(SignedDuration::ZERO, |seen| {
            seen.certificate = detail("PENDING_VALIDATION", &names);
            zones(seen);
            let absent =
                |name: &&str| ((HostedZoneId::new("Z1"), RecordName::new(&format!("_r.{name}"))), Look::Seen(None));
            seen.record_sets.extend(names.iter().map(absent));
        });
    }
    let told = note(&object, EventReason::RecordCreated);
    assert!(told.contains("and 98 more in hosted zone Z1"), "{told}");
}

#[test]
fn a_record_with_many_long_values_is_told_by_three_of_them_in_whatever_order() {
    let conflict = |backwards: bool| {
        let mut object = eligible();
        object.pass(SignedDuration::ZERO, |seen| {
            seen.certificate = Look::Seen(Sight::Unchanged);
            look_at_records(seen, Some("elsewhere.example.net"));
            for set in seen.record_sets.values_mut() {
                let Look::Seen(Some(set)) = set else { panic!() };
                set.values = (0..50).map(|number| format!("{number:02}{}", "v".repeat(250))).collect();
                if backwards {
                    set.values.reverse();
                }
            }
        });
        object
    };
    let object = conflict(false);
    let told = note(&object, EventReason::RecordConflict);
    assert!(told.contains("and 47 more, ACM needs the CNAME") && told.contains("or correct it."), "{told}");
    let consequence = "The certificate expires 2027-06-11, and cannot be renewed until this is mended.";
    assert!(told.ends_with(consequence), "{told}");
    assert_eq!(conflict(true).status, object.status, "another order is no news");
    // What is not issued yet is not renewed either.
    let told = pending_with_conflict();
    assert!(!note(&told, EventReason::RecordConflict).contains("expires"));
}

#[test]
fn a_denial_in_a_paragraph_is_told_with_its_remedy() {
    let mut object = Object::of(&[NAME]);
    let paragraph = AwsError { message: "because of this, and because of that, ".repeat(100), ..refused() };
    object.pass(SignedDuration::ZERO, |seen| seen.earlier = Look::Failed(paragraph));
    let told = note(&object, EventReason::AccessDenied);
    assert!(told.ends_with("the permission acm:DescribeCertificate, or correct its credentials."), "{told}");
}

#[test]
fn a_deletion_that_many_users_block_tells_two_of_them_in_whatever_order() {
    let blocked = |backwards: bool| {
        let mut users: Vec<String> = (10..40)
            .map(|number| format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/{number}"))
            .collect();
        if backwards {
            users.reverse();
        }
        let mut object = deleting();
        let detail = Look::Seen(Some(Box::new(CertificateDetail { in_use_by: users, ..used() })));
        object.pass(SignedDuration::ZERO, |seen| _ = seen.retiring.insert(arn(), Retiring { detail, ..ours() }));
        object
    };
    let object = blocked(false);
    let told = note(&object, EventReason::DeletionBlocked);
    for part in ["app/web/10", "app/web/11 and 28 more; detach it there.", "in the condition DeletionBlocked."] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let message = object.message("DeletionBlocked");
    assert!(message.contains("app/web/19") && message.ends_with("and 20 more."), "{message}");
    assert_eq!(blocked(true).message("DeletionBlocked"), message);
}
