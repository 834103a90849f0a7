//! Variables: numbers, text, cells, structures.

use super::MatError;
use super::cursor::{self, Budget, Cursor, Element};
use super::value::{Cells, Matrix, Numbers, Struct, Text, Value};

/// Array classes.
const CELL: u8 = 1;
const STRUCT: u8 = 2;
const CHAR: u8 = 4;
const SPARSE: u8 = 5;
const SINGLE: u8 = 7;
const NUMERIC: std::ops::RangeInclusive<u8> = 6..=15;

/// Flag of complex numbers.
const COMPLEX: u32 = 0x0800;

/// Least bytes of an element: its tag.
const TAG: usize = 8;

/// A variable and its name.
pub(super) fn named(
    element: &Element<'_>,
    depth: usize,
    budget: &mut Budget,
) -> Result<(String, Value), MatError> {
    let offset = element.offset;
    if depth == 0 {
        return Err(MatError::TooDeep { offset });
    }
    // An empty cell is a matrix of no bytes.
    if element.data.is_empty() {
        return Ok((String::new(), empty()));
    }
    let mut parts = Cursor::inside(element);
    let flags = expect(parts.element()?, &[cursor::UINT32], "array flags")?;
    let flags = integers(&flags).first().copied().unwrap_or(0.0) as u32;
    let class = flags as u8;
    if class == 17 {
        // An opaque object has no dimensions where others have them.
        return Ok((String::new(), Value::Other("an opaque object")));
    }
    let dims = dims(&expect(parts.element()?, &[cursor::INT32], "dimensions")?)?;
    let name = expect(parts.element()?, &[cursor::INT8, cursor::UINT8, cursor::UTF8], "a name")?;
    let name = String::from_utf8_lossy(name.data).into_owned();
    budget.take(name.len() + size_of::<Value>(), offset)?;
    let count = dims.iter().try_fold(1usize, |n, dim| n.checked_mul(*dim));
    let count = count.ok_or_else(|| shape(offset, format!("dimensions {dims:?} are too large")))?;
    let value = match class {
        _ if flags & COMPLEX != 0 => Value::Other("complex numbers"),
        CELL => Value::Cells(Cells { values: matrices(&mut parts, offset, count, depth, budget)?, dims }),
        STRUCT => structure(&mut parts, offset, dims, count, depth, budget)?,
        CHAR => text(&parts.element()?, dims, count, budget)?,
        SPARSE => Value::Other("a sparse matrix"),
        class if NUMERIC.contains(&class) => numbers(&parts.element()?, class, dims, count, budget)?,
        _ => Value::Other("an object or a function"),
    };
    Ok((name, value))
}

fn empty() -> Value {
    Value::Numbers(Matrix { dims: vec![0, 0], numbers: Numbers::F64(Vec::new()) })
}

fn shape(offset: usize, problem: String) -> MatError {
    MatError::Shape { offset, problem }
}

fn expect<'a>(element: Element<'a>, kinds: &[u32], wanted: &'static str) -> Result<Element<'a>, MatError> {
    match kinds.contains(&element.kind) {
        true => Ok(element),
        false => Err(MatError::Unexpected { offset: element.offset, kind: element.kind, wanted }),
    }
}

fn dims(element: &Element<'_>) -> Result<Vec<usize>, MatError> {
    let dims = integers(element);
    if !(2..=32).contains(&dims.len()) || dims.iter().any(|dim| *dim < 0.0) {
        return Err(shape(element.offset, format!("dimensions {dims:?}, expected 2 to 32 of at least 0")));
    }
    Ok(dims.into_iter().map(|dim| dim as usize).collect())
}

/// `count` matrices that follow each other.
fn matrices(
    parts: &mut Cursor<'_>,
    offset: usize,
    count: usize,
    depth: usize,
    budget: &mut Budget,
) -> Result<Vec<Value>, MatError> {
    if count > parts.left() / TAG {
        return Err(shape(offset, format!("{count} cells cannot be in {} bytes", parts.left())));
    }
    budget.take(count * size_of::<Value>(), offset)?;
    (0..count)
        .map(|_| {
            let element = expect(parts.element()?, &[cursor::MATRIX], "a matrix")?;
            Ok(named(&element, depth - 1, budget)?.1)
        })
        .collect()
}

fn structure(
    parts: &mut Cursor<'_>,
    offset: usize,
    dims: Vec<usize>,
    count: usize,
    depth: usize,
    budget: &mut Budget,
) -> Result<Value, MatError> {
    let length = expect(parts.element()?, &[cursor::INT32], "a length of field names")?;
    let length = integers(&length).first().copied().unwrap_or(0.0);
    let names = expect(parts.element()?, &[cursor::INT8, cursor::UINT8], "field names")?;
    if length < 1.0 || names.data.len() % length as usize != 0 {
        return Err(shape(offset, format!("{} bytes are no field names of {length}", names.data.len())));
    }
    let cut = |name: &[u8]| {
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        String::from_utf8_lossy(&name[..end]).into_owned()
    };
    let mut fields: Vec<(String, Vec<Value>)> =
        names.data.chunks_exact(length as usize).map(|name| (cut(name), Vec::new())).collect();
    let all = fields.len().checked_mul(count);
    let all = all.ok_or_else(|| shape(offset, format!("dimensions {dims:?} are too large")))?;
    let values = matrices(parts, offset, all, depth, budget)?;
    let width = fields.len();
    // Element after element, each with all its fields.
    for (at, value) in values.into_iter().enumerate() {
        fields[at % width].1.push(value);
    }
    Ok(Value::Struct(Struct { dims, fields }))
}

