//! `.npy`, written: the header has a fixed length and is patched as rows are added, so the file is whole after every
//! flush. A failed row is a row of NaN.

use super::companions::{Companions, Failed};
use super::header;
use crate::contract::Contract;
use crate::features::partial::Partial;
use crate::features::{Kept, Row, Sink, SinkError};
use crate::network::FEATURE_LENGTH;
use std::path::{Path, PathBuf};

/// `features.npy` and its companions, in the order they get their names: the features last.
pub(in crate::features) struct Npy {
    contract: Partial,
    errors: Partial,
    paths: Partial,
    features: Partial,
    errors_name: PathBuf,
    rows: u64,
    kept: u64,
}

impl Npy {
    pub(in crate::features) fn create(path: &Path, contract: &Contract) -> Result<Npy, SinkError> {
        let beside = Companions::of(path);
        let mut npy = Npy {
            features: Partial::create(path)?,
            contract: Partial::create(&beside.contract)?,
            errors: Partial::create(&beside.errors)?,
            paths: Partial::create(&beside.paths)?,
            errors_name: beside.errors,
            rows: 0,
            kept: 0,
        };
        // A struct of strings and a bool always has a JSON form.
        let text = serde_json::to_vec_pretty(contract).unwrap_or_default();
        npy.contract.pending().extend(text);
        npy.features.pending().extend(header::write(0));
        npy.flush()?;
        Ok(npy)
    }

    fn write_out(&mut self) -> Result<(), SinkError> {
        self.contract.write_out()?;
        self.errors.write_out()?;
        self.paths.write_out()?;
        self.features.write_out()?;
        if self.features.kept() > 0 {
            self.features.write_at(&header::write(self.rows), 0)?;
        }
        Ok(())
    }

    fn parts(&mut self) -> [&mut Partial; 4] {
        [&mut self.contract, &mut self.errors, &mut self.paths, &mut self.features]
    }
}

impl Sink for Npy {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        match row.outcome {
            Ok(feature) => self.features.pending().extend(feature.iter().flat_map(|v| v.to_le_bytes())),
            Err(failure) => {
                self.features.pending().extend([f32::NAN.to_le_bytes(); FEATURE_LENGTH].as_flattened());
                let failure =
                    Failed { v: 1, row: self.rows, path: row.path.into(), error: failure.reason.into() };
                // Numbers and strings always have a JSON form.
                let line = serde_json::to_vec(&failure).unwrap_or_default();
                self.errors.pending().extend(line);
                self.errors.pending().push(b'\n');
            }
        }
        self.paths.pending().extend(row.path.bytes());
        self.paths.pending().push(b'\n');
        self.rows += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let written = self.write_out();
        match written {
            Ok(()) => {
                self.parts().into_iter().for_each(Partial::keep);
                self.kept = self.rows;
            }
            Err(_) => {
                self.parts().into_iter().for_each(Partial::roll_back);
                self.rows = self.kept;
            }
        }
        written
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.flush()?;
        let no_errors = self.errors.kept() == 0;
        for part in self.parts() {
            part.sync()?;
        }
        for part in self.parts() {
            part.rename()?;
        }
        if no_errors {
            let path = &self.errors_name;
            std::fs::remove_file(path).map_err(|source| SinkError::Io {
                what: "remove",
                path: path.clone(),
                source,
            })?;
        }
        Ok(())
    }

    fn keep_partial(&mut self) -> Kept {
        // What cannot be written any more is not counted.
        let _ = self.flush();
        Kept { rows: self.kept, path: Some(self.features.path().to_path_buf()) }
    }
}
