//! Simulated time: it follows the real one, faster if wanted, or stands still until it is told to move.

use std::time::Instant;

use acmcert_sim::world::instant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What makes time pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    Real,
    Manual,
}

/// A clock that never goes back.
#[derive(Debug)]
pub(crate) struct Clock {
    mode: Mode,
    scale: f64,
    /// What it showed at `measured`.
    shown: Timestamp,
    measured: Instant,
    revision: u64,
}

/// A clock at one moment, as the control interface and the state file write it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reading {
    #[serde(with = "instant")]
    pub(crate) now: Timestamp,
    pub(crate) mode: Mode,
    pub(crate) scale: f64,
}

/// What to change of a clock.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Setting {
    #[serde(default)]
    mode: Option<Mode>,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    advance_seconds: Option<f64>,
}

impl Clock {
    pub(crate) fn new(start: Timestamp, mode: Mode, scale: f64) -> Clock {
        Clock { mode, scale, shown: start, measured: Instant::now(), revision: 0 }
    }

    pub(crate) fn now(&self) -> Timestamp {
        match self.mode {
            Mode::Manual => self.shown,
            Mode::Real => instant::after(self.shown, self.measured.elapsed().as_secs_f64() * self.scale),
        }
    }

    pub(crate) fn reading(&self) -> Reading {
        Reading { now: self.now(), mode: self.mode, scale: self.scale }
    }

    pub(crate) fn set(&mut self, setting: &Setting) -> Result<(), String> {
        let scale = setting.scale.unwrap_or(self.scale);
        check_scale(scale)?;
        let advance = setting.advance_seconds.unwrap_or(0.0);
        if advance < 0.0 || !advance.is_finite() {
            return Err("advanceSeconds must not be negative".to_owned());
        }
        self.shown = instant::after(self.now(), advance);
        self.measured = Instant::now();
        self.mode = setting.mode.unwrap_or(self.mode);
        self.scale = scale;
        self.revision += 1;
        Ok(())
    }

    /// Grows with every setting, so that a snapshot knows of it.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }
}

pub(crate) fn check_scale(scale: f64) -> Result<(), String> {
    if scale > 0.0 && scale.is_finite() { Ok(()) } else { Err("scale must be greater than 0".to_owned()) }
}
