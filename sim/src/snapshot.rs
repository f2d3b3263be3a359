//! The state file: world, clock and settings, written so that a crash leaves the old one or the new one.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use acmcert_sim::World;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Mode, Reading};
use crate::simulator::Simulator;

#[derive(Serialize)]
struct Written<'a> {
    clock: Reading,
    world: &'a World,
}

#[derive(Deserialize)]
struct Read {
    clock: Reading,
    world: World,
}

/// The text of a state file.
pub(crate) fn text(simulator: &mut Simulator) -> Result<String, String> {
    simulator.catch_up();
    let written = Written { clock: simulator.clock.reading(), world: &simulator.world };
    serde_json::to_string(&written).map_err(|error| error.to_string())
}

/// What the state file holds; `None` if there is none yet.
pub(crate) fn load(path: &Path) -> Result<Option<Simulator>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let read: Read =
        serde_json::from_str(&text).map_err(|error| format!("{} is no state file: {error}", path.display()))?;
    let stored = read.clock.now.max(read.world.now());
    let start = match read.clock.mode {
        Mode::Manual => stored,
        Mode::Real => stored.max(Timestamp::now()),
    };
    Ok(Some(Simulator { world: read.world, clock: Clock::new(start, read.clock.mode, read.clock.scale) }))
}

/// Puts `text` in place of the file in one step that survives a crash.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), String> {
    write_and_rename(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn write_and_rename(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().map(std::ffi::OsStr::to_os_string).unwrap_or_default();
    name.push(format!(".{}.new", std::process::id()));
    let fresh = path.with_file_name(name);
    let mut file = File::create(&fresh)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    // The name is only safe once its folder is.
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