fn numbers(
    element: &Element<'_>,
    class: u8,
    dims: Vec<usize>,
    count: usize,
    budget: &mut Budget,
) -> Result<Value, MatError> {
    let offset = element.offset;
    let Some(width) = width(element.kind) else {
        return Err(MatError::Unexpected { offset, kind: element.kind, wanted: "numbers" });
    };
    if count.checked_mul(width) != Some(element.data.len()) {
        let problem = format!("dimensions {dims:?} for {} bytes of numbers of {width}", element.data.len());
        return Err(shape(offset, problem));
    }
    let numbers = if class == SINGLE {
        budget.take(count.saturating_mul(size_of::<f32>()), offset)?;
        Numbers::F32(read(element, |number| number as f32))
    } else {
        budget.take(count.saturating_mul(size_of::<f64>()), offset)?;
        Numbers::F64(read(element, |number| number))
    };
    Ok(Value::Numbers(Matrix { dims, numbers }))
}

fn text(
    element: &Element<'_>,
    dims: Vec<usize>,
    count: usize,
    budget: &mut Budget,
) -> Result<Value, MatError> {
    let offset = element.offset;
    budget.take(element.data.len().saturating_mul(size_of::<char>()), offset)?;
    let characters: Vec<char> = match element.kind {
        cursor::INT8 | cursor::UINT8 | cursor::UTF8 => {
            String::from_utf8_lossy(element.data).chars().collect()
        }
        cursor::UINT16 | cursor::UTF16 => {
            let units = read(element, |number| number as u16);
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        cursor::UINT32 | cursor::UTF32 => {
            read(element, |number| char::from_u32(number as u32).unwrap_or(char::REPLACEMENT_CHARACTER))
        }
        kind => return Err(MatError::Unexpected { offset, kind, wanted: "characters" }),
    };
    // Dimensions count code units of the file's own encoding, so only a text of several lines must fit exactly.
    if dims.first() != Some(&1) && count != characters.len() && count != 0 {
        return Err(shape(offset, format!("dimensions {dims:?} for {} characters", characters.len())));
    }
    Ok(Value::Text(Text { dims, characters }))
}

/// Bytes of a number of this type.
fn width(kind: u32) -> Option<usize> {
    match kind {
        cursor::INT8 | cursor::UINT8 => Some(1),
        cursor::INT16 | cursor::UINT16 => Some(2),
        cursor::INT32 | cursor::UINT32 | cursor::SINGLE => Some(4),
        cursor::DOUBLE | cursor::INT64 | cursor::UINT64 => Some(8),
        _ => None,
    }
}

fn integers(element: &Element<'_>) -> Vec<f64> {
    read(element, |number| number)
}

/// The numbers of an element of any numeric type.
fn read<T>(element: &Element<'_>, to: impl Fn(f64) -> T) -> Vec<T> {
    fn each<const N: usize, T>(
        element: &Element<'_>,
        to: impl Fn(f64) -> T,
        from: impl Fn([u8; N]) -> f64,
    ) -> Vec<T> {
        let one = |bytes: &[u8; N]| {
            let mut bytes = *bytes;
            if element.is_big_endian {
                bytes.reverse();
            }
            to(from(bytes))
        };
        element.data.as_chunks::<N>().0.iter().map(one).collect()
    }
    match element.kind {
        cursor::INT8 => each(element, to, |b| f64::from(i8::from_le_bytes(b))),
        cursor::UINT8 => each(element, to, |b| f64::from(u8::from_le_bytes(b))),
        cursor::INT16 => each(element, to, |b| f64::from(i16::from_le_bytes(b))),
        cursor::UINT16 | cursor::UTF16 => each(element, to, |b| f64::from(u16::from_le_bytes(b))),
        cursor::INT32 => each(element, to, |b| f64::from(i32::from_le_bytes(b))),
        cursor::UINT32 | cursor::UTF32 => each(element, to, |b| f64::from(u32::from_le_bytes(b))),
        cursor::SINGLE => each(element, to, |b| f64::from(f32::from_le_bytes(b))),
        cursor::DOUBLE => each(element, to, f64::from_le_bytes),
        cursor::INT64 => each(element, to, |b| i64::from_le_bytes(b) as f64),
        cursor::UINT64 => each(element, to, |b| u64::from_le_bytes(b) as f64),
        _ => Vec::new(),
    }
}
