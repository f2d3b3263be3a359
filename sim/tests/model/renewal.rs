//! Managed renewal that comes to a good end, and when it begins.

use serde_json::json;

use crate::fixture::{Sky, change, sky};

const DAY: i64 = 86_400;

/// Longer than every delay of the way to ISSUED.
const LONG: i64 = 3600;

/// A certificate in use, and the zone with its records.
pub(crate) fn in_use(sky: &mut Sky) -> (String, String) {
    let zone = sky.zone("example.com");
    let arn = sky.request("www.example.com", &["api.example.com"]);
    sky.wait(10);
    for validation in sky.certificate(&arn).validations.clone() {
        let (name, value) = (validation.record_name.unwrap(), validation.record_value.unwrap());
        sky.change(&zone, vec![change("CREATE", &name, &value)]).unwrap();
    }
    sky.wait(LONG);
    sky.act(&arn, json!({"action": "set-in-use", "by": ["arn:aws:elasticloadbalancing:lb"]})).unwrap();
    assert_eq!(sky.status(&arn), "ISSUED");
    (zone, arn)
}

/// Lets time pass to so many days before the certificate's end.
pub(crate) fn days_before_the_end(sky: &mut Sky, arn: &str, days: i64) {
    let end = sky.certificate(arn).not_after.unwrap();
    sky.wait_until_before(end, days * DAY);
}

#[test]
fn renewal_of_a_certificate_in_use_starts_sixty_days_before_its_end() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    let end = sky.certificate(&arn).not_after.unwrap();
    sky.wait_until_before(end, 60 * DAY + 1);
    assert_eq!(sky.renewal(&arn), None);
    assert!(sky.describe(&arn).unwrap().renewal_eligible);
    sky.wait(1);
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
    assert_eq!(sky.status(&arn), "ISSUED");
}

#[test]
fn a_renewed_certificate_keeps_its_arn_and_has_another_serial_and_other_dates() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    let before = sky.certificate(&arn).clone();
    days_before_the_end(&mut sky, &arn, 60);
    sky.wait(3599);
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
    sky.wait(1);
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
    let after = sky.certificate(&arn).clone();
    assert_eq!((sky.status(&arn), after.certificate_arn.as_str()), ("ISSUED", before.certificate_arn.as_str()));
    assert_ne!(after.serial, before.serial);
    assert_eq!(after.not_before, Some(sky.now));
    assert_eq!(after.not_after.unwrap().duration_since(sky.now).as_hours(), 198 * 24);
    assert_eq!(sky.done_by_world(&arn), ["Issue", "StartRenewal", "UpdateRenewal", "FinishRenewal"]);
    assert_eq!(sky.world.state().certificates.len(), 1);
}

#[test]
fn a_certificate_in_use_is_renewed_again_and_again() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    sky.wait(2 * 365 * DAY);
    assert_eq!(sky.status(&arn), "ISSUED");
    let renewals = sky.done_by_world(&arn).into_iter().filter(|operation| *operation == "FinishRenewal").count();
    assert_eq!(renewals, 5);
}

#[test]
fn a_short_validity_is_renewed_in_its_last_third() {
    let mut sky = sky();
    sky.set(&json!({"publicValidityDays": 9}));
    let (_, arn) = in_use(&mut sky);
    let end = sky.certificate(&arn).not_after.unwrap();
    sky.wait_until_before(end, 3 * DAY + 1);
    assert_eq!(sky.renewal(&arn), None);
    sky.wait(1);
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
}

#[test]
fn a_certificate_that_comes_into_use_in_the_window_is_renewed_and_one_released_is_not() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    sky.act(&arn, json!({"action": "set-in-use", "by": []})).unwrap();
    days_before_the_end(&mut sky, &arn, 30);
    assert_eq!(sky.renewal(&arn), None);
    sky.act(&arn, json!({"action": "set-in-use", "by": ["arn:aws:elasticloadbalancing:lb"]})).unwrap();
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
    sky.act(&arn, json!({"action": "set-in-use", "by": []})).unwrap();
    sky.wait(LONG);
    assert_eq!(sky.renewal(&arn), None);
    sky.act(&arn, json!({"action": "set-in-use", "by": ["arn:aws:elasticloadbalancing:lb"]})).unwrap();
    sky.wait(LONG);
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
}

#[test]
fn an_export_makes_one_renewal_and_not_the_next() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let arn = sky.plant(json!({"domainName": "example.com", "exported": true}));
    sky.publish(&zone, &arn);
    assert!(sky.describe(&arn).unwrap().renewal_eligible);
    days_before_the_end(&mut sky, &arn, 59);
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
    assert!(!sky.describe(&arn).unwrap().renewal_eligible);
    days_before_the_end(&mut sky, &arn, 0);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("EXPIRED", Some("SUCCESS")));
}

#[test]
fn a_renewal_goes_on_after_the_world_was_written_and_read() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    days_before_the_end(&mut sky, &arn, 60);
    sky.world = serde_json::from_str(&serde_json::to_string(&sky.world).unwrap()).unwrap();
    sky.wait(LONG);
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
}

#[test]
fn control_starts_and_finishes_a_renewal_outside_the_window() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    let first = sky.certificate(&arn).serial.clone();
    sky.act(&arn, json!({"action": "start-renewal"})).unwrap();
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
    sky.act(&arn, json!({"action": "finish-renewal"})).unwrap();
    let second = sky.certificate(&arn).serial.clone();
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
    assert_ne!(first, second);
    sky.wait(LONG);
    assert_eq!(sky.certificate(&arn).serial, second, "the attempt that control cut short must not finish as well");
}
