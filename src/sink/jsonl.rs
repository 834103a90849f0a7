//! `.jsonl`: one object per row, each with its contract. `docs/row.schema.json` describes it.

use super::partial::Partial;
use super::read::{LISTS, Rows, line_at};
use super::{FeatureFile, Kept, ReadError, Row, Sink, SinkError, StoredRow};
use crate::contract::Contract;
use crate::network::FEATURE_LENGTH;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file of JSON lines.
pub(super) struct Jsonl {
    file: Partial,
    lines: Lines,
    kept: u64,
}

/// A stream of JSON lines.
struct Stream<W> {
    stream: W,
    lines: Lines,
    pending: Vec<u8>,
}

/// Rows into lines.
struct Lines {
    contract: String,
    rows: u64,
}

impl Lines {
    fn new(contract: &Contract) -> Lines {
        // A struct of strings and a bool always has a JSON form.
        Lines { contract: serde_json::to_string(contract).unwrap_or_default(), rows: 0 }
    }

    fn push(&mut self, row: Row<'_>, into: &mut Vec<u8>) {
        let path = json(row.path);
        let head = format!(r#"{{"v":1,"id":{},"path":{path},"#, row.id);
        let middle = match row.outcome {
            Ok(feature) => format!(r#""status":"ok","error":null,"feature":{}"#, json(feature)),
            Err(failure) => {
                format!(r#""status":"failed","error":{},"feature":null"#, json(failure.reason))
            }
        };
        for part in [&head, &middle, r#","contract":"#, &self.contract, "}\n"] {
            into.extend_from_slice(part.as_bytes());
        }
        self.rows += 1;
    }
}

/// Strings and slices of numbers always have a JSON form.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Jsonl {
    pub(super) fn create(path: &Path, contract: &Contract) -> Result<Jsonl, SinkError> {
        Ok(Jsonl { file: Partial::create(path)?, lines: Lines::new(contract), kept: 0 })
    }
}

impl Sink for Jsonl {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.lines.push(row, self.file.pending());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let written = self.file.write_out();
        match written {
            Ok(()) => {
                self.file.keep();
                self.kept = self.lines.rows;
            }
            Err(_) => {
                self.file.roll_back();
                self.lines.rows = self.kept;
            }
        }
        written
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.flush()?;
        self.file.sync()?;
        self.file.rename()
    }

    fn keep_partial(&mut self) -> Kept {
        // What cannot be written any more is not counted.
        let _ = self.flush();
        Kept { rows: self.kept, path: Some(self.file.path().to_path_buf()) }
    }
}

/// JSON lines to a stream, such as standard output.
pub fn to_stream(stream: impl Write + 'static, contract: &Contract) -> Box<dyn Sink> {
    Box::new(Stream { stream, lines: Lines::new(contract), pending: Vec::new() })
}

impl<W: Write> Sink for Stream<W> {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.lines.push(row, &mut self.pending);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.stream.write_all(&self.pending).map_err(SinkError::Stream)?;
        self.pending.clear();
        self.stream.flush().map_err(SinkError::Stream)
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.flush()
    }

    fn keep_partial(&mut self) -> Kept {
        let _ = self.flush();
        Kept { rows: self.lines.rows, path: None }
    }
}

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

pub(super) fn open(path: &Path) -> Result<FeatureFile, ReadError> {
    let io = |source| ReadError::Io { path: path.to_path_buf(), source };
    let file = File::open(path).map_err(io)?;
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
    Ok(FeatureFile::new(path, contract, starts.len() as u64, Box::new(JsonlRows { reader, starts })))
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
    let line: Line = serde_json::from_slice(line)
        .map_err(|error| content(path, format!("line {number} is no row of features: {error}; {LISTS}")))?;
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
