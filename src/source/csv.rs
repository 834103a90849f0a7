//! `.csv`: a header with `path`, and if there are any, `id` and `x1,y1` to `x5,y5`.

use super::SourceError;
use super::escape::path_from_bytes;
use super::item::Item;
use super::list_file::LINE_LIMIT;
use super::manifest::{COORDINATES, Manifest, Row, columns, points};
use crate::storage::Address;
use crate::text;
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, Trim};
use std::io::{self, Read};

const WANTED: &str = "a column 'path', and all of x1,y1,x2,y2,x3,y3,x4,y4,x5,y5 or none of them";

/// A file of which no more than `left` bytes are handed out, so that a quote that is never closed costs no memory.
struct Limited {
    file: Box<dyn Read + Send>,
    left: u64,
}

/// Bytes read at once.
const BUFFER: usize = 64 << 10;

/// Bytes that may be read for a row: its own, those after it in the buffer, and one to find the end of the file.
const ROW: u64 = LINE_LIMIT + BUFFER as u64 + 1;

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!(
                "a row is longer than {LINE_LIMIT} bytes; is a quote not closed?"
            )));
        }
        let read = self.file.by_ref().take(self.left).read(buffer)?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Where the columns are.
struct Layout {
    path: usize,
    id: Option<usize>,
    coordinates: Option<[usize; 10]>,
    columns: usize,
}

struct Rows {
    manifest: Manifest,
    layout: Layout,
    reader: Reader<Limited>,
    record: ByteRecord,
    row: u64,
    over: bool,
}

/// The pictures of the manifest at `address`.
///
/// # Errors
/// If it cannot be read or its header names no paths.
pub(super) fn open(
    address: &Address,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let manifest = Manifest::new(address);
    let file = address.open().and_then(text::reader).map_err(|source| manifest.unreadable(0, source))?;
    let limited = Limited { file, left: ROW };
    let mut reader =
        ReaderBuilder::new().trim(Trim::All).flexible(true).buffer_capacity(BUFFER).from_reader(limited);
    let header = reader.byte_headers().map_err(|error| refused(&manifest, 0, error))?;
    let layout = layout(&manifest, header)?;
    Ok(Rows { manifest, layout, reader, record: ByteRecord::new(), row: 0, over: false })
}

fn layout(manifest: &Manifest, header: &ByteRecord) -> Result<Layout, SourceError> {
    let column = |name: &str| header.iter().position(|column| column == name.as_bytes());
    let found = || columns(header.iter().map(|name| str::from_utf8(name).unwrap_or("(not UTF-8)")));
    let wrong = || manifest.content("line 1", found(), WANTED);
    let path = column("path").ok_or_else(wrong)?;
    let coordinates = COORDINATES.map(column);
    let coordinates = match coordinates.iter().flatten().count() {
        0 => None,
        10 => Some(coordinates.map(Option::unwrap_or_default)),
        _ => return Err(wrong()),
    };
    Ok(Layout { path, id: column("id"), coordinates, columns: header.len() })
}

fn refused(manifest: &Manifest, rows: u64, error: csv::Error) -> SourceError {
    match error.into_kind() {
        ErrorKind::Io(source) => manifest.unreadable(rows, source),
        other => manifest.content(format!("row {rows}"), format!("{other:?}"), "CSV"),
    }
}

impl Layout {
    fn row(&self, record: &ByteRecord) -> Row {
        let field = |at: usize| record.get(at).unwrap_or_default();
        let path = |at| path_from_bytes(field(at).to_vec());
        let mut row = Row { path: Some(path(self.path)), id: self.id.map(path), ..Row::default() };
        if record.len() != self.columns {
            row.problem = Some(format!("{} fields, where the header has {}", record.len(), self.columns));
        } else if let Some(coordinates) = self.coordinates {
            // A row without points is about a picture that needs none.
            if coordinates.iter().any(|at| !field(*at).is_empty()) {
                match numbers(coordinates.map(field)) {
                    Ok(found) => row.points = Some(found),
                    Err(problem) => row.problem = Some(problem),
                }
            }
        }
        row
    }
}

fn numbers(fields: [&[u8]; 10]) -> Result<Box<super::Points>, String> {
    let mut numbers = [0.0; 10];
    for ((to, field), name) in numbers.iter_mut().zip(fields).zip(COORDINATES) {
        let number = str::from_utf8(field).ok().and_then(|text| text.parse().ok());
        *to = number.ok_or_else(|| format!("{name} is '{}', not a number", field.escape_ascii()))?;
    }
    points(&numbers)
}

impl Iterator for Rows {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        self.reader.get_mut().left = ROW;
        let item = match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => Ok(self.manifest.item(self.row, self.layout.row(&self.record))),
            Ok(false) => {
                self.over = true;
                return None;
            }
            Err(error) => {
                self.over = true;
                Err(refused(&self.manifest, self.row, error))
            }
        };
        self.row += 1;
        Some(item)
    }
}
