//! What the three forms of manifests share: a row, and the picture it names.

use super::item::{Item, PictureSource, Points, key_inside, key_of_row};
use super::{SourceError, escape};
use crate::storage::Address;
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes a picture held in a row may have: 64 MiB.
pub(super) const PICTURE_LIMIT: usize = 64 << 20;

/// The names of the columns of points, where each coordinate has its own.
pub(super) const COORDINATES: [&str; 10] = ["x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "x5", "y5"];

/// A manifest: its path as given, and the folder that relative paths count from.
pub(super) struct Manifest {
    path: PathBuf,
    folder: Address,
}

/// What a row says.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub id: Option<PathBuf>,
    pub path: Option<PathBuf>,
    pub bytes: Option<Vec<u8>>,
    pub points: Option<Box<Points>>,
    /// Why the row is of no use.
    pub problem: Option<String>,
}

impl Manifest {
    pub(super) fn new(address: &Address) -> Manifest {
        Manifest { path: address.as_path().to_path_buf(), folder: address.folder() }
    }

    /// The item of row `number`, counted from 0.
    pub(super) fn item(&self, number: u64, row: Row) -> Item {
        let named = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        let (id, path) = (named(row.id), named(row.path));
        let key_without_path = || key_of_row(&self.path, number);
        if let Some(problem) = row.problem {
            let path = path.map(|path| self.folder.join(path).as_path().to_path_buf());
            return Item::unusable(id.or(path).unwrap_or_else(key_without_path), problem);
        }
        match (row.bytes, path) {
            (Some(bytes), path) => {
                let inside = path.map(|path| key_inside(&self.path, &path));
                let key = id.or(inside).unwrap_or_else(key_without_path);
                if bytes.len() > PICTURE_LIMIT {
                    let found = bytes.len();
                    return Item::unusable(
                        key,
                        format!("the picture has {found} bytes; the limit in a manifest is {PICTURE_LIMIT}"),
                    );
                }
                Item { id: 0, key, picture: PictureSource::Bytes(bytes), points: row.points }
            }
            (None, Some(path)) => {
                let file = self.folder.join(path);
                let key = id.unwrap_or_else(|| file.as_path().to_path_buf());
                Item { id: 0, key, picture: PictureSource::File(file), points: row.points }
            }
            (None, None) => Item::unusable(
                id.unwrap_or_else(key_without_path),
                "the row has neither a path nor a picture",
            ),
        }
    }

    pub(super) fn content(
        &self,
        place: impl Into<String>,
        found: impl Into<String>,
        wanted: &'static str,
    ) -> SourceError {
        SourceError::Content { list: escape(&self.path), place: place.into(), found: found.into(), wanted }
    }

    pub(super) fn unreadable(&self, rows: u64, source: io::Error) -> SourceError {
        SourceError::Read { list: escape(&self.path), paths: rows, source }
    }

    pub(super) fn features(&self) -> SourceError {
        SourceError::Features(escape(&self.path))
    }
}

/// Ten numbers as five points, if none of them is missing or infinite.
pub(super) fn points(numbers: &[f64]) -> Result<Box<Points>, String> {
    if let Some(number) = numbers.iter().find(|number| !number.is_finite()) {
        return Err(format!("a landmark has the coordinate {number}"));
    }
    let (pairs, []) = numbers.as_chunks::<2>() else {
        return Err(format!("the landmarks are {} numbers; wanted 10", numbers.len()));
    };
    let points = Points::try_from(pairs);
    points.map(Box::new).map_err(|_| format!("the landmarks are {} numbers; wanted 10", numbers.len()))
}

/// Five pairs of numbers, or ten numbers, as five points.
pub(super) fn points_of_json(value: &Value) -> Result<Box<Points>, String> {
    let lists = value.as_array().ok_or_else(|| format!("the landmarks are {value}; wanted five [x, y]"))?;
    let pairs: Option<Vec<&Vec<Value>>> = lists.iter().map(Value::as_array).collect();
    let numbers: Option<Vec<f64>> = match pairs {
        Some(pairs) if !pairs.is_empty() => {
            check_pairs(pairs.iter().map(|pair| pair.len()))?;
            pairs.into_iter().flatten().map(Value::as_f64).collect()
        }
        _ => lists.iter().map(Value::as_f64).collect(),
    };
    points(&numbers.ok_or("the landmarks are not all numbers; wanted five [x, y]")?)
}

/// Whether lists of these lengths are five pairs.
pub(super) fn check_pairs(lengths: impl ExactSizeIterator<Item = usize> + Clone) -> Result<(), String> {
    let lists = lengths.len();
    match lengths.clone().find(|length| *length != 2) {
        Some(length) => Err(format!(
            "the landmarks are {lists} lists, one of {length} numbers; wanted five of 2, x and y of a point each"
        )),
        None => Ok(()),
    }
}

/// The columns, as an error names them.
pub(super) fn columns<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(20).map(|name| escape(Path::new(name))).collect();
    format!("the columns are {}", names.join(", "))
}
