//! Whatever a test plants, turns and orders, however odd: it is refused or the world lives with it.

use std::cell::Cell;

use acmcert_sim::World;
use acmcert_sim::protocol::serve;
use acmcert_sim::world::control::Action;
use acmcert_sim::world::faults::FaultOrder;
use acmcert_sim::world::planting::{CertificatePlanting, ZonePlanting};
use acmcert_sim::world::settings::Settings;
use http::Request;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, prop_assert, prop_oneof};
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::sequence::for_all;

#[derive(Debug, Clone)]
enum Order {
    Settings(Value),
    Zone(Value),
    Certificate(Value),
    Action(Value),
    Fault(Value),
    /// An operation of ACM, and its body.
    Call(&'static str, Value),
    Wait(i64),
    /// The world is written and read, as over a restart.
    Keep,
    Reset,
}

/// Few enough that actions and calls find what was planted.
fn arns() -> Vec<Value> {
    (0..3).map(|number| json!(format!("arn:aws:acm:us-east-1:123456789012:certificate/{number}"))).collect()
}

fn times() -> Vec<Value> {
    vec![
        json!("-009999-01-02T01:59:59Z"),
        json!("1970-01-01T00:00:00Z"),
        json!("2026-03-01T12:00:00Z"),
        json!("2026-06-01T00:00:00.5Z"),
        json!("9999-12-30T22:00:00.999999999Z"),
        json!("soon"),
        Value::Null,
    ]
}

fn numbers() -> Vec<Value> {
    vec![Value::Null, json!(0), json!(1), json!(3600), json!(1e300), json!(-1), json!(u64::MAX), json!("1")]
}

fn names() -> Vec<Value> {
    let long = ["a"; 200].join(".");
    vec![json!("example.com"), json!("*.a.example.com"), json!(""), json!("."), json!("\u{e9}\0"), json!(long)]
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| json!(text)).collect()
}

