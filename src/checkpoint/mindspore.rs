//! MindSpore's `.ckpt`: a protobuf message `Checkpoint` without header, whose repeated field 1 holds the
//! tensors. Names and numbers of the fields are those of MindSpore's `checkpoint.proto`.

use super::cursor::Cursor;
use super::dtype::Dtype;
use super::entry::{self, Entry};
use super::error::Fault;
use super::limits::{MAX_RANK, MAX_RECORDS};
use std::borrow::Cow;
use std::collections::HashSet;

/// `crc_num`, then the CRC-32 of all before it as a big-endian number of 10 bytes.
const TRAILER: usize = 17;

/// What a file holds besides its tensors' values.
pub(super) struct Walked<'a> {
    pub entries: Vec<Entry<'a>>,
    /// The trailer, if there is one.
    pub trailer: Option<Trailer>,
}

/// The trailer of a file saved with `crc_check=True`.
#[derive(Clone, Copy)]
pub(super) struct Trailer {
    /// Bytes before it.
    pub covers: u64,
    /// CRC-32 of those bytes, as stated.
    pub stated: u32,
}

/// Walks a whole file without touching the tensors' values.
pub(super) fn walk(bytes: &[u8]) -> Result<Walked<'_>, Fault> {
    let trailer = trailer(bytes)?;
    let records = trailer.map_or(bytes, |trailer| &bytes[..trailer.covers as usize]);
    Ok(Walked { entries: entries(Cursor::new(records, 0))?, trailer })
}

fn trailer(bytes: &[u8]) -> Result<Option<Trailer>, Fault> {
    let Some(covers) = bytes.len().checked_sub(TRAILER) else { return Ok(None) };
    let Some(number) = bytes[covers..].strip_prefix(b"crc_num") else { return Ok(None) };
    let covers = covers as u64;
    match number {
        [0, 0, 0, 0, 0, 0, a, b, c, d] => {
            Ok(Some(Trailer { covers, stated: u32::from_be_bytes([*a, *b, *c, *d]) }))
        }
        _ => Err(Fault::Malformed {
            offset: covers,
            problem: "the CRC trailer's number has more than 32 bits",
        }),
    }
}

fn entries(mut cursor: Cursor<'_>) -> Result<Vec<Entry<'_>>, Fault> {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    let mut growing: Option<Record> = None;
    let mut records = 0;
    while !cursor.is_at_end() {
        let at = cursor.clone();
        let Field::Bytes(1, body) = field(&mut cursor)? else { continue };
        records += 1;
        if records > MAX_RECORDS {
            return Err(Fault::TooMany { offset: at.offset(), what: "records", limit: MAX_RECORDS as u64 });
        }
        let next = record(body)?;
        match &mut growing {
            Some(record) if record.name == next.name => record.join(next)?,
            _ => {
                if !seen.insert(next.name) {
                    return Err(Fault::Duplicate { name: next.name.to_string() });
                }
                entries.extend(growing.replace(next).map(Record::into_entry).transpose()?);
            }
        }
    }
    entries.extend(growing.map(Record::into_entry).transpose()?);
    Ok(entries)
}

/// One `Checkpoint.Value`, or several that follow one another under one name: a tensor above 512 MiB is cut,
/// and each of its records repeats the name, the type and the full shape.
struct Record<'a> {
    name: &'a str,
    word: &'a str,
    dims: Vec<u64>,
    pieces: Vec<&'a [u8]>,
    /// Bytes in all pieces.
    length: u64,
}

impl<'a> Record<'a> {
    /// Adds the next slice; a record after the last slice is another tensor of the same name.
    fn join(&mut self, next: Record<'a>) -> Result<(), Fault> {
        let size = Dtype::mindspore(self.word).size().unwrap_or(0) as u64;
        let needed = self.dims.iter().try_fold(size, |product, &dim| product.checked_mul(dim));
        if self.word != next.word
            || self.dims != next.dims
            || needed.is_none_or(|needed| self.length >= needed)
        {
            return Err(Fault::Duplicate { name: self.name.to_string() });
        }
        self.pieces.extend(next.pieces);
        self.length += next.length;
        Ok(())
    }

    fn into_entry(self) -> Result<Entry<'a>, Fault> {
        Entry::of_pieces(Cow::Borrowed(self.name), Dtype::mindspore(self.word), &self.dims, self.pieces)
    }
}

