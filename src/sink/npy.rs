//! `.npy`: N×256 float32 and, beside it, one path per line, the contract, and the failed rows.
//!
//! The header has a fixed length and is patched as rows are added, so the file is whole after every flush. A
//! failed row is a row of NaN.

use super::partial::Partial;
use super::read::{Rows, line_at};
use super::{FeatureFile, Kept, ReadError, Row, Sink, SinkError, StoredRow};
use crate::contract::Contract;
use crate::network::FEATURE_LENGTH;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Header bytes: room for any row count.
const HEADER: usize = 128;

/// Bytes of a row.
const ROW: usize = 4 * FEATURE_LENGTH;

/// `features.npy` and its companions, in the order they get their names: the features last.
pub(super) struct Npy {
    contract: Partial,
    errors: Partial,
    paths: Partial,
    features: Partial,
    errors_name: PathBuf,
    rows: u64,
    kept: u64,
}

/// A failed row in `.errors.jsonl`.
#[derive(Serialize, Deserialize)]
struct Failed {
    v: u64,
    row: u64,
    path: String,
    error: String,
}

/// What lies beside a `.npy` of ours: the contract, why rows failed, and the path of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            contract: contract_name(features),
            errors: errors_name(features),
            paths: paths_name(features),
        }
    }

    /// The failed rows and why they failed; none if nothing is recorded.
    ///
    /// # Errors
    /// If there is a record that cannot be read.
    pub fn failures(&self) -> Result<BTreeMap<u64, String>, ReadError> {
        let file = match File::open(&self.errors) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => return Err(ReadError::Io { path: self.errors.clone(), source }),
        };
        let mut failures = BTreeMap::new();
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let line = line.map_err(|source| ReadError::Io { path: self.errors.clone(), source })?;
            let failed: Failed = serde_json::from_str(&line).map_err(|error| {
                content(&self.errors, format!("line {number} does not say why a row failed: {error}"))
            })?;
            failures.insert(failed.row, failed.error);
        }
        Ok(failures)
    }
}

fn contract_name(target: &Path) -> PathBuf {
    target.with_extension("contract.json")
}

fn errors_name(target: &Path) -> PathBuf {
    target.with_extension("errors.jsonl")
}

fn paths_name(target: &Path) -> PathBuf {
    target.with_extension("paths.txt")
}

/// What is written beside `target`.
pub(super) fn sidecars(target: &Path) -> [PathBuf; 3] {
    [contract_name(target), errors_name(target), paths_name(target)]
}

/// The header of a version 1.0 file of `rows` rows, as numpy's `lib/format.py` defines it.
fn header(rows: u64) -> [u8; HEADER] {
    let mut header = [b' '; HEADER];
    header[..10].copy_from_slice(b"\x93NUMPY\x01\x00\x76\x00");
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {FEATURE_LENGTH}), }}");
    header[10..10 + text.len()].copy_from_slice(text.as_bytes());
    header[HEADER - 1] = b'\n';
    header
}

impl Npy {
    pub(super) fn create(path: &Path, contract: &Contract) -> Result<Npy, SinkError> {
        let mut npy = Npy {
            features: Partial::create(path)?,
            contract: Partial::create(&contract_name(path))?,
            errors: Partial::create(&errors_name(path))?,
            paths: Partial::create(&paths_name(path))?,
            errors_name: errors_name(path),
            rows: 0,
            kept: 0,
        };
        // A struct of strings and a bool always has a JSON form.
        let text = serde_json::to_vec_pretty(contract).unwrap_or_default();
        npy.contract.pending().extend(text);
        npy.features.pending().extend(header(0));
        npy.flush()?;
        Ok(npy)
    }

