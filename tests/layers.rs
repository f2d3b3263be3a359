//! The layers of `docs/architecture.md`, read off the sources.

use crate::support::root;
use std::path::{Path, PathBuf};

/// Module, and what its sources must not mention.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "names",
        &[
            "kube::",
            "k8s_openapi",
            "aws_sdk",
            "aws_config",
            "tokio",
            "Timestamp::now",
            "SystemTime",
            "Instant::now",
            "crate::",
        ],
    ),
    (
        "plan",
        &[
            "kube::",
            "aws_sdk",
            "aws_config",
            "tokio",
            "async ",
            "Timestamp::now",
            "SystemTime",
            "Instant::now",
            "crate::controller",
            "crate::fleet",
            "crate::clock",
        ],
    ),
    (
        "api",
        &[
            "aws_sdk",
            "tokio",
            "kube::Client",
            "kube::Api",
            "Timestamp::now",
            "crate::plan",
            "crate::aws",
            "crate::controller",
        ],
    ),
    ("fleet", &["kube::", "k8s_openapi", "aws_sdk", "crate::controller", "crate::api"]),
    ("aws", &["kube::", "k8s_openapi", "crate::plan", "crate::controller", "crate::fleet", "crate::api"]),
    ("controller", &["aws_sdk", "aws_config"]),
];

fn sources(module: &str) -> Vec<PathBuf> {
    let src = root().join("src");
    let mut found = vec![src.join(format!("{module}.rs"))];
    let mut folders = vec![src.join(module)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The code of a file, without comments and unit tests.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_layer_mentions_what_is_above_it_or_outside_of_it() {
    let mut faults = vec![];
    for (module, words) in FORBIDDEN {
        let sources = sources(module);
        assert!(sources.len() > 1, "{module} has no sources: the test reads the wrong folder");
        for path in sources {
            let code = code(&path);
            let mentioned = words.iter().filter(|word| code.contains(**word));
            faults.extend(mentioned.map(|word| format!("{} mentions {word}", path.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn upsert_is_never_sent() {
    let mut files = sources("aws");
    files.extend(sources("controller"));
    for path in files {
        assert!(!code(&path).contains("Upsert"), "{}", path.display());
    }
}

#[test]
fn the_tree_has_no_module_of_leftovers() {
    for name in ["utils", "helpers", "common", "manager"] {
        let src = root().join("src");
        assert!(!src.join(name).exists() && !src.join(format!("{name}.rs")).exists(), "{name}");
    }
}
