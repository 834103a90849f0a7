//! The CPU engine as a backend.

use super::{Backend, BackendError, Batch, Info};
use crate::cpu::Engine;
use crate::network::{FEATURE_LENGTH, SIDE};
use std::collections::VecDeque;

/// The CPU engine. It computes a batch when it is asked for, with all its threads.
pub struct Cpu {
    engine: Engine,
    info: Info,
    waiting: VecDeque<Batch>,
}

/// Faces per batch: more make it no faster.
const BATCH: usize = 8;

impl Cpu {
    /// Puts `engine` behind the common door.
    pub fn new(engine: Engine) -> Cpu {
        let info = Info {
            backend: "cpu",
            kernels: engine.kernels().to_string(),
            precision: engine.precision().name().to_string(),
            input: engine.network().input(),
        };
        Cpu { engine, info, waiting: VecDeque::new() }
    }
}

impl Backend for Cpu {
    fn info(&self) -> &Info {
        &self.info
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn depth(&self) -> usize {
        1
    }

    fn submit(&mut self, batch: Batch) {
        self.waiting.push_back(batch);
    }

    fn is_ready(&self) -> bool {
        false
    }

    fn next(&mut self) -> Option<Result<Batch, BackendError>> {
        let mut batch = self.waiting.pop_front()?;
        let face = self.info.input.channels() * SIDE * SIDE;
        let bytes = batch.faces.len();
        if !bytes.is_multiple_of(face) {
            return Some(Err(BackendError::Faces { bytes, face }));
        }
        batch.features.resize(batch.faces.len() / face * FEATURE_LENGTH, 0.0);
        Some(self.engine.run(&batch.faces, &mut batch.features).map(|()| batch).map_err(BackendError::from))
    }
}