/// `Checkpoint.Value`: `tag` = 1, `tensor` = 2, `maptensor` = 3.
fn record<'a>(mut cursor: Cursor<'a>) -> Result<Record<'a>, Fault> {
    let start = cursor.clone();
    let (mut name, mut tensor) = (None, None);
    while !cursor.is_at_end() {
        let at = cursor.clone();
        match field(&mut cursor)? {
            Field::Bytes(1, mut text) if name.is_none() => {
                let length = text.left().len() as u64;
                name = Some(entry::name(&mut text, length)?);
            }
            Field::Bytes(2, body) if tensor.is_none() => tensor = Some(tensor_proto(body)?),
            // A hash map of parameters; no LightCNN has one.
            Field::Bytes(3, _) if tensor.is_none() => tensor = Some(("MapTensor", Vec::new(), &[])),
            Field::Bytes(1..=3, _) => return Err(at.malformed("a record has two names or two tensors")),
            Field::Bytes(..) | Field::Number(..) | Field::Other => {}
        }
    }
    let name = name.ok_or_else(|| start.malformed("a record has no name"))?;
    let (word, dims, content): TensorProto =
        tensor.ok_or_else(|| start.malformed("a record has no tensor"))?;
    Ok(Record { name, word, dims, pieces: vec![content], length: content.len() as u64 })
}

/// Type, dimensions and content.
type TensorProto<'a> = (&'a str, Vec<u64>, &'a [u8]);

/// `TensorProto`: `dims` = 1 (packed or not), `tensor_type` = 2, `tensor_content` = 3.
fn tensor_proto<'a>(mut cursor: Cursor<'a>) -> Result<TensorProto<'a>, Fault> {
    let start = cursor.clone();
    let (mut word, mut dims, mut content) = (None, Vec::new(), None);
    while !cursor.is_at_end() {
        let at = cursor.clone();
        match field(&mut cursor)? {
            Field::Number(1, dim) => push_dim(&at, &mut dims, dim)?,
            Field::Bytes(1, mut packed) => {
                while !packed.is_at_end() {
                    let dim = varint(&mut packed)?;
                    push_dim(&at, &mut dims, dim)?;
                }
            }
            Field::Bytes(2, mut text) if word.is_none() => {
                let length = text.left().len() as u64;
                word = Some(entry::name(&mut text, length)?);
            }
            Field::Bytes(3, body) if content.is_none() => content = Some(body.left()),
            Field::Bytes(2..=3, _) => return Err(at.malformed("a tensor has two types or two contents")),
            Field::Bytes(..) | Field::Number(..) | Field::Other => {}
        }
    }
    let word = word.ok_or_else(|| start.malformed("a tensor has no type"))?;
    let content = content.ok_or_else(|| start.malformed("a tensor has no content"))?;
    Ok((word, dims, content))
}

fn push_dim(at: &Cursor, dims: &mut Vec<u64>, dim: u64) -> Result<(), Fault> {
    if i64::try_from(dim).is_err() {
        return Err(at.malformed("a dimension is negative"));
    }
    if dims.len() == MAX_RANK {
        return Err(Fault::TooMany { offset: at.offset(), what: "dimensions", limit: MAX_RANK as u64 });
    }
    dims.push(dim);
    Ok(())
}

/// One field of a message, with its number.
enum Field<'a> {
    /// Wire type 2.
    Bytes(u64, Cursor<'a>),
    /// Wire type 0.
    Number(u64, u64),
    /// Another wire type; no field of ours has it.
    Other,
}

fn field<'a>(cursor: &mut Cursor<'a>) -> Result<Field<'a>, Fault> {
    let at = cursor.clone();
    let key = varint(cursor)?;
    let number = key >> 3;
    if number == 0 || number >= 1 << 29 {
        return Err(at.malformed("no protobuf field (not a MindSpore checkpoint, or damaged)"));
    }
    match key & 7 {
        0 => Ok(Field::Number(number, varint(cursor)?)),
        1 => cursor.take(8, "a protobuf number").map(|_| Field::Other),
        2 => {
            let length = varint(cursor)?;
            Ok(Field::Bytes(number, cursor.part(length, "a protobuf field")?))
        }
        5 => cursor.take(4, "a protobuf number").map(|_| Field::Other),
        _ => Err(at.malformed("no protobuf field (not a MindSpore checkpoint, or damaged)")),
    }
}

fn varint(cursor: &mut Cursor<'_>) -> Result<u64, Fault> {
    let at = cursor.clone();
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = cursor.u8("a protobuf number")?;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            break;
        }
        value |= bits << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(at.malformed("a protobuf number has more than 64 bits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_up_to_64_bits() {
        let read = |bytes: &[u8]| varint(&mut Cursor::new(bytes, 0));
        assert_eq!(read(&[0xb1, 0x4b]).unwrap(), 9649);
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]).unwrap(), u64::MAX);
        assert!(matches!(
            read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]),
            Err(Fault::Malformed { .. })
        ));
        assert!(matches!(read(&[0x80; 11]), Err(Fault::Malformed { .. })));
        assert!(matches!(read(&[0x80]), Err(Fault::Cut { offset: 1, .. })));
    }
}
