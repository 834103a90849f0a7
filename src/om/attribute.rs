//! Attributes of a model description (`ge.proto.AttrDef`), with compressed names undone.

use super::error::Malformed;
use crate::protobuf::{Fields, Packed, Value, repeated};

/// Most elements taken from a list attribute.
const MOST_ELEMENTS: usize = 65_536;

/// The value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Attribute<'a> {
    Integer(i64),
    Float(f32),
    Bool(bool),
    Text(&'a [u8]),
    /// A `ListValue`.
    List(&'a [u8]),
    /// A `NamedAttrs`: a name and attributes of its own.
    Function(&'a [u8]),
    /// A kind that is not needed here.
    Other,
}

impl<'a> Attribute<'a> {
    fn read(message: &'a [u8]) -> Result<Attribute<'a>, Malformed> {
        let mut attribute = Attribute::Other;
        for field in Fields::of(message) {
            attribute = match field? {
                (1, Value::Bytes(list)) => Attribute::List(list),
                (2, Value::Bytes(text)) => Attribute::Text(text),
                (3, Value::Varint(number)) => Attribute::Integer(number.cast_signed()),
                (4, Value::Fixed32(bits)) => Attribute::Float(f32::from_bits(bits)),
                (5, Value::Varint(flag)) => Attribute::Bool(flag != 0),
                (10, Value::Bytes(function)) => Attribute::Function(function),
                _ => continue,
            };
        }
        Ok(attribute)
    }

    /// Integers of a list; a single integer counts as a list of one.
    pub(super) fn integers(self) -> Result<Vec<i64>, Malformed> {
        let mut numbers = Vec::new();
        match self {
            Attribute::Integer(number) => numbers.push(number),
            Attribute::List(list) => {
                for field in Fields::of(list) {
                    if let (3, value) = field? {
                        integers(value, MOST_ELEMENTS, &mut numbers)?;
                    }
                }
            }
            _ => {}
        }
        Ok(numbers)
    }

    /// Floats of a list; a single float or integer counts as a list of one.
    pub(super) fn floats(self) -> Result<Vec<f32>, Malformed> {
        let mut numbers = Vec::new();
        match self {
            Attribute::Float(number) => numbers.push(number),
            Attribute::Integer(number) => numbers.push(number as f32),
            Attribute::List(list) => {
                for field in Fields::of(list) {
                    match field? {
                        (4, Value::Fixed32(bits)) => numbers.push(f32::from_bits(bits)),
                        (4, Value::Bytes(packed)) => {
                            let chunks = packed.as_chunks().0.iter();
                            numbers.extend(chunks.map(|bits| f32::from_le_bytes(*bits)).take(MOST_ELEMENTS));
                        }
                        _ => {}
                    }
                    if numbers.len() > MOST_ELEMENTS {
                        return Err(Malformed("too many numbers in a list"));
                    }
                }
            }
            _ => {}
        }
        Ok(numbers)
    }

    /// Texts of a list.
    pub(super) fn texts(self) -> Result<Vec<&'a [u8]>, Malformed> {
        let Attribute::List(list) = self else { return Ok(Vec::new()) };
        let mut texts = Vec::new();
        for text in repeated(list, 2) {
            if texts.len() == MOST_ELEMENTS {
                return Err(Malformed("too many texts in a list"));
            }
            texts.push(text?);
        }
        Ok(texts)
    }

    /// Flags of a list.
    fn flags(self) -> Result<Vec<bool>, Malformed> {
        let Attribute::List(list) = self else { return Ok(Vec::new()) };
        let mut numbers = Vec::new();
        for field in Fields::of(list) {
            if let (5, value) = field? {
                integers(value, MOST_ELEMENTS, &mut numbers)?;
            }
        }
        Ok(numbers.into_iter().map(|flag| flag != 0).collect())
    }
}

/// Appends one number, or all numbers of a packed field, as `int64`; at most `limit` in all.
pub(super) fn integers(value: Value<'_>, limit: usize, into: &mut Vec<i64>) -> Result<(), Malformed> {
    let mut push = |number: u64| {
        if into.len() == limit {
            return Err(Malformed("too many numbers in a list"));
        }
        into.push(number.cast_signed());
        Ok(())
    };
    match value {
        Value::Varint(number) => push(number),
        Value::Bytes(packed) => Packed::of(Fields::of(packed)).try_for_each(|number| push(number?)),
        Value::Fixed32(_) | Value::Fixed64(_) => Err(Malformed("an integer has another wire type")),
    }
}

/// The entries of a `map<string, AttrDef>` in field `number` of `message`, with keys as they stand.
pub(super) fn entries<'a>(
    message: &'a [u8],
    number: u64,
) -> impl Iterator<Item = Result<(&'a [u8], Attribute<'a>), Malformed>> {
    repeated(message, number).map(|entry| {
        let (mut key, mut attribute) = (&[][..], Attribute::Other);
        for field in Fields::of(entry?) {
            match field? {
                (1, Value::Bytes(bytes)) => key = bytes,
                (2, Value::Bytes(value)) => attribute = Attribute::read(value)?,
                _ => {}
            }
        }
        Ok((key, attribute))
    })
}

/// The tables that undo `om_compress_version` 1: a key that starts with a zero byte is a number, in base 127
/// with digits stored plus one, least first; it counts into `attr_name_enum`. Where `attrs_use_string_value`
/// is set for that number, an integer value counts into `attr_value_enum`.
#[derive(Default)]
pub(super) struct Names<'a> {
    names: Vec<&'a [u8]>,
    values: Vec<&'a [u8]>,
    value_is_text: Vec<bool>,
}

