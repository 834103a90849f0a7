//! Features that are stored row by row, gathered: Parquet, JSON lines, the parts of a job.

use super::names::Names;
use super::{Features, FeaturesError, Values};
use crate::contract::Contract;
use crate::network::FEATURE_LENGTH;
use crate::sink::{FeatureFile, Kept, Row, Sink, SinkError, StoredRow};
use std::collections::BTreeMap;
use std::path::Path;

/// What was gathered so far.
#[derive(Default)]
struct Gathered {
    values: Vec<f32>,
    names: Names,
    missing: BTreeMap<usize, String>,
}

impl Gathered {
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

    fn features(self, path: &Path, contract: Contract) -> Features {
        Features {
            path: path.to_path_buf(),
            width: FEATURE_LENGTH,
            rows: self.names.len(),
            values: Values::Owned(self.values),
            names: Some(self.names),
            missing: self.missing,
            contract: Some(contract),
        }
    }
}

impl Sink for Gathered {
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

/// All rows of a file of ours.
pub(super) fn file(path: &Path, mut file: FeatureFile) -> Result<Features, FeaturesError> {
    let mut gathered = Gathered::default();
    for row in 0..file.rows() {
        let StoredRow { path, outcome, .. } = file.row(row)?;
        gathered.push(&path, outcome.as_deref().map_err(String::as_str));
    }
    Ok(gathered.features(path, file.contract().clone()))
}

/// All rows of a finished job, in the order of its listing.
#[cfg(feature = "parquet")]
pub(super) fn job(folder: &Path) -> Result<Features, FeaturesError> {
    use crate::job::{JobError, JobFile, Local, Store, merge};
    use std::sync::Arc;

    let job =
        |source: JobError| FeaturesError::Job { folder: folder.to_path_buf(), source: Box::new(source) };
    let store: Arc<dyn Store> = Arc::new(Local::new(folder));
    let mut gathered = Gathered::default();
    let contract = JobFile::open(&*store).map_err(job)?.terms.contract;
    merge(&store, &mut gathered).map_err(job)?;
    Ok(gathered.features(folder, contract))
}

/// This build knows no jobs.
#[cfg(not(feature = "parquet"))]
pub(super) fn job(folder: &Path) -> Result<Features, FeaturesError> {
    Err(FeaturesError::Form { path: folder.to_path_buf() })
}
