//! The header of a `.npy`, as numpy's `lib/format.py` defines it: a magic, a version, the length of the header, and the
//! header, a Python literal of a dictionary with the keys `descr`, `fortran_order` and `shape`.

use crate::network::FEATURE_LENGTH;

/// Bytes of a header written here: room for any row count.
pub(super) const LENGTH: usize = 128;

/// Longest header that is read; numpy writes some hundred bytes.
const LIMIT: usize = 1 << 16;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes before the first value.
    pub(super) start: usize,
    /// Bytes of a value: 2, 4 or 8.
    pub(super) size: usize,
    pub(super) is_big_endian: bool,
    /// Column after column.
    pub(super) is_fortran: bool,
    pub(super) rows: usize,
    pub(super) width: usize,
}

impl Header {
    /// Whether values are little-endian float32 in C order, as in the files written here.
    pub(super) fn is_ours(&self) -> bool {
        self.size == size_of::<f32>() && !self.is_big_endian && !self.is_fortran
    }

    /// Refuses a file that has another length than the header says.
    ///
    /// # Errors
    /// Both lengths, in words.
    pub(super) fn check_length(&self, length: u64) -> Result<(), String> {
        let Header { start, rows, width, size, .. } = *self;
        let expected = rows.checked_mul(width).and_then(|n| n.checked_mul(size)?.checked_add(start));
        match expected {
            Some(expected) if expected as u64 == length => Ok(()),
            _ => Err(format!(
                "the header promises {rows}×{width} values of {size} bytes, the file has {length} bytes"
            )),
        }
    }
}

/// Reads the header of a file that begins with `bytes`.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn read(bytes: &[u8]) -> Result<Header, String> {
    let short = || format!("{} bytes are no .npy file", bytes.len());
    if bytes.get(..6) != Some(b"\x93NUMPY") {
        return Err("this is no .npy file: it does not begin with \\x93NUMPY".into());
    }
    let version = *bytes.get(6).ok_or_else(short)?;
    let (length, at) = match (version, bytes.get(8..10), bytes.get(8..12)) {
        (1, Some(&[a, b]), _) => (usize::from(u16::from_le_bytes([a, b])), 10),
        (2 | 3, _, Some(&[a, b, c, d])) => (u32::from_le_bytes([a, b, c, d]) as usize, 12),
        (1..=3, ..) => return Err(short()),
        _ => return Err(format!("version {version} of .npy is not known; write it with numpy.save")),
    };
    if length > LIMIT {
        return Err(format!("a header of {length} bytes, at most {LIMIT} are read"));
    }
    let start = at + length;
    let text = bytes.get(at..start).ok_or_else(short)?;
    let text = std::str::from_utf8(text).map_err(|_| "the header is no text".to_string())?;
    let (size, is_big_endian) = match value_of(text, "descr") {
        Some("'<f2'") => (2, false),
        Some("'>f2'") => (2, true),
        Some("'<f4'") => (4, false),
        Some("'>f4'") => (4, true),
        Some("'<f8'") => (8, false),
        Some("'>f8'") => (8, true),
        other => {
            let found = other.unwrap_or("nothing");
            return Err(format!(
                "the values are {found}, expected float16, float32 or float64 ('<f2', '<f4', '<f8')"
            ));
        }
    };
    let is_fortran = match value_of(text, "fortran_order") {
        Some("True") => true,
        Some("False") => false,
        other => return Err(format!("fortran_order is {}", other.unwrap_or("missing"))),
    };
    let shape = value_of(text, "shape").unwrap_or("nothing");
    let sides: Option<Vec<usize>> = shape
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .map(|inner| inner.split(',').map(str::trim).filter(|part| !part.is_empty()))
        // Python 2 writes a long number as 256L.
        .and_then(|parts| parts.map(|part| part.strip_suffix('L').unwrap_or(part).parse().ok()).collect());
    match sides.as_deref() {
        Some(&[rows, width]) if width > 0 => {
            Ok(Header { start, size, is_big_endian, is_fortran, rows, width })
        }
        _ => Err(format!("the shape is {shape}, expected (rows, width)")),
    }
}

/// The text of a value in the header's dictionary.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("'{key}'"))?;
    let rest = rest.trim_start().strip_prefix(':')?.trim_start();
    let end = match rest.starts_with('(') {
        true => rest.find(')')? + 1,
        false => rest.find([',', '}'])?,
    };
    Some(rest[..end].trim_end())
}

/// The header of a version 1.0 file of `rows` rows.
pub(super) fn write(rows: u64) -> [u8; LENGTH] {
    let mut header = [b' '; LENGTH];
    header[..10].copy_from_slice(b"\x93NUMPY\x01\x00\x76\x00");
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {FEATURE_LENGTH}), }}");
    header[10..10 + text.len()].copy_from_slice(text.as_bytes());
    header[LENGTH - 1] = b'\n';
    header
}
