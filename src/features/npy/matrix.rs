//! `.npy` of any width, ours or not: mapped if it is little-endian float32 in C order, else converted.

use super::companions::Companions;
use super::header::{self, Header};
use crate::features::contract::read_beside;
use crate::features::matrix::Values;
use crate::features::names::Names;
use crate::features::{Features, ReadError};
use crate::map::Map;
use half::f16;
use std::io::{self, ErrorKind};
use std::path::Path;

pub(in crate::features) fn open(path: &Path) -> Result<Features, ReadError> {
    let refused = |source| ReadError::Io { path: path.to_path_buf(), source };
    let content = |problem| ReadError::Content { path: path.to_path_buf(), problem };
    let file = crate::file::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.len() == 0 {
        return Err(content("the file is empty".into()));
    }
    let map = Map::of(&file).map_err(refused)?;
    let header = header::read(&map).map_err(content)?;
    header.check_length(map.len() as u64).map_err(content)?;
    let Header { start, rows, width, .. } = header;
    let is_mappable =
        header.is_ours() && cfg!(target_endian = "little") && start.is_multiple_of(size_of::<f32>());
    let values = match is_mappable {
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
        contract: read_beside(path)?,
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
    let stored = match header.size {
        2 => numbers::<2>(bytes, header.is_big_endian, |bytes| f16::from_le_bytes(bytes).to_f32()),
        4 => numbers::<4>(bytes, header.is_big_endian, f32::from_le_bytes),
        _ => numbers::<8>(bytes, header.is_big_endian, |bytes| f64::from_le_bytes(bytes) as f32),
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
fn names(path: &Path, rows: usize) -> Result<Option<Names>, ReadError> {
    // A path of this system, each byte escaped to four; and some blank lines, to be told that there are too many.
    let limit = (1 << 20) + 4 * 4096 * rows as u64;
    let Some(text) = beside(path, limit)? else { return Ok(None) };
    let text = String::from_utf8(text).map_err(|_| ReadError::Content {
        path: path.to_path_buf(),
        problem: "names are UTF-8, one a line; this is not".into(),
    })?;
    let names: Names = text.lines().collect();
    if names.len() != rows {
        return Err(ReadError::Names { path: path.to_path_buf(), names: names.len(), rows });
    }
    Ok(Some(names))
}

/// The bytes of a file that may be missing.
fn beside(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
    match crate::file::read(path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error(path, source)),
    }
}

fn io_error(path: &Path, source: io::Error) -> ReadError {
    ReadError::Io { path: path.to_path_buf(), source }
}
