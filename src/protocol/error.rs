//! Why a protocol file cannot be used.

use std::io;
use std::path::PathBuf;

/// A protocol file cannot be used.
#[derive(Debug, thiserror::Error)]
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
