//! The CPU engine as a backend.

use super::{Backend, BackendError, Info};
use crate::cpu::Engine;

/// The CPU engine.
pub struct Cpu {
    engine: Engine,
    info: Info,
}

impl Cpu {
    /// Puts `engine` behind the common door.
    pub fn new(engine: Engine) -> Cpu {
        let info = Info {
            backend: "cpu",
            kernels: engine.kernels().to_string(),
            precision: "f32",
            input: engine.network().input(),
        };
        Cpu { engine, info }
    }
}

impl Backend for Cpu {
    fn info(&self) -> &Info {
        &self.info
    }

    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), BackendError> {
        Ok(self.engine.run(faces, features)?)
    }
}
