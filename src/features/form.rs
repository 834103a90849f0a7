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

/// Whether `path` ends like a file of features.
pub(crate) fn is_feature_file(path: &Path) -> bool {
    form(path).is_some()
}
