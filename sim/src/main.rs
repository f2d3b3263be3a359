//! `acmcert-sim`: the model of ACM, Route 53 and STS behind HTTP on a loopback port.

mod cli;
mod clock;
mod connection;
mod http;
mod server;
mod simulator;
mod snapshot;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli::Cli { command: cli::Command::Serve(arguments) } = cli::Cli::parse();
    match server::serve(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // NB: nowhere is left to report that even this line could not be written.
            let _ = writeln!(std::io::stderr(), "acmcert-sim: {message}");
            ExitCode::FAILURE
        }
    }
}
