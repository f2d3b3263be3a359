//! The command line: what was typed, and what it means.

mod args;
mod run;
mod settings;

use clap::Parser;
use std::{io::Write, process::ExitCode};

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    let outcome = match args::Cli::parse().command {
        args::Command::Run(args) => run::run(*args),
        args::Command::Crd => print_crd(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // One clear line, whatever the log format: this is for the person or the pod's termination message.
            let _ = writeln!(std::io::stderr(), "acmcert: {message}");
            ExitCode::FAILURE
        }
    }
}

fn print_crd() -> Result<(), String> {
    let yaml = crate::api::to_yaml().map_err(|error| error.to_string())?;
    match std::io::stdout().write_all(yaml.as_bytes()) {
        // `acmcert crd | head` is no failure.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| format!("cannot write to standard output: {error}")),
    }
}
