//! Rows gathered into a matrix.

use super::matrix::Values;
use super::names::Names;
use super::{FeatureFile, Features, Kept, ReadError, Row, Sink, SinkError, StoredRow};
use crate::contract::Contract;
use crate::network::FEATURE_LENGTH;
use std::collections::BTreeMap;
use std::path::Path;

/// A sink that keeps the rows, and makes [`Features`] of them at the end.
#[derive(Debug, Default)]
pub struct Collector {
    values: Vec<f32>,
    names: Names,
    missing: BTreeMap<usize, String>,
}

impl Collector {
    /// All rows of a file.
    pub(super) fn read(path: &Path, mut file: FeatureFile) -> Result<Features, ReadError> {
        let mut collector = Collector::default();
        for row in 0..file.rows() {
            let StoredRow { path, outcome, .. } = file.row(row)?;
            collector.push(&path, outcome.as_deref().map_err(String::as_str));
        }
        let mut features = collector.gathered(path, file.contract().cloned());
        if !file.is_named() {
            features.names = None;
        }
        Ok(features)
    }

    fn push(&mut self, path: &str, outcome: Result<&[f32], &str>) {
        match outcome {
            Ok(feature) => self.values.extend_from_slice(feature),
            Err(reason) => {
                self.values.resize(self.values.len() + FEATURE_LENGTH, f32::NAN);
                self.missing.insert(self.names.len(), reason.to_string());
            }
        }
        self.names.push(path);
    }

    /// The rows taken so far. `name` is what errors call them.
    pub fn features(self, name: &Path, contract: Contract) -> Features {
        self.gathered(name, Some(contract))
    }

    fn gathered(self, name: &Path, contract: Option<Contract>) -> Features {
        Features {
            path: name.to_path_buf(),
            width: FEATURE_LENGTH,
            rows: self.names.len(),
            values: Values::Owned(self.values),
            names: Some(self.names),
            missing: self.missing,
            contract,
        }
    }
}

impl Sink for Collector {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.push(row.path, row.outcome.map_err(|failure| failure.reason));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    fn keep_partial(&mut self) -> Kept {
        Kept { rows: self.names.len() as u64, path: None }
    }
}
