//! ACM through the bare client.

use super::{Sky, code, refusal};
use acmcert::names::CertificateArn;
use aws_sdk_acm::{
    client::Waiters,
    types::{
        AcmCertificateMetadataFilter, CertificateFilter, CertificateFilterStatement, CertificateStatus,
        DomainValidationOption, Tag, ValidationMethod,
    },
};
use serde_json::json;
use std::time::Duration;

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

/// Requests a certificate that is validated by mails to example.com.
async fn request_by_mail(sky: &Sky) -> CertificateArn {
    let option =
        DomainValidationOption::builder().domain_name("www.example.com").validation_domain("example.com").build();
    let request = sky
        .acm()
        .request_certificate()
        .domain_name("www.example.com")
        .validation_method(ValidationMethod::Email)
        .domain_validation_options(option.unwrap())
        .tags(tag("team", "a"));
    let answer = request.send().await.unwrap();
    sky.wait(10);
    answer.certificate_arn().unwrap().parse().unwrap()
}

/// Requests a certificate that is validated by DNS.
async fn request_by_dns(sky: &Sky) -> CertificateArn {
    let request =
        sky.acm().request_certificate().domain_name("www.example.com").validation_method(ValidationMethod::Dns);
    let answer = request.send().await.unwrap();
    sky.wait(10);
    answer.certificate_arn().unwrap().parse().unwrap()
}

/// A life in which every operation of ACM has its part.
pub(super) async fn story(sky: &Sky) {
    let acm = sky.acm();
    let requested = request_by_mail(sky).await;
    let arn = requested.as_str();
    let early = acm.get_certificate().certificate_arn(arn).send().await;
    assert_eq!(code(early), "RequestInProgressException");
    let again = acm.resend_validation_email().certificate_arn(arn).domain("www.example.com");
    again.validation_domain("example.com").send().await.unwrap();
    sky.act(&requested, json!({"action": "approve-email"}));
    sky.wait(10);

    let described = acm.describe_certificate().certificate_arn(arn).send().await.unwrap();
    let described = described.certificate().unwrap();
    assert_eq!(described.status(), Some(&CertificateStatus::Issued));
    let [validation] = described.domain_validation_options() else { panic!("{described:?}") };
    assert_eq!(validation.validation_method(), Some(&ValidationMethod::Email));
    assert_eq!(validation.validation_domain(), Some("example.com"));
    assert!(validation.validation_emails().contains(&"admin@example.com".to_owned()), "{validation:?}");
    let text = acm.get_certificate().certificate_arn(arn).send().await.unwrap();
    assert!(text.certificate().unwrap().starts_with("-----BEGIN CERTIFICATE-----\n"), "{text:?}");
    assert_eq!(text.certificate_chain().unwrap().matches("-----BEGIN CERTIFICATE-----\n").count(), 2);

    for number in 0..2 {
        sky.plant(json!({"domainName": format!("n{number}.example.com")}));
    }
    let all = acm.list_certificates().into_paginator().page_size(2).items().send().try_collect().await.unwrap();
    let names: Vec<Option<&str>> = all.iter().map(|summary| summary.domain_name()).collect();
    assert_eq!(names, [Some("www.example.com"), Some("n0.example.com"), Some("n1.example.com")]);
    let by_mail = AcmCertificateMetadataFilter::ValidationMethod(ValidationMethod::Email);
    let by_mail = CertificateFilterStatement::Filter(CertificateFilter::AcmCertificateMetadataFilter(by_mail));
    let found = acm.search_certificates().filter_statement(by_mail).send().await.unwrap();
    let found: Vec<Option<&str>> = found.results().iter().map(|result| result.certificate_arn()).collect();
    assert_eq!(found, [Some(arn)]);

    acm.add_tags_to_certificate().certificate_arn(arn).tags(tag("stage", "test")).send().await.unwrap();
    acm.remove_tags_from_certificate().certificate_arn(arn).tags(tag("team", "a")).send().await.unwrap();
    let tags = acm.list_tags_for_certificate().certificate_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags(), [tag("stage", "test")]);
    acm.delete_certificate().certificate_arn(arn).send().await.unwrap();
    assert_eq!(code(acm.get_certificate().certificate_arn(arn).send().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_validation_mail_is_refused_in_one_sentence_whatever_the_cause() {
    let sky = Sky::new().await;
    let acm = sky.acm();
    let (by_mail, by_dns) = (request_by_mail(&sky).await, request_by_dns(&sky).await);
    let resend = async |arn: &CertificateArn, domain: &str, validation_domain: &str| {
        let call = acm.resend_validation_email().certificate_arn(arn.as_str()).domain(domain);
        refusal(call.validation_domain(validation_domain).send().await)
    };
    let sentence = |arn: &CertificateArn, domain: &str| {
        let sentence = format!("Certificate {arn} is not using EMAIL validation for domain {domain}");
        Some(("InvalidStateException".to_owned(), sentence))
    };
    let (www, other, base) = ("www.example.com", "other.example.com", "example.com");
    assert_eq!(resend(&by_mail, www, www).await, None);
    assert_eq!(resend(&by_mail, other, base).await, sentence(&by_mail, other));
    assert_eq!(resend(&by_dns, www, base).await, sentence(&by_dns, www));
    let (code, _) = resend(&by_mail, www, "example.org").await.unwrap();
    assert_eq!(code, "InvalidDomainValidationOptionsException");
    sky.act(&by_mail, json!({"action": "approve-email"}));
    assert_eq!(resend(&by_mail, www, base).await, sentence(&by_mail, www));
    sky.act(&by_mail, json!({"action": "delete"}));
    let (code, _) = resend(&by_mail, www, base).await.unwrap();
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test(start_paused = true)]
async fn the_waiter_of_the_sdk_sees_the_certificate_validated() {
    let sky = Sky::new().await;
    let arn = request_by_dns(&sky).await;
    let zone = sky.zone("example.com");
    let described = sky.acm().describe_certificate().certificate_arn(arn.as_str()).send().await.unwrap();
    let validation = described.certificate().unwrap().domain_validation_options()[0].clone();
    let record = validation.resource_record().unwrap();
    super::zones::create_cname(&sky, zone.as_str(), record.name(), record.value()).await;
    let clock = sky.keep_time();
    let wait = sky.acm().wait_until_certificate_validated().certificate_arn(arn.as_str());
    wait.wait(Duration::from_secs(600)).await.unwrap();
    clock.abort();
    assert_eq!(sky.world().certificate(arn.as_str()).unwrap().status.as_str(), "ISSUED");
}

#[tokio::test(start_paused = true)]
async fn the_waiter_of_the_sdk_gives_up_on_a_failed_certificate() {
    let sky = Sky::new().await;
    let arn = request_by_dns(&sky).await;
    sky.act(&arn, json!({"action": "fail", "reason": "CAA_ERROR"}));
    let wait = sky.acm().wait_until_certificate_validated().certificate_arn(arn.as_str());
    assert!(wait.wait(Duration::from_secs(600)).await.is_err());
}