impl<'a> Names<'a> {
    /// Takes a model attribute, if it is one of the tables.
    pub(super) fn take(&mut self, key: &[u8], attribute: Attribute<'a>) -> Result<(), Malformed> {
        match key {
            b"attr_name_enum" => self.names = attribute.texts()?,
            b"attr_value_enum" => self.values = attribute.texts()?,
            b"attrs_use_string_value" => self.value_is_text = attribute.flags()?,
            _ => {}
        }
        Ok(())
    }

    /// The entry as it was before compression; a number outside the tables leaves it as it is.
    pub(super) fn resolve(&self, key: &'a [u8], attribute: Attribute<'a>) -> (&'a [u8], Attribute<'a>) {
        let Some(index) = compressed(key) else { return (key, attribute) };
        let Some(name) = self.names.get(index) else { return (key, attribute) };
        let text = match (self.value_is_text.get(index), attribute) {
            (Some(true), Attribute::Integer(number)) => {
                usize::try_from(number).ok().and_then(|number| self.values.get(number))
            }
            _ => None,
        };
        (name, text.map_or(attribute, |text| Attribute::Text(text)))
    }
}

/// The number in a compressed key.
fn compressed(key: &[u8]) -> Option<usize> {
    let (0, digits @ [_, ..]) = key.split_first()? else { return None };
    digits.iter().rev().try_fold(0_usize, |number, digit| {
        number.checked_mul(127)?.checked_add(usize::from(digit.checked_sub(1)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_keys() {
        assert_eq!(compressed(b"\x00\x01"), Some(0));
        assert_eq!(compressed(b"\x00\x7f"), Some(126));
        assert_eq!(compressed(b"\x00\x01\x02"), Some(127));
        assert_eq!(compressed(b"\x00\x00"), None);
        assert_eq!(compressed(b"index"), None);
        assert_eq!(compressed(b""), None);
        assert_eq!(compressed(b"\x00"), None);
        assert_eq!(compressed(&[&[0][..], &[0x7f; 40]].concat()), None);
    }

    #[test]
    fn packed_and_single_integers() {
        let mut numbers = Vec::new();
        integers(Value::Bytes(b"\x01\x96\x01"), 4, &mut numbers).unwrap();
        integers(Value::Varint(u64::MAX), 4, &mut numbers).unwrap();
        assert_eq!(numbers, [1, 150, -1]);
        assert!(integers(Value::Bytes(b"\x01\x01"), 4, &mut numbers).is_err());
    }
}
