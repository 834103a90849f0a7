//! The protobuf wire format: read from untrusted bytes, without copying and without recursion, and written.
//!
//! Source: "Encoding" in the Protocol Buffers documentation.

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    /// An integer, bool or enum.
    Varint(u64),
    /// Eight bytes, little-endian.
    Fixed64(u64),
    /// A string, bytes, message or packed numbers.
    Bytes(&'a [u8]),
    /// Four bytes, little-endian.
    Fixed32(u32),
}

/// Bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Where, from the start of the outermost message.
    pub at: u64,
    /// What is wrong there.
    pub kind: DamageKind,
}

/// What is wrong with bytes that are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DamageKind {
    /// The message ends inside a number that takes `needed` more bytes, of which `left` are there.
    InNumber { needed: u64, left: u64 },
    /// A field of `needed` bytes in a message that has `left`.
    InField { needed: u64, left: u64 },
    /// A number of more than 64 bits.
    LongNumber,
    /// A key of no field: a number or a wire type that does not exist.
    NoField,
}

/// The fields of a message, in file order: their numbers and values. Ends after the first damage.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    at: u64,
}

impl<'a> Fields<'a> {
    /// The fields of an outermost message.
    pub(crate) fn of(message: &'a [u8]) -> Fields<'a> {
        Fields { rest: message, at: 0 }
    }

    /// The fields of the message `value`, which the last field is.
    pub(crate) fn inside(&self, value: &'a [u8]) -> Fields<'a> {
        Fields { rest: value, at: self.at - value.len() as u64 }
    }

    /// Where the next field is, from the start of the outermost message.
    pub(crate) fn offset(&self) -> u64 {
        self.at
    }

    fn next_field(&mut self) -> Result<(u64, Value<'a>), Damage> {
        let at = self.at;
        let key = self.varint()?;
        let number = key >> 3;
        if number == 0 || number >= 1 << 29 {
            return Err(Damage { at, kind: DamageKind::NoField });
        }
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let needed = self.varint()?;
                let left = self.rest.len() as u64;
                let Some((value, rest)) =
                    usize::try_from(needed).ok().and_then(|length| self.rest.split_at_checked(length))
                else {
                    return Err(Damage { at: self.at, kind: DamageKind::InField { needed, left } });
                };
                (self.rest, self.at) = (rest, self.at + needed);
                Value::Bytes(value)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Damage { at, kind: DamageKind::NoField }),
        };
        Ok((number, value))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        let Some((value, rest)) = self.rest.split_first_chunk() else {
            let kind = DamageKind::InNumber { needed: N as u64, left: self.rest.len() as u64 };
            return Err(Damage { at: self.at, kind });
        };
        (self.rest, self.at) = (rest, self.at + N as u64);
        Ok(*value)
    }

    /// Hostile files have numbers by the million, so this looks at each byte once and is short when built for debugging.
    fn varint(&mut self) -> Result<u64, Damage> {
        let (start, mut value, mut shift) = (self.at, 0, 0);
        while let [byte, rest @ ..] = self.rest {
            (self.rest, self.at) = (rest, self.at + 1);
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has the last bit of 64, and no byte follows it.
            if shift == 63 && *byte > 1 {
                return Err(Damage { at: start, kind: DamageKind::LongNumber });
            }
            value |= bits << shift;
            if *byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
        Err(Damage { at: self.at, kind: DamageKind::InNumber { needed: 1, left: 0 } })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.next_field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// The numbers of a packed field. Ends after the first damage.
pub(crate) struct Packed<'a>(Fields<'a>);

impl<'a> Packed<'a> {
    /// The numbers in `fields`, which are no fields.
    pub(crate) fn of(fields: Fields<'a>) -> Packed<'a> {
        Packed(fields)
    }
}

impl Iterator for Packed<'_> {
    type Item = Result<u64, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.rest.is_empty() {
            return None;
        }
        let number = self.0.varint();
        if number.is_err() {
            self.0.rest = &[];
        }
        Some(number)
    }
}

/// The length-delimited values of field `number`.
pub(crate) fn repeated(message: &[u8], number: u64) -> impl Iterator<Item = Result<&[u8], Damage>> {
    Fields::of(message).filter_map(move |field| match field {
        Ok((found, Value::Bytes(bytes))) if found == number => Some(Ok(bytes)),
        Ok(_) => None,
        Err(damage) => Some(Err(damage)),
    })
}

const VARINT: u64 = 0;
const LENGTH_DELIMITED: u64 = 2;

/// A message that is written; fields stand in the order of the calls.
///
/// Repeated integers are written one by one, as the proto2 schema of ONNX has them, so equal models give equal bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message(Vec<u8>);

impl Message {
    /// An `int64`, `int32` or enum field.
    pub(crate) fn integer(mut self, field: u64, value: i64) -> Message {
        self.varint(field << 3 | VARINT);
        self.varint(value.cast_unsigned());
        self
    }

