//! The kinds of errors, the same for all rooms, and how an error is put into one line.

use lightcnn_cpu::cpu::{CalibrationError, CpuError};
use std::error::Error as StdError;
use std::fmt;
use std::io;

/// What kind of thing went wrong: stable, for programs that decide by it. The error's text says what exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file, a feature, a model, a device or a library is not there.
    NotFound,
    /// Something is there already and is not replaced.
    Exists,
    /// A file or a row is not what it should be: cut off, changed, or not of the format expected.
    Damaged,
    /// Two things do not belong together, such as weights and a calibration, or features of two models.
    Mismatch,
    /// This build, this device or this version cannot do it, such as reading a file of a format that it does not know.
    Unsupported,
    /// What the caller gave is out of range or of the wrong form.
    InvalidInput,
    /// Somebody else uses it, or a queue is full; later it may work.
    Busy,
    /// This machine or a device has not enough memory.
    OutOfMemory,
    /// A device works no more.
    DeviceLost,
    /// A storage, a service or a device does not answer for now.
    Unavailable,
    /// It took longer than allowed.
    Timeout,
    /// The operating system or a server refused.
    Io,
    /// A defect of this library.
    Internal,
}

impl ErrorKind {
    /// Whether the same may succeed later, elsewhere or on another device: nothing is wrong with what was asked.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            ErrorKind::Busy
                | ErrorKind::OutOfMemory
                | ErrorKind::DeviceLost
                | ErrorKind::Unavailable
                | ErrorKind::Timeout
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorKind::NotFound => "not found",
            ErrorKind::Exists => "exists",
            ErrorKind::Damaged => "damaged",
            ErrorKind::Mismatch => "mismatch",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::InvalidInput => "invalid input",
            ErrorKind::Busy => "busy",
            ErrorKind::OutOfMemory => "out of memory",
            ErrorKind::DeviceLost => "device lost",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Io => "input or output",
            ErrorKind::Internal => "internal",
        })
    }
}

impl From<&io::Error> for ErrorKind {
    fn from(error: &io::Error) -> ErrorKind {
        match error.kind() {
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::AlreadyExists => ErrorKind::Exists,
            io::ErrorKind::OutOfMemory => ErrorKind::OutOfMemory,
            io::ErrorKind::TimedOut => ErrorKind::Timeout,
            io::ErrorKind::Unsupported | io::ErrorKind::FileTooLarge => ErrorKind::Unsupported,
            io::ErrorKind::InvalidInput => ErrorKind::InvalidInput,
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => ErrorKind::Damaged,
            _ if is_away(error) => ErrorKind::Unavailable,
            _ => ErrorKind::Io,
        }
    }
}

/// Errors of the crate that computes on the CPU, which has no kinds of its own.
impl From<&CpuError> for ErrorKind {
    fn from(error: &CpuError) -> ErrorKind {
        match error {
            CpuError::Kernels(_) => ErrorKind::Unsupported,
            CpuError::ThreadCount(_) | CpuError::Lengths { .. } => ErrorKind::InvalidInput,
            CpuError::Threads { .. } => ErrorKind::Unavailable,
            CpuError::Memory { .. } => ErrorKind::OutOfMemory,
            CpuError::OtherNetwork { .. } => ErrorKind::Mismatch,
        }
    }
}

impl From<&CalibrationError> for ErrorKind {
    fn from(error: &CalibrationError) -> ErrorKind {
        match error {
            CalibrationError::File { source, .. } => source.into(),
            CalibrationError::Large { .. }
            | CalibrationError::Json { .. }
            | CalibrationError::Layer { .. } => ErrorKind::Damaged,
            CalibrationError::Version { .. } => ErrorKind::Unsupported,
            CalibrationError::NoFaces => ErrorKind::InvalidInput,
        }
    }
}

#[cfg(feature = "ascend")]
impl From<&::ascend::Error> for ErrorKind {
    fn from(error: &::ascend::Error) -> ErrorKind {
        use ::ascend::{Class, Error};
        /// The codes for no memory: of the driver's library, of the runtime, of the graph engine.
        const NO_MEMORY: [i32; 3] = [200_000, 207_001, 245_000];
        /// The codes for a model that cannot be decoded, or is cut short.
        const NO_MODEL: [i32; 5] = [100_012, 100_013, 100_015, 100_016, 145_006];
        /// The codes of `aclInit` where there is no chip.
        const NO_CHIP: [i32; 2] = [500_000, 507_008];
        match error {
            Error::Load(_) | Error::NoDevice { .. } => ErrorKind::NotFound,
            Error::Call(error) if error.call == "aclInit" && NO_CHIP.contains(&error.code.0) => {
                ErrorKind::NotFound
            }
            Error::Unsupported { .. } | Error::Forked { .. } | Error::Unsuitable { .. } => {
                ErrorKind::Unsupported
            }
            Error::Batch { .. } | Error::Path { .. } => ErrorKind::InvalidInput,
            Error::DeviceLost { .. } => ErrorKind::DeviceLost,
            error if error.is_timeout() => ErrorKind::Timeout,
            error if error.code().is_some_and(|code| NO_MEMORY.contains(&code.0)) => ErrorKind::OutOfMemory,
            error if error.code().is_some_and(|code| NO_MODEL.contains(&code.0)) => ErrorKind::Damaged,
            error => match error.class() {
                Class::DeviceFatal => ErrorKind::DeviceLost,
                Class::Retryable | Class::StreamFatal => ErrorKind::Unavailable,
                _ => ErrorKind::Internal,
            },
        }
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
