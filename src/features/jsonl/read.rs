//! JSON lines, read back: one pass finds where each line starts, then any row is read by itself.

use crate::contract::Contract;
use crate::features::contract::read_beside;
use crate::features::file::{Rows, line_at};
use crate::features::{FeatureFile, ReadError, StoredRow};
use crate::network::FEATURE_LENGTH;
use serde::Deserialize;
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A line as it is read back. Tools that rewrite a file may leave out all but the feature.
#[derive(Deserialize)]
struct Line {
    v: Option<u64>,
    /// Elsewhere it may be anything.
    id: Option<Value>,
    path: Option<String>,
    error: Option<String>,
    /// Null in a failed row. Tools write a value that is no number as null.
    #[serde(deserialize_with = "Option::deserialize")]
    feature: Option<Vec<Option<f32>>>,
    contract: Option<Contract>,
}

/// Bytes a line may have; a row needs about 6,000.
const LINE_LIMIT: u64 = 1 << 20;

pub(in crate::features) fn open(path: &Path) -> Result<FeatureFile, ReadError> {
    let io = |source| ReadError::Io { path: path.to_path_buf(), source };
    let file = crate::file::open(path).map_err(io)?;
    let mut reader = BufReader::new(file);
    let mut starts = Vec::new();
    let mut at = 0;
    let mut first: Option<(Option<Contract>, bool)> = None;
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
        let has_name = row.path.is_some();
        match &first {
            None => first = Some((row.contract, has_name)),
            Some((contract, _)) if *contract != row.contract => {
                let problem =
                    format!("line {number} has another contract than line 1; split the file by contract");
                return Err(content(path, problem));
            }
            Some((_, is_named)) if *is_named != has_name => {
                let problem = format!("either line 1 or line {number} has no path; give all a path, or none");
                return Err(content(path, problem));
            }
            Some(_) => {}
        }
        starts.push(at);
        at += read;
    }
    let (contract, is_named) = first.ok_or_else(|| content(path, "no rows".into()))?;
    let contract = match contract {
        None => read_beside(path)?,
        stored => stored,
    };
    let rows = starts.len() as u64;
    Ok(FeatureFile::new(path, contract, rows, Box::new(JsonlRows { reader, starts, is_named })))
}

struct JsonlRows {
    reader: BufReader<File>,
    starts: Vec<u64>,
    is_named: bool,
}

impl Rows for JsonlRows {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let io = |source| ReadError::Io { path: path.to_path_buf(), source };
        let start = line_at(&self.starts, row);
        self.reader.seek(SeekFrom::Start(start)).map_err(io)?;
        let mut line = Vec::new();
        self.reader.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line).map_err(io)?;
        let line = parse(path, row + 1, &line)?;
        let feature = line.feature.ok_or_else(|| "no feature and no reason".to_string());
        let outcome = feature.and_then(|values| match values.iter().position(Option::is_none) {
            Some(index) => Err(format!("value {index} is null")),
            None if values.is_empty() => Err("the list is empty".to_string()),
            None => Ok(values.into_iter().flatten().collect()),
        });
        Ok(StoredRow {
            id: line.id.and_then(|id| id.as_u64()).unwrap_or(row),
            path: line.path.unwrap_or_default(),
            outcome: outcome.map_err(|reason| line.error.unwrap_or(reason)),
        })
    }

    fn is_named(&self) -> bool {
        self.is_named
    }
}

fn parse(path: &Path, number: u64, line: &[u8]) -> Result<Line, ReadError> {
    let line: Line = serde_json::from_slice(line).map_err(|error| ReadError::NotFeatures {
        path: path.to_path_buf(),
        problem: format!("line {number} is no row of features: {error}"),
    })?;
    if let Some(version) = line.v.filter(|version| *version != 1) {
        return Err(content(path, format!("line {number} has version {version}, this program reads 1")));
    }
    match &line.feature {
        Some(feature) if feature.len() != FEATURE_LENGTH && !feature.is_empty() => {
            let found = feature.len();
            Err(content(path, format!("line {number} has {found} values, expected {FEATURE_LENGTH}")))
        }
        _ => Ok(line),
    }
}

fn content(path: &Path, problem: String) -> ReadError {
    ReadError::Content { path: path.to_path_buf(), problem }
}
