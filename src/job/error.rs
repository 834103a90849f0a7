//! Why a job does not go on.

use super::store::StoreError;
use super::{Shard, Tally};
use crate::error::ErrorKind;
use crate::features::{ReadError, SinkError};
use crate::pipeline::PipelineError;
use crate::source::SourceError;
use std::path::PathBuf;

/// A job cannot be begun, gone on with, or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JobError {
    /// The inputs cannot be listed.
    #[error("the inputs cannot be listed")]
    Source(#[from] SourceError),
    /// The job's folder cannot be used.
    #[error("the job's folder cannot be used")]
    Store(#[from] StoreError),
    /// The folder holds no job.
    #[error("{}: there is no job here (no job.json)", folder.display())]
    NoJob {
        /// The folder.
        folder: PathBuf,
    },
    /// Written by another version.
    #[error("{}: its form is {found}, this program knows {known}; go on with the version that began the job", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The form found.
        found: u32,
        /// The form known.
        known: u32,
    },
    /// A file of the job is damaged.
    #[error("{}: this is no such file of a job; restore it, or begin the job anew in another folder", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Not the job that was begun in this folder.
    #[error(
        "{}: another job was begun here: {what} was {recorded} and is now {given}; run it as it was begun, or \
         choose another folder", folder.display()
    )]
    Differs {
        /// The job's folder.
        folder: PathBuf,
        /// What differs.
        what: String,
        /// As the job was begun.
        recorded: String,
        /// As it is now.
        given: String,
    },
    /// Another process does the same shard.
    #[error("shard {shard} is being done by {holder}; wait for it, or stop it first")]
    Busy {
        /// The shard.
        shard: Shard,
        /// Who does it.
        holder: String,
    },
    /// The inputs were listed twice and were not the same.
    #[error(
        "shard {shard}: the inputs changed while the job ran; make them as they were, or begin a job in another folder"
    )]
    Moved {
        /// The shard.
        shard: Shard,
    },
    /// More rows failed than allowed.
    #[error("{} of {rows} rows failed, more than the {limit} allowed ({}); what is done is kept, and a run that allows more goes on",
        tally.failed, tally.reasons())]
    TooManyBad {
        /// What was done.
        tally: Tally,
        /// Rows of the shard.
        rows: u64,
        /// Most that may fail.
        limit: u64,
    },
    /// The run failed.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
    /// A part cannot be made, or the merged file not written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A part cannot be read.
    #[error("a part is damaged; verifying the job names all that are")]
    Part(#[from] ReadError),
    /// A part is not what its record says.
    #[error(
        "{}: SHA-256 {found}, and its record says {recorded}; remove {} and run the job again to make the part anew",
        path.display(), record.display()
    )]
    Damaged {
        /// The part.
        path: PathBuf,
        /// Its record.
        record: PathBuf,
        /// SHA-256 found.
        found: String,
        /// SHA-256 recorded.
        recorded: String,
    },
    /// A part that is recorded is not there.
    #[error("{}: recorded, but not there; run the job again to make it anew", path.display())]
    Missing {
        /// The part.
        path: PathBuf,
    },
    /// Not all rows are there yet.
    #[error("the job is not finished: {}", .0.join("; "))]
    Unfinished(Vec<String>),
    /// Rows do not follow each other.
    #[error("{}: row {expected} is missing or doubled, found row {found}; verifying the job says more", folder.display())]
    Rows {
        /// The job's folder.
        folder: PathBuf,
        /// The row that should follow.
        expected: u64,
        /// The row that does.
        found: u64,
    },
}

impl JobError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            JobError::Source(error) => error.kind(),
            JobError::Store(error) => error.kind(),
            JobError::NoJob { .. } | JobError::Missing { .. } | JobError::Unfinished(_) => {
                ErrorKind::NotFound
            }
            JobError::Version { .. } => ErrorKind::Unsupported,
            JobError::Unreadable { .. }
            | JobError::Damaged { .. }
            | JobError::Rows { .. }
            | JobError::TooManyBad { .. } => ErrorKind::Damaged,
            JobError::Differs { .. } | JobError::Moved { .. } => ErrorKind::Mismatch,
            JobError::Busy { .. } => ErrorKind::Busy,
            JobError::Pipeline(error) => error.kind(),
            JobError::Sink(error) => error.kind(),
            JobError::Part(error) => error.kind(),
        }
    }

    /// Whether the same command may succeed later, elsewhere or on another device: nothing about the job itself is
    /// wrong.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}
