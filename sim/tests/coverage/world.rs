//! The model keeps to itself: no I/O, no thread, no clock of its own, nothing of the protocols in front of it.

use std::path::{Path, PathBuf};

use crate::api::root;

/// What would break the promise, and why it is one.
const FORBIDDEN: [(&str, &str); 14] = [
    ("std::fs", "I/O"),
    ("std::io", "I/O"),
    ("std::net", "I/O"),
    ("std::env", "I/O"),
    ("std::process", "I/O"),
    ("std::thread", "a thread"),
    ("std::sync", "a thread"),
    ("std::time", "a clock of its own"),
    ("::now()", "a clock of its own"),
    ("HashMap", "an order that differs from run to run"),
    ("HashSet", "an order that differs from run to run"),
    ("tokio", "a runtime"),
    ("http::", "HTTP"),
    ("crate::protocol", "a protocol"),
];

/// A file that is longer has more than one subject.
const MOST_LINES: usize = 300;

fn sources() -> Vec<PathBuf> {
    let world = root().join("sim/src/world");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&world).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.push(world.with_extension("rs"));
    files
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn the_world_does_no_io_starts_no_thread_and_reads_no_clock() {
    let files = sources();
    assert!(files.len() > 30, "the model is not where it was: {files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (word, what) in FORBIDDEN {
            assert!(!text.contains(word), "{} has {word}, and the world must not have {what}", shown(&file));
        }
    }
}

#[test]
fn every_file_of_the_world_is_small() {
    for file in sources() {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines, more than {MOST_LINES}", shown(&file));
    }
}
