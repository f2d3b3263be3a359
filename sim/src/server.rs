//! From the command line to a server that runs until it is told to stop.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use acmcert_sim::World;
use acmcert_sim::world::settings::Settings;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::Serve;
use crate::clock::{self, Clock, Mode};
use crate::connection::{Connection, CuttableListener};
use crate::http;
use crate::simulator::{Shared, Simulator};
use crate::snapshot;

/// A change is on disk after so long and the time a write takes; 5 s are promised.
const SNAPSHOT_PERIOD: Duration = Duration::from_secs(2);

/// Requests in flight get so long to finish when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the server until SIGTERM or SIGINT.
pub(crate) fn serve(arguments: &Serve) -> Result<(), String> {
    if !arguments.listen.ip().is_loopback() {
        return Err(format!(
            "--listen {}: only loopback addresses are accepted, for there is no access control; use 127.0.0.1:PORT",
            arguments.listen
        ));
    }
    let level = if arguments.log { LevelFilter::INFO } else { LevelFilter::WARN };
    let log = tracing_subscriber::fmt().with_max_level(level).with_target(false).with_writer(std::io::stderr);
    log.with_ansi(std::io::stderr().is_terminal()).init();
    let simulator = simulator(arguments)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(run(arguments, Arc::new(Shared::new(simulator))))
}

fn simulator(arguments: &Serve) -> Result<Simulator, String> {
    let stored = match &arguments.state {
        Some(path) => snapshot::load(path)?,
        None => None,
    };
    let mut simulator = stored.unwrap_or_else(|| {
        let start = Timestamp::now();
        let world = World::new(arguments.seed, Settings::default(), start);
        Simulator { world, clock: Clock::new(start, Mode::Real, 1.0) }
    });
    if let Some(path) = &arguments.settings {
        let patched = read_settings(path, simulator.world.settings())?;
        simulator.world.set_settings(patched);
    }
    if let Some(scale) = arguments.scale {
        clock::check_scale(scale).map_err(|error| format!("--scale {scale}: {error}"))?;
        let reading = simulator.clock.reading();
        simulator.clock = Clock::new(reading.now, reading.mode, scale);
    }
    Ok(simulator)
}

fn read_settings(path: &Path, settings: &Settings) -> Result<Settings, String> {
    let fail = |error: String| format!("--settings {}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let patch: serde_json::Value = serde_yaml::from_str(&text).map_err(|error| fail(error.to_string()))?;
    settings.patched(&patch).map_err(fail)
}

async fn run(arguments: &Serve, shared: Arc<Shared>) -> Result<(), String> {
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(arguments.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", arguments.listen))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let service = http::router(Arc::clone(&shared)).into_make_service_with_connect_info::<Connection>();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async move {
        let _ = stopped.await;
    });
    let server = tokio::spawn(server.into_future());
    let keeper = arguments.state.clone().map(|path| tokio::spawn(keep(path, Arc::clone(&shared))));
    if let Some(path) = &arguments.port_file {
        snapshot::replace(path, &address.to_string())?;
    }
    tracing::info!("listening on {address}");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = stop.send(());
    let _ = tokio::time::timeout(FAREWELL, server).await;
    if let Some(keeper) = keeper {
        keeper.abort();
        let _ = keeper.await;
    }
    if let Some(path) = &arguments.state {
        let text = snapshot::text(&mut shared.lock())?;
        snapshot::replace(path, &text)?;
    }
    Ok(())
}

/// Writes the state file whenever something has changed.
async fn keep(path: PathBuf, shared: Arc<Shared>) {
    let mut kept = None;
    loop {
        tokio::time::sleep(SNAPSHOT_PERIOD).await;
        let (revision, text) = {
            let mut simulator = shared.lock();
            simulator.catch_up();
            let revision = (simulator.world.revision(), simulator.clock.revision());
            if kept == Some(revision) {
                continue;
            }
            (revision, snapshot::text(&mut simulator))
        };
        let written = text.and_then(|text| snapshot::replace(&path, &text));
        match written {
            Ok(()) => kept = Some(revision),
            Err(error) => tracing::warn!("the state was not saved: {error}"),
        }
    }
}
