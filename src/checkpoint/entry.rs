//! A tensor as a file describes it. Making one checks its shape against its payload without reading a value.

use super::cursor::Cursor;
use super::dtype::{Dtype, Kind};
use super::error::Fault;
use super::limits::{MAX_NAME, MAX_RANK};
use crate::network::Tensor;
use std::borrow::Cow;

/// A tensor whose values are still in the file.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    /// Full name in the file: the keys that lead to it and its own name, joined by dots.
    pub name: Cow<'a, str>,
    /// How many bytes of the name are the keys; 0 in formats that have none.
    key_length: usize,
    pub dtype: Dtype<'a>,
    /// Shape; empty for a scalar.
    pub shape: Vec<usize>,
    payload: Payload<'a>,
}

#[derive(Debug)]
enum Payload<'a> {
    /// Row-major, in pieces that follow one another; each holds whole elements.
    Pieces(Vec<&'a [u8]>),
    /// Element `[i, j, ...]` is number `offset + i * strides[0] + j * strides[1] + ...` of the storage.
    Strided { storage: &'a [u8], offset: usize, strides: Vec<usize> },
    /// Not read: a tensor that can be no weight.
    None,
}

impl<'a> Entry<'a> {
    /// A tensor whose values are all of `pieces`, row-major.
    pub fn of_pieces(
        name: Cow<'a, str>,
        dtype: Dtype<'a>,
        shape: &[u64],
        pieces: Vec<&'a [u8]>,
    ) -> Result<Self, Fault> {
        let found: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        // MindSpore 1.x wrote a scalar as `[0]` with one element behind it.
        let is_scalar = shape == [0] && found > 0 && dtype.size().is_none_or(|size| size as u64 == found);
        let shape = if is_scalar { &[] } else { shape };
        let (shape, elements) = count(&name, shape)?;
        if let Some(size) = dtype.size() {
            let needed = elements as u64 * size as u64;
            if found != needed || pieces.iter().any(|piece| piece.len() % size != 0) {
                let (name, dtype) = (name.into_owned(), dtype.word.into_owned());
                return Err(Fault::Length { name, dtype, shape, needed, found });
            }
        }
        Ok(Entry { name, key_length: 0, dtype, shape, payload: Payload::Pieces(pieces) })
    }

    /// A tensor whose values lie in `storage`, which other tensors may share, at an offset and with strides
    /// counted in elements.
    pub fn of_storage(
        name: &str,
        key_length: usize,
        dtype: Dtype<'a>,
        shape: &[u64],
        storage: &'a [u8],
        offset: u64,
        strides: &[u64],
    ) -> Result<Self, Fault> {
        let outside = |problem: &'static str| Err(Fault::Storage { name: name.to_string(), problem });
        let Some(size) = dtype.size() else { return outside("has elements of unknown size") };
        let (shape, elements) = count(name, shape)?;
        if strides.len() != shape.len() {
            return outside("has not one stride for each dimension");
        }
        let payload = if elements == 0 {
            Payload::Pieces(Vec::new())
        } else {
            let last = shape.iter().zip(strides).try_fold(offset, |last, (&extent, &stride)| {
                stride.checked_mul(extent as u64 - 1).and_then(|reach| last.checked_add(reach))
            });
            let available = storage.len() / size;
            if last.is_none_or(|last| last >= available as u64) {
                return outside("reaches past the end of its storage");
            }
            // `last` fits in the storage, so `offset` and every stride that is used fit in a usize.
            let offset = offset as usize;
            if is_row_major(&shape, strides) {
                Payload::Pieces(vec![&storage[offset * size..(offset + elements) * size]])
            } else {
                Payload::Strided { storage, offset, strides: strides.iter().map(|&s| s as usize).collect() }
            }
        };
        Ok(Entry { name: Cow::Owned(name.to_string()), key_length, dtype, shape, payload })
    }

    /// A tensor of a type that no weight has, in the file's `word`.
    pub fn without_values(name: &str, key_length: usize, word: &str) -> Self {
        let dtype = Dtype { word: Cow::Owned(word.to_string()), kind: None };
        Entry {
            name: Cow::Owned(name.to_string()),
            key_length,
            dtype,
            shape: Vec::new(),
            payload: Payload::None,
        }
    }

    /// The keys that lead to the tensor, joined by dots.
    pub fn key(&self) -> &str {
        &self.name[..self.key_length]
    }

    /// The name without those keys.
    pub fn own_name(&self) -> &str {
        match self.key_length {
            0 => &self.name,
            length => &self.name[length + 1..],
        }
    }

    /// Whether both are the same bytes of the file, read in the same order.
    pub fn has_values_of(&self, other: &Entry) -> bool {
        self.dtype == other.dtype
            && self.shape == other.shape
            && match (&self.payload, &other.payload) {
                (Payload::Pieces(a), Payload::Pieces(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(*a, *b))
                }
                (
                    Payload::Strided { storage: a, offset: i, strides: s },
                    Payload::Strided { storage: b, offset: j, strides: t },
                ) => std::ptr::eq(*a, *b) && i == j && s == t,
                _ => false,
            }
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Length of the payload in bytes.
    pub fn bytes(&self) -> u64 {
        match &self.payload {
            Payload::Pieces(pieces) => pieces.iter().map(|piece| piece.len() as u64).sum(),
            Payload::None => 0,
            Payload::Strided { .. } => (self.elements() * self.dtype.size().unwrap_or(0)) as u64,
        }
    }

    /// The values as float32, row-major; no values if the type is no float.
    pub fn to_tensor(&self) -> Tensor {
        let mut data = Vec::new();
        if let (true, Some(kind)) = (self.dtype.is_float(), self.dtype.kind) {
            data.reserve_exact(self.elements());
            match &self.payload {
                Payload::Pieces(pieces) => pieces.iter().for_each(|piece| kind.widen(piece, &mut data)),
                Payload::Strided { storage, offset, strides } => {
                    gather(kind, storage, *offset, &self.shape, strides, &mut data);
                }
                Payload::None => {}
            }
        }
        Tensor { shape: self.shape.clone(), data }
    }

    /// The value of a scalar, of a tensor of one element or of a text.
    pub fn show(&self) -> Option<String> {
        let kind = self.dtype.kind?;
        match &self.payload {
            Payload::Pieces(pieces) if kind == Kind::Text || self.elements() == 1 => {
                pieces.first().map(|piece| kind.show(piece))
            }
            _ => None,
        }
    }
}

/// The name in the next `count` bytes.
pub(super) fn name<'a>(cursor: &mut Cursor<'a>, count: u64) -> Result<&'a str, Fault> {
    if count > MAX_NAME as u64 {
        let limit = MAX_NAME as u64;
        return Err(Fault::TooMany { offset: cursor.offset(), what: "bytes in a tensor's name", limit });
    }
    let at = cursor.clone();
    std::str::from_utf8(cursor.take(count, "a tensor's name")?)
        .map_err(|_| at.malformed("a tensor's name is no UTF-8 text"))
}

