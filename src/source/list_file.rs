//! Lists of paths: files and standard input.

use super::escape::path_from_bytes;
use super::folder::is_picture;
use super::{Item, SourceError, escape};
use crate::storage::Address;
use crate::text;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Bytes a line may have; no path of any system is longer.
pub(super) const LINE_LIMIT: u64 = 64 << 10;

/// The paths in the list file at `address`: one a line, or the official `path label` with a whole number.
/// A relative path counts from the list file's folder.
pub(super) fn open(
    address: &Address,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let name = escape(address.as_path());
    let file = address.open().and_then(text::reader);
    let file = file.map_err(|source| SourceError::Read { list: name.clone(), paths: 0, source })?;
    let folder = address.folder();
    let lines = Lines::new(BufReader::new(file), name, b'\n', LINE_LIMIT);
    Ok(lines.map(move |line| Ok(Item::file(folder.join(path_from_bytes(without_label(line?.1)))))))
}

/// The paths on standard input, each ended by `separator`.
pub(super) fn standard_input(
    separator: u8,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let name = "standard input".to_string();
    let input: Box<dyn Read + Send> = Box::new(io::stdin());
    let input = if separator == b'\n' { text::reader(input) } else { Ok(input) };
    let input = input.map_err(|source| SourceError::Read { list: name.clone(), paths: 0, source })?;
    Ok(Lines::new(BufReader::new(input), name, separator, LINE_LIMIT)
        .map(|line| Ok(Item::file(path_from_bytes(line?.1)))))
}

/// Drops last columns that are whole numbers, as the official image lists have one and others several. A name may end in
/// such a column, too: so no more is dropped than what is behind a picture's ending, and one if there is none.
fn without_label(mut line: Vec<u8>) -> Vec<u8> {
    let mut rest = &line[..];
    let mut first = None;
    while let Some(shorter) = without_number(rest) {
        first = first.or(Some(shorter.len()));
        rest = shorter;
        if is_picture(Path::new(OsStr::from_bytes(rest))) {
            first = Some(rest.len());
            break;
        }
    }
    line.truncate(first.unwrap_or(line.len()));
    line
}

/// `line` without its last column, if that is a whole number and not all of it.
fn without_number(line: &[u8]) -> Option<&[u8]> {
    let at = line.iter().rposition(|byte| matches!(byte, b' ' | b'\t'))?;
    let label = &line[at + 1..];
    let digits = label.strip_prefix(b"-").unwrap_or(label);
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let rest = line[..at].trim_ascii_end();
    (is_number && !rest.is_empty()).then_some(rest)
}

/// Lines with their numbers and without their ends and the blanks there, empty ones left out, none longer than `limit`.
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
            if self.separator == b'\n' {
                line.truncate(line.trim_ascii_end().len());
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
