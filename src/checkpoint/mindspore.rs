//! MindSpore's `.ckpt`: a protobuf message `Checkpoint` without header, whose repeated field 1 holds the
//! tensors. Names and numbers of the fields are those of MindSpore's `checkpoint.proto`.

use super::cursor::Cursor;
use super::dtype::Dtype;
use super::entry::{self, Entry};
use super::error::Fault;
use super::limits::{MAX_RANK, MAX_RECORDS};
use crate::protobuf::{Damage, DamageKind, Fields, Packed, Value};
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
    Ok(Walked { entries: entries(Fields::of(records))?, trailer })
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

fn entries(mut fields: Fields<'_>) -> Result<Vec<Entry<'_>>, Fault> {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    let mut growing: Option<Record> = None;
    let mut records = 0;
    loop {
        let offset = fields.offset();
        let Some(field) = fields.next() else { break };
        let (1, Value::Bytes(body)) = field? else { continue };
        records += 1;
        if records > MAX_RECORDS {
            return Err(Fault::TooMany { offset, what: "records", limit: MAX_RECORDS as u64 });
        }
        let next = record(fields.inside(body))?;
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
fn record(mut fields: Fields<'_>) -> Result<Record<'_>, Fault> {
    let start = fields.offset();
    let (mut name, mut tensor) = (None, None);
    loop {
        let at = fields.offset();
        let Some(field) = fields.next() else { break };
        match field? {
            (1, Value::Bytes(text)) if name.is_none() => name = Some(word_at(&fields, text)?),
            (2, Value::Bytes(body)) if tensor.is_none() => tensor = Some(tensor_proto(fields.inside(body))?),
            // A hash map of parameters; no LightCNN has one.
            (3, Value::Bytes(_)) if tensor.is_none() => tensor = Some(("MapTensor", Vec::new(), &[])),
            (1..=3, Value::Bytes(_)) => return Err(malformed(at, "a record has two names or two tensors")),
            _ => {}
        }
    }
    let name = name.ok_or_else(|| malformed(start, "a record has no name"))?;
    let (word, dims, content): TensorProto =
        tensor.ok_or_else(|| malformed(start, "a record has no tensor"))?;
    Ok(Record { name, word, dims, pieces: vec![content], length: content.len() as u64 })
}

/// Type, dimensions and content.
type TensorProto<'a> = (&'a str, Vec<u64>, &'a [u8]);

/// `TensorProto`: `dims` = 1 (packed or not), `tensor_type` = 2, `tensor_content` = 3.
fn tensor_proto(mut fields: Fields<'_>) -> Result<TensorProto<'_>, Fault> {
    let start = fields.offset();
    let (mut word, mut dims, mut content) = (None, Vec::new(), None);
    loop {
        let at = fields.offset();
        let Some(field) = fields.next() else { break };
        match field? {
            (1, Value::Varint(dim)) => push_dim(at, &mut dims, dim)?,
            (1, Value::Bytes(packed)) => {
                for dim in Packed::of(fields.inside(packed)) {
                    push_dim(at, &mut dims, dim?)?;
                }
            }
            (2, Value::Bytes(text)) if word.is_none() => word = Some(word_at(&fields, text)?),
            (3, Value::Bytes(body)) if content.is_none() => content = Some(body),
            (2..=3, Value::Bytes(_)) => return Err(malformed(at, "a tensor has two types or two contents")),
            _ => {}
        }
    }
    let word = word.ok_or_else(|| malformed(start, "a tensor has no type"))?;
    let content = content.ok_or_else(|| malformed(start, "a tensor has no content"))?;
    Ok((word, dims, content))
}

/// The name that `text`, the last of `fields`, is.
fn word_at<'a>(fields: &Fields<'a>, text: &'a [u8]) -> Result<&'a str, Fault> {
    entry::name(&mut Cursor::new(text, fields.inside(text).offset()), text.len() as u64)
}

fn push_dim(offset: u64, dims: &mut Vec<u64>, dim: u64) -> Result<(), Fault> {
    if i64::try_from(dim).is_err() {
        return Err(malformed(offset, "a dimension is negative"));
    }
    if dims.len() == MAX_RANK {
        return Err(Fault::TooMany { offset, what: "dimensions", limit: MAX_RANK as u64 });
    }
    dims.push(dim);
    Ok(())
}

fn malformed(offset: u64, problem: &'static str) -> Fault {
    Fault::Malformed { offset, problem }
}

impl From<Damage> for Fault {
    fn from(Damage { at: offset, kind }: Damage) -> Fault {
        match kind {
            DamageKind::InNumber { needed, left } => {
                Fault::Cut { offset, what: "a protobuf number", needed, left }
            }
            DamageKind::InField { needed, left } => {
                Fault::Cut { offset, what: "a protobuf field", needed, left }
            }
            DamageKind::LongNumber => malformed(offset, "a protobuf number has more than 64 bits"),
            DamageKind::NoField => {
                malformed(offset, "no protobuf field (not a MindSpore checkpoint, or damaged)")
            }
        }
    }
}