    fn write_out(&mut self) -> Result<(), SinkError> {
        self.contract.write_out()?;
        self.errors.write_out()?;
        self.paths.write_out()?;
        self.features.write_out()?;
        if self.features.kept() > 0 {
            self.features.write_at(&header(self.rows), 0)?;
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

pub(super) fn open(path: &Path) -> Result<FeatureFile, ReadError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ReadError::Io { path: path.clone(), source }
    };
    let contract_path = contract_name(path);
    let features = File::open(path).map_err(io(path))?;
    let mut start = [0; HEADER];
    let length = features.metadata().map_err(io(path))?.len();
    let rows = match features.read_exact_at(&mut start, 0) {
        Ok(()) => rows_of(&start).map_err(|problem| content(path, problem))?,
        Err(_) => return Err(content(path, format!("{length} bytes are no .npy file"))),
    };
    let expected = rows.checked_mul(ROW as u64).and_then(|bytes| bytes.checked_add(HEADER as u64));
    if expected != Some(length) {
        return Err(content(path, format!("the header promises {rows} rows, the file has {length} bytes")));
    }
    let contract = match std::fs::read(&contract_path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| content(&contract_path, format!("no embedding contract: {error}")))?,
        Err(_) => {
            let looked = contract_path.display().to_string();
            return Err(ReadError::NoContract { path: path.to_path_buf(), looked });
        }
    };
    let paths_path = paths_name(path);
    let paths = BufReader::new(File::open(&paths_path).map_err(io(&paths_path))?);
    let (paths, starts) = index(paths, rows).map_err(io(&paths_path))?;
    if starts.len() as u64 != rows {
        return Err(content(&paths_path, format!("{} lines for {rows} rows", starts.len())));
    }
    let source = NpyRows { features, paths, starts, errors: errors_name(path) };
    Ok(FeatureFile::new(path, contract, rows, Box::new(source)))
}

/// Offsets of at most `rows` + 1 lines.
fn index(mut file: BufReader<File>, rows: u64) -> std::io::Result<(BufReader<File>, Vec<u64>)> {
    let (mut starts, mut at) = (Vec::new(), 0);
    while starts.len() as u64 <= rows {
        let read = file.skip_until(b'\n')? as u64;
        if read == 0 {
            break;
        }
        starts.push(at);
        at += read;
    }
    Ok((file, starts))
}

/// The number of rows in the header of a file like those written here.
fn rows_of(start: &[u8; HEADER]) -> Result<u64, String> {
    if &start[..6] != b"\x93NUMPY" {
        return Err("this is no .npy file".into());
    }
    let text = String::from_utf8_lossy(&start[10..]);
    let text = text.trim_end();
    let shape = text
        .strip_prefix("{'descr': '<f4', 'fortran_order': False, 'shape': (")
        .and_then(|rest| rest.strip_suffix(&format!(", {FEATURE_LENGTH}), }}")));
    shape.and_then(|rows| rows.parse().ok()).ok_or_else(|| {
        format!("the header is {text}, expected N×{FEATURE_LENGTH} little-endian float32 in C order")
    })
}

struct NpyRows {
    features: File,
    paths: BufReader<File>,
    starts: Vec<u64>,
    errors: PathBuf,
}

impl Rows for NpyRows {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let io = |source| ReadError::Io { path: path.to_path_buf(), source };
        let mut bytes = [0; ROW];
        self.features.read_exact_at(&mut bytes, HEADER as u64 + row * ROW as u64).map_err(io)?;
        let (values, _) = bytes.as_chunks::<4>();
        let feature: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
        let mut name = String::new();
        self.paths.seek(SeekFrom::Start(line_at(&self.starts, row))).map_err(io)?;
        self.paths.by_ref().take(1 << 20).read_line(&mut name).map_err(io)?;
        let outcome = match feature.iter().any(|value| value.is_nan()) {
            true => Err(self.reason(row)),
            false => Ok(feature),
        };
        Ok(StoredRow { id: row, path: name.trim_end_matches('\n').to_string(), outcome })
    }
}

impl NpyRows {
    fn reason(&self, row: u64) -> String {
        let lines = File::open(&self.errors).map(|file| BufReader::new(file).lines());
        lines
            .into_iter()
            .flatten()
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str::<Failed>(&line).ok())
            .find(|failure| failure.row == row)
            .map_or_else(|| "the row is NaN".into(), |failure| failure.error)
    }
}

fn content(path: &Path, problem: String) -> ReadError {
    ReadError::Content { path: path.to_path_buf(), problem }
}
