//! Telling the program's exception callback about failed tasks.

use crate::failure::Failure;
use crate::handles::Handle;
use std::sync::{Mutex, PoisonError};

/// What `aclrtGet…FromExceptionInfo` read.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ExceptionInfo {
    /// Number of the task in its stream.
    pub task: u32,
    /// A number of the stream.
    pub stream: u32,
    /// Thread that ran the task.
    pub thread: u32,
    /// Device.
    pub device: u32,
    /// ACL code.
    pub code: u32,
}

/// `aclrtExceptionInfoCallback`.
pub type Function = extern "C" fn(*mut ExceptionInfo);

static CALLBACK: Mutex<Option<Function>> = Mutex::new(None);

/// Sets or (with `None`) removes the callback.
pub fn set(function: Option<Function>) {
    *CALLBACK.lock().unwrap_or_else(PoisonError::into_inner) = function;
}

/// Tells about a task that failed on `stream` of `device`.
pub fn tell(stream: Handle, device: usize, task: u64, failure: &Failure) {
    let function = *CALLBACK.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(function) = function else { return };
    // SAFETY: has no preconditions.
    let thread = unsafe { libc::gettid() };
    let mut info = ExceptionInfo {
        task: task as u32,
        stream: stream as u32,
        thread: thread as u32,
        device: device as u32,
        code: failure.code as u32,
    };
    function(&mut info);
}
