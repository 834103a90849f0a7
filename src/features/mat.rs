//! Features from a MAT-file: the matrix that BLUFR calls `Descriptors`, the one that the official LFW script calls
//! `features`, or the only matrix of numbers there is.

use super::{Features, ReadError};
use crate::protocol::mat::{self, Matrix, Numbers, Value};
use std::path::Path;

/// Bytes a file may have: 4 GiB, that is four million features.
const LIMIT: u64 = 4 << 30;

/// Names that are looked for, in this order.
const NAMES: [&str; 2] = ["Descriptors", "features"];

pub(super) fn open(path: &Path) -> Result<Features, ReadError> {
    let bytes = crate::file::read(path, LIMIT)
        .map_err(|source| ReadError::Io { path: path.to_path_buf(), source })?;
    let content = |problem| ReadError::Content { path: path.to_path_buf(), problem };
    let mut file = mat::read(&bytes, &mat::Limits::default()).map_err(|error| content(error.to_string()))?;
    drop(bytes);
    let named = NAMES.into_iter().find(|name| matches!(file.get(name), Some(Value::Numbers(_))));
    let matrices = file.variables.iter().filter(|(_, value)| matches!(value, Value::Numbers(_)));
    let only = match matrices.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
        all if all.len() == 1 => all.into_iter().next(),
        _ => None,
    };
    let taken = named.map(str::to_string).or(only).and_then(|name| file.take(&name));
    let Some(Value::Numbers(Matrix { dims, numbers })) = taken else {
        return Err(content(format!("no matrix called {}; {}", NAMES.join(" or "), file.names())));
    };
    let [rows, width] = dims[..] else {
        return Err(content(format!("the matrix has {} dimensions, expected rows × width", dims.len())));
    };
    // Columns become rows.
    let places = (0..rows).flat_map(|row| (0..width).map(move |column| column * rows + row));
    let values = match numbers {
        Numbers::F32(stored) => places.map(|at| stored[at]).collect(),
        Numbers::F64(stored) => places.map(|at| stored[at] as f32).collect(),
    };
    Features::from_rows(path, width, values)
}
