//! ACM's operations and their parameters, as `hack/acm-api` read them from the AWS SDK for Rust.

use std::path::{Path, PathBuf};

const TEXT: &str = include_str!("../acm-api.txt");

/// An operation and its parameters in the order of the model; `Includes.keyTypes` is a member of `Includes`.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) parameters: Vec<&'static str>,
}

pub(crate) fn operations() -> Vec<Operation> {
    let mut operations: Vec<Operation> = Vec::new();
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("  ") {
            None => operations.push(Operation { name: line, parameters: Vec::new() }),
            Some(parameter) => operations.last_mut().unwrap().parameters.push(parameter),
        }
    }
    operations
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The version of the SDK that the text was made from.
pub(crate) fn sdk_version() -> &'static str {
    let (_, rest) = TEXT.split_once("aws-sdk-acm ").unwrap();
    rest.split_once(". ").unwrap().0
}

#[test]
fn the_list_of_operations_is_that_of_the_sdk_in_use() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let locked = format!("name = \"aws-sdk-acm\"\nversion = \"{}\"", sdk_version());
    assert!(lock.contains(&locked), "sim/tests/acm-api.txt is of aws-sdk-acm {}: run hack/acm-api", sdk_version());
}
