//! What the tests stand on: one control plane for the whole run, and for each test a namespace, a simulated AWS and an
//! operator of its own.

pub mod certificate;
pub mod control_plane;
pub mod gauges;
pub mod operator;
pub mod simulator;
pub mod stage;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a test waits for anything. Far above what is measured: it bounds a hang, it asserts nothing about time.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A tool that `make tools` has put into `bin/`.
pub fn tool(name: &str) -> PathBuf {
    let path = root().join("bin").join(name);
    assert!(path.exists(), "bin/{name} is missing: run `make tools`, or all tests with `make test`");
    path
}

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "waited {PATIENCE:?} in vain: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
