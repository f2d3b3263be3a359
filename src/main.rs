//! The binary `acmcert`.

use std::process::ExitCode;

fn main() -> ExitCode {
    acmcert::cli::main()
}
