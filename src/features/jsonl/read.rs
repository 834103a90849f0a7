//! JSON lines, read back: one pass finds where each line starts, then any row is read by itself.

use crate::contract::Contract;
use crate::features::file::{Rows, line_at};
use crate::features::{FeatureFile, ReadError, StoredRow};
use crate::network::FEATURE_LENGTH;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A line as it is read back.
#[derive(Deserialize)]
struct Line {
    v: u64,
    id: u64,
    path: String,
    error: Option<String>,
    feature: Option<Vec<f32>>,
    contract: Contract,
}

/// Bytes a line may have; a row needs about 6,000.
const LINE_LIMIT: u64 = 1 << 20;

pub(in crate::features) fn open(path: &Path) -> Result<FeatureFile, ReadError> {
    let io = |source| ReadError::Io { path: path.to_path_buf(), source };
    let file = crate::file::open(path).map_err(io)?;
    let mut reader = BufReader::new(file);
    let mut starts = Vec::new();
    let mut at = 0;
    let mut contract: Option<Contract> = None;
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(LINE_LIMIT + 1).read_until(b'\n', &mut line).map_err(io)? as u64;
        if read == 0 {
            break;
        }
        let number = starts.len() as u64 + 1;
        if read > LINE_LIMIT {
            return Err(content(path, format!("line {number} is longer than {LINE_LIMIT} bytes")));
        }
        let row = parse(path, number, &line)?;
        match &contract {
            None => contract = Some(row.contract),
            Some(first) if *first != row.contract => {
                let problem =
                    format!("line {number} has another contract than line 1; split the file by contract");
                return Err(content(path, problem));
            }
            Some(_) => {}
        }
        starts.push(at);
        at += read;
    }
    let contract = contract.ok_or_else(|| content(path, "no rows".into()))?;
    Ok(FeatureFile::new(path, Some(contract), starts.len() as u64, Box::new(JsonlRows { reader, starts })))
}

struct JsonlRows {
    reader: BufReader<File>,
    starts: Vec<u64>,
}

impl Rows for JsonlRows {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let io = |source| ReadError::Io { path: path.to_path_buf(), source };
        let start = line_at(&self.starts, row);
        self.reader.seek(SeekFrom::Start(start)).map_err(io)?;
        let mut line = Vec::new();
        self.reader.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line).map_err(io)?;
        let line = parse(path, row + 1, &line)?;
        let outcome = match (line.feature, line.error) {
            (Some(feature), _) => Ok(feature),
            (None, error) => Err(error.unwrap_or_else(|| "no feature and no reason".into())),
        };
        Ok(StoredRow { id: line.id, path: line.path, outcome })
    }
}

fn parse(path: &Path, number: u64, line: &[u8]) -> Result<Line, ReadError> {
    let line: Line = serde_json::from_slice(line).map_err(|error| ReadError::NotFeatures {
        path: path.to_path_buf(),
        problem: format!("line {number} is no row of features: {error}"),
    })?;
    if line.v != 1 {
        return Err(content(path, format!("line {number} has version {}, this program reads 1", line.v)));
    }
    match &line.feature {
        Some(feature) if feature.len() != FEATURE_LENGTH => {
            let found = feature.len();
            Err(content(path, format!("line {number} has {found} values, expected {FEATURE_LENGTH}")))
        }
        _ => Ok(line),
    }
}

fn content(path: &Path, problem: String) -> ReadError {
    ReadError::Content { path: path.to_path_buf(), problem }
}
