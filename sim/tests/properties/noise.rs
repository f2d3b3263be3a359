//! Requests as no client would send them: whatever comes, there is an answer in the protocol's shape, and no panic.

use acmcert_sim::World;
use acmcert_sim::protocol::serve;
use acmcert_sim::world::planting::{CertificatePlanting, ZonePlanting};
use acmcert_sim::world::settings::Settings;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_oneof};
use proptest::sample::select;
use serde_json::{Value, json};

use crate::sequence::for_all;

const ARN: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";

/// Method, operation of ACM, path, body. ZONE is the id of a zone, ARN that of a certificate.
const SOUND: [(&str, &str, &str, &str); 17] = [
    (
        "POST",
        "RequestCertificate",
        "/",
        r#"{"DomainName": "*.example.com", "SubjectAlternativeNames": ["xn--bcher-kva.example.com"], "ValidationMethod": "DNS",
            "IdempotencyToken": "t", "KeyAlgorithm": "RSA_2048", "Options": {"Export": "ENABLED"},
            "DomainValidationOptions": [{"DomainName": "*.example.com", "ValidationDomain": "example.com"}],
            "Tags": [{"Key": "team", "Value": "a"}]}"#,
    ),
    ("POST", "DescribeCertificate", "/", r#"{"CertificateArn": "ARN"}"#),
    (
        "POST",
        "ListCertificates",
        "/",
        r#"{"CertificateStatuses": ["ISSUED"], "Includes": {"keyTypes": ["RSA_2048"]}, "MaxItems": 1,
            "SortBy": "CREATED_AT", "SortOrder": "DESCENDING", "NextToken": "5bd1e9959d1b54a75bd1e9959d1b54a7"}"#,
    ),
    (
        "POST",
        "SearchCertificates",
        "/",
        r#"{"FilterStatement": {"And": [{"Not": {"Filter": {"X509AttributeFilter": {"NotAfter": {"Start": 1.5, "End": 9}}}}}]},
            "MaxResults": 1, "SortBy": "STATUS", "NextToken": "a7a7a7a7a7a7a7a7"}"#,
    ),
    ("POST", "GetCertificate", "/", r#"{"CertificateArn": "ARN"}"#),
    ("POST", "AddTagsToCertificate", "/", r#"{"CertificateArn": "ARN", "Tags": [{"Key": "k", "Value": "v"}]}"#),
    ("POST", "RemoveTagsFromCertificate", "/", r#"{"CertificateArn": "ARN", "Tags": [{"Key": "k"}]}"#),
    ("POST", "ListTagsForCertificate", "/", r#"{"CertificateArn": "ARN"}"#),
    (
        "POST",
        "ResendValidationEmail",
        "/",
        r#"{"CertificateArn": "ARN", "Domain": "example.com", "ValidationDomain": "example.com"}"#,
    ),
    (
        "POST",
        "",
        "/2013-04-01/hostedzone",
        "<CreateHostedZoneRequest><Name>a.example.</Name><CallerReference>1</CallerReference></CreateHostedZoneRequest>",
    ),
    (
        "POST",
        "",
        "/2013-04-01/hostedzone/ZONE/rrset",
        "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>UPSERT</Action><ResourceRecordSet>\
         <Name>\\052.example.com.</Name><Type>CAA</Type><TTL>300</TTL><ResourceRecords><ResourceRecord>\
         <Value>0 issue &quot;amazon.com&quot;</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>\
         </Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
    ),
    ("GET", "", "/2013-04-01/hostedzone?marker=ZONE&maxitems=1", ""),
    ("GET", "", "/2013-04-01/hostedzonesbyname?dnsname=example.com&hostedzoneid=ZONE&maxitems=1", ""),
    ("GET", "", "/2013-04-01/hostedzone/ZONE/rrset?name=%5C052.example.com&type=CNAME&maxitems=1", ""),
    ("GET", "", "/2013-04-01/change/C1", ""),
    ("DELETE", "", "/2013-04-01/hostedzone/ZONE", ""),
    (
        "POST",
        "",
        "/",
        "Action=AssumeRole&RoleArn=arn:aws:iam::111111111111:role/r&RoleSessionName=me&DurationSeconds=900&ExternalId=id",
    ),
];

const NASTY: [&str; 16] = [
    "\0",
    "-1",
    "99999999999999999999",
    "1e999",
    "null",
    "[[",
    "{",
    "\"",
    "\\u0000",
    "<a>",
    "&x;",
    "\u{e9}",
    "\\777",
    "%zz",
    "*.",
    "xn--",
];

/// Bytes left out, and bytes put in their place.
type Edit = (usize, usize, Vec<u8>);

/// Which request, what is spoiled of it, how, and how long after the one before it comes.
type Noise = (usize, usize, Vec<Edit>, i64);

fn noise() -> impl Strategy<Value = Vec<Noise>> {
    let nasty = select(NASTY.to_vec()).prop_map(|text| text.as_bytes().to_vec());
    let inserted = prop_oneof![nasty, vec(any::<u8>(), 0..4)];
    let edit = (any::<usize>(), 0..12_usize, inserted);
    vec((0..SOUND.len(), 0..4_usize, vec(edit, 0..4), 0..100_000_i64), 1..20)
}

fn spoiled(text: &str, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (position, removed, inserted) in edits {
        let start = position % (bytes.len() + 1);
        let end = (start + removed).min(bytes.len());
        drop(bytes.splice(start..end, inserted.iter().copied()));
    }
    bytes
}

#[test]
fn whatever_is_sent_is_answered_in_the_shape_of_its_protocol() {
    for_all(&noise(), |steps| {
        let mut now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let settings = Settings::default().patched(&json!({"quotas": {"rates": null, "route53": null}})).unwrap();
        let mut world = World::new(7, settings, now);
        let planting =
            ZonePlanting { name: "example.com".to_owned(), private: false, delegated: true, account_id: None };
        let zone = world.plant_zone(&planting).unwrap();
        let planting: CertificatePlanting =
            serde_json::from_value(json!({"domainName": "example.com", "certificateArn": ARN})).unwrap();
        world.plant_certificate(planting).unwrap();
        for (number, (which, part, edits, seconds)) in steps.iter().enumerate() {
            let (method, operation, path, body) = SOUND[*which];
            let parts = [path.replace("ZONE", &zone), body.replace("ARN", ARN), operation.to_owned()];
            let [path, body, operation] = [0, 1, 2]
                .map(|it| if it == *part { spoiled(&parts[it], edits) } else { parts[it].as_bytes().to_vec() });
            let scope = "AWS4-HMAC-SHA256 Credential=AKIASIM/20260301/us-east-1/any/aws4_request, Signature=0";
            let mut request = Request::builder().method(method).uri(path).header("Authorization", scope);
            if !parts[2].is_empty() {
                request = request.header("X-Amz-Target", [b"CertificateManager.".as_slice(), &operation].concat());
            }
            // What HTTP itself cannot carry never comes this far.
            let Ok(request) = request.body(()) else { continue };
            now += SignedDuration::from_secs(*seconds);
            let before = world.now();
            let Some(reply) = serve(&mut world, &request.into_parts().0, &body, now, number as u64) else { continue };
            prop_assert!(world.now() >= before);
            prop_assert!([200, 201, 400, 403, 404, 409].contains(&reply.status), "{reply:?}");
            let is_json = reply.headers.iter().any(|(_, value)| value.ends_with("json-1.1"));
            let sound = if is_json {
                reply.body.is_empty() || serde_json::from_str::<Value>(&reply.body).is_ok_and(|value| value.is_object())
            } else {
                reply.body.starts_with('<') && reply.body.ends_with('>')
            };
            prop_assert!(sound, "{reply:?}");
            prop_assert!(!reply.log.contains(char::is_control), "{}", reply.log);
        }
        Ok(())
    });
}
