//! Features that were kept, by the words that name them: a file, one row of it as `FILE#ROW`, or the folder of a job.

use crate::contract::Contract;
use crate::error::ErrorKind;
use crate::features::{FeatureFile, Features, ReadError, is_feature_file};
use std::path::{Path, PathBuf};

/// What every folder of a job has.
const JOB: &str = "job.json";

/// A feature that was kept in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFeature {
    /// Its values.
    pub feature: Vec<f32>,
    /// How it was made, if it is known.
    pub contract: Option<Contract>,
}

/// Stored features cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredError {
    /// The file or the row cannot be read.
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
    /// A folder that holds something else.
    #[error("{folder} is a folder, and not of a job (it has no {JOB}); give one file of features", folder = folder.display())]
    NoJob {
        /// The folder.
        folder: PathBuf,
    },
    /// The file has several rows, and none was named.
    #[error("{file} has {rows} rows; say which one, as in {file}#0", file = file.display())]
    WhichRow {
        /// The file.
        file: PathBuf,
        /// Rows it has.
        rows: u64,
    },
    /// No feature could be made of the picture.
    #[error("row {row} of {} has no feature: {reason}", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// The row, from 0.
        row: u64,
        /// What was recorded.
        reason: String,
    },
}

impl StoredError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            StoredError::Read(error) => error.kind(),
            #[cfg(feature = "parquet")]
            StoredError::Job { source, .. } => source.kind(),
            StoredError::NoJob { .. } => ErrorKind::NotFound,
            StoredError::WhichRow { .. } => ErrorKind::InvalidInput,
            StoredError::Missing { .. } => ErrorKind::NotFound,
        }
    }
}

impl StoredFeature {
    /// Reads the feature that `operand` names: `FILE#ROW`, or `FILE` if it has one row. Nothing if it names no file of
    /// features.
    ///
    /// # Errors
    /// If the file cannot be read, or has no such feature.
    pub fn open(operand: &Path) -> Result<Option<StoredFeature>, StoredError> {
        let (file, row) = split_row(operand);
        if !is_feature_file(&file) {
            return Ok(None);
        }
        let which = |rows| match (row, rows) {
            (Some(row), _) if row < rows => Ok(row),
            (Some(row), _) => Err(ReadError::NoRow { path: file.clone(), rows, row }.into()),
            (None, 1) => Ok(0),
            (None, rows) => Err(StoredError::WhichRow { file: file.clone(), rows }),
        };
        let is_by_row = file.extension().is_some_and(|ending| ending == "parquet" || ending == "jsonl");
        let (row, outcome, contract) = if is_by_row {
            // Of a long file, a window of rows is in memory.
            let mut features = FeatureFile::open(&file)?;
            let row = which(features.rows())?;
            (row, features.row(row)?.outcome, features.contract().cloned())
        } else {
            let features = Features::open(&file)?;
            let row = which(features.rows() as u64)?;
            let at = row as usize;
            let outcome = match features.missing().get(&at) {
                Some(reason) => Err(reason.clone()),
                None => Ok(features.row(at).to_vec()),
            };
            (row, outcome, features.contract().cloned())
        };
        match outcome {
            Ok(feature) if feature.iter().any(|value| value.is_nan()) => {
                Err(StoredError::Missing { file, row, reason: "the row is NaN".to_string() })
            }
            Ok(feature) => Ok(Some(StoredFeature { feature, contract })),
            Err(reason) => Err(StoredError::Missing { file, row, reason }),
        }
    }
}

/// Reads all features that `path` names: a file of features, or the folder of a finished job.
///
/// # Errors
/// If it is neither, or is damaged, or the job is not finished.
pub fn open(path: &Path) -> Result<Features, StoredError> {
    if path.is_dir() && !path.join(JOB).is_file() {
        return Err(StoredError::NoJob { folder: path.to_path_buf() });
    }
    #[cfg(feature = "parquet")]
    if path.is_dir() {
        return crate::job::features(path)
            .map_err(|source| StoredError::Job { folder: path.to_path_buf(), source: Box::new(source) });
    }
    Ok(Features::open(path)?)
}

/// Whether `path` looks like features: by its ending, or as the folder of a job.
pub fn are_at(path: &Path) -> bool {
    is_feature_file(path) || path.join(JOB).is_file()
}

/// `FILE#12` into the file and the row; a file of that whole name comes first.
pub fn split_row(operand: &Path) -> (PathBuf, Option<u64>) {
    let whole = (operand.to_path_buf(), None);
    if operand.exists() {
        return whole;
    }
    let Some((file, row)) = operand.to_str().and_then(|text| text.rsplit_once('#')) else { return whole };
    match row.parse() {
        Ok(row) => (PathBuf::from(file), Some(row)),
        Err(_) => whole,
    }
}
