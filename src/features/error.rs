//! Why features cannot be written, why they cannot be read, and why a row of them cannot be used.

use crate::error::ErrorKind;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An output cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The ending names no form.
    #[error("{path}: features are written as .npy, .parquet or .jsonl; choose one of these endings")]
    Form {
        /// The output.
        path: PathBuf,
    },
    /// This build has no Parquet.
    #[error(
        "{path}: this build has no Parquet; build it with the feature `parquet`, or write .npy or .jsonl"
    )]
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

impl SinkError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SinkError::Form { .. } | SinkError::Folder { .. } => ErrorKind::InvalidInput,
            SinkError::NoParquet { .. } => ErrorKind::Unsupported,
            SinkError::NoFolder { .. } => ErrorKind::NotFound,
            SinkError::Exists { .. } => ErrorKind::Exists,
            SinkError::Busy { .. } => ErrorKind::Busy,
            SinkError::Io { source, .. } | SinkError::Stream(source) => source.into(),
            #[cfg(feature = "cloud")]
            SinkError::Upload { source, .. } => source.into(),
            #[cfg(feature = "parquet")]
            SinkError::Parquet { source, .. } => encoding_kind(source),
            #[cfg(feature = "parquet")]
            SinkError::Encode(source) => encoding_kind(source),
            // Only the sink knows why.
            SinkError::Closed => ErrorKind::Io,
        }
    }
}

/// Why rows could not be written as Parquet: the system's reason if it has one.
#[cfg(feature = "parquet")]
fn encoding_kind(error: &parquet::errors::ParquetError) -> ErrorKind {
    match error {
        parquet::errors::ParquetError::External(cause) => {
            cause.downcast_ref::<io::Error>().map_or(ErrorKind::Internal, ErrorKind::from)
        }
        _ => ErrorKind::Internal,
    }
}

/// Features cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The name does not say a form that is read.
    #[error("{}: features are read from {forms}; choose one of these", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The forms that are read.
        forms: &'static str,
    },
    /// A file of Arrow, which may hold features.
    #[error(
        "{}: Arrow's own files (Feather, IPC) are not read; write it as Parquet, with pyarrow.parquet.write_table or, \
         if it is of Hugging Face's datasets, with to_parquet",
        path.display()
    )]
    Arrow {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is not what its ending says, or damaged.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the value found and what was expected.
        problem: String,
    },
    /// The file is of a form that features have, and holds something else.
    #[error("{}: {problem}; of a list of pictures, features are made first", path.display())]
    NotFeatures {
        /// The file.
        path: PathBuf,
        /// What is in it.
        problem: String,
    },
    /// Nothing says how the features were made.
    #[error("{}: no embedding contract ({looked}); without it features cannot be compared", path.display())]
    NoContract {
        /// The file.
        path: PathBuf,
        /// Where it was looked for.
        looked: String,
    },
    /// The row is not there.
    #[error("{} has {rows} rows, counted from 0; there is no row {row}", path.display())]
    NoRow {
        /// The file.
        path: PathBuf,
        /// Rows it has.
        rows: u64,
        /// Row asked for.
        row: u64,
    },
    /// A list of names is not of these rows.
    #[error("{}: {names} names for {rows} rows; the list must have one for each row, in the order of the rows", path.display())]
    Names {
        /// The features.
        path: PathBuf,
        /// Names given.
        names: usize,
        /// Rows there are.
        rows: usize,
    },
}

impl ReadError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ReadError::Form { .. } | ReadError::NoRow { .. } => ErrorKind::InvalidInput,
            ReadError::Arrow { .. } => ErrorKind::Unsupported,
            ReadError::Io { source, .. } => source.into(),
            ReadError::Content { .. } | ReadError::NotFeatures { .. } => ErrorKind::Damaged,
            ReadError::NoContract { .. } => ErrorKind::NotFound,
            ReadError::Names { .. } => ErrorKind::Mismatch,
        }
    }
}

/// A row has no feature that can be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row is not there.
    #[error("{} has {rows} rows, counted from 0; there is no row {row}", path.display())]
    NoRow {
        /// The file.
        path: PathBuf,
        /// Rows it has.
        rows: usize,
        /// Row asked for.
        row: usize,
    },
    /// No feature could be made of the picture.
    #[error("{place} has no feature: {reason}")]
    Missing {
        /// Which row.
        place: Place,
        /// What was recorded.
        reason: String,
    },
    /// A value is no number.
    #[error("{place}: value {index} is {value}; make this feature again")]
    NotFinite {
        /// Which row.
        place: Place,
        /// Which of its values, from 0.
        index: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// All values are 0: there is no direction to compare.
    #[error("{place} is all zero and has no direction; make this feature again")]
    Zero {
        /// Which row.
        place: Place,
    },
}

/// A row of a file, as errors name it.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The row, from 0.
    pub row: usize,
    /// Its name, if it has one.
    pub name: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: row {}", self.path.display(), self.row)?;
        match &self.name {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

impl RowError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            RowError::NoRow { .. } => ErrorKind::InvalidInput,
            RowError::Missing { .. } => ErrorKind::NotFound,
            RowError::NotFinite { .. } | RowError::Zero { .. } => ErrorKind::Damaged,
        }
    }

    pub(super) fn place(path: &Path, row: usize, name: Option<&str>) -> Place {
        Place { path: path.to_path_buf(), row, name: name.map(str::to_string) }
    }
}
