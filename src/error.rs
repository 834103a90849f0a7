//! The error of the crate's front door, and how errors are put into one line.

use std::error::Error as StdError;

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
