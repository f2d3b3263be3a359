//! docs/simulator/coverage.md, generated.

use crate::api::{operations, root, sdk_version};
use crate::modelled::{MODELLED, Use, parameters};

const PAGE: &str = "docs/simulator/coverage.md";
const REPAIR: &str = "UPDATE=1 cargo test -p acmcert-sim --test coverage";

fn text() -> String {
    let operations = operations();
    let mut text = format!(
        "# Coverage of the ACM API\n\n\
         Generated and tested; `{REPAIR}` writes it anew.\n\n\
         Of the {} operations of ACM in aws-sdk-acm {}, {} are modelled. Any other is refused with\n\
         `UnknownOperationException`. A test calls each, and sends each parameter to a running `acmcert-sim`.\n\n\
         | operation | |\n| --- | --- |\n",
        operations.len(),
        sdk_version(),
        MODELLED.len()
    );
    for operation in &operations {
        let state = if parameters(operation.name).is_some() { "modelled" } else { "refused as unknown" };
        text.push_str(&format!("| {} | {state} |\n", operation.name));
    }
    text.push_str("\n## Parameters\n");
    for operation in &operations {
        let Some(known) = parameters(operation.name) else { continue };
        text.push_str(&format!("\n### {}\n\n| parameter | | remark |\n| --- | --- | --- |\n", operation.name));
        for (name, used, remark) in known {
            let used = match used {
                Use::Used => "used",
                Use::Ignored => "accepted without effect",
                Use::Refused => "refused",
            };
            text.push_str(&format!("| {name} | {used} | {remark} |\n"));
        }
    }
    text
}

#[test]
fn the_table_of_parameters_names_every_one_of_the_api_and_no_other() {
    let operations = operations();
    for (name, known) in MODELLED {
        let operation = operations.iter().find(|operation| operation.name == name);
        let known: Vec<&str> = known.iter().map(|(parameter, ..)| *parameter).collect();
        assert_eq!(known, operation.unwrap().parameters, "{name}: repair sim/tests/coverage/modelled.rs");
    }
}

#[test]
fn the_coverage_page_is_what_the_tables_say() {
    let path = root().join(PAGE);
    let wanted = text();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{PAGE} is out of date; this repairs it: {REPAIR}");
}
