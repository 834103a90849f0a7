//! Whether inference on an Ascend NPU can work here: what is wrong in one line, what to do in the next.
//!
//! [`Machine::look`] gathers what files and variables say, the caller brings what the ACL library said
//! ([`Library`]), and [`diagnose`] judges; nothing here opens a device.

mod checks;
mod machine;

pub use machine::{DeviceFile, Identity, Machine};

use crate::atc::{Atc, AtcNotFound};
use crate::om::{OmError, OmSummary};
use serde::Serialize;
use std::fmt;

/// What became of opening the ACL library.
#[derive(Clone, Debug, PartialEq)]
pub enum Library {
    /// There is none anywhere.
    NotInstalled,
    /// There is one that cannot be used: per file, why.
    Unusable(Vec<String>),
    /// It is open, and `aclInit` failed with this message.
    NotInitialized(String),
    /// It is open and initialised.
    Ready {
        /// Its files.
        files: Vec<String>,
        /// Version of the ACL interface.
        version: String,
        /// The chip, as ACL names it.
        soc: Option<String>,
        /// The devices, or why they cannot be counted.
        devices: Result<Vec<AclDevice>, String>,
    },
}

/// A device as ACL sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AclDevice {
    /// Its number for ACL.
    pub id: u32,
    /// Free and total memory in bytes, or why it cannot be used.
    pub memory: Result<(u64, u64), String>,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Good,
    /// Does not keep inference from working.
    Note,
    /// Keeps inference from working.
    Problem,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub subject: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found, in one line.
    pub finding: String,
    /// What to do, in one line; nothing if nothing is to be done.
    pub advice: Option<String>,
}

/// All checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether inference on a device can work.
    pub inference_can_work: bool,
    /// The checks.
    pub checks: Vec<Check>,
}

/// Judges what was found. `model` is an `.om` to be run here, if there is one.
pub fn diagnose(
    machine: &Machine,
    library: &Library,
    atc: &Result<Atc, AtcNotFound>,
    model: Option<&Result<OmSummary, OmError>>,
) -> Diagnosis {
    let mut checks = vec![
        checks::driver(machine, library),
        checks::device_files(machine, library),
        checks::library(machine, library),
        checks::devices(library),
        checks::visible_devices(machine),
        checks::library_path(machine),
        checks::operators(machine),
        checks::compiler(atc),
    ];
    if let Some(model) = model {
        checks.push(checks::model(model, library));
    }
    let inference_can_work = checks.iter().all(|check| check.state != State::Problem);
    Diagnosis { inference_can_work, checks }
}

impl Diagnosis {
    /// The exit code: 0 if inference can work, 1 if not.
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.inference_can_work)
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let mark = match check.state {
                State::Good => "ok     ",
                State::Note => "note   ",
                State::Problem => "PROBLEM",
            };
            writeln!(f, "{mark} {}: {}", check.subject, check.finding)?;
            if let Some(advice) = &check.advice {
                writeln!(f, "        -> {advice}")?;
            }
        }
        f.write_str(if self.inference_can_work {
            "Inference on Ascend can work here.\n"
        } else {
            "Inference on Ascend cannot work here yet.\n"
        })
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
