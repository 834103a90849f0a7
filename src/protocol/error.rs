//! Why a protocol file cannot be used.

use crate::error::ErrorKind;
use std::io;
use std::path::PathBuf;

/// A protocol file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The operating system refused.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is not what it should be, or damaged.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what was expected.
        problem: String,
    },
}

impl ProtocolError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ProtocolError::Io { source, .. } => source.into(),
            ProtocolError::Content { .. } => ErrorKind::Damaged,
        }
    }
}
