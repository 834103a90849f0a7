//! What a watcher of a run is told.

use crate::engine::Loss;

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
