//! Validation by e-mail: addresses, approvals, time-outs, renewal, and mails sent again.

use acmcert_sim::world::answer::{Answer, ApiError};
use acmcert_sim::world::call::{Call, DomainValidationOption, RequestCertificate};
use serde_json::json;

use crate::fixture::{Sky, request, sky};

const DAY: i64 = 86_400;

fn by_mail(options: &[(&str, &str)]) -> RequestCertificate {
    let option = |(domain_name, validation_domain): &(&str, &str)| DomainValidationOption {
        domain_name: (*domain_name).to_owned(),
        validation_domain: (*validation_domain).to_owned(),
    };
    let mut request = request("www.example.com", &["*.api.example.com"], None);
    request.validation_method = Some("EMAIL".to_owned());
    request.domain_validation_options = (!options.is_empty()).then(|| options.iter().map(option).collect());
    request
}

fn requested(sky: &mut Sky) -> String {
    let arn = sky.try_request(by_mail(&[])).unwrap();
    sky.wait(10);
    arn
}

fn approve(sky: &mut Sky, arn: &str, name: &str) {
    sky.act(arn, json!({"action": "approve-email", "domainName": name})).unwrap();
}

fn resend(sky: &mut Sky, arn: &str, domain: &str, validation_domain: &str) -> Result<Answer, ApiError> {
    sky.call(&Call::ResendValidationEmail {
        certificate_arn: arn.to_owned(),
        domain: domain.to_owned(),
        validation_domain: validation_domain.to_owned(),
    })
}

#[test]
fn mails_go_to_five_addresses_at_the_name_or_at_the_domain_wished_for() {
    let mut sky = sky();
    let arn = sky.try_request(by_mail(&[("*.api.example.com", "example.com")])).unwrap();
    sky.wait(10);
    let detail = sky.describe(&arn).unwrap();
    let users = ["admin", "administrator", "hostmaster", "postmaster", "webmaster"];
    let expected: Vec<String> = users.iter().map(|user| format!("{user}@example.com")).collect();
    assert_eq!(detail.mails[0].addresses, expected, "www is left out");
    assert_eq!(detail.mails[0].validation_domain, "www.example.com");
    assert_eq!(detail.mails[1].addresses, expected);
    assert_eq!(detail.mails[1].validation_domain, "example.com");
    assert_eq!(detail.certificate.validations[0].record_name, None);
    let plain = requested(&mut sky);
    assert_eq!(sky.describe(&plain).unwrap().mails[1].addresses[0], "admin@api.example.com");
}

#[test]
fn a_validation_domain_is_the_name_itself_or_above_it() {
    for (name, domain, accepted) in [
        ("www.example.com", "www.example.com", true),
        ("www.example.com", "example.com", true),
        ("www.example.com", "com", false),
        ("www.example.com", "mail.example.com", false),
        ("www.example.com", "ample.com", false),
        ("other.example.com", "example.com", false),
    ] {
        let mut sky = sky();
        match sky.try_request(by_mail(&[(name, domain)])) {
            Ok(_) => assert!(accepted, "{name} {domain}"),
            Err(error) => {
                assert!(!accepted, "{name} {domain}");
                assert_eq!(error.code, "InvalidDomainValidationOptionsException");
            }
        }
    }
}

#[test]
fn a_certificate_is_issued_when_somebody_has_approved_every_name() {
    let mut sky = sky();
    let arn = requested(&mut sky);
    approve(&mut sky, &arn, "www.example.com");
    sky.wait(DAY);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    assert_eq!(sky.certificate(&arn).validations[0].status, "SUCCESS");
    assert!(sky.act(&arn, json!({"action": "approve-email", "domainName": "example.com"})).is_err());
    approve(&mut sky, &arn, "*.api.example.com");
    assert_eq!(sky.status(&arn), "ISSUED");
}

