//! Just enough of the protobuf wire format to write an ONNX file.
//!
//! Source: "Encoding" in the Protocol Buffers documentation. Repeated integers are written one by one, as
//! the proto2 schema of ONNX has them, so equal models give equal bytes.

const VARINT: u64 = 0;
const LENGTH_DELIMITED: u64 = 2;

/// A message under construction; fields stand in the order of the calls.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// An `int64`, `int32` or enum field.
    pub(super) fn integer(mut self, field: u64, value: i64) -> Message {
        self.varint(field << 3 | VARINT);
        self.varint(value.cast_unsigned());
        self
    }

    /// A repeated integer field.
    pub(super) fn integers(self, field: u64, values: &[i64]) -> Message {
        values.iter().fold(self, |message, value| message.integer(field, *value))
    }

    /// A `bytes` field.
    pub(super) fn bytes(mut self, field: u64, value: &[u8]) -> Message {
        self.varint(field << 3 | LENGTH_DELIMITED);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// A `string` field.
    pub(super) fn text(self, field: u64, value: &str) -> Message {
        self.bytes(field, value.as_bytes())
    }

    /// A field that is itself a message.
    pub(super) fn message(self, field: u64, value: Message) -> Message {
        self.bytes(field, &value.0)
    }

    /// A repeated message field.
    pub(super) fn messages(self, field: u64, values: impl IntoIterator<Item = Message>) -> Message {
        values.into_iter().fold(self, |message, value| message.message(field, value))
    }

    /// The encoded message.
    pub(super) fn into_bytes(self) -> Vec<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
