//! Element types: the words each format has for them, their size, and the way to float32.

use half::{bf16, f16};
use std::borrow::Cow;

/// An element type as a file names it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dtype<'a> {
    /// The file's own word.
    pub word: Cow<'a, str>,
    /// What the word means, if it is known.
    pub kind: Option<Kind>,
}

/// Little-endian element types whose size is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float16,
    BFloat16,
    Float32,
    Float64,
    Bool,
    /// Two's complement of 1, 2, 4 or 8 bytes.
    Signed(usize),
    /// 1, 2, 4 or 8 bytes.
    Unsigned(usize),
    /// UTF-32LE text of any length.
    Text,
    /// No weights, of so many bytes: complex, quantized, 8-bit floats.
    Other(usize),
}

impl<'a> Dtype<'a> {
    /// MindSpore's `tensor_type`; releases about 1.2 wrote `Uint8` for `UInt8`.
    pub fn mindspore(word: &'a str) -> Self {
        let kind = match word {
            "Float16" => Some(Kind::Float16),
            "BFloat16" => Some(Kind::BFloat16),
            "Float32" => Some(Kind::Float32),
            "Float64" => Some(Kind::Float64),
            "Bool" => Some(Kind::Bool),
            "Int8" => Some(Kind::Signed(1)),
            "Int16" => Some(Kind::Signed(2)),
            "Int32" => Some(Kind::Signed(4)),
            "Int64" => Some(Kind::Signed(8)),
            "UInt8" | "Uint8" => Some(Kind::Unsigned(1)),
            "UInt16" | "Uint16" => Some(Kind::Unsigned(2)),
            "UInt32" | "Uint32" => Some(Kind::Unsigned(4)),
            "UInt64" | "Uint64" => Some(Kind::Unsigned(8)),
            "str" => Some(Kind::Text),
            _ => None,
        };
        Dtype { word: Cow::Borrowed(word), kind }
    }

    /// The `dtype` of a safetensors header.
    pub fn safetensors(word: String) -> Self {
        let kind = match word.as_str() {
            "F16" => Some(Kind::Float16),
            "BF16" => Some(Kind::BFloat16),
            "F32" => Some(Kind::Float32),
            "F64" => Some(Kind::Float64),
            "BOOL" => Some(Kind::Bool),
            "I8" => Some(Kind::Signed(1)),
            "I16" => Some(Kind::Signed(2)),
            "I32" => Some(Kind::Signed(4)),
            "I64" => Some(Kind::Signed(8)),
            "U8" => Some(Kind::Unsigned(1)),
            "U16" => Some(Kind::Unsigned(2)),
            "U32" => Some(Kind::Unsigned(4)),
            "U64" => Some(Kind::Unsigned(8)),
            "F8_E4M3" | "F8_E5M2" | "F8_E8M0" => Some(Kind::Other(1)),
            "C64" => Some(Kind::Other(8)),
            _ => None,
        };
        Dtype { word: Cow::Owned(word), kind }
    }

    /// The class of a PyTorch storage, without its module, or the name of an element type in `torch`.
    pub fn torch(word: &'a str) -> Self {
        let kind = match word {
            "HalfStorage" | "float16" => Some(Kind::Float16),
            "BFloat16Storage" | "bfloat16" => Some(Kind::BFloat16),
            "FloatStorage" | "float32" => Some(Kind::Float32),
            "DoubleStorage" | "float64" => Some(Kind::Float64),
            "BoolStorage" | "bool" => Some(Kind::Bool),
            "CharStorage" | "int8" => Some(Kind::Signed(1)),
            "ShortStorage" | "int16" => Some(Kind::Signed(2)),
            "IntStorage" | "int32" => Some(Kind::Signed(4)),
            "LongStorage" | "int64" => Some(Kind::Signed(8)),
            "ByteStorage" | "UntypedStorage" | "uint8" => Some(Kind::Unsigned(1)),
            "uint16" => Some(Kind::Unsigned(2)),
            "uint32" => Some(Kind::Unsigned(4)),
            "uint64" => Some(Kind::Unsigned(8)),
            "QInt8Storage" | "QUInt8Storage" | "QUInt4x2Storage" | "QUInt2x4Storage" => Some(Kind::Other(1)),
            "QInt32Storage" => Some(Kind::Other(4)),
            "ComplexFloatStorage" => Some(Kind::Other(8)),
            "ComplexDoubleStorage" => Some(Kind::Other(16)),
            _ => None,
        };
        Dtype { word: Cow::Borrowed(word), kind }
    }

