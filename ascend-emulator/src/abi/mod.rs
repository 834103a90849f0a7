//! The exported C functions, one file per group. Each checks its arguments, then works on the state.
//!
//! Every function passes through [`call`] (codes) or [`value`] (pointers and numbers): the call is counted, a
//! scripted fault takes effect, a fork is noticed, initialisation is checked, and an error leaves its text for
//! `aclGetRecentErrMsg`.

mod aipp;
mod arguments;
mod callback;
mod context;
mod dataset;
mod description;
mod device;
mod dims;
mod dynamic;
mod event;
mod execute;
mod load_config;
mod log;
mod memory;
mod message;
mod model;
mod number;
mod process;
mod stream;
mod tensor;
mod unsupported;

use crate::failure::{Outcome, failure};
use crate::faults::Fault;
use crate::settings::settings;
use crate::state::{self, State};
use crate::{codes, report};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What must have happened before a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it only touches host-side objects or tells versions.
    Nothing,
    /// `aclInit`, for a runtime function: without it 100001 and a violation.
    Runtime,
    /// `aclInit`, for a model function: without it 145001.
    Model,
}

/// Runs the function `name`, which returns a code.
fn call(name: &'static str, needs: Needs, body: impl FnOnce() -> Outcome) -> i32 {
    match guarded(name, needs, body) {
        Ok(()) => codes::SUCCESS,
        Err(failure) => {
            message::remember(name, &failure);
            failure.code
        }
    }
}

/// Runs the function `name`, which returns something else; `none` is what it returns on failure.
fn value<T>(name: &'static str, needs: Needs, none: T, body: impl FnOnce() -> Outcome<T>) -> T {
    guarded(name, needs, body).unwrap_or_else(|failure| {
        message::remember(name, &failure);
        none
    })
}

fn guarded<T>(name: &'static str, needs: Needs, body: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let settings = settings();
    crate::teardown::report_at_exit();
    report::called(name);
    if settings.stub {
        return Err(failure(codes::COMPILING_STUB_MODE, "EH0001: this is a stub library for building only"));
    }
    let mut afterwards = None;
    match settings.script.next(name) {
        Some(Fault::Slow(time)) => std::thread::sleep(time),
        Some(Fault::Code(code)) => return Err(failure(code, "EZ9999: failed as scripted")),
        Some(Fault::After(code)) => afterwards = Some(code),
        Some(Fault::Hang) | None => {}
    }
    if needs != Needs::Nothing {
        let state = state::lock();
        same_process(&state, name)?;
        initialised(&state, name, needs)?;
    }
    let outcome = catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|_| Err(failure(codes::INTERNAL_ERROR, "EZ9999: the emulator itself failed")))?;
    match afterwards {
        Some(code) => Err(failure(code, "EZ9999: failed as scripted, after its work")),
        None => Ok(outcome),
    }
}

fn same_process(state: &State, name: &str) -> Outcome {
    if state.process.ever && state.process.pid != std::process::id() {
        report::violation(54, name, "called in a child process after fork");
        return Err(failure(codes::RT_DRV_INTERNAL_ERROR, "EZ9999: ACL cannot be used in a forked child"));
    }
    Ok(())
}

fn initialised(state: &State, name: &str, needs: Needs) -> Outcome {
    if state.process.references > 0 {
        return Ok(());
    }
    if needs == Needs::Model {
        return Err(failure(codes::GE_EXEC_NOT_INIT, "E19999: ACL is not initialised"));
    }
    report::violation(6, name, "called before aclInit or after aclFinalize");
    if settings().strict {
        return Err(failure(codes::UNINITIALIZE, "EH0001: call aclInit first"));
    }
    Ok(())
}

/// Whether undefined behaviour `row` is an error now; it is recorded either way.
fn misuse(row: u32, name: &str, text: &str) -> bool {
    report::violation(row, name, text);
    settings().strict
}
