//! One feature of a file, named as `FILE` or `FILE#ROW`.

use crate::contract::Contract;
use crate::sink::{self, ReadError};
use std::path::{Path, PathBuf};

/// A feature that was kept in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFeature {
    /// Its values.
    pub feature: Vec<f32>,
    /// How it was made.
    pub contract: Contract,
}

/// A feature cannot be read from a file.
#[derive(Debug, thiserror::Error)]
pub enum StoredFeatureError {
    /// The file or the row cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
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

impl StoredFeature {
    /// Reads the feature that `operand` names: `FILE#ROW`, or `FILE` if it has one row. Nothing if it names no file of
    /// features.
    ///
    /// # Errors
    /// If the file cannot be read, or has no such feature.
    pub fn open(operand: &Path) -> Result<Option<StoredFeature>, StoredFeatureError> {
        let (file, row) = split_row(operand);
        if !sink::is_feature_file(&file) {
            return Ok(None);
        }
        let mut features = sink::open(&file)?;
        let contract = features.contract().clone();
        let row = match (row, features.rows()) {
            (Some(row), _) => row,
            (None, 1) => 0,
            (None, rows) => return Err(StoredFeatureError::WhichRow { file, rows }),
        };
        match features.row(row)?.outcome {
            Ok(feature) => Ok(Some(StoredFeature { feature, contract })),
            Err(reason) => Err(StoredFeatureError::Missing { file, row, reason }),
        }
    }
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
