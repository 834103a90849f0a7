//! What computes features. The CPU engine and Ascend devices stand behind the same door.

#[cfg(feature = "ascend")]
pub mod ascend;
mod cpu;

#[cfg(feature = "ascend")]
pub use self::ascend::Ascend;
pub use cpu::Cpu;

use crate::network::Input;
use std::time::Duration;

/// What a backend is; goes into the contract of every output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// `cpu` or `ascend`.
    pub backend: &'static str,
    /// What computes: the kernel set chosen at start, such as `avx512`, or the chip, such as `Ascend310P3`.
    pub kernels: String,
    /// Arithmetic, such as `f32`.
    pub precision: String,
    /// The planes of a face that the network looks at.
    pub input: Input,
}

/// Faces on their way to features. A batch that comes back can be filled again, and keeps its memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// `N×C×128×128` bytes (0 = black, 255 = white).
    pub faces: Vec<u8>,
    /// `N×256`, row-major; written by the backend. Row `i` belongs to face `i` and depends on no other face.
    pub features: Vec<f32>,
}

/// Turns faces into features, several batches at a time where it can.
pub trait Backend: Send {
    /// What this backend is.
    fn info(&self) -> &Info;

    /// Faces in a batch that wastes nothing; any other number works too.
    fn batch(&self) -> usize;

    /// Batches in flight, at least 1, that keep all of this backend busy.
    fn depth(&self) -> usize;

    /// Takes a batch of any size. What goes wrong with it is told by [`Backend::next`].
    fn submit(&mut self, batch: Batch);

    /// Whether [`Backend::next`] would answer at once.
    fn is_ready(&self) -> bool;

    /// Waits for the oldest batch submitted; nothing if there is none.
    ///
    /// # Errors
    /// If the batch's length is not that of whole faces, or it could not be computed. After an error no later
    /// batch can be expected.
    fn next(&mut self) -> Option<Result<Batch, BackendError>>;

    /// The devices that were lost since this was last asked. Their batches were computed by those that are left.
    fn take_losses(&mut self) -> Vec<Loss> {
        Vec::new()
    }

    /// Measures the stages of a run on the first device, `rounds` times each, fewer on a slow device; nothing where
    /// there is no device.
    ///
    /// # Errors
    /// If the device cannot be used.
    fn stages(&self, _rounds: usize) -> Result<Option<Stages>, BackendError> {
        Ok(None)
    }
}

/// A device that works no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Its number.
    pub device: i32,
    /// Why.
    pub reason: String,
}

/// What the stages of one run on a device take: medians at the largest batch size, nothing else running.
#[derive(Clone, Copy, Debug)]
pub struct Stages {
    /// Faces in the batch.
    pub batch: usize,
    /// Devices that work at the same time.
    pub devices: usize,
    /// Copying the pictures to the device.
    pub copy_in: Duration,
    /// Computing: the whole run without the two copies.
    pub execute: Duration,
    /// Copying the features back.
    pub copy_out: Duration,
}

/// A batch could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The CPU engine refused the batch.
    #[error("the CPU engine failed")]
    Cpu(#[from] crate::cpu::EngineError),
    /// The bytes are not those of whole faces.
    #[error("{bytes} bytes are not a whole number of faces of {face} bytes")]
    Faces {
        /// Bytes in the batch.
        bytes: usize,
        /// Bytes of one face.
        face: usize,
    },
    /// A call of ACL failed, and doing it again was no use.
    #[cfg(feature = "ascend")]
    #[error(transparent)]
    Ascend(#[from] ::ascend::Error),
    /// An offline model that is no face network.
    #[cfg(feature = "ascend")]
    #[error("{}: {why}", model.display())]
    Unsuitable {
        /// The model.
        model: std::path::PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// There is nothing left to compute on.
    #[cfg(feature = "ascend")]
    #[error("no device is left: {}", each(.0))]
    NoDeviceLeft(Vec<Loss>),
    /// A thread could not be started.
    #[cfg(feature = "ascend")]
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

impl BackendError {
    /// Whether the same may work later or on another device: nothing is wrong with the faces or the model.
    pub fn is_retryable(&self) -> bool {
        match self {
            BackendError::Cpu(_) | BackendError::Faces { .. } => false,
            #[cfg(feature = "ascend")]
            BackendError::Ascend(error) => matches!(
                error.class(),
                ::ascend::Class::Retryable | ::ascend::Class::StreamFatal | ::ascend::Class::DeviceFatal
            ),
            #[cfg(feature = "ascend")]
            BackendError::Unsuitable { .. } => false,
            #[cfg(feature = "ascend")]
            BackendError::NoDeviceLeft(_) | BackendError::Thread(_) => true,
        }
    }
}

#[cfg(feature = "ascend")]
fn each(losses: &[Loss]) -> String {
    let each: Vec<String> =
        losses.iter().map(|loss| format!("device {}: {}", loss.device, loss.reason)).collect();
    each.join("; ")
}