#[test]
fn a_name_that_nobody_approves_in_three_days_times_the_certificate_out() {
    let mut sky = sky();
    let arn = requested(&mut sky);
    approve(&mut sky, &arn, "www.example.com");
    sky.wait(3 * DAY - 6);
    assert_eq!(sky.status(&arn), "PENDING_VALIDATION");
    sky.wait(1);
    assert_eq!(sky.status(&arn), "VALIDATION_TIMED_OUT");
}

#[test]
fn renewal_by_mail_starts_forty_five_days_before_the_end_and_waits_for_approval() {
    let mut sky = sky();
    let arn = requested(&mut sky);
    sky.act(&arn, json!({"action": "approve-email"})).unwrap();
    sky.act(&arn, json!({"action": "set-in-use", "by": ["arn:aws:cloudfront:x"]})).unwrap();
    let serial = sky.certificate(&arn).serial.clone();
    let end = sky.certificate(&arn).not_after.unwrap();
    sky.wait_until_before(end, 45 * DAY + 1);
    assert_eq!(sky.renewal(&arn), None);
    sky.wait(1);
    assert_eq!(sky.renewal(&arn), Some("PENDING_VALIDATION"));
    approve(&mut sky, &arn, "www.example.com");
    sky.wait(DAY);
    assert_eq!(sky.describe(&arn).unwrap().renewal_validations, ["SUCCESS", "PENDING_VALIDATION"]);
    approve(&mut sky, &arn, "*.api.example.com");
    sky.wait(3600);
    assert_eq!(sky.renewal(&arn), Some("SUCCESS"));
    assert_ne!(sky.certificate(&arn).serial, serial);
}

#[test]
fn a_mail_is_sent_again_only_for_a_name_that_waits_for_approval() {
    let mut sky = sky();
    let arn = requested(&mut sky);
    assert!(resend(&mut sky, &arn, "www.example.com", "example.com").is_ok());
    let last = sky.world.journal(0).last().unwrap();
    assert_eq!((last.operation.as_str(), last.by.as_str()), ("ResendValidationEmail", "AKIASIM"));
    let error = resend(&mut sky, &arn, "www.example.com", "example.net").unwrap_err();
    assert_eq!(error.code, "InvalidDomainValidationOptionsException");
    let error = resend(&mut sky, &arn, "example.com", "example.com").unwrap_err();
    assert_eq!(error.code, "InvalidStateException", "a name that is not its own");
    approve(&mut sky, &arn, "www.example.com");
    let refused = |error: ApiError, arn: &str| {
        assert_eq!(error.code, "InvalidStateException");
        let sentence = format!("Certificate {arn} is not using EMAIL validation for domain www.example.com");
        assert_eq!(error.message, sentence);
    };
    refused(resend(&mut sky, &arn, "www.example.com", "example.com").unwrap_err(), &arn);
    assert!(resend(&mut sky, &arn, "*.api.example.com", "example.com").is_ok());
    approve(&mut sky, &arn, "*.api.example.com");
    refused(resend(&mut sky, &arn, "www.example.com", "example.com").unwrap_err(), &arn);
    let dns = sky.request("www.example.com", &[]);
    sky.wait(10);
    refused(resend(&mut sky, &dns, "www.example.com", "example.com").unwrap_err(), &dns);
}

#[test]
fn a_mail_is_sent_again_for_a_name_that_waits_at_renewal() {
    let mut sky = sky();
    let arn = requested(&mut sky);
    sky.act(&arn, json!({"action": "approve-email"})).unwrap();
    sky.act(&arn, json!({"action": "set-in-use", "by": ["arn:aws:cloudfront:x"]})).unwrap();
    let end = sky.certificate(&arn).not_after.unwrap();
    sky.wait_until_before(end, 40 * DAY);
    assert!(resend(&mut sky, &arn, "www.example.com", "example.com").is_ok());
    sky.wait_until_before(end, 0);
    assert_eq!((sky.status(&arn), sky.renewal(&arn)), ("EXPIRED", Some("FAILED")));
    let error = resend(&mut sky, &arn, "www.example.com", "example.com").unwrap_err();
    assert_eq!(error.code, "InvalidStateException");
}
