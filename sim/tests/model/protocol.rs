//! Requests served without a socket.

use acmcert_sim::protocol::{Reply, serve};
use acmcert_sim::world::answer::Transport;
use acmcert_sim::world::faults::FaultOrder;
use http::Request;
use serde_json::{Value, json};

use crate::fixture::{Sky, sky};

fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIASIM/20260301/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn acm(sky: &mut Sky, operation: &str, body: &Value) -> Reply {
    let request = Request::post("http://localhost/")
        .header("X-Amz-Target", format!("CertificateManager.{operation}"))
        .header("Authorization", signed("acm"))
        .body(())
        .unwrap();
    serve(&mut sky.world, &request.into_parts().0, body.to_string().as_bytes(), sky.now, 1).unwrap()
}

fn fault(sky: &mut Sky, kind: &str) {
    let order: FaultOrder = serde_json::from_value(json!({"kind": kind, "delaySeconds": 3})).unwrap();
    sky.world.add_fault(order).unwrap();
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_str(&reply.body).unwrap()
}

#[test]
fn a_request_is_answered_by_the_world_and_told_in_one_line() {
    let mut sky = sky();
    let reply = acm(&mut sky, "RequestCertificate", &json!({"DomainName": "www.example.com"}));
    assert_eq!((reply.status, reply.transport), (200, Transport::Whole));
    let arn = json_of(&reply)["CertificateArn"].as_str().unwrap().to_owned();
    assert_eq!(sky.world.certificate(&arn).unwrap().domain_name, "www.example.com");
    assert_eq!(reply.log, "RequestCertificate www.example.com: ok");
    let header = |name: &str| reply.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header("x-amzn-requestid").unwrap().len(), 36);
}

#[test]
fn the_log_of_a_refusal_says_what_was_asked_and_why_not_in_one_line() {
    let mut sky = sky();
    let reply = acm(&mut sky, "RequestCertificate", &json!({"DomainName": "a\nb.example.com"}));
    assert_eq!(reply.status, 400);
    assert!(reply.log.starts_with("RequestCertificate a b.example.com: ValidationException: "), "{}", reply.log);
    assert!(!reply.log.contains('\n'), "{}", reply.log);
    let reply = acm(&mut sky, "Fly", &json!({}));
    assert!(reply.log.starts_with("CertificateManager.Fly: UnknownOperationException: "), "{}", reply.log);
}

#[test]
fn what_addresses_no_service_is_not_answered() {
    let mut sky = sky();
    for (method, uri) in [("GET", "http://localhost/"), ("POST", "http://localhost/elsewhere")] {
        let request = Request::builder().method(method).uri(uri).body(()).unwrap();
        assert!(serve(&mut sky.world, &request.into_parts().0, b"", sky.now, 1).is_none(), "{method} {uri}");
    }
}

#[test]
fn a_new_zone_is_answered_with_its_place() {
    let mut sky = sky();
    let request = Request::post("http://localhost/2013-04-01/hostedzone")
        .header("Authorization", signed("route53"))
        .body(())
        .unwrap();
    let body = b"<CreateHostedZoneRequest><Name>example.com</Name><CallerReference>1</CallerReference></CreateHostedZoneRequest>";
    let reply = serve(&mut sky.world, &request.into_parts().0, body, sky.now, 1).unwrap();
    assert_eq!(reply.status, 201);
    let id = sky.world.state().hosted_zones[0].id.clone();
    let (_, place) = reply.headers.iter().find(|(name, _)| *name == "location").unwrap();
    assert!(place.ends_with(&format!("/hostedzone/{id}")), "{place}");
}

#[test]
fn a_fault_changes_the_body_where_it_can_and_leaves_the_rest_to_the_sender() {
    for (kind, transport) in [
        ("malformed", Transport::Garbage),
        ("unknown-enum", Transport::UnknownEnum),
        ("truncate", Transport::Truncated),
        ("reset-after", Transport::Reset),
        ("slow", Transport::Slow(3.0)),
    ] {
        let mut sky = sky();
        let arn = sky.plant(json!({"domainName": "www.example.com"}));
        fault(&mut sky, kind);
        let reply = acm(&mut sky, "DescribeCertificate", &json!({"CertificateArn": arn}));
        assert_eq!((reply.status, reply.transport), (200, transport), "{kind}");
        assert!(reply.log.contains(": ok, but a fault "), "{}", reply.log);
        match kind {
            "malformed" => assert!(serde_json::from_str::<Value>(&reply.body).is_err(), "{}", reply.body),
            "unknown-enum" => assert_eq!(json_of(&reply)["Certificate"]["Status"], "STATUS_OF_TOMORROW"),
            // NB: whole, for it is the sender's part to cut it.
            _ => assert_eq!(json_of(&reply)["Certificate"]["Status"], "ISSUED"),
        }
    }
}

#[test]
fn a_list_shows_the_first_hundred_names_and_says_when_there_are_more() {
    for (count, more) in [(100, false), (101, true)] {
        let mut sky = sky();
        let names: Vec<String> = (1..count).map(|number| format!("n{number}.example.com")).collect();
        sky.plant(json!({"domainName": "example.com", "subjectAlternativeNames": names}));
        let listed = json_of(&acm(&mut sky, "ListCertificates", &json!({})))["CertificateSummaryList"][0].clone();
        let shown = listed["SubjectAlternativeNameSummaries"].as_array().unwrap();
        assert_eq!((shown.len(), &shown[0], &shown[99]), (100, &json!("example.com"), &json!("n99.example.com")));
        assert_eq!(listed["HasAdditionalSubjectAlternativeNames"], json!(more), "{count} names");
    }
}

#[test]
fn the_export_option_is_shown_as_requested_and_nothing_is_exported_by_it() {
    for (options, shown) in [
        (json!({"Export": "ENABLED"}), "ENABLED"),
        (json!({"Export": "DISABLED"}), "DISABLED"),
        (json!({}), "DISABLED"),
    ] {
        let mut sky = sky();
        let body = json!({"DomainName": "www.example.com", "Options": options});
        let arn = json_of(&acm(&mut sky, "RequestCertificate", &body))["CertificateArn"].clone();
        sky.wait(10);
        let described = json_of(&acm(&mut sky, "DescribeCertificate", &json!({"CertificateArn": arn})));
        assert_eq!(described["Certificate"]["Options"]["Export"], shown);
        let listed = json_of(&acm(&mut sky, "ListCertificates", &json!({})));
        assert_eq!(listed["CertificateSummaryList"][0]["Exported"], json!(false));
    }
    let body = json!({"DomainName": "www.example.com", "Options": {"Export": "PERHAPS"}});
    let refused = acm(&mut sky(), "RequestCertificate", &body);
    assert_eq!((refused.status, &json_of(&refused)["__type"]), (400, &json!("ValidationException")));
}
