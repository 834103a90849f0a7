//! The tags of a file's first picture, in TIFF and in BigTIFF.

use super::super::decode::{DecodeError, ImageFormat};
use super::damaged;

/// The first directory of a file. No value in it has been proved.
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    little: bool,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    /// TIFF's number of the type of the values.
    kind: u16,
    count: usize,
    /// Where the values are in the file.
    at: usize,
}

const TRUNCATED: DecodeError = DecodeError::Truncated(ImageFormat::Tiff);

impl<'a> Directory<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Directory<'a>, DecodeError> {
        let mut directory = Directory { bytes, little: bytes.first() == Some(&b'I'), entries: Vec::new() };
        let big = directory.unsigned(2, 2)? == 43;
        // Where the count of entries, an entry's count and its value are, in bytes.
        let (start, width, counts) = if big { (8, 8, 8) } else { (4, 4, 2) };
        if big && directory.unsigned(4, 2)? != 8 {
            return Err(damaged("offsets of a BigTIFF that are not of eight bytes".to_string()));
        }
        let at = index(directory.unsigned(start, width)?)?;
        let entries = index(directory.unsigned(at, counts)?)?;
        let length = 4 + 2 * width;
        let first = at.checked_add(counts).ok_or(TRUNCATED)?;
        let end = entries.checked_mul(length).and_then(|all| first.checked_add(all));
        if end.is_none_or(|end| end > bytes.len()) {
            return Err(TRUNCATED);
        }
        for entry in 0..entries {
            let at = first + entry * length;
            let kind = directory.unsigned(at + 2, 2)? as u16;
            let count = index(directory.unsigned(at + 4, width)?)?;
            let value = at + 4 + width;
            let inside = count.checked_mul(size(kind)).is_some_and(|bytes| bytes <= width);
            let at_value = if inside { value } else { index(directory.unsigned(value, width)?)? };
            let tag = directory.unsigned(at, 2)? as u16;
            directory.entries.push(Entry { tag, kind, count, at: at_value });
        }
        Ok(directory)
    }

    /// Whether the samples' low bytes come first.
    pub fn little(&self) -> bool {
        self.little
    }

    /// The whole numbers of a tag; nothing if the file does not have it.
    pub fn numbers(&self, tag: u16) -> Result<Option<Vec<u64>>, DecodeError> {
        let Some(entry) = self.entry(tag) else { return Ok(None) };
        let width = match entry.kind {
            1 | 3 | 4 | 13 | 16 | 18 => size(entry.kind),
            kind => return Err(damaged(format!("tag {tag} has values of type {kind}, not whole numbers"))),
        };
        self.values(entry)?;
        (0..entry.count)
            .map(|i| self.unsigned(entry.at + i * width, width))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The first number of a tag.
    pub fn number(&self, tag: u16) -> Result<Option<u64>, DecodeError> {
        Ok(self.numbers(tag)?.and_then(|numbers| numbers.first().copied()))
    }

    /// The numbers of a tag whose values are fractions.
    pub fn fractions(&self, tag: u16) -> Result<Option<Vec<f32>>, DecodeError> {
        let Some(entry) = self.entry(tag).filter(|entry| entry.kind == 5) else {
            return Ok(self.numbers(tag)?.map(|numbers| numbers.iter().map(|&n| n as f32).collect()));
        };
        self.values(entry)?;
        let part = |at| self.unsigned(at, 4);
        (0..entry.count)
            .map(|i| match (part(entry.at + 8 * i)?, part(entry.at + 8 * i + 4)?) {
                (_, 0) => Err(damaged(format!("tag {tag} has a fraction by 0"))),
                (above, below) => Ok((above as f64 / below as f64) as f32),
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The values of a tag as they are in the file.
    pub fn bytes(&self, tag: u16) -> Result<Option<&'a [u8]>, DecodeError> {
        self.entry(tag).map(|entry| self.values(entry)).transpose()
    }

    fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }

    fn values(&self, entry: Entry) -> Result<&'a [u8], DecodeError> {
        let end = entry.count.checked_mul(size(entry.kind)).and_then(|all| entry.at.checked_add(all));
        end.and_then(|end| self.bytes.get(entry.at..end)).ok_or(TRUNCATED)
    }

    fn unsigned(&self, at: usize, width: usize) -> Result<u64, DecodeError> {
        let bytes = at.checked_add(width).and_then(|end| self.bytes.get(at..end)).ok_or(TRUNCATED)?;
        let join = |value, byte: &u8| value << 8 | u64::from(*byte);
        Ok(if self.little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) })
    }
}

/// Bytes of a value of a type; an unknown type has none that are read.
fn size(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 0,
    }
}

fn index(number: u64) -> Result<usize, DecodeError> {
    usize::try_from(number).map_err(|_| TRUNCATED)
}