/// An object with some of its members, each with one of its values.
fn object(members: Vec<(&'static str, Vec<Value>)>) -> impl Strategy<Value = Value> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, values)| option::weighted(0.4, select(values).prop_map(move |value| (name.to_owned(), value))))
        .collect();
    members.prop_map(|members| Value::Object(members.into_iter().flatten().collect::<Map<String, Value>>()))
}

fn settings() -> impl Strategy<Value = Value> {
    let quotas = vec![
        Value::Null,
        json!({}),
        json!({"certificates": 1, "rates": {"DescribeCertificate": 0}}),
        json!({"tagsPerResource": 1.5}),
        json!({"route53": {"account": {"rate": null}}}),
    ];
    let mut members: Vec<(&'static str, Vec<Value>)> = vec![
        ("accounts", vec![Value::Null, json!({"AKIASIM": null}), json!({"AKIASIM": "123456789012"})]),
        ("jitter", vec![Value::Null, json!(0.5), json!(1), json!(2)]),
        ("publicValidityDays", vec![Value::Null, json!(0), json!(198), json!(1e300)]),
        ("quotas", quotas),
        ("speed", vec![json!(1)]),
    ];
    for delay in [
        "resourceRecordDelaySeconds",
        "describeVisibleSeconds",
        "dnsPropagationSeconds",
        "validationSeconds",
        "listLagSeconds",
        "validationTimeoutSeconds",
        "renewalWindowDays",
        "renewalSeconds",
        "deleteReleaseSeconds",
        "changeThroughput",
    ] {
        members.push((delay, numbers()));
    }
    object(members)
}

fn certificate() -> impl Strategy<Value = Value> {
    let renewal = vec![
        Value::Null,
        json!({"status": "PENDING_AUTO_RENEWAL", "updatedAt": "2026-03-01T12:00:00Z"}),
        json!({"status": "?", "reason": "?", "updatedAt": "9999-12-30T22:00:00Z"}),
    ];
    let name = "example.com";
    let validations = vec![
        Value::Null,
        json!([]),
        json!([{"domainName": name, "status": "?", "recordName": null, "recordType": null, "recordValue": null}]),
    ];
    let members = object(vec![
        ("certificateArn", arns()),
        ("subjectAlternativeNames", vec![json!([]), json!(names()), Value::Null]),
        ("status", texts(&["ISSUED", "PENDING_VALIDATION", "REVOKED", "FAILED", "INACTIVE", "GONE"])),
        ("type", texts(&["IMPORTED", "AMAZON_ISSUED", ""])),
        ("keyAlgorithm", texts(&["RSA-2048", "EC_prime256v1", ""])),
        ("validationMethod", texts(&["DNS", "EMAIL", "HTTP", ""])),
        ("createdAt", times()),
        ("issuedAt", times()),
        ("notBefore", times()),
        ("notAfter", times()),
        ("serial", texts(&["", "zz", "0a:1b", ":::"])),
        ("inUseBy", vec![json!([]), json!(["arn:x"]), json!("arn:x")]),
        ("exported", vec![json!(true), json!(1)]),
        ("tags", vec![json!({}), json!({"": null, "*": "*"})]),
        ("renewal", renewal),
        ("validations", validations),
        ("deletedAt", times()),
    ]);
    (select(names()), members).prop_map(|(name, mut planting)| {
        planting["domainName"] = name;
        planting
    })
}

fn action() -> impl Strategy<Value = Value> {
    let actions = texts(&[
        "set-in-use",
        "set-validity",
        "start-renewal",
        "fail-renewal",
        "finish-renewal",
        "fail",
        "time-out",
        "expire",
        "revoke",
        "approve-email",
        "delete",
        "explode",
    ]);
    let members = object(vec![
        ("by", vec![json!([]), json!(["arn:x"]), json!("arn:x")]),
        ("notBefore", times()),
        ("notAfter", times()),
        ("reason", texts(&["CAA_ERROR", ""])),
        ("domainName", names()),
    ]);
    (select(arns()), select(actions), members).prop_map(|(arn, action, mut order)| {
        order["certificateArn"] = arn;
        order["action"] = action;
        order
    })
}

fn call() -> impl Strategy<Value = Order> {
    let operations = vec![
        "DescribeCertificate",
        "GetCertificate",
        "ListTagsForCertificate",
        "ListCertificates",
        "SearchCertificates",
        "DeleteCertificate",
        "RequestCertificate",
    ];
    (select(operations), select(arns())).prop_map(|(operation, arn)| {
        let body = match operation {
            "RequestCertificate" => json!({"DomainName": "www.example.com", "ValidationMethod": "DNS"}),
            "ListCertificates" => json!({"SortBy": "CREATED_AT", "SortOrder": "DESCENDING", "MaxItems": 1}),
            "SearchCertificates" => json!({"SortBy": "NOT_AFTER", "MaxResults": 1}),
            _ => json!({"CertificateArn": arn}),
        };
        Order::Call(operation, body)
    })
}

fn order() -> impl Strategy<Value = Order> {
    let zone = object(vec![
        ("name", names()),
        ("private", vec![json!(true), json!(0)]),
        ("delegated", vec![json!(false)]),
        ("accountId", texts(&["", "123456789012"])),
    ]);
    let fault = object(vec![
        ("kind", texts(&["late", "malformed", "unknown-enum", "error-after", "explode"])),
        ("delaySeconds", vec![json!(0), json!(1e300), json!(-1)]),
        ("nth", vec![json!(0), json!(2), json!(u64::MAX)]),
        ("times", vec![json!(0), json!(u64::MAX)]),
    ]);
    prop_oneof![
        2 => settings().prop_map(Order::Settings),
        1 => zone.prop_map(Order::Zone),
        4 => certificate().prop_map(Order::Certificate),
        4 => action().prop_map(Order::Action),
        1 => fault.prop_map(Order::Fault),
        5 => call(),
        3 => prop_oneof![0..100_i64, 1_000_000..100_000_000_i64].prop_map(Order::Wait),
        1 => Just(Order::Keep),
        1 => Just(Order::Reset),
    ]
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// Whether the order was accepted.
fn give(world: &mut World, order: &Order, now: &mut Timestamp) -> bool {
    match order {
        Order::Settings(patch) => match world.settings().patched(patch) {
            Ok(settings) => {
                world.set_settings(settings);
                true
            }
            Err(_) => false,
        },
        Order::Zone(planting) => read(planting).is_some_and(|it: ZonePlanting| world.plant_zone(&it).is_ok()),
        Order::Certificate(planting) => {
            read(planting).is_some_and(|it: CertificatePlanting| world.plant_certificate(it).is_ok())
        }
        Order::Action(action) => read(action).is_some_and(|it: Action| world.act(&it).is_ok()),
        Order::Fault(order) => read(order).is_some_and(|it: FaultOrder| world.add_fault(it).is_ok()),
        Order::Call(operation, body) => {
            let scope = "AWS4-HMAC-SHA256 Credential=AKIASIM/20260301/us-east-1/acm/aws4_request, Signature=0";
            let request = Request::post("/")
                .header("Authorization", scope)
                .header("X-Amz-Target", format!("CertificateManager.{operation}"))
                .body(())
                .unwrap();
            let body = body.to_string();
            serve(world, &request.into_parts().0, body.as_bytes(), *now, 1).unwrap().status == 200
        }
        Order::Wait(seconds) => {
            *now += SignedDuration::from_secs(*seconds);
            world.advance(*now);
            true
        }
        Order::Keep => {
            *world = serde_json::from_str(&serde_json::to_string(&*world).unwrap()).unwrap();
            true
        }
        Order::Reset => {
            world.reset();
            true
        }
    }
}

#[test]
fn whatever_control_is_asked_for_the_world_lives_on() {
    let (accepted, refused) = (Cell::new(0_u64), Cell::new(0_u64));
    for_all(&vec(order(), 1..40), |orders| {
        let mut now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut world = World::new(7, Settings::default(), now);
        for order in &orders {
            let before = world.now();
            let count = if give(&mut world, order, &mut now) { &accepted } else { &refused };
            count.set(count.get() + 1);
            prop_assert!(world.now() >= before, "time went back at {order:?}");
            // What is shown can be read again, whatever its times are.
            let state = serde_json::to_string(&world.state()).unwrap();
            prop_assert!(serde_json::from_str::<Value>(&state).is_ok());
        }
        let journal = world.journal(0);
        prop_assert!(journal.is_sorted_by_key(|entry| entry.at), "{journal:?}");
        Ok(())
    });
    assert!(accepted.get() > 0 && refused.get() > 0, "nothing was tried");
}
