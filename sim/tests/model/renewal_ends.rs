//! Renewals that wait, fail or never begin.

use serde_json::json;

use crate::fixture::{Sky, change, sky};
use crate::renewal::{days_before_the_end, in_use};

const LONG: i64 = 3600;

/// The record of the certificate's second name, created or deleted.
fn second_record(sky: &mut Sky, zone: &str, arn: &str, action: &str) {
    let validation = sky.certificate(arn).validations[1].clone();
    let change = change(action, &validation.record_name.unwrap(), &validation.record_value.unwrap());
    sky.change(zone, vec![change]).unwrap();
}

fn caa(action: &str) -> acmcert_sim::world::call::RecordChange {
    let mut caa = change(action, "example.com", "0 issue \"ca.example.net\"");
    caa.record_type = "CAA".to_owned();
    caa
}

fn renewal_validations(sky: &mut Sky, arn: &str) -> Vec<String> {
    sky.describe(arn).unwrap().renewal_validations
}

fn reason(sky: &Sky, arn: &str) -> Option<String> {
    sky.certificate(arn).renewal.as_ref().and_then(|renewal| renewal.reason.clone())
}

#[test]
fn a_missing_record_keeps_a_renewal_waiting_until_it_is_back() {
    let mut sky = sky();
    let (zone, arn) = in_use(&mut sky);
    second_record(&mut sky, &zone, &arn, "DELETE");
    days_before_the_end(&mut sky, &arn, 60);
    sky.wait(59);
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
    sky.wait(1);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
    assert_eq!(renewal_validations(&mut sky, &arn), ["SUCCESS", "PENDING_VALIDATION"]);
    assert_eq!(sky.certificate(&arn).validations[1].status, "SUCCESS", "the issue is another matter");
    sky.wait(10 * LONG);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
    second_record(&mut sky, &zone, &arn, "CREATE");
    sky.wait(30);
    assert_eq!(renewal_validations(&mut sky, &arn), ["SUCCESS", "SUCCESS"]);
    sky.wait(3599);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
    sky.wait(1);
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
}

#[test]
fn a_record_lost_during_renewal_stops_it() {
    let mut sky = sky();
    let (zone, arn) = in_use(&mut sky);
    days_before_the_end(&mut sky, &arn, 60);
    sky.wait(120);
    assert_eq!(sky.renewal(&arn), Some("PENDING_AUTO_RENEWAL"));
    second_record(&mut sky, &zone, &arn, "DELETE");
    sky.wait(30);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
    sky.wait(10 * LONG);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
}

#[test]
fn a_record_missing_to_the_end_fails_the_renewal_and_the_certificate_expires() {
    let mut sky = sky();
    let (zone, arn) = in_use(&mut sky);
    let serial = sky.certificate(&arn).serial.clone();
    second_record(&mut sky, &zone, &arn, "DELETE");
    let end = sky.certificate(&arn).not_after.unwrap();
    sky.wait_until_before(end, 1);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("ISSUED", Some("PENDING_VALIDATION")));
    sky.wait(1);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("EXPIRED", Some("FAILED")));
    assert_eq!(reason(&sky, &arn).as_deref(), Some("OTHER"));
    assert_eq!(renewal_validations(&mut sky, &arn), ["SUCCESS", "FAILED"]);
    assert_eq!(sky.done_by_world(&arn), ["Issue", "StartRenewal", "UpdateRenewal", "FailRenewal", "Expire"]);
    second_record(&mut sky, &zone, &arn, "CREATE");
    sky.wait(10 * LONG);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("EXPIRED", Some("FAILED")));
    assert_eq!(sky.certificate(&arn).serial, serial);
    assert!(!sky.describe(&arn).unwrap().renewal_eligible);
}

#[test]
fn a_certificate_that_is_not_in_use_expires_without_a_renewal() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    sky.act(&arn, json!({"action": "set-in-use", "by": []})).unwrap();
    assert!(!sky.describe(&arn).unwrap().renewal_eligible);
    let end = sky.certificate(&arn).not_after.unwrap();
    sky.wait_until_before(end, 1);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("ISSUED", None));
    sky.wait(1);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("EXPIRED", None));
}

#[test]
fn a_caa_record_keeps_a_renewal_waiting_and_its_removal_lets_it_go_on() {
    for (healed, status) in [(true, "SUCCESS"), (false, "FAILED")] {
        let mut sky = sky();
        let (zone, arn) = in_use(&mut sky);
        sky.change(&zone, vec![caa("CREATE")]).unwrap();
        days_before_the_end(&mut sky, &arn, 59);
        assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
        assert_eq!(reason(&sky, &arn).as_deref(), Some("CAA_ERROR"));
        let end = sky.certificate(&arn).not_after.unwrap();
        if healed {
            sky.change(&zone, vec![caa("DELETE")]).unwrap();
            sky.wait(30 + LONG);
        } else {
            sky.wait_until_before(end, 0);
        }
        assert_eq!(sky.renewal(&arn), Some(status));
        assert_eq!(reason(&sky, &arn).is_some_and(|reason| reason == "CAA_ERROR"), !healed);
    }
}

#[test]
fn a_deleted_shared_record_stops_the_renewal_of_every_sibling() {
    let mut sky = sky();
    let (zone, arn) = in_use(&mut sky);
    let sibling = sky.plant(json!({"domainName": "*.api.example.com", "inUseBy": ["arn:aws:cloudfront:x"]}));
    second_record(&mut sky, &zone, &arn, "DELETE");
    days_before_the_end(&mut sky, &sibling, 59);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
    assert_eq!(sky.renewal(&sibling), Some("PENDING_VALIDATION"));
}

#[test]
fn an_imported_certificate_is_never_renewed() {
    let mut sky = sky();
    let arn = sky.plant(json!({"domainName": "example.com", "type": "IMPORTED", "inUseBy": ["arn:aws:cloudfront:x"]}));
    assert!(!sky.describe(&arn).unwrap().renewal_eligible);
    assert!(sky.act(&arn, json!({"action": "start-renewal"})).is_err());
    days_before_the_end(&mut sky, &arn, 0);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("EXPIRED", None));
}

#[test]
fn a_renewal_that_control_failed_is_not_tried_again_in_its_window() {
    let mut sky = sky();
    let (_, arn) = in_use(&mut sky);
    days_before_the_end(&mut sky, &arn, 60);
    sky.act(&arn, json!({"action": "fail-renewal", "reason": "DOMAIN_NOT_ALLOWED"})).unwrap();
    sky.act(&arn, json!({"action": "set-in-use", "by": ["arn:aws:cloudfront:x"]})).unwrap();
    sky.wait(10 * LONG);
    assert_eq!(sky.renewal(&arn), Some("FAILED"));
    assert_eq!(reason(&sky, &arn).as_deref(), Some("DOMAIN_NOT_ALLOWED"));
}
