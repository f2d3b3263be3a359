//! The generated CRD: no drift, and small enough for a client-side apply.

use crate::support::root;

const REPAIR: &str = "run `make generate` and commit the result";

#[test]
fn the_crd_and_its_copies_are_what_the_types_generate() {
    let generated = acmcert::api::to_yaml().unwrap();
    for copy in [
        "crds/acmcert.io_acmcertificates.yaml",
        "charts/acmcert-operator/files/acmcert.io_acmcertificates.yaml",
        "config/crd/bases/acmcert.io_acmcertificates.yaml",
    ] {
        let stored = std::fs::read_to_string(root().join(copy)).unwrap_or_default();
        assert!(stored == generated, "{copy} is not what the types generate: {REPAIR}");
    }
}

#[test]
fn a_client_side_apply_has_room_for_the_crd_in_an_annotation() {
    let octets = acmcert::api::to_yaml().unwrap().len();
    assert!(octets < 100_000, "{octets} octets");
}

#[test]
fn every_property_is_described_and_every_string_and_list_is_bounded() {
    let crd = serde_json::to_value(acmcert::api::crd()).unwrap();
    let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
    let mut faults = vec![];
    for part in ["spec", "status"] {
        walk(part, &schema[part], &mut faults);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn walk(path: &str, schema: &serde_json::Value, faults: &mut Vec<String>) {
    let has = |key: &str| !schema[key].is_null();
    if !has("description") && !path.ends_with("[]") && !path.ends_with("{}") {
        faults.push(format!("{path}: no description"));
    }
    let fixed = has("enum") || schema["format"] == "date-time";
    match schema["type"].as_str() {
        Some("string") if !has("maxLength") && !fixed => faults.push(format!("{path}: no maxLength")),
        Some("array") if !has("maxItems") => faults.push(format!("{path}: no maxItems")),
        Some("object") if has("additionalProperties") && !has("maxProperties") => {
            faults.push(format!("{path}: no maxProperties"));
        }
        _ => {}
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(&format!("{path}.{name}"), property, faults);
    }
    if has("items") {
        walk(&format!("{path}[]"), &schema["items"], faults);
    }
    if has("additionalProperties") {
        walk(&format!("{path}{{}}"), &schema["additionalProperties"], faults);
    }
}
