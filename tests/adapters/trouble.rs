//! What goes wrong with a call, and what the operator's adapters take it for.

use super::{Sky, request, tags};
use acmcert::aws::{AwsError, CertificateStore, Meaning, Operation, Permit, Service};
use acmcert::names::CertificateArn;
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

/// Makes one call of the operation, sound but for the faults that are set.
async fn outcome(sky: &Sky, operation: Operation) -> Result<(), AwsError> {
    let zone = sky.zone("example.com");
    let arn = sky.plant(json!({"domainName": "www.example.com", "tags": {"team": "a"}}));
    sky.drive(operation, &arn, &zone).await
}

#[tokio::test]
async fn every_operation_of_the_operator_is_answered_by_the_model() {
    let sky = Sky::new().await;
    for operation in Operation::ALL {
        outcome(&sky, *operation).await.unwrap();
    }
    let counts = sky.world().call_counts();
    let done: BTreeSet<&str> = counts.iter().filter(|call| call.outcome == "ok").map(|call| call.operation).collect();
    assert_eq!(done, Operation::ALL.iter().map(|operation| operation.as_str()).collect::<BTreeSet<_>>());
}

/// What an answer to a call struck by a fault means; `None` where nothing is missing from it.
fn expected(kind: &str, operation: Operation) -> Option<Meaning> {
    use Operation::{AddTagsToCertificate, DeleteCertificate, RemoveTagsFromCertificate};
    match kind {
        "throttle" => Some(Meaning::Throttled),
        "access-denied" | "expired-credentials" => Some(Meaning::Denied),
        "not-found" if operation.service() != Service::Sts => Some(Meaning::NotFound),
        // They answer no body, so there is no half of it.
        "truncate" if matches!(operation, DeleteCertificate | AddTagsToCertificate | RemoveTagsFromCertificate) => None,
        _ => Some(Meaning::Unavailable),
    }
}

