//! `.npy` of any width, ours or not: mapped if it is little-endian float32 in C order, else converted.
//!
//! The form is numpy's `lib/format.py`: a magic, a version, the length of the header, and the header, a Python literal
//! of a dictionary with the keys `descr`, `fortran_order` and `shape`.

use super::names::Names;
use super::{Features, FeaturesError, Values};
use crate::contract::Contract;
use crate::map::Map;
use crate::sink::Companions;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Longest header that is read; numpy writes some hundred bytes.
const HEADER_LIMIT: usize = 1 << 16;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Bytes before the first value.
    pub(super) start: usize,
    /// Whether values are float64 instead of float32.
    pub(super) is_double: bool,
    pub(super) is_big_endian: bool,
    /// Column after column.
    pub(super) is_fortran: bool,
    pub(super) rows: usize,
    pub(super) width: usize,
}

/// Reads the header of a file that begins with `bytes`.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn header(bytes: &[u8]) -> Result<Header, String> {
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
    if length > HEADER_LIMIT {
        return Err(format!("a header of {length} bytes, at most {HEADER_LIMIT} are read"));
    }
    let start = at + length;
    let text = bytes.get(at..start).ok_or_else(short)?;
    let text = std::str::from_utf8(text).map_err(|_| "the header is no text".to_string())?;
    let (is_double, is_big_endian) = match value_of(text, "descr") {
        Some("'<f4'") => (false, false),
        Some("'>f4'") => (false, true),
        Some("'<f8'") => (true, false),
        Some("'>f8'") => (true, true),
        other => {
            let found = other.unwrap_or("nothing");
            return Err(format!("the values are {found}, expected float32 or float64 ('<f4', '<f8')"));
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
        .and_then(|parts| parts.map(|part| part.parse().ok()).collect());
    match sides.as_deref() {
        Some(&[rows, width]) if width > 0 => {
            Ok(Header { start, is_double, is_big_endian, is_fortran, rows, width })
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

pub(super) fn open(path: &Path) -> Result<Features, FeaturesError> {
    let refused = |source| FeaturesError::Io { path: path.to_path_buf(), source };
    let content = |problem| FeaturesError::Content { path: path.to_path_buf(), problem };
    let file = File::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.len() == 0 {
        return Err(content("the file is empty".into()));
    }
    let map = Map::of(&file).map_err(refused)?;
    let header = header(&map).map_err(content)?;
    let Header { start, rows, width, .. } = header;
    let size = if header.is_double { size_of::<f64>() } else { size_of::<f32>() };
    let expected =
        rows.checked_mul(width).and_then(|n| n.checked_mul(size)).and_then(|n| n.checked_add(start));
    if expected != Some(map.len()) {
        let problem = format!(
            "the header promises {rows}×{width} values of {size} bytes, the file has {} bytes",
            map.len()
        );
        return Err(content(problem));
    }
    let is_mappable = !header.is_double && !header.is_fortran && start.is_multiple_of(size_of::<f32>());
    let values = match is_mappable && header.is_big_endian == cfg!(target_endian = "big") {
        true => Values::Mapped { map, start },
        false => Values::Owned(converted(&map[start..], &header)),
    };
    let companions = Companions::of(path);
    let missing = companions.failures()?.into_iter();
    let missing = missing.filter_map(|(row, reason)| Some((usize::try_from(row).ok()?, reason))).collect();
    Ok(Features {
        path: path.to_path_buf(),
        width,
        rows,
        values,
        names: names(&companions.paths, rows)?,
        missing,
        contract: contract(&companions.contract)?,
    })
}

/// The values as float32, row after row; `bytes` has exactly as many as `header` says.
fn converted(bytes: &[u8], header: &Header) -> Vec<f32> {
    fn numbers<const N: usize>(bytes: &[u8], is_big_endian: bool, read: fn([u8; N]) -> f32) -> Vec<f32> {
        let (all, _) = bytes.as_chunks::<N>();
        let one = |bytes: &[u8; N]| {
            let mut bytes = *bytes;
            if is_big_endian {
                bytes.reverse();
            }
            read(bytes)
        };
        all.iter().map(one).collect()
    }
    let stored = match header.is_double {
        false => numbers::<4>(bytes, header.is_big_endian, f32::from_le_bytes),
        true => numbers::<8>(bytes, header.is_big_endian, |bytes| f64::from_le_bytes(bytes) as f32),
    };
    match header.is_fortran {
        false => stored,
        true => {
            let Header { rows, width, .. } = *header;
            (0..rows * width).map(|at| stored[at % width * rows + at / width]).collect()
        }
    }
}

/// The names beside a `.npy`; none if there is no file of them.
fn names(path: &Path, rows: usize) -> Result<Option<Names>, FeaturesError> {
    let Some(text) = beside(path)? else { return Ok(None) };
    let text = String::from_utf8(text).map_err(|_| FeaturesError::Content {
        path: path.to_path_buf(),
        problem: "names are UTF-8, one a line; this is not".into(),
    })?;
    let names: Names = text.lines().collect();
    if names.len() != rows {
        return Err(FeaturesError::Names { path: path.to_path_buf(), names: names.len(), rows });
    }
    Ok(Some(names))
}

fn contract(path: &Path) -> Result<Option<Contract>, FeaturesError> {
    let Some(text) = beside(path)? else { return Ok(None) };
    serde_json::from_slice(&text).map(Some).map_err(|error| FeaturesError::Content {
        path: path.to_path_buf(),
        problem: format!("no embedding contract: {error}; remove it if it does not belong to the features"),
    })
}

/// The bytes of a file that may be missing.
fn beside(path: &Path) -> Result<Option<Vec<u8>>, FeaturesError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error(path, source)),
    }
}

fn io_error(path: &Path, source: io::Error) -> FeaturesError {
    FeaturesError::Io { path: path.to_path_buf(), source }
}
