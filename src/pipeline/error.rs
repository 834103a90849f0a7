//! Why a run ends early.

use crate::engine;
use crate::error::ErrorKind;
use crate::features::SinkError;
use crate::source::SourceError;

/// The run cannot go on. Rows already handed to the sink are there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// The input could not be listed any further.
    #[error("the input cannot be listed")]
    Source(#[from] SourceError),
    /// The pictures' storage is gone, or this machine has run out of something; the picture is not to blame.
    #[error("row {row}, {path}: the storage of the pictures fails")]
    Storage {
        /// The row.
        row: u64,
        /// The path, escaped.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A batch could not be computed.
    #[error("rows {first}..={last} could not be computed")]
    Engine {
        /// First row of the batch.
        first: u64,
        /// Last row of the batch.
        last: u64,
        /// Why.
        source: Box<engine::Error>,
    },
    /// The output could not be written.
    #[error("the output cannot be written")]
    Sink(#[from] SinkError),
    /// A decoding thread ended before its work, after so many rows; this is a defect.
    #[error("a decoding thread stopped after {0} rows; this is a defect of lightcnn")]
    Lost(u64),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

impl PipelineError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            PipelineError::Source(error) => error.kind(),
            PipelineError::Storage { source, .. } => source.into(),
            PipelineError::Engine { source, .. } => source.kind(),
            PipelineError::Sink(error) => error.kind(),
            PipelineError::Lost(_) => ErrorKind::Internal,
            PipelineError::Thread(_) => ErrorKind::Unavailable,
        }
    }
}
