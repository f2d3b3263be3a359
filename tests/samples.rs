//! The samples are what users copy: each is accepted, but for those that are there to be refused.

use crate::support::{
    control_plane::{kubectl, namespace},
    root,
};
use std::path::{Path, PathBuf};

fn manifests(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("config/samples").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_sample =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "yaml") && !path.ends_with("kustomization.yaml");
    let mut files: Vec<_> = files.filter(is_sample).collect();
    files.sort();
    files
}

fn apply(path: &Path, namespace: &str) -> std::process::Output {
    let dry_run = ["apply", "--dry-run=server", "--validate=strict", "-n", namespace, "-f"];
    kubectl(&[&dry_run[..], &[path.to_str().unwrap()]].concat(), None)
}

#[tokio::test]
async fn every_sample_is_accepted() {
    let namespace = namespace("samples").await;
    let samples = [manifests("."), manifests("more")].concat();
    assert!(samples.len() >= 8, "{samples:?}");
    for path in samples {
        let output = apply(&path, &namespace);
        assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test]
async fn every_bad_sample_is_refused_with_the_remedy() {
    let namespace = namespace("refused").await;
    let samples = manifests("refused");
    assert!(!samples.is_empty());
    for path in samples {
        let output = apply(&path, &namespace);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains("write \"shop.example.com\""), "{}: {text}", path.display());
    }
}

#[test]
fn every_sample_says_what_it_is_for() {
    for folder in [".", "more", "refused"] {
        for path in manifests(folder) {
            assert!(std::fs::read_to_string(&path).unwrap().starts_with("# "), "{}", path.display());
        }
    }
}
