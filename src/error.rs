//! The error of the crate's front door, and how errors are put into one line.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

/// A model could not be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The weight file could not be loaded.
    #[error(transparent)]
    Checkpoint(#[from] crate::checkpoint::CheckpointError),
    /// The engine could not be set up.
    #[error("cannot set up the CPU engine")]
    Engine(#[from] crate::cpu::EngineError),
    /// A batch could not be computed.
    #[error(transparent)]
    Backend(#[from] crate::backend::BackendError),
    /// A file cannot be read or made.
    #[error("{}: cannot be used", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An offline model was to run on the CPU.
    #[error(
        "{}: an offline model (.om) runs on Ascend devices only; on the CPU, use the weight file it was made from",
        model.display()
    )]
    NeedsDevice {
        /// The model.
        model: PathBuf,
    },
    /// A precision of the CPU engine was asked of a device.
    #[error(
        "precisions (and calibrations) are the CPU engine's; leave them out on Ascend devices, or choose a weight \
         file and --device cpu"
    )]
    CpuPrecision,
    /// The calibration was measured with other weights.
    #[error(
        "the calibration was made with other weights (sha256 {found}) than these ({weights}); \
         make one with these: `lightcnn calibrate`"
    )]
    OtherCalibration {
        /// The weights it was made with.
        found: String,
        /// The weights to be used.
        weights: String,
    },
    /// An offline model that does not say which network it is.
    #[error("{}: there is no manifest beside it that names the network; name it with --network", model.display())]
    NetworkUnknown {
        /// The model.
        model: PathBuf,
    },
    /// An offline model of another network than asked for.
    #[error("{}: by its manifest this is {recorded}, not {asked}", model.display())]
    OtherNetwork {
        /// The model.
        model: PathBuf,
        /// The network its manifest names.
        recorded: crate::network::Network,
        /// The network asked for.
        asked: crate::network::Network,
    },
    /// An offline model that takes other pictures than its network.
    #[error("{}: it takes pictures of {found} planes, and {network} of {needed}", model.display())]
    OtherPlanes {
        /// The model.
        model: PathBuf,
        /// Planes of its input.
        found: usize,
        /// The network it is said to be.
        network: crate::network::Network,
        /// Planes of that network's input.
        needed: usize,
    },
    /// The manifest of an offline model is of no use.
    #[error(transparent)]
    Manifest(#[from] crate::om::ManifestError),
    /// The manifest names a network that is not known.
    #[error(transparent)]
    Network(#[from] crate::network::UnknownNetwork),
    /// ACL does not name the chip.
    #[error(
        "ACL does not name the chip of this machine; compile with `lightcnn compile --soc` and use the .om"
    )]
    ChipUnknown,
    /// ACL names a chip in a way `atc` does not take.
    #[error(transparent)]
    Chip(#[from] crate::om::BadSoc),
    /// The weights could not be compiled for want of `atc`.
    #[error(transparent)]
    NoCompiler(#[from] crate::om::AtcNotFound),
    /// `atc` failed.
    #[error("the weights cannot be compiled for this machine's chip")]
    Compile(#[from] crate::om::CompileError),
    /// The batch sizes are none that `atc` takes.
    #[error(transparent)]
    Gears(#[from] crate::om::BadGears),
    /// The weights could not be exported.
    #[error(transparent)]
    Export(#[from] crate::onnx::NoHead),
    /// There is no place to keep compiled models.
    #[error(transparent)]
    Cache(#[from] crate::models::NoCache),
    /// This build has no Ascend support.
    #[cfg(not(feature = "ascend"))]
    #[error(
        "this build is without Ascend support; build it with the feature `ascend`, or choose --device cpu"
    )]
    NoAscend,
    /// A face has the wrong planes for the network.
    #[error("face {index} has {found} bytes and {network} takes {expected}; read it with `Model::input`")]
    Face {
        /// Position among the faces given.
        index: usize,
        /// Bytes of this face.
        found: usize,
        /// Bytes the network takes.
        expected: usize,
        /// Name of the network.
        network: &'static str,
    },
}

impl Error {
    /// Whether the same may work later or on another device: nothing is wrong with the model.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Error::Backend(error) if error.is_retryable())
    }
}

/// Whether a file could not be used because its storage is gone for now, or this machine has run out of something:
/// nothing is wrong with the file.
pub(crate) fn is_away(error: &io::Error) -> bool {
    use io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::StaleNetworkFileHandle
            | ErrorKind::NotConnected
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::TimedOut
            | ErrorKind::OutOfMemory
    ) || matches!(error.raw_os_error(), Some(TOO_MANY_FILES | TOO_MANY_FILES_IN_ALL))
}

/// `EMFILE` and `ENFILE`, for which there is no [`io::ErrorKind`].
const TOO_MANY_FILES: i32 = 24;
const TOO_MANY_FILES_IN_ALL: i32 = 23;

/// `error` and its causes in one line, joined by `: `.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
