//! Why features cannot be loaded, and why a row of them cannot be used.

use crate::sink::ReadError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Features cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    /// The name does not say a form that is read.
    #[error("{}: features are read from .npy, .parquet, .jsonl, .mat and the folder of a job; choose one of these", path.display())]
    Form {
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
    /// A file of ours cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A job cannot be read.
    #[cfg(feature = "parquet")]
    #[error("{}: the job's features cannot be read", folder.display())]
    Job {
        /// Its folder.
        folder: PathBuf,
        /// Why not.
        source: Box<crate::job::JobError>,
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

/// A row has no feature that can be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    pub(super) fn place(path: &Path, row: usize, name: Option<&str>) -> Place {
        Place { path: path.to_path_buf(), row, name: name.map(str::to_string) }
    }
}