    /// The code of a NumPy type, such as `f8`.
    pub fn numpy(word: &'a str) -> Self {
        let kind = match word {
            "f2" => Some(Kind::Float16),
            "f4" => Some(Kind::Float32),
            "f8" => Some(Kind::Float64),
            "b1" => Some(Kind::Bool),
            "i1" => Some(Kind::Signed(1)),
            "i2" => Some(Kind::Signed(2)),
            "i4" => Some(Kind::Signed(4)),
            "i8" => Some(Kind::Signed(8)),
            "u1" => Some(Kind::Unsigned(1)),
            "u2" => Some(Kind::Unsigned(2)),
            "u4" => Some(Kind::Unsigned(4)),
            "u8" => Some(Kind::Unsigned(8)),
            _ => None,
        };
        Dtype { word: Cow::Borrowed(word), kind }
    }

    /// Bytes of an element; unknown for text and for words we do not know.
    pub fn size(&self) -> Option<usize> {
        self.kind.and_then(Kind::size)
    }

    /// Whether elements can be weights.
    pub fn is_float(&self) -> bool {
        matches!(self.kind, Some(Kind::Float16 | Kind::BFloat16 | Kind::Float32 | Kind::Float64))
    }
}

impl Kind {
    pub fn size(self) -> Option<usize> {
        match self {
            Kind::Float16 | Kind::BFloat16 => Some(2),
            Kind::Float32 => Some(4),
            Kind::Float64 => Some(8),
            Kind::Bool => Some(1),
            Kind::Signed(size) | Kind::Unsigned(size) | Kind::Other(size) => Some(size),
            Kind::Text => None,
        }
    }

    /// Appends the floats in `bytes` to `into`; other kinds append nothing. Float64 is rounded to the nearest
    /// float32, and what is too large for one becomes an infinity, which no weight may be.
    pub fn widen(self, bytes: &[u8], into: &mut Vec<f32>) {
        match self {
            Kind::Float16 => into.extend(bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32())),
            Kind::BFloat16 => {
                into.extend(bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()))
            }
            Kind::Float32 => into.extend(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b))),
            Kind::Float64 => into.extend(bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32)),
            Kind::Bool | Kind::Signed(_) | Kind::Unsigned(_) | Kind::Text | Kind::Other(_) => {}
        }
    }

    /// The one element in `bytes`, or the text, as a person reads it.
    pub fn show(self, bytes: &[u8]) -> String {
        let mut low = [0; 8];
        let count = bytes.len().min(8);
        low[..count].copy_from_slice(&bytes[..count]);
        let bits = u64::from_le_bytes(low);
        match self {
            Kind::Float64 => f64::from_bits(bits).to_string(),
            Kind::Float16 | Kind::BFloat16 | Kind::Float32 => {
                let mut value = Vec::with_capacity(1);
                self.widen(bytes, &mut value);
                value.first().map(f32::to_string).unwrap_or_default()
            }
            Kind::Bool => (bits != 0).to_string(),
            Kind::Unsigned(_) => bits.to_string(),
            Kind::Other(_) => "not read".to_string(),
            Kind::Signed(size) => {
                let unused = 64 - 8 * size as u32;
                ((bits << unused) as i64 >> unused).to_string()
            }
            Kind::Text => bytes
                .as_chunks()
                .0
                .iter()
                .take(super::limits::MAX_SHOWN)
                .map(|b| char::from_u32(u32::from_le_bytes(*b)).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_widen_to_the_same_number() {
        let widened = |kind: Kind, bytes: &[u8]| {
            let mut into = Vec::new();
            kind.widen(bytes, &mut into);
            into
        };
        assert_eq!(widened(Kind::Float16, &[0x00, 0x3c, 0x01, 0x00]), [1.0, 2f32.powi(-24)]);
        assert_eq!(widened(Kind::BFloat16, &[0x80, 0xbf]), [-1.0]);
        assert_eq!(widened(Kind::Float32, &1.5f32.to_le_bytes()), [1.5]);
        assert_eq!(widened(Kind::Float64, &0.1f64.to_le_bytes()), [0.1f32]);
        assert_eq!(widened(Kind::Float64, &1e300f64.to_le_bytes()), [f32::INFINITY]);
    }

    #[test]
    fn scalars_are_shown_as_numbers() {
        assert_eq!(Kind::Signed(4).show(&(-3i32).to_le_bytes()), "-3");
        assert_eq!(Kind::Unsigned(1).show(&[200]), "200");
        assert_eq!(Kind::Float32.show(&0.25f32.to_le_bytes()), "0.25");
        assert_eq!(Kind::Bool.show(&[1]), "true");
        assert_eq!(Kind::Text.show(&[b'o', 0, 0, 0, b'k', 0, 0, 0]), "ok");
    }
}
