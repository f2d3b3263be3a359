//! The tables of `modelled.rs` against a running server.

use serde_json::{Map, Value, json};

use crate::api::operations;
use crate::modelled::{MODELLED, Use, parameters};
use crate::server::Server;

#[test]
fn exactly_the_modelled_operations_are_known() {
    let server = Server::start("operations");
    for operation in operations() {
        let (_, answer) = server.acm(operation.name, "{}");
        let unknown = answer["__type"] == "UnknownOperationException";
        assert_eq!(unknown, parameters(operation.name).is_none(), "{}: {answer}", operation.name);
    }
}

/// A call that is accepted, as far as its form goes.
pub(crate) fn sound(operation: &str, arn: &str) -> Map<String, Value> {
    let body = match operation {
        "RequestCertificate" => json!({"DomainName": "example.com"}),
        "ListCertificates" | "SearchCertificates" => json!({}),
        "AddTagsToCertificate" | "RemoveTagsFromCertificate" => {
            json!({"CertificateArn": arn, "Tags": [{"Key": "team"}]})
        }
        "ResendValidationEmail" => {
            json!({"CertificateArn": arn, "Domain": "example.com", "ValidationDomain": "example.com"})
        }
        _ => json!({"CertificateArn": arn}),
    };
    body.as_object().unwrap().clone()
}

/// The same call with one parameter, `A` or `A.B`, set to `value`.
pub(crate) fn with(mut body: Map<String, Value>, parameter: &str, value: Value) -> String {
    match parameter.split_once('.') {
        None => body.insert(parameter.to_owned(), value),
        Some((structure, member)) => body.insert(structure.to_owned(), json!({member: value})),
    };
    Value::Object(body).to_string()
}

/// NB: no parameter here is a boolean, so `true` is of the wrong type for each, and whoever reads it says so.
#[test]
fn a_parameter_is_read_unless_the_table_says_that_it_is_without_effect() {
    let server = Server::start("parameters");
    let planted = server.control("/_sim/certificates", r#"{"domainName": "example.com"}"#);
    let arn = planted["certificateArn"].as_str().unwrap();
    for (operation, known) in MODELLED {
        // Last of all, for nothing can be asked of a deleted certificate.
        if operation == "DeleteCertificate" {
            continue;
        }
        let plain = server.acm(operation, &Value::Object(sound(operation, arn)).to_string());
        assert_ne!(plain.1["__type"], "SerializationException", "{operation}: {}", plain.1);
        for (parameter, used, _) in known {
            let (status, answer) = server.acm(operation, &with(sound(operation, arn), parameter, json!(true)));
            let read = answer["__type"] == "SerializationException";
            assert_eq!(read, *used != Use::Ignored, "{operation} {parameter}: {answer}");
            assert!(read || status == plain.0, "{operation} {parameter}: {answer}");
        }
    }
    let (status, answer) = server.acm("DeleteCertificate", r#"{"CertificateArn": true}"#);
    assert_eq!((status, &answer["__type"]), (400, &json!("SerializationException")));
}

#[test]
fn a_parameter_that_is_refused_is_an_error_whatever_its_value() {
    let server = Server::start("refused");
    for (operation, known) in MODELLED {
        for (parameter, used, _) in known.iter().filter(|(_, used, _)| *used == Use::Refused) {
            let value = match *parameter {
                "CertificateAuthorityArn" => "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1",
                "ManagedBy" => "CLOUDFRONT",
                other => panic!("{operation}: which value has {other} ({used:?})?"),
            };
            let (status, answer) = server.acm(operation, &with(sound(operation, "none"), parameter, json!(value)));
            assert_eq!(status, 400, "{operation} {parameter}");
            assert_eq!(answer["__type"], "InvalidParameterException", "{operation} {parameter}");
        }
    }
}