    /// A repeated integer field.
    pub(crate) fn integers(self, field: u64, values: &[i64]) -> Message {
        values.iter().fold(self, |message, value| message.integer(field, *value))
    }

    /// A `bytes` field.
    pub(crate) fn bytes(mut self, field: u64, value: &[u8]) -> Message {
        self.varint(field << 3 | LENGTH_DELIMITED);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// A `string` field.
    pub(crate) fn text(self, field: u64, value: &str) -> Message {
        self.bytes(field, value.as_bytes())
    }

    /// A field that is itself a message.
    pub(crate) fn message(self, field: u64, value: Message) -> Message {
        self.bytes(field, &value.0)
    }

    /// A repeated message field.
    pub(crate) fn messages(self, field: u64, values: impl IntoIterator<Item = Message>) -> Message {
        values.into_iter().fold(self, |message, value| message.message(field, value))
    }

    /// The encoded message.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// What only the samples of tests have.
#[cfg(test)]
impl Message {
    /// A `float` field.
    pub(crate) fn float(mut self, field: u64, value: f32) -> Message {
        self.varint(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A packed integer field.
    pub(crate) fn packed(self, field: u64, values: &[i64]) -> Message {
        let mut numbers = Message::default();
        values.iter().for_each(|value| numbers.varint(value.cast_unsigned()));
        self.message(field, numbers)
    }
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
        use DamageKind::{InField, InNumber, LongNumber, NoField};
        for (bytes, at, kind) in [
            (&b"\x08"[..], 1, InNumber { needed: 1, left: 0 }),
            (b"\x08\x80", 2, InNumber { needed: 1, left: 0 }),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 1, LongNumber),
            (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 1, LongNumber),
            (b"\x12\x05hi", 2, InField { needed: 5, left: 2 }),
            (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, InField { needed: u64::MAX, left: 0 }),
            (b"\x1d\x00", 1, InNumber { needed: 4, left: 1 }),
            (b"\x0b\x0c", 0, NoField),
            (b"\x02\x00", 0, NoField),
            (b"\x80\x80\x80\x80\x10\x00", 0, NoField),
        ] {
            let fields: Vec<_> = Fields::of(bytes).collect();
            assert_eq!(fields, [Err(Damage { at, kind })], "{bytes:02x?}");
        }
    }

    #[test]
    fn nested_messages_know_their_place() {
        let mut outer = Fields::of(b"\x08\x01\x12\x03\x08\x01\x0b");
        assert_eq!(outer.next(), Some(Ok((1, Value::Varint(1)))));
        let Some(Ok((2, Value::Bytes(value)))) = outer.next() else { panic!("field 2 is a message") };
        let mut inner = outer.inside(value);
        assert_eq!(inner.offset(), 4);
        assert_eq!(inner.next(), Some(Ok((1, Value::Varint(1)))));
        assert_eq!(inner.next(), Some(Err(Damage { at: 6, kind: DamageKind::NoField })));
    }

    #[test]
    fn numbers_up_to_64_bits() {
        let read = |bytes: &[u8]| Packed::of(Fields::of(bytes)).collect::<Result<Vec<_>, _>>();
        assert_eq!(read(&[0xb1, 0x4b, 1]), Ok(vec![9649, 1]));
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Ok(vec![u64::MAX]));
        let long = Damage { at: 1, kind: DamageKind::LongNumber };
        assert_eq!(read(&[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]), Err(long));
    }

    /// The examples of the Protocol Buffers documentation, and a negative number's ten bytes.
    #[test]
    fn documented_examples() {
        assert_eq!(Message::default().integer(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(Message::default().text(2, "testing").into_bytes(), b"\x12\x07testing");
        let inner = Message::default().integer(1, 150);
        assert_eq!(Message::default().message(3, inner).into_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let minus_two = Message::default().integer(1, -2).into_bytes();
        assert_eq!(minus_two, [0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
        assert_eq!(Message::default().integers(8, &[1, 2]).into_bytes(), [0x40, 1, 0x40, 2]);
        let packed = Message::default().packed(6, &[3, 270, 86_942]).into_bytes();
        assert_eq!(packed, b"\x32\x06\x03\x8e\x02\x9e\xa7\x05");
    }
}
