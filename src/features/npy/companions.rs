//! The files beside a `.npy` of ours.

use crate::features::ReadError;
use crate::features::contract::beside;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

/// A failed row in `.errors.jsonl`.
#[derive(Serialize, Deserialize)]
pub(super) struct Failed {
    pub(super) v: u64,
    pub(super) row: u64,
    pub(super) path: String,
    pub(super) error: String,
}

/// What lies beside a `.npy` of ours: the contract, why rows failed, and the path of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Companions {
    /// `NAME.contract.json`.
    pub contract: PathBuf,
    /// `NAME.errors.jsonl`; there only if rows failed.
    pub errors: PathBuf,
    /// `NAME.paths.txt`, a line per row.
    pub paths: PathBuf,
}

impl Companions {
    /// Those of `features`, whether or not they are there.
    pub fn of(features: &Path) -> Companions {
        Companions {
            contract: beside(features),
            errors: features.with_extension("errors.jsonl"),
            paths: features.with_extension("paths.txt"),
        }
    }

    /// All of them.
    pub(in crate::features) fn all(self) -> [PathBuf; 3] {
        [self.contract, self.errors, self.paths]
    }

    /// The failed rows and why they failed; none if nothing is recorded.
    ///
    /// # Errors
    /// If there is a record that cannot be read.
    pub fn failures(&self) -> Result<BTreeMap<u64, String>, ReadError> {
        let file = match crate::file::open(&self.errors) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => return Err(ReadError::Io { path: self.errors.clone(), source }),
        };
        let mut failures = BTreeMap::new();
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let line = line.map_err(|source| ReadError::Io { path: self.errors.clone(), source })?;
            let failed: Failed = serde_json::from_str(&line).map_err(|error| {
                let problem = format!("line {number} does not say why a row failed: {error}");
                ReadError::Content { path: self.errors.clone(), problem }
            })?;
            failures.insert(failed.row, failed.error);
        }
        Ok(failures)
    }
}
