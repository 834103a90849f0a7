//! Why an output cannot be made, and why one cannot be read.

use std::io;
use std::path::PathBuf;

/// An output cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The ending names no form.
    #[error("{path}: features are written as .npy, .parquet or .jsonl; choose one of these endings")]
    Form {
        /// The output.
        path: PathBuf,
    },
    /// This build has no Parquet.
    #[error("{path}: this build has no Parquet; build with `--features parquet`, or write .npy or .jsonl")]
    NoParquet {
        /// The output.
        path: PathBuf,
    },
    /// The output names a folder.
    #[error("{path} is a folder; name a file")]
    Folder {
        /// The output.
        path: PathBuf,
    },
    /// The folder of the output is missing.
    #[error("{path}: the folder {folder} does not exist; make it first")]
    NoFolder {
        /// The output.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// There is an output already.
    #[error("{path} exists, and is replaced only if that is asked for; or choose another name")]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// Somebody else is writing the same output.
    #[error("{path} is being written by another process; choose another name")]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {what} {path}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The output is finished, and the store will not have it.
    #[cfg(feature = "cloud")]
    #[error("cannot put {path}; the finished output is kept as {kept}: copy it from there")]
    Upload {
        /// The address.
        path: PathBuf,
        /// Where it is now.
        kept: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The output stream refused.
    #[error("cannot write to standard output")]
    Stream(#[source] io::Error),
    /// The Parquet writer refused.
    #[cfg(feature = "parquet")]
    #[error("cannot encode rows for {path}")]
    Parquet {
        /// The output.
        path: PathBuf,
        /// Why not.
        source: parquet::errors::ParquetError,
    },
    /// Rows could not be turned into Parquet.
    #[cfg(feature = "parquet")]
    #[error("cannot encode rows as Parquet")]
    Encode(#[source] parquet::errors::ParquetError),
    /// The sink takes no more rows; whoever made it knows why.
    #[error("the output takes no more rows")]
    Closed,
}

/// A file of features cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The ending names no form.
    #[error("{path}: feature files end in .npy, .parquet or .jsonl")]
    Form {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is not what its ending says, or damaged.
    #[error("{path}: {problem}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the value found and what was expected.
        problem: String,
    },
    /// Nothing says how the features were made.
    #[error("{path}: no embedding contract ({looked}); without it features cannot be compared")]
    NoContract {
        /// The file.
        path: PathBuf,
        /// Where it was looked for.
        looked: String,
    },
    /// The row is not there.
    #[error("{path} has {rows} rows, counted from 0; there is no row {row}")]
    NoRow {
        /// The file.
        path: PathBuf,
        /// Rows it has.
        rows: u64,
        /// Row asked for.
        row: u64,
    },
}
