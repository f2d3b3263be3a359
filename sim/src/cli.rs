//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A model of AWS Certificate Manager, Route 53 and STS to try clients against.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = r#"Examples:
  Serve, and let the AWS CLI ask for a certificate:
    acmcert-sim serve --listen 127.0.0.1:4566 &
    export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=sim AWS_SECRET_ACCESS_KEY=sim
    aws acm request-certificate --domain-name example.com --validation-method DNS

  On a free port, a simulated minute a second, kept over restarts:
    acmcert-sim serve --listen 127.0.0.1:0 --port-file sim.port --scale 60 --state sim.json

  Let half a year pass, then see what time did:
    curl -s -XPOST localhost:4566/_sim/clock -d '{"advanceSeconds": 15552000}'
    curl -s localhost:4566/_sim/journal

  Make a certificate fail with CAA_ERROR:
    curl -s -XPOST localhost:4566/_sim/certificates/actions \
      -d '{"certificateArn": "'$ARN'", "action": "fail", "reason": "CAA_ERROR"}'

  Throttle the next request:
    curl -s -XPOST localhost:4566/_sim/faults -d '{"operation": "RequestCertificate", "kind": "throttle"}'

docs/simulator/recipes.md has more of them."#;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve all three services and the control interface on one loopback port.
    #[command(after_help = EXAMPLES)]
    Serve(Serve),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Loopback address and port; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:4566", value_name = "HOST:PORT")]
    pub(crate) listen: SocketAddr,
    /// File that gets host:port once the server accepts connections.
    #[arg(long, value_name = "PATH")]
    pub(crate) port_file: Option<PathBuf>,
    /// What all identifiers are derived from: same seed, same validation records.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Simulated seconds per real second.
    #[arg(long, value_name = "S")]
    pub(crate) scale: Option<f64>,
    /// Settings that differ from the defaults, as YAML.
    #[arg(long, value_name = "FILE.yaml")]
    pub(crate) settings: Option<PathBuf>,
    /// File that keeps world, clock and settings over restarts.
    #[arg(long, value_name = "FILE.json")]
    pub(crate) state: Option<PathBuf>,
    /// Print one line per request to standard error.
    #[arg(long)]
    pub(crate) log: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
