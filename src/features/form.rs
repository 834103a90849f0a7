//! The forms of files of features, by the ending of their names.

use std::path::Path;

/// A form that is written and read row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Npy,
    Parquet,
    Jsonl,
}

pub(super) fn form(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()? {
        "npy" => Some(Form::Npy),
        "parquet" => Some(Form::Parquet),
        "jsonl" => Some(Form::Jsonl),
        _ => None,
    }
}

/// The endings of Arrow's own files, which are not read.
pub(super) const ARROW: [&str; 4] = ["arrow", "arrows", "feather", "ipc"];

/// Other endings of tables and arrays, under which nothing is read.
const UNREAD: [&str; 3] = ["npz", "parq", "pq"];

/// Whether `path` ends like a file of features, be it of a form that is not read.
pub(crate) fn is_feature_file(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    form(path).is_some()
        || ending.is_some_and(|ending| ending == "mat" || ARROW.contains(&ending) || UNREAD.contains(&ending))
}