/// The shape in this machine's words, and its product; refused where the product times 8 bytes would not fit.
fn count(name: &str, shape: &[u64]) -> Result<(Vec<usize>, usize), Fault> {
    let checked = || {
        let shape: Vec<usize> =
            shape.iter().map(|&extent| usize::try_from(extent).ok()).collect::<Option<_>>()?;
        let elements = shape.iter().try_fold(1usize, |product, &extent| product.checked_mul(extent))?;
        elements.checked_mul(8)?;
        (shape.len() <= MAX_RANK).then_some((shape, elements))
    };
    checked().ok_or_else(|| Fault::Shape {
        name: name.to_string(),
        shape: shape.iter().copied().take(MAX_RANK + 1).collect(),
    })
}

fn is_row_major(shape: &[usize], strides: &[u64]) -> bool {
    let mut expected = 1;
    shape.iter().zip(strides).rev().all(|(&extent, &stride)| {
        let fits = extent == 1 || stride == expected;
        expected *= extent as u64;
        fits
    })
}

/// Appends the elements that `shape` and `strides` pick from `storage`, row-major.
fn gather(
    kind: Kind,
    storage: &[u8],
    offset: usize,
    shape: &[usize],
    strides: &[usize],
    into: &mut Vec<f32>,
) {
    let Some(size) = kind.size() else { return };
    let mut index = vec![0; shape.len()];
    for _ in 0..shape.iter().product() {
        let at = offset + index.iter().zip(strides).map(|(i, stride)| i * stride).sum::<usize>();
        kind.widen(&storage[at * size..(at + 1) * size], into);
        for (i, &extent) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < extent {
                break;
            }
            *i = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floats(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn strides_and_offset_are_honoured() {
        let storage = floats(&[9.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let entry =
            Entry::of_storage("t", 0, Dtype::torch("FloatStorage"), &[3, 2], &storage, 1, &[1, 3]).unwrap();
        assert_eq!(entry.to_tensor(), Tensor { shape: vec![3, 2], data: vec![0., 3., 1., 4., 2., 5.] });
        assert_eq!(entry.bytes(), 24);
        let entry =
            Entry::of_storage("t", 0, Dtype::torch("FloatStorage"), &[2, 3], &storage, 1, &[3, 1]).unwrap();
        assert_eq!(entry.to_tensor().data, [0., 1., 2., 3., 4., 5.]);
    }

    #[test]
    fn nothing_outside_a_storage_is_read() {
        let storage = floats(&[0.0; 6]);
        for (shape, offset, strides) in [
            (&[6_u64][..], 1, &[1_u64][..]),
            (&[2, 3], 0, &[4, 1]),
            (&[2], u64::MAX, &[1]),
            (&[3], 0, &[u64::MAX]),
            (&[2, 3], 0, &[1]),
            (&[1 << 40, 1 << 40], 0, &[0, 0]),
        ] {
            let made =
                Entry::of_storage("t", 0, Dtype::torch("FloatStorage"), shape, &storage, offset, strides);
            assert!(matches!(made, Err(Fault::Storage { .. } | Fault::Shape { .. })), "{shape:?} {made:?}");
        }
    }

    #[test]
    fn a_piece_holds_whole_elements() {
        let bytes = floats(&[1.0, 2.0]);
        let of = |pieces| Entry::of_pieces("t".into(), Dtype::mindspore("Float32"), &[2], pieces);
        assert_eq!(of(vec![&bytes[..4], &bytes[4..]]).unwrap().to_tensor().data, [1.0, 2.0]);
        assert!(matches!(of(vec![&bytes[..3], &bytes[3..]]), Err(Fault::Length { .. })));
        assert!(matches!(of(vec![&bytes[..4]]), Err(Fault::Length { needed: 8, found: 4, .. })));
    }
}
