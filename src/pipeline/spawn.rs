//! Threads of a run.

use super::PipelineError;
use std::thread;

/// The threads are not waited for: one of them may be blocked in a list that never goes on.
pub(super) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), PipelineError> {
    thread::Builder::new().name(name.to_string()).spawn(body).map(drop).map_err(PipelineError::Thread)
}
