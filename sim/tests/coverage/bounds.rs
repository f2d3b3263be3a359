//! The bounds of parameters, from both sides, at a running server.

use serde_json::{Value, json};

use crate::answers::{sound, with};
use crate::server::Server;

const OK: &str = "ok";
const VALIDATION: &str = "ValidationException";

/// A name of as many octets.
fn name(octets: usize) -> String {
    let labels: Vec<String> = ["a", "b", "c"].iter().map(|letter| letter.repeat(63)).collect();
    let front = if octets > 200 { format!("{}.", labels.join(".")) } else { String::new() };
    let rest = octets - front.len() - ".com".len();
    format!("{front}{}.com", "d".repeat(rest))
}

fn tags(count: usize) -> Value {
    (0..count).map(|number| json!({"Key": format!("key{number}"), "Value": "x"})).collect()
}

#[test]
fn the_bounds_of_parameters_are_those_of_the_api() {
    let server = Server::start("bounds");
    let many: Vec<String> = (0..101).map(|number| format!("n{number}.example.com")).collect();
    for (operation, parameter, value, expected) in [
        ("RequestCertificate", "DomainName", json!(name(64)), OK),
        ("RequestCertificate", "DomainName", json!(name(65)), "InvalidParameterException"),
        ("RequestCertificate", "SubjectAlternativeNames", json!([name(253)]), OK),
        ("RequestCertificate", "SubjectAlternativeNames", json!([name(254)]), VALIDATION),
        ("RequestCertificate", "SubjectAlternativeNames", json!(many[..100]), OK),
        ("RequestCertificate", "SubjectAlternativeNames", json!(many), VALIDATION),
        ("RequestCertificate", "SubjectAlternativeNames", json!([]), VALIDATION),
        ("RequestCertificate", "IdempotencyToken", json!("a_1".repeat(10)), OK),
        ("RequestCertificate", "IdempotencyToken", json!("a".repeat(33)), VALIDATION),
        ("RequestCertificate", "IdempotencyToken", json!("a-b"), VALIDATION),
        ("RequestCertificate", "IdempotencyToken", json!(""), VALIDATION),
        ("RequestCertificate", "KeyAlgorithm", json!("RSA_2048"), OK),
        ("RequestCertificate", "KeyAlgorithm", json!("EC_prime256v1"), OK),
        ("RequestCertificate", "KeyAlgorithm", json!("EC_secp384r1"), OK),
        ("RequestCertificate", "KeyAlgorithm", json!("RSA_1024"), VALIDATION),
        ("RequestCertificate", "ValidationMethod", json!("HTTP"), VALIDATION),
        ("RequestCertificate", "Tags", tags(50), OK),
        ("RequestCertificate", "Tags", tags(51), VALIDATION),
        ("ListCertificates", "MaxItems", json!(1000), OK),
        ("ListCertificates", "MaxItems", json!(1001), VALIDATION),
        ("ListCertificates", "MaxItems", json!(0), VALIDATION),
        ("SearchCertificates", "MaxResults", json!(500), OK),
        ("SearchCertificates", "MaxResults", json!(501), VALIDATION),
        ("SearchCertificates", "MaxResults", json!(0), VALIDATION),
    ] {
        let shown: String = value.to_string().chars().take(80).collect();
        let (status, answer) = server.acm(operation, &with(sound(operation, "none"), parameter, value));
        let found = if status == 200 { OK } else { answer["__type"].as_str().unwrap() };
        assert_eq!(found, expected, "{operation} {parameter} {shown}: {answer}");
    }
}
