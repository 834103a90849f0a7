//! What the stages of a run are told.

use super::meters::Meters;
use std::sync::Arc;

pub(super) struct Settings {
    /// Faces per batch, at least 1.
    pub batch: usize,
    /// Threads that read and decode, at least 1.
    pub threads: usize,
    /// Whether features are scaled to length 1.
    pub normalize: bool,
    /// The clocks of the run.
    pub meters: Arc<Meters>,
}
