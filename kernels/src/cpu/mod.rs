//! Computing on the CPU: faces in, features out.

mod calibration;
#[cfg(test)]
mod checks;
mod plan;
mod profile;
pub mod reference;
mod run;
mod threads;

pub use calibration::{Calibration, CalibrationError, Calibrator};
pub use profile::LayerTime;

use crate::kernels::{self, Aligned, KernelSet, KernelsError};
use crate::network::{FEATURE_LENGTH, Network, SIDE, Tensor, Weights};
use plan::{Plan, SLOTS};
use run::Watch;
use std::sync::Mutex;
use std::{io, thread};
use threads::Threads;

/// How a network is set up for the CPU.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads that compute, the caller's included.
    pub threads: usize,
    /// Kernel set to use; `None` leaves the choice to `LIGHTCNN_KERNELS` and the processor.
    pub kernels: Option<String>,
    /// Arithmetic.
    pub precision: Precision,
}

/// How the CPU computes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Precision {
    /// float32.
    #[default]
    F32,
    /// Integers, by ranges measured on real faces: statically quantised after training. See
    /// [`crate::kernels::integer`].
    Int16(Calibration),
}

impl Precision {
    /// The name in contracts and on the command line: `f32` or `int16`.
    pub fn name(&self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Int16(_) => "int16",
        }
    }
}

impl Default for Options {
    /// As many threads as the process may run at once, the best kernels.
    fn default() -> Options {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Options { threads, kernels: None, precision: Precision::F32 }
    }
}

/// Why a network cannot be computed on the CPU.
#[derive(Debug, thiserror::Error)]
pub enum CpuError {
    /// The kernel set asked for cannot be had.
    #[error(transparent)]
    Kernels(#[from] KernelsError),
    /// The number of threads is 0 or absurd.
    #[error("{0} threads were asked for; choose 1 to {MAX_THREADS}")]
    ThreadCount(usize),
    /// The system refused a thread.
    #[error("cannot start {count} threads; choose fewer")]
    Threads {
        /// How many were asked for.
        count: usize,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused the memory for weights and activations.
    #[error("there is not enough memory for the weights and activations of {network}")]
    Memory {
        /// The network.
        network: Network,
        /// What the system said.
        source: io::Error,
    },
    /// The calibration is another network's.
    #[error("the calibration is of {found} and the weights are of {network}; calibrate with these weights")]
    OtherNetwork {
        /// The network of the calibration.
        found: Network,
        /// The network of the weights.
        network: Network,
    },
    /// The faces are not whole faces, or the features have no room for them.
    #[error(
        "{bytes} bytes of faces and room for {room} feature values do not fit: \
         each face of {network} is {face} bytes and gives 256 values"
    )]
    Lengths {
        /// Bytes given.
        bytes: usize,
        /// Bytes of one face.
        face: usize,
        /// Feature values there is room for.
        room: usize,
        /// The network.
        network: Network,
    },
}

/// More threads than this are a mistake.
const MAX_THREADS: usize = 1024;

/// Images that go through a layer together; the arena has room for so many. More would not help: the weights of a
/// layer are then already read seldom enough.
pub const GROUP: usize = 8;

/// A network ready to embed faces. Weights are packed and all memory is planned when it is made.
pub struct CpuNetwork {
    network: Network,
    set: &'static KernelSet,
    plan: Plan,
    threads: Threads,
    arena: Vec<Aligned>,
    scratch: Vec<Mutex<Aligned>>,
    head: Option<Classifier>,
    precision: Precision,
}

