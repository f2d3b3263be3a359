//! Log lines on standard error.

use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. Without a format: text on a terminal, else JSON.
///
/// # Errors
/// Where the filter cannot be read, in its own words.
pub fn init(format: Option<LogFormat>, filter: &str) -> Result<(), String> {
    let filter = EnvFilter::builder().parse(quiet_runtime(filter)).map_err(|error| error.to_string())?;
    let terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr).with_ansi(terminal)).init(),
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr).flatten_event(true)).init(),
    }
    Ok(())
}

/// kube's runtime puts a span of its own around each pass, which says again what ours says. A filter that speaks of it
/// is taken as it is.
fn quiet_runtime(filter: &str) -> String {
    if filter.contains("kube") { filter.to_owned() } else { format!("{filter},kube_runtime=warn") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_speaks_of_kube_is_taken_as_it_is() {
        assert_eq!(quiet_runtime("debug,kube_runtime=info"), "debug,kube_runtime=info");
        assert_eq!(quiet_runtime("debug"), "debug,kube_runtime=warn");
        for filter in ["info", "info,acmcert=debug", "error"] {
            assert!(EnvFilter::builder().parse(quiet_runtime(filter)).is_ok(), "{filter}");
        }
    }
}
