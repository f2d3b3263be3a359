//! The operator as a process of its own.

use super::{control_plane::kubeconfig, root, simulator::Simulator};
use std::{
    io::Read,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// A running operator that watches one namespace.
#[derive(Debug)]
pub struct Operator {
    process: Child,
    log: PathBuf,
}

/// The command that starts it, before it is started.
pub fn command(simulator: &Simulator) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acmcert"));
    command
        .arg("run")
        .env("KUBECONFIG", kubeconfig())
        .env("AWS_ENDPOINT_URL", simulator.endpoint())
        .env("AWS_ACCESS_KEY_ID", "AKIAOPERATOR")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("POD_NAMESPACE")
        .env("ACMCERT_HTTP_ADDRESS", "127.0.0.1:0")
        .env("ACMCERT_PENDING_PERIOD", "1s")
        .env("ACMCERT_SHARED_RECORD_REGIONS", "eu-west-1,us-east-1")
        .env("ACMCERT_LOG", "info,acmcert=debug")
        .env("ACMCERT_LOG_FORMAT", "text")
        .stdin(Stdio::null());
    command
}

impl Operator {
    /// Starts it without election.
    pub fn start(test: &str, namespace: &str, simulator: &Simulator, flags: &[&str]) -> Self {
        let mut command = command(simulator);
        command.args(["--leader-elect=false", "--namespace", namespace]).args(flags);
        Self::spawn(test, command)
    }

    /// Starts a command whose log goes to a file.
    pub fn spawn(test: &str, mut command: Command) -> Self {
        let dir = root().join("target/test-logs");
        std::fs::create_dir_all(&dir).unwrap();
        let log = dir.join(format!("{test}.operator.log"));
        let file = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let process = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { process, log }
    }

    /// What it has logged so far, of this and earlier runs of the test.
    pub fn log(&self) -> String {
        let mut text = String::new();
        std::fs::File::open(&self.log).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// kill -9
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// SIGTERM; answers how it ended and how long that took.
    pub fn terminate(mut self) -> (ExitStatus, Duration) {
        let started = std::time::Instant::now();
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        (self.process.wait().unwrap(), started.elapsed())
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
