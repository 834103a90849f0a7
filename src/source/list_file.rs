//! Lists of paths: files and standard input.

use super::escape::path_from_bytes;
use super::{Item, SourceError, escape};
use crate::storage::Address;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes a line may have; no path of any system is longer.
pub(super) const LINE_LIMIT: u64 = 64 << 10;

/// The paths in the list file at `address`: one a line, or the official `path label` with a whole number.
/// A relative path counts from the list file's folder.
pub(super) fn open(
    address: &Address,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let name = escape(address.as_path());
    let file = address.open().map_err(|source| SourceError::Read { list: name.clone(), paths: 0, source })?;
    let folder = address.folder();
    let lines = Lines::new(BufReader::new(file), name, b'\n', LINE_LIMIT);
    Ok(lines.map(move |line| Ok(Item::file(folder.join(path_from_bytes(without_label(line?.1)))))))
}

/// The paths on standard input, each ended by `separator`.
pub(super) fn standard_input(
    separator: u8,
) -> impl Iterator<Item = Result<Item, SourceError>> + Send + use<> {
    Lines::new(BufReader::new(io::stdin()), "standard input".into(), separator, LINE_LIMIT)
        .map(|line| Ok(Item::file(path_from_bytes(line?.1))))
}

/// Drops a last column that is a whole number, as the official image lists have it.
fn without_label(mut line: Vec<u8>) -> Vec<u8> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let Some(at) = line.iter().rposition(blank) else { return line };
    let label = &line[at + 1..];
    let digits = label.strip_prefix(b"-").unwrap_or(label);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return line;
    }
    let end = line[..at].iter().rposition(|byte| !blank(byte)).map_or(0, |last| last + 1);
    if end > 0 {
        line.truncate(end);
    }
    line
}

/// Lines with their numbers and without their ends, empty ones left out, none longer than `limit`.
pub(super) struct Lines<R> {
    reader: R,
    name: String,
    separator: u8,
    limit: u64,
    line: u64,
    paths: u64,
    over: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, name: String, separator: u8, limit: u64) -> Lines<R> {
        Lines { reader, name, separator, limit, line: 0, paths: 0, over: false }
    }

    fn read(&mut self) -> Result<Option<(u64, Vec<u8>)>, SourceError> {
        loop {
            let mut line = Vec::new();
            let mut limited = self.reader.by_ref().take(self.limit + 1);
            let read = limited.read_until(self.separator, &mut line).map_err(|source| SourceError::Read {
                list: self.name.clone(),
                paths: self.paths,
                source,
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            if line.last() == Some(&self.separator) {
                line.pop();
            }
            if self.separator == b'\n' && line.last() == Some(&b'\r') {
                line.pop();
            }
            if line.len() as u64 > self.limit {
                let (list, line, limit) = (self.name.clone(), self.line, self.limit);
                return Err(SourceError::Line { list, line, limit });
            }
            if !line.is_empty() {
                self.paths += 1;
                return Ok(Some((self.line, line)));
            }
        }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(u64, Vec<u8>), SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let line = self.read().transpose();
        self.over = !matches!(line, Some(Ok(_)));
        line
    }
}
