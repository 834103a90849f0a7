//! Whether inference on an Ascend NPU can work here: what is wrong in one line, what to do in the next.
//!
//! [`Machine::look`] gathers what files and variables say, the caller brings what the ACL library said
//! ([`Library`]), and [`diagnose`] judges; nothing here opens a device.

mod check;
mod checks;
mod library;
mod machine;

pub use check::{Check, State};
pub use library::{Device, Library};
pub use machine::{DeviceFile, Identity, Machine};

use crate::om::{Atc, AtcNotFound, OmError, Summary};
use serde::Serialize;
use std::fmt;

/// All checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
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
    model: Option<&Result<Summary, OmError>>,
) -> Report {
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
    Report { inference_can_work, checks }
}

impl Report {
    /// The exit code: 0 if inference can work, 1 if not.
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.inference_can_work)
    }
}

impl fmt::Display for Report {
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
