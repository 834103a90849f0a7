//! Reading the protobuf wire format from untrusted bytes, without copying and without recursion.

use super::error::Malformed;

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// An integer, bool or enum.
    Varint(u64),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// A string, bytes, message or packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes, little-endian.
    Fixed32(u32),
}

/// The fields of a message, in file order; ends after the first error.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Fields<'a> {
        Fields(message)
    }

    fn next_field(&mut self) -> Result<(u64, Value<'a>), Malformed> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = varint(&mut self.0)?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let Some((value, rest)) = self.0.split_at_checked(length) else {
                    return Err(Malformed("a field is longer than its message"));
                };
                self.0 = rest;
                Value::Bytes(value)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Malformed("unknown wire type")),
        };
        Ok((key >> 3, value))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let Some((value, rest)) = self.0.split_first_chunk() else {
            return Err(Malformed("the message ends inside a number"));
        };
        self.0 = rest;
        Ok(*value)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.next_field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

/// The length-delimited values of field `number`.
pub(super) fn repeated(message: &[u8], number: u64) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    Fields::of(message).filter_map(move |field| match field {
        Ok((found, Value::Bytes(bytes))) if found == number => Some(Ok(bytes)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
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
        Value::Bytes(mut packed) => {
            while !packed.is_empty() {
                push(varint(&mut packed)?)?;
            }
            Ok(())
        }
        Value::Fixed32(_) | Value::Fixed64(_) => Err(Malformed("an integer has another wire type")),
    }
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, rest)) = bytes.split_first() else {
            return Err(Malformed("the message ends inside a number"));
        };
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Malformed("a number is longer than ten bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_types() {
        let bytes = b"\x08\x96\x01\x12\x02hi\x1d\x00\x00\x80\x3f\x21\x01\x00\x00\x00\x00\x00\x00\x00";
        let fields: Vec<_> = Fields::of(bytes).collect::<Result<_, _>>().unwrap();
        let expected = [
            (1, Value::Varint(150)),
            (2, Value::Bytes(b"hi")),
            (3, Value::Fixed32(0x3f80_0000)),
            (4, Value::Fixed64(1)),
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn damage_ends_the_iteration() {
        for (bytes, what) in [
            (&b"\x08"[..], "the message ends inside a number"),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a number is longer than ten bytes"),
            (b"\x12\x05hi", "a field is longer than its message"),
            (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a field is longer than its message"),
            (b"\x1d\x00", "the message ends inside a number"),
            (b"\x0b\x0c", "unknown wire type"),
        ] {
            let fields: Vec<_> = Fields::of(bytes).collect();
            assert_eq!(fields, [Err(Malformed(what))], "{bytes:02x?}");
        }
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