#[tokio::test]
async fn every_fault_of_every_operation_has_its_meaning() {
    for operation in Operation::ALL.iter().copied() {
        for (kind, answered) in [
            ("throttle", true),
            ("access-denied", true),
            ("expired-credentials", true),
            ("not-found", true),
            ("error-before", true),
            ("error-after", true),
            ("late", true),
            ("reset-before", false),
            ("reset-after", false),
            ("truncate", false),
            ("malformed", false),
        ] {
            let sky = Sky::new().await;
            sky.fault(json!({"kind": kind, "operation": operation.as_str(), "delaySeconds": 30}));
            let error = outcome(&sky, operation).await.err();
            let meaning = error.as_ref().map(|error| error.meaning);
            assert_eq!(meaning, expected(kind, operation), "{kind} of {operation}: {error:?}");
            assert_eq!(sky.world().faults()[0].seen, 1, "{kind} of {operation}: the SDK must not repeat a call");
            let Some(error) = error else { continue };
            assert_eq!(error.operation, operation, "{kind}");
            assert_eq!(error.code.is_some(), answered, "{kind} of {operation}: {error:?}");
            if answered {
                assert!(error.request_id.is_some(), "{kind} of {operation}: {error:?}");
            }
            assert!(!error.message.is_empty(), "{kind} of {operation}");
        }
    }
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_is_found_again_by_its_token() {
    for (kind, happened) in [
        ("error-before", 0),
        ("reset-before", 0),
        ("late", 0),
        ("error-after", 1),
        ("reset-after", 1),
        ("truncate", 1),
        ("malformed", 1),
    ] {
        let sky = Sky::new().await;
        sky.fault(json!({"kind": kind, "operation": "RequestCertificate", "delaySeconds": 30}));
        let error = sky.request(request("www.example.com")).await.unwrap_err();
        assert!(error.is(Meaning::Unavailable), "{kind}: {error:?}");
        assert_eq!(sky.count(), happened, "{kind}");
        let arn = sky.request(request("www.example.com")).await.unwrap();
        sky.wait(60);
        assert_eq!(sky.count(), 1, "{kind}");
        assert!(sky.certificates.describe_certificate(arn).await.is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_an_answer_and_one_that_is_too_slow_is_none() {
    let sky = Sky::new().await;
    sky.fault(json!({"kind": "slow", "operation": "RequestCertificate", "delaySeconds": 0.05}));
    sky.request(request("www.example.com")).await.unwrap();

    let sky = Sky::with_patience(Duration::from_secs(1)).await;
    sky.fault(json!({"kind": "slow", "operation": "RequestCertificate", "delaySeconds": 30}));
    let error = sky.request(request("www.example.com")).await.unwrap_err();
    assert_eq!((error.meaning, error.code), (Meaning::Unavailable, None));
    assert_eq!(sky.count(), 1);
}

#[tokio::test]
async fn a_certificate_is_not_found_before_it_shows_nor_after_it_is_gone() {
    let sky = Sky::new().await;
    let arn = sky.request(request("www.example.com")).await.unwrap();
    let missing = |error: &AwsError| {
        assert_eq!((error.meaning, error.code.as_deref()), (Meaning::NotFound, Some("ResourceNotFoundException")));
    };
    missing(&sky.certificates.describe_certificate(arn.clone()).await.unwrap_err());
    sky.wait(2);
    sky.certificates.describe_certificate(arn.clone()).await.unwrap();
    sky.delete(&arn).await.unwrap();
    missing(&sky.certificates.describe_certificate(arn.clone()).await.unwrap_err());
    missing(&sky.delete(&arn).await.unwrap_err());
    missing(&sky.certificates.list_tags(arn.clone()).await.unwrap_err());
    let permit = Permit::unpaced(Operation::AddTagsToCertificate);
    missing(&sky.certificates.add_tags(permit, arn.clone(), tags(&[("a", "b")])).await.unwrap_err());
    let permit = Permit::unpaced(Operation::RemoveTagsFromCertificate);
    missing(&sky.certificates.remove_tags(permit, arn, vec!["a".to_owned()]).await.unwrap_err());
}

#[tokio::test]
async fn a_certificate_in_use_is_not_deleted() {
    let sky = Sky::new().await;
    let arn = sky.plant(json!({"domainName": "www.example.com", "inUseBy": ["arn:x"]}));
    let error = sky.delete(&arn).await.unwrap_err();
    assert_eq!((error.meaning, error.code.as_deref()), (Meaning::InUse, Some("ResourceInUseException")));
    sky.act(&arn, json!({"action": "set-in-use", "by": []}));
    sky.delete(&arn).await.unwrap();
}

#[tokio::test]
async fn what_acm_refuses_for_its_parameters_is_invalid() {
    let sky = Sky::new().await;
    let mut token = request("www.example.com");
    token.token = "not-a-word".to_owned();
    let mut tagged = request("www.example.com");
    tagged.tags = tags(&[("name", "*.example.com")]);
    let mut reserved = request("www.example.com");
    reserved.tags = tags(&[("aws:name", "x")]);
    for wrong in [token, tagged, reserved, request("www.cloudfront.net")] {
        let error = sky.request(wrong).await.unwrap_err();
        assert!(error.is(Meaning::Invalid), "{error:?}");
    }
    let strange: CertificateArn = "arn:aws:acm:eu-west-1:000000000000:certificate/none".parse().unwrap();
    let permit = Permit::unpaced(Operation::AddTagsToCertificate);
    let error = sky.certificates.add_tags(permit, strange, tags(&[("name", "*")])).await.unwrap_err();
    assert!(error.is(Meaning::Invalid), "{error:?}");
    assert_eq!(sky.count(), 0);
}

#[tokio::test]
async fn what_the_account_has_no_room_for_is_a_quota_and_no_throttling() {
    let sky = Sky::new().await;
    sky.set(&json!({"quotas": {"certificates": 1, "namesPerCertificate": 2, "tagsPerResource": 2}}));
    let full = |error: &AwsError, code: &str| {
        assert_eq!((error.meaning, error.code.as_deref()), (Meaning::QuotaExceeded, Some(code)));
    };
    let mut many = request("www.example.com");
    many.subject_alternative_names = vec!["a.example.com".parse().unwrap(), "b.example.com".parse().unwrap()];
    full(&sky.request(many).await.unwrap_err(), "LimitExceededException");
    let arn = sky.plant(json!({"domainName": "www.example.com", "tags": {"a": "1", "b": "2"}}));
    full(&sky.request(request("www.example.com")).await.unwrap_err(), "LimitExceededException");
    let permit = Permit::unpaced(Operation::AddTagsToCertificate);
    let error = sky.certificates.add_tags(permit, arn, tags(&[("c", "3")])).await.unwrap_err();
    full(&error, "TooManyTagsException");
}

#[tokio::test]
async fn calls_above_the_rate_of_an_operation_are_throttled() {
    let sky = Sky::new().await;
    sky.set(&json!({"quotas": {"rates": {"DescribeCertificate": 1}}}));
    let arn = sky.plant(json!({"domainName": "www.example.com"}));
    sky.certificates.describe_certificate(arn.clone()).await.unwrap();
    let error = sky.certificates.describe_certificate(arn.clone()).await.unwrap_err();
    assert_eq!((error.meaning, error.code.as_deref()), (Meaning::Throttled, Some("ThrottlingException")));
    assert!(error.request_id.is_some());
    sky.wait(1);
    sky.certificates.describe_certificate(arn).await.unwrap();
}
