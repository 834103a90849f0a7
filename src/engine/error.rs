//! Why an engine cannot be opened, and why faces cannot be computed.

use crate::error::ErrorKind;
use crate::network::Network;
use lightcnn_cpu::cpu::CpuError;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// An engine cannot be opened, or faces cannot be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The weight file cannot be loaded.
    #[error(transparent)]
    Checkpoint(#[from] crate::checkpoint::CheckpointError),
    /// The bytes given are no weights.
    #[error("the bytes given cannot be used as weights")]
    Content(#[from] crate::checkpoint::ContentError),
    /// The CPU engine cannot be set up.
    #[error("cannot set up the CPU engine")]
    Cpu(#[from] CpuError),
    /// The faces could not be computed. One failed run can fail several tickets, so they share the reason.
    #[error(transparent)]
    Compute(#[from] Arc<ComputeError>),
    /// There is no room for more faces. Wait for a ticket, or try again later.
    #[error("{waiting} faces wait to be computed and at most {bound} may; try again later")]
    Full {
        /// Faces that wait.
        waiting: usize,
        /// Most that may wait.
        bound: usize,
    },
    /// The bytes are not those of whole faces.
    #[error("{bytes} bytes are not a whole number of faces of {face} bytes")]
    Length {
        /// Bytes given.
        bytes: usize,
        /// Bytes of one face.
        face: usize,
    },
    /// A face has the wrong planes for the network.
    #[error(
        "face {index} has {found} bytes and {network} takes {expected}; make faces with the planes that `Engine::input` names"
    )]
    Face {
        /// Position among the faces given.
        index: usize,
        /// Bytes of this face.
        found: usize,
        /// Bytes the network takes.
        expected: usize,
        /// The network.
        network: Network,
    },
    /// The answer of a ticket was taken before.
    #[error("the answer of this ticket was taken before")]
    Answered,
    /// The model's name is neither that of a file nor of a published model.
    #[error("there is no file '{name}', and no published model of that name; there is {}", known.join(", "))]
    UnknownModel {
        /// The name.
        name: String,
        /// The names of the published models.
        known: Vec<String>,
    },
    /// A published model that was not fetched.
    #[error("the model {name} is not on this machine (looked for {}); fetch it first, or open another", path.display())]
    NotFetched {
        /// Its name.
        name: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// A fetched model cannot be used.
    #[error("the model {name} in the cache is unusable; fetch it again")]
    Cached {
        /// Its name.
        name: String,
        /// Why.
        source: Box<Error>,
    },
    /// A file cannot be read or made.
    #[error("{}: cannot be used", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file in the cache is another than the published one.
    #[error("{}: SHA-256 {found}, and that of {name} is {expected}; remove the file, and fetch it again", path.display())]
    OtherWeights {
        /// The model.
        name: String,
        /// The file.
        path: PathBuf,
        /// SHA-256 of the file, in hex.
        found: String,
        /// SHA-256 of the published file, in hex.
        expected: String,
    },
    /// The word names no device.
    #[error(transparent)]
    Device(#[from] super::device::UnknownDevice),
    /// An offline model was to run on the CPU.
    #[error(
        "{model}: an offline model (.om) runs on Ascend devices only; on the CPU, use the weight file it was made from"
    )]
    NeedsDevice {
        /// The model.
        model: String,
    },
    /// Weights are needed, and this is an offline model.
    #[error(
        "{model}: this is an offline model (.om), which holds no weights to read; give the weight file it was made from"
    )]
    NoWeights {
        /// The model.
        model: String,
    },
    /// A key was named, and the model is no file of weights.
    #[error("there is no key '{}' in {model}; only files of weights have keys", key.escape_debug())]
    NoKeys {
        /// The key.
        key: String,
        /// The model.
        model: String,
    },
    /// A precision of the CPU engine was asked of a device.
    #[error(
        "precisions and calibrations are the CPU engine's; leave them out on Ascend devices, or run a weight file on \
         the CPU"
    )]
    CpuPrecision,
    /// The calibration was measured with other weights.
    #[error(
        "the calibration was made with other weights (sha256 {found}) than these ({weights}); make one with these"
    )]
    OtherCalibration {
        /// The weights it was made with.
        found: String,
        /// The weights to be used.
        weights: String,
    },
    /// An offline model that does not say which network it is.
    #[error("{model}: there is no manifest beside it that names the network; name the network")]
    NetworkUnknown {
        /// The model.
        model: String,
    },
    /// An offline model of another network than asked for.
    #[error("{model}: by its manifest this is {recorded}, not {asked}")]
    OtherNetwork {
        /// The model.
        model: String,
        /// The network its manifest names.
        recorded: Network,
        /// The network asked for.
        asked: Network,
    },
    /// An offline model that takes other pictures than its network.
    #[error("{model}: it takes pictures of {found} planes, and {network} of {needed}")]
    OtherPlanes {
        /// The model.
        model: String,
        /// Planes of its input.
        found: usize,
        /// The network it is said to be.
        network: Network,
        /// Planes of that network's input.
        needed: usize,
    },
    /// The manifest of an offline model is of no use.
    #[error(transparent)]
    Manifest(#[from] crate::atc::ManifestError),
    /// The manifest names a network that is not known.
    #[error(transparent)]
    Network(#[from] crate::network::UnknownNetwork),
    /// ACL does not name the chip.
    #[error("ACL does not name the chip of this machine; compile the model for it by name and open the .om")]
    ChipUnknown,
    /// ACL names a chip in a way `atc` does not take.
    #[error(transparent)]
    Chip(#[from] crate::atc::BadSoc),
    /// The weights could not be compiled for want of `atc`.
    #[error(transparent)]
    NoCompiler(#[from] crate::atc::AtcNotFound),
    /// `atc` failed.
    #[error("the weights cannot be compiled for this machine's chip")]
    Compile(#[from] crate::atc::CompileError),
    /// The batch sizes are none that `atc` takes.
    #[error(transparent)]
    Gears(#[from] crate::atc::BadGears),
    /// The weights could not be exported.
    #[error(transparent)]
    Export(#[from] crate::onnx::NoHead),
    /// There is no place to keep compiled models.
    #[error(transparent)]
    Cache(#[from] crate::models::NoCache),
    /// This build has no Ascend support.
    #[error("this build is without Ascend support; build it with the feature `ascend`, or run on the CPU")]
    NoAscend,
}

/// Faces could not be computed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComputeError {
    /// The CPU engine refused them.
    #[error("the CPU engine failed")]
    Cpu(#[from] CpuError),
    /// A call of ACL failed, and doing it again was no use.
    #[cfg(feature = "ascend")]
    #[error(transparent)]
    Ascend(#[from] ::ascend::Error),
    /// An offline model that is no face network.
    #[error("{model}: {why}")]
    Unsuitable {
        /// The model.
        model: String,
        /// Why, and what to do.
        why: String,
    },
    /// There is nothing left to compute on.
    #[error("no device is left: {}", each(.0))]
    NoDeviceLeft(Vec<Loss>),
    /// Devices that were named, or all there are, do not open.
    #[error("{}{}", each(failed), others(opened))]
    NotOpened {
        /// Those that do not, and why.
        failed: Vec<Loss>,
        /// The numbers of those that do.
        opened: Vec<i32>,
        /// What the first of them failed with.
        first: Box<ComputeError>,
    },
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
    /// The code that computed them panicked.
    #[error("computing stopped by a panic, which is a defect of lightcnn: {0}")]
    Panicked(String),
}

/// A device that works no more, or never did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Its number.
    pub device: i32,
    /// Why.
    pub reason: String,
}

fn each(losses: &[Loss]) -> String {
    let each: Vec<String> =
        losses.iter().map(|loss| format!("device {}: {}", loss.device, loss.reason)).collect();
    each.join("; ")
}

fn others(opened: &[i32]) -> String {
    let numbers: Vec<String> = opened.iter().map(i32::to_string).collect();
    match numbers[..] {
        [] => String::new(),
        [_] => format!("; device {} does open", numbers[0]),
        _ => format!("; devices {} do open", numbers.join(", ")),
    }
}

impl ComputeError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ComputeError::Cpu(error) => error.into(),
            #[cfg(feature = "ascend")]
            ComputeError::Ascend(error) => error.into(),
            ComputeError::Unsuitable { .. } => ErrorKind::Unsupported,
            ComputeError::NoDeviceLeft(_) => ErrorKind::DeviceLost,
            ComputeError::NotOpened { first, .. } => first.kind(),
            ComputeError::Thread(_) => ErrorKind::Unavailable,
            ComputeError::Panicked(_) => ErrorKind::Internal,
        }
    }

    /// Why, without what is only a consequence: a device or stream that an earlier failure took stands for that failure.
    #[cfg(feature = "ascend")]
    pub(super) fn cause(&self) -> String {
        match self {
            ComputeError::Ascend(
                ::ascend::Error::DeviceLost { because, .. } | ::ascend::Error::StreamLost { because },
            ) => because.clone(),
            error => error.to_string(),
        }
    }

    /// Whether this is the consequence of a failure that another lane has told, or will.
    #[cfg(feature = "ascend")]
    pub(super) fn is_consequence(&self) -> bool {
        matches!(self, ComputeError::Ascend(::ascend::Error::DeviceLost { .. }))
    }

    /// Whether `other`, of another device, is the same failure.
    #[cfg(feature = "ascend")]
    pub(super) fn is_like(&self, other: &ComputeError) -> bool {
        use ::ascend::Error::Call;
        match (self, other) {
            (ComputeError::Ascend(Call(one)), ComputeError::Ascend(Call(two))) => {
                (one.call, one.code) == (two.call, two.code)
            }
            (one, two) => one.to_string() == two.to_string(),
        }
    }

    /// Whether the device that computed is lost.
    pub(super) fn is_loss(&self) -> bool {
        match self {
            #[cfg(feature = "ascend")]
            ComputeError::Ascend(error) => error.class() == ::ascend::Class::DeviceFatal,
            _ => false,
        }
    }

    /// Whether the same faces would fail again in the same way.
    pub(super) fn is_final(&self) -> bool {
        match self {
            #[cfg(feature = "ascend")]
            ComputeError::Ascend(error) => error.class() == ::ascend::Class::Programming,
            ComputeError::NotOpened { first, .. } => first.is_final(),
            ComputeError::NoDeviceLeft(_) | ComputeError::Thread(_) => false,
            ComputeError::Cpu(_) | ComputeError::Unsuitable { .. } | ComputeError::Panicked(_) => true,
        }
    }
}

impl From<ComputeError> for Error {
    fn from(error: ComputeError) -> Error {
        Error::Compute(Arc::new(error))
    }
}

/// What cannot fail needs no error, but `?` wants one.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Error {
        match never {}
    }
}

impl Error {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Checkpoint(error) => error.kind(),
            Error::Content(error) => error.kind(),
            Error::Cpu(error) => error.into(),
            Error::Compute(error) => error.kind(),
            Error::Full { .. } => ErrorKind::Busy,
            Error::Length { .. } | Error::Face { .. } | Error::Answered => ErrorKind::InvalidInput,
            Error::UnknownModel { .. } | Error::NotFetched { .. } => ErrorKind::NotFound,
            Error::Cached { source, .. } => source.kind(),
            Error::OtherWeights { .. } => ErrorKind::Mismatch,
            Error::Read { source, .. } => source.into(),
            Error::Device(error) => error.kind(),
            Error::NoKeys { .. } | Error::NetworkUnknown { .. } | Error::Network(_) => {
                ErrorKind::InvalidInput
            }
            // ACL, and not the caller, named the chip.
            Error::NeedsDevice { .. }
            | Error::NoWeights { .. }
            | Error::CpuPrecision
            | Error::ChipUnknown
            | Error::Chip(_)
            | Error::NoAscend => ErrorKind::Unsupported,
            Error::OtherCalibration { .. } | Error::OtherNetwork { .. } | Error::OtherPlanes { .. } => {
                ErrorKind::Mismatch
            }
            Error::Manifest(error) => error.kind(),
            Error::NoCompiler(error) => error.kind(),
            Error::Compile(error) => error.kind(),
            // The sizes are the engine's own choice.
            Error::Gears(_) => ErrorKind::Internal,
            Error::Export(error) => error.kind(),
            Error::Cache(error) => error.kind(),
        }
    }

    /// Whether the same may succeed later or on another device: nothing is wrong with the model or the faces.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}
