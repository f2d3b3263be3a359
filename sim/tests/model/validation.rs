//! Issued only when the right record stands where the public sees it.

use crate::fixture::{Sky, change, sky};

/// Longer than every delay of the way to ISSUED, shorter than the time-out.
const LONG: i64 = 3600;

fn requested(sky: &mut Sky) -> String {
    let arn = sky.request("www.example.com", &[]);
    sky.wait(10);
    arn
}

#[test]
fn a_certificate_is_issued_after_propagation_and_validation() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = requested(&mut sky);
    sky.publish(&zone, &arn);
    sky.wait(89);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    sky.wait(1);
    assert_eq!(sky.status(&arn), "ISSUED");
    let certificate = sky.world.certificate(&arn).unwrap();
    assert_eq!(certificate.validations[0].status, "SUCCESS");
    let validity = certificate.not_after.unwrap().duration_since(certificate.not_before.unwrap());
    assert_eq!(validity.as_hours(), 198 * 24);
}

#[test]
fn without_a_record_the_time_runs_out_after_three_days() {
    let mut sky = sky();
    sky.zone("example.com");
    let arn = requested(&mut sky);
    sky.wait(259_194);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    sky.wait(1);
    assert_eq!(sky.status(&arn), "VALIDATION_TIMED_OUT");
}

#[test]
fn every_name_needs_its_record() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = sky.request("a.example.com", &["b.example.com"]);
    sky.wait(10);
    sky.publish(&zone, &arn);
    sky.wait(LONG);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    assert_eq!(sky.world.certificate(&arn).unwrap().validations[0].status, "SUCCESS");
    let second = sky.world.certificate(&arn).unwrap().validations[1].clone();
    let create = change("CREATE", &second.record_name.unwrap(), &second.record_value.unwrap());
    sky.change(&zone, vec![create]).unwrap();
    sky.wait(90);
    assert_eq!(sky.status(&arn), "ISSUED");
}

#[test]
fn a_record_in_a_private_or_undelegated_zone_counts_for_nothing() {
    for (private, delegated) in [(true, true), (false, false)] {
        let mut sky = sky();
        let zone = sky.planted_zone("example.com", private, delegated);
        let arn = requested(&mut sky);
        sky.publish(&zone, &arn);
        sky.wait(LONG);
        assert_eq!(sky.status(&arn), "PENDING_VALIDATION", "private {private}, delegated {delegated}");
    }
}

#[test]
fn of_two_public_namesakes_only_the_first_made_answers() {
    let mut sky = sky();
    let first = sky.zone("example.com");
    let second = sky.zone("example.com");
    let arn = requested(&mut sky);
    sky.publish(&second, &arn);
    sky.wait(LONG);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    sky.publish(&first, &arn);
    sky.wait(90);
    assert_eq!(sky.status(&arn), "ISSUED");
}

#[test]
fn a_delegated_child_zone_takes_its_names_over_and_an_undelegated_one_does_not() {
    for (delegated, status) in [(true, "PENDING_VALIDATION"), (false, "ISSUED")] {
        let mut sky = sky();
        let parent = sky.zone("example.com");
        sky.planted_zone("www.example.com", false, delegated);
        let arn = requested(&mut sky);
        sky.publish(&parent, &arn);
        sky.wait(LONG);
        assert_eq!(sky.status(&arn), status, "delegated {delegated}");
    }
}

#[test]
fn a_record_with_another_value_counts_for_nothing() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = requested(&mut sky);
    let (name, value) = sky.record(&arn);
    sky.change(&zone, vec![change("CREATE", &name, "_wrong.acm-validations.aws.")]).unwrap();
    sky.wait(LONG);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    sky.change(&zone, vec![change("UPSERT", &name, &format!("{value}."))]).unwrap();
    sky.wait(90);
    assert_eq!(sky.status(&arn), "ISSUED");
}

#[test]
fn five_chained_cnames_are_followed_and_six_are_not() {
    for (links, status) in [(5, "ISSUED"), (6, "PENDING_VALIDATION")] {
        let mut sky = sky();
        let zone = sky.zone("example.com");
        let arn = requested(&mut sky);
        let (mut name, value) = sky.record(&arn);
        let mut changes = Vec::new();
        for link in 1..links {
            let target = format!("link{link}.example.com");
            changes.push(change("CREATE", &name, &target));
            name = target;
        }
        changes.push(change("CREATE", &name, &value));
        sky.change(&zone, changes).unwrap();
        sky.wait(LONG);
        assert_eq!(sky.status(&arn), status, "{links} links");
    }
}

#[test]
fn a_record_removed_before_the_end_of_validation_starts_it_anew() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = requested(&mut sky);
    sky.publish(&zone, &arn);
    sky.wait(50);
    let (name, value) = sky.record(&arn);
    sky.change(&zone, vec![change("DELETE", &name, &value)]).unwrap();
    sky.wait(LONG);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
}

#[test]
fn a_second_certificate_of_a_name_needs_no_new_record() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = requested(&mut sky);
    sky.publish(&zone, &arn);
    sky.wait(LONG);
    sky.caller.region = "eu-west-1".to_owned();
    let second = sky.request("*.www.example.com", &[]);
    sky.wait(64);
    assert_eq!(sky.status(&second), "PENDING_VALIDATION");
    sky.wait(1);
    assert_eq!(sky.status(&second), "ISSUED");
}

#[test]
fn a_caa_record_without_amazon_fails_the_certificate() {
    for (value, status) in [("0 issue \"ca.example.net\"", "FAILED"), ("0 issue \"amazon.com\"", "ISSUED")] {
        let mut sky = sky();
        let zone = sky.zone("example.com");
        let mut caa = change("CREATE", "example.com", value);
        caa.record_type = "CAA".to_owned();
        sky.change(&zone, vec![caa]).unwrap();
        let arn = requested(&mut sky);
        sky.publish(&zone, &arn);
        sky.wait(LONG);
        assert_eq!(sky.status(&arn), status, "{value}");
        let reason = sky.world.certificate(&arn).unwrap().failure_reason.clone();
        assert_eq!(reason.is_some_and(|reason| reason == "CAA_ERROR"), status == "FAILED");
    }
}