/// The classifier head, `classes × 256` and, but for LightCNN-29v2, `classes` biases.
struct Classifier {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl CpuNetwork {
    /// Packs `weights` for the kernels chosen, and starts the threads.
    ///
    /// # Errors
    /// If the kernel set cannot be had here, the number of threads is out of range, or the system refuses them.
    pub fn new(mut weights: Weights, options: Options) -> Result<CpuNetwork, CpuError> {
        let set = kernels::choose(options.kernels.as_deref())?;
        let count = options.threads;
        if !(1..=MAX_THREADS).contains(&count) {
            return Err(CpuError::ThreadCount(count));
        }
        let mut threads = Threads::new(count).map_err(|source| CpuError::Threads { count, source })?;
        let network = weights.network();
        let head = weights.take_head().map(|(weight, bias)| Classifier { weight, bias });
        let calibration = match &options.precision {
            Precision::F32 => None,
            Precision::Int16(calibration) if calibration.network() == network => Some(calibration),
            Precision::Int16(other) => {
                return Err(CpuError::OtherNetwork { found: other.network(), network });
            }
        };
        let memory = |source| CpuError::Memory { network, source };
        let plan = Plan::new(weights, set, calibration, &mut threads).map_err(memory)?;
        let needed = plan.stages.iter().map(|stage| stage.scratch(set)).max().unwrap_or(0);
        let mut arena = Vec::with_capacity(SLOTS);
        for length in plan.slots {
            arena.push(Aligned::zeroed(GROUP * length).map_err(memory)?);
        }
        let mut scratch = Vec::with_capacity(count);
        for _ in 0..count {
            scratch.push(Mutex::new(Aligned::zeroed(needed).map_err(memory)?));
        }
        Ok(CpuNetwork { network, set, plan, threads, arena, scratch, head, precision: options.precision })
    }

    /// The network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Name of the kernel set in use, such as `avx512`.
    pub fn kernels(&self) -> &'static str {
        self.set.name()
    }

    /// How it computes.
    pub fn precision(&self) -> &Precision {
        &self.precision
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }

    /// Embeds `faces`, `N×C×128×128` bytes of 0..=255 (C is 1, gray, or 3, BGR planes), into `features`, `N×256`.
    ///
    /// A byte counts as `byte / 255`, rounded to float32. The feature of a face has the same bits whatever other
    /// faces are in the batch and however many threads compute.
    ///
    /// # Errors
    /// If `faces` are not whole faces or `features` has not 256 values for each.
    pub fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), CpuError> {
        self.watch(faces, features, &mut |_, _, _| ())
    }

    /// As [`CpuNetwork::run`], while `watch` sees every stage and its input.
    fn watch(&mut self, faces: &[u8], features: &mut [f32], watch: &mut Watch<'_>) -> Result<(), CpuError> {
        let face = self.network.input().channels() * SIDE * SIDE;
        let count = faces.len() / face;
        if count * face != faces.len() || features.len() != count * FEATURE_LENGTH {
            let (bytes, room, network) = (faces.len(), features.len(), self.network);
            return Err(CpuError::Lengths { bytes, face, room, network });
        }
        let groups = count.div_ceil(GROUP);
        let mut first = 0;
        for group in 0..groups {
            let images = (count - first).div_ceil(groups - group);
            let faces = &faces[first * face..(first + images) * face];
            let features = &mut features[first * FEATURE_LENGTH..(first + images) * FEATURE_LENGTH];
            self.run_group(images, faces, features, watch);
            first += images;
        }
        Ok(())
    }

    /// The class scores of `features`, `N×256`: `N×classes`; `None` if the weights came without a head.
    pub fn logits(&self, features: &[f32]) -> Option<Vec<f32>> {
        let head = self.head.as_ref()?;
        let classes = head.weight.shape[0];
        let mut logits = Vec::with_capacity(features.len() / FEATURE_LENGTH * classes);
        for feature in features.chunks_exact(FEATURE_LENGTH) {
            for (class, row) in head.weight.data.chunks_exact(FEATURE_LENGTH).enumerate() {
                let bias = head.bias.as_ref().map_or(0.0, |bias| f64::from(bias.data[class]));
                let products = feature.iter().zip(row).map(|(&x, &w)| f64::from(x) * f64::from(w));
                logits.push((bias + products.sum::<f64>()) as f32);
            }
        }
        Some(logits)
    }
}
