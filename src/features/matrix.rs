//! A set of features as a whole: a matrix in memory, with the names of its rows and what made them.

use super::form::ARROW;
use super::names::Names;
use super::{Collector, FeatureFile, ReadError, RowError, mat, npy};
use crate::contract::Contract;
use crate::map::Map;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The forms that are read as a whole.
const FORMS: &str = ".npy, .parquet, .jsonl, .mat and the folder of a job";

/// Features of many pictures: `rows` × `width` values.
#[derive(Debug)]
pub struct Features {
    pub(super) path: PathBuf,
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) values: Values,
    pub(super) names: Option<Names>,
    pub(super) missing: BTreeMap<usize, String>,
    pub(super) contract: Option<Contract>,
}

/// Where the values are: row-major float32.
#[derive(Debug)]
pub(super) enum Values {
    /// In a mapped file, from byte `start` on, which is a multiple of 4.
    Mapped { map: Map, start: usize },
    /// In memory.
    Owned(Vec<f32>),
}

impl Features {
    /// Reads a file of features: ours (`.npy`, `.parquet`, `.jsonl`) or of others (`.npy` and `.mat` of any width;
    /// `.parquet` with a column `feature`, a list of 256 numbers, and names in a column `path` if there is one). A `.npy`
    /// of little-endian float32 in C order is mapped, not read: its rows come from the disk as they are used.
    ///
    /// # Errors
    /// If it is none, is damaged, or is of a form that is not read.
    pub fn open(path: &Path) -> Result<Features, ReadError> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("npy") => npy::open_matrix(path),
            Some("mat") => mat::open(path),
            Some("parquet" | "jsonl") => Collector::read(path, FeatureFile::open(path)?),
            Some(ending) if ARROW.contains(&ending) => Err(ReadError::Arrow { path: path.to_path_buf() }),
            _ => Err(ReadError::Form { path: path.to_path_buf(), forms: FORMS }),
        }
    }

    /// Features that are in memory already: `values` are rows of `width`. `path` is what errors call them.
    ///
    /// # Errors
    /// If `values` are no whole rows.
    pub fn from_rows(path: &Path, width: usize, values: Vec<f32>) -> Result<Features, ReadError> {
        if width == 0 || !values.len().is_multiple_of(width) {
            let problem = format!("{} values are no rows of {width}", values.len());
            return Err(ReadError::Content { path: path.to_path_buf(), problem });
        }
        let rows = values.len() / width;
        Ok(Features {
            path: path.to_path_buf(),
            width,
            rows,
            values: Values::Owned(values),
            names: None,
            missing: BTreeMap::new(),
            contract: None,
        })
    }

    /// Gives the rows the names of a list, in its order, in place of those the file has.
    ///
    /// # Errors
    /// If there are not as many names as rows.
    pub fn with_names<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Features, ReadError> {
        let names: Names = names.into_iter().collect();
        if names.len() != self.rows {
            return Err(ReadError::Names { path: self.path, names: names.len(), rows: self.rows });
        }
        self.names = Some(names);
        Ok(self)
    }

    /// Says how the features were made, if their file does not.
    pub fn assume(&mut self, contract: &Contract) {
        self.contract.get_or_insert_with(|| contract.clone());
    }

    /// The file they are from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Values of a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// All values, row after row. Rows without a feature are NaN.
    pub fn as_slice(&self) -> &[f32] {
        match &self.values {
            Values::Mapped { map, start } => {
                bytemuck::cast_slice(&map[*start..*start + size_of::<f32>() * self.rows * self.width])
            }
            Values::Owned(values) => values,
        }
    }

    /// The values of row `row`, whatever they are.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.as_slice()[row * self.width..(row + 1) * self.width]
    }

    /// The values of row `row` if it has a direction: every value a number, and not all zero.
    ///
    /// # Errors
    /// [`RowError`] names the file, the row, its name if it has one, and what is wrong with it.
    pub fn usable(&self, row: usize) -> Result<&[f32], RowError> {
        let at = || RowError::place(&self.path, row, self.name(row));
        if row >= self.rows {
            return Err(RowError::NoRow { path: self.path.clone(), rows: self.rows, row });
        }
        if let Some(reason) = self.missing.get(&row) {
            return Err(RowError::Missing { place: at(), reason: reason.clone() });
        }
        let values = self.row(row);
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(RowError::NotFinite { place: at(), index, value: values[index] });
        }
        if values.iter().all(|value| *value == 0.0) {
            return Err(RowError::Zero { place: at() });
        }
        Ok(values)
    }

    /// Whether rows have names.
    pub fn is_named(&self) -> bool {
        self.names.is_some()
    }

    /// The name of row `row`: the picture's path, escaped to one line.
    pub fn name(&self, row: usize) -> Option<&str> {
        self.names.as_ref()?.get(row)
    }

    /// The rows known to have no feature, and why.
    pub fn missing(&self) -> &BTreeMap<usize, String> {
        &self.missing
    }

    /// What made the features, if it is known.
    pub fn contract(&self) -> Option<&Contract> {
        self.contract.as_ref()
    }
}
