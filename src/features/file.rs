//! Files of features, read back row by row.

use super::form::{Form, form};
use super::{ReadError, jsonl};
use crate::contract::Contract;
use std::path::{Path, PathBuf};

/// An open file of features.
#[doc(hidden)]
pub struct FeatureFile {
    path: PathBuf,
    contract: Option<Contract>,
    rows: u64,
    source: Box<dyn Rows>,
}

/// A row as it was stored.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub struct StoredRow {
    /// Position in the input it was made from.
    pub id: u64,
    /// The picture's path, escaped to one line; empty if the file has none.
    pub path: String,
    /// The feature, 256 values, or the reason why there is none.
    pub outcome: Result<Vec<f32>, String>,
}

/// Random access to the rows of one form of file.
pub(super) trait Rows {
    /// Reads row `row`, which exists.
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError>;

    /// Whether rows have names.
    fn is_named(&self) -> bool {
        true
    }
}

impl FeatureFile {
    /// Opens a file of features of a form that has rows.
    ///
    /// # Errors
    /// If it is none, or is damaged.
    pub fn open(path: &Path) -> Result<FeatureFile, ReadError> {
        match form(path) {
            Some(Form::Jsonl) => jsonl::open(path),
            #[cfg(feature = "parquet")]
            Some(Form::Parquet) => super::parquet::open_file(path),
            _ => Err(ReadError::Form { path: path.to_path_buf(), forms: ".parquet and .jsonl" }),
        }
    }

    /// Opens a stored Parquet file of features of ours; `path` is what errors call it.
    ///
    /// # Errors
    /// If it is none, is damaged, or does not say how its features were made.
    #[cfg(feature = "parquet")]
    pub fn open_parquet(
        path: &Path,
        bytes: Box<dyn crate::storage::ReadAt>,
    ) -> Result<FeatureFile, ReadError> {
        super::parquet::open(path, bytes)
    }

    pub(super) fn new(
        path: &Path,
        contract: Option<Contract>,
        rows: u64,
        source: Box<dyn Rows>,
    ) -> FeatureFile {
        FeatureFile { path: path.to_path_buf(), contract, rows, source }
    }

    /// How the features were made, if it is known.
    pub fn contract(&self) -> Option<&Contract> {
        self.contract.as_ref()
    }

    /// Whether rows have names.
    pub fn is_named(&self) -> bool {
        self.source.is_named()
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Row `row`, counted from 0.
    ///
    /// # Errors
    /// If there is no such row or the file is damaged there.
    pub fn row(&mut self, row: u64) -> Result<StoredRow, ReadError> {
        if row >= self.rows {
            return Err(ReadError::NoRow { path: self.path.clone(), rows: self.rows, row });
        }
        self.source.row(&self.path, row)
    }
}

/// Where line `row` starts; rows beyond the end were refused before.
pub(super) fn line_at(starts: &[u64], row: u64) -> u64 {
    usize::try_from(row).ok().and_then(|row| starts.get(row)).copied().unwrap_or_default()
}
