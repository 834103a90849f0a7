//! JSON lines, written to a file or a stream.

use crate::contract::Contract;
use crate::features::partial::Partial;
use crate::features::{Kept, Row, Sink, SinkError};
use std::io::Write;
use std::path::Path;

/// A file of JSON lines.
pub(in crate::features) struct Jsonl {
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
    pub(in crate::features) fn create(path: &Path, contract: &Contract) -> Result<Jsonl, SinkError> {
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
