//! How a run is carried out.

use super::meters::Meters;
use std::sync::Arc;

/// How a run is carried out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Faces per batch, at least 1. Changes speed and memory, never a feature.
    pub batch: usize,
    /// Threads that read and decode, at least 1.
    pub threads: usize,
    /// Whether features are scaled to length 1.
    pub normalize: bool,
    /// Whether pictures may be in a store: then they are asked for before their turn.
    pub remote: bool,
    /// The clocks of the run.
    pub meters: Arc<Meters>,
}
