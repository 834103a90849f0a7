//! What computes features. The CPU engine stands behind the same door as any other backend.

mod cpu;

pub use cpu::Cpu;

use crate::network::Input;

/// What a backend is; goes into the contract of every output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// `cpu`.
    pub backend: &'static str,
    /// The kernel set chosen at start, such as `avx512`.
    pub kernels: String,
    /// Arithmetic, such as `f32`.
    pub precision: &'static str,
    /// The planes of a face that the network looks at.
    pub input: Input,
}

/// Turns faces into features.
pub trait Backend: Send {
    /// What this backend is.
    fn info(&self) -> &Info;

    /// Computes the features of `faces`, `N×C×128×128` bytes (0 = black, 255 = white), into `features`,
    /// `N×256`, row-major. Feature `i` belongs to face `i` and does not depend on the other faces.
    ///
    /// # Errors
    /// If the lengths do not belong together or the computation failed.
    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), BackendError>;
}

/// A batch could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The CPU engine refused the batch.
    #[error("the CPU engine failed")]
    Cpu(#[from] crate::cpu::EngineError),
}
