//! What a run says while it goes on, and at its end.

use super::Times;
use crate::engine::Loss;
use std::time::Duration;

/// How many rows were handed to the sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All rows.
    pub rows: u64,
    /// Those among them that failed.
    pub failed: u64,
}

/// Something a watcher of a run may want to say.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A row failed.
    Failed {
        /// The path, escaped.
        path: &'a str,
        /// The reason.
        reason: &'a str,
    },
    /// A device was lost; those that are left compute its batches again.
    DeviceLost(&'a Loss),
    /// A batch was handed to the sink.
    Batch(Count),
}

/// What a run did.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RunReport {
    /// Rows handed to the sink.
    pub count: Count,
    /// Whether the run was told to stop before the end of its input.
    pub stopped: bool,
    /// Wall time from the first path to the last row.
    pub elapsed: Duration,
    /// Where it went.
    pub times: Times,
    /// Threads that read and decoded.
    pub threads: usize,
    /// Devices lost on the way.
    pub devices_lost: usize,
}
