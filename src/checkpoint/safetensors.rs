//! safetensors: the length of a JSON header (8 bytes), the header, the values.
//!
//! Read here and not by the crate of that name, because that one lets the last of two tensors of one name win
//! and accepts headers of 100 MB. MindSpore's optional `crc_num` in the metadata is shown and not compared: it runs
//! over the values in the order of their names, so that it would cost a reading of the head's.

use super::cursor::Cursor;
use super::dtype::Dtype;
use super::entry::Entry;
use super::error::Fault;
use super::limits::{MAX_HEADER, MAX_NAME, MAX_TENSORS};
use serde::Deserialize;
use serde::de::{Error as _, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// What a file holds besides its tensors' values.
pub(super) struct Walked<'a> {
    pub entries: Vec<Entry<'a>>,
    /// `__metadata__`.
    pub metadata: BTreeMap<String, String>,
}

/// Reads the header of a whole file and checks that the tensors cover the rest without gap or overlap.
pub(super) fn walk(bytes: &[u8]) -> Result<Walked<'_>, Fault> {
    let mut cursor = Cursor::new(bytes, 0);
    let length = cursor.u64("the length of the header")?;
    if length > MAX_HEADER {
        return Err(Fault::TooMany { offset: 0, what: "bytes of header", limit: MAX_HEADER });
    }
    let header = cursor.take(length, "the header")?;
    let header: Header = serde_json::from_slice(header).map_err(Fault::Header)?;
    let start = cursor.offset();
    let mut tensors = header.tensors;
    tensors.sort_by_key(|(_, tensor)| tensor.data_offsets);
    let mut entries = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        let (from, to) = tensor.data_offsets;
        if start.checked_add(from) != Some(cursor.offset()) {
            return Err(cursor.malformed("the tensors leave a gap or overlap"));
        }
        let length =
            to.checked_sub(from).ok_or_else(|| cursor.malformed("a tensor ends before it starts"))?;
        let payload = cursor.take(length, "a tensor")?;
        let dtype = Dtype::safetensors(tensor.dtype);
        entries.push(Entry::of_pieces(Cow::Owned(name), dtype, &tensor.shape, vec![payload])?);
    }
    if !cursor.is_at_end() {
        return Err(cursor.malformed("bytes are left after the last tensor"));
    }
    Ok(Walked { entries, metadata: header.metadata })
}

/// One tensor of the header.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    dtype: String,
    shape: Vec<u64>,
    /// First byte and the one after the last, counted from the end of the header.
    data_offsets: (u64, u64),
}

struct Header {
    tensors: Vec<(String, Description)>,
    metadata: BTreeMap<String, String>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a map from names to tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header { tensors: Vec::new(), metadata: BTreeMap::new() };
        while let Some(name) = map.next_key::<String>()? {
            if name == "__metadata__" {
                header.metadata = map.next_value()?;
                continue;
            }
            if name.len() > MAX_NAME {
                return Err(A::Error::custom(format_args!("a name has more than {MAX_NAME} bytes")));
            }
            if header.tensors.len() == MAX_TENSORS {
                return Err(A::Error::custom(format_args!("there are more than {MAX_TENSORS} tensors")));
            }
            header.tensors.push((name, map.next_value()?));
        }
        Ok(header)
    }
}
