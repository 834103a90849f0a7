//! Elements of a MAT-file: tag, data, padding.

use super::MatError;

pub(super) const INT8: u32 = 1;
pub(super) const UINT8: u32 = 2;
pub(super) const INT16: u32 = 3;
pub(super) const UINT16: u32 = 4;
pub(super) const INT32: u32 = 5;
pub(super) const UINT32: u32 = 6;
pub(super) const SINGLE: u32 = 7;
pub(super) const DOUBLE: u32 = 9;
pub(super) const INT64: u32 = 12;
pub(super) const UINT64: u32 = 13;
pub(super) const MATRIX: u32 = 14;
pub(super) const COMPRESSED: u32 = 15;
pub(super) const UTF8: u32 = 16;
pub(super) const UTF16: u32 = 17;
pub(super) const UTF32: u32 = 18;

/// Memory that may still be used.
pub(super) struct Budget {
    pub(super) left: usize,
    pub(super) limit: usize,
}

impl Budget {
    pub(super) fn take(&mut self, bytes: usize, offset: usize) -> Result<(), MatError> {
        self.left = self.left.checked_sub(bytes).ok_or(MatError::TooLarge { offset, limit: self.limit })?;
        Ok(())
    }

    /// Memory that is free again.
    pub(super) fn give(&mut self, bytes: usize) {
        self.left += bytes;
    }
}

/// An element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) kind: u32,
    pub(super) data: &'a [u8],
    pub(super) is_big_endian: bool,
    /// Where its tag is.
    pub(super) offset: usize,
}

/// Walks over elements.
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    is_big_endian: bool,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], is_big_endian: bool, offset: usize) -> Cursor<'a> {
        Cursor { rest: bytes, is_big_endian, offset }
    }

    /// The elements inside `element`.
    pub(super) fn inside(element: &Element<'a>) -> Cursor<'a> {
        Cursor::new(element.data, element.is_big_endian, element.offset)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn element(&mut self) -> Result<Element<'a>, MatError> {
        let offset = self.offset;
        let short = |wanted| MatError::Truncated { offset, wanted, left: self.rest.len() };
        let (tag, data) = self.rest.split_first_chunk::<8>().ok_or(short(8))?;
        let word = |bytes: [u8; 4]| {
            if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        let [a, b, c, d, ..] = *tag;
        let first = word([a, b, c, d]);
        let small = (first >> 16) as usize;
        let (kind, data, used) = match small {
            0 => {
                let [.., e, f, g, h] = *tag;
                let size = word([e, f, g, h]) as usize;
                let content = data.get(..size).ok_or(short(size))?;
                // What is compressed is not padded, and the padding of the last element is sometimes left out.
                let padded =
                    if first == COMPRESSED { size } else { size.next_multiple_of(8).min(data.len()) };
                (first, content, 8 + padded)
            }
            1..=4 => (first & 0xffff, &tag[4..4 + small], 8),
            _ => return Err(short(small)),
        };
        self.rest = &self.rest[used..];
        self.offset += used;
        Ok(Element { kind, data, is_big_endian: self.is_big_endian, offset })
    }
}
