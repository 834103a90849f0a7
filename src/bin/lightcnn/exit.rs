//! What a run's end means to the caller.

use crate::report::Report;
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all good.
    Good,
    /// 1: some items failed, or the answer is no.
    Some,
    /// 2: nothing useful could be done.
    Nothing,
    /// 75, as `sysexits.h` has it: nothing is wrong with what was asked; the same may succeed later or elsewhere.
    Later,
    /// 130: told to stop by a signal; what was done so far is kept.
    Stopped,
}

/// The exit code of a command, after saying what went wrong.
pub fn code(report: &Report, outcome: anyhow::Result<Exit>) -> ExitCode {
    let exit = match outcome {
        Ok(exit) => exit,
        Err(error) if is_closed_pipe(&error) => Exit::Good,
        Err(error) => {
            report.error(&error);
            Exit::Nothing
        }
    };
    match exit {
        Exit::Good => ExitCode::SUCCESS,
        Exit::Some => ExitCode::from(1),
        Exit::Nothing => ExitCode::from(2),
        Exit::Later => ExitCode::from(75),
        Exit::Stopped => ExitCode::from(130),
    }
}

/// Whoever read our output has seen enough: a normal end.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}
