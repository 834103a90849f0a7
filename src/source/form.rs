//! What a file is, by its ending.

use std::path::Path;

/// Endings of the files that count as pictures, in lower case; any case matches.
pub(super) const ENDINGS: &[&str] =
    &["jpg", "jpeg", "png", "bmp", "pgm", "ppm", "pbm", "pnm", "webp", "tif", "tiff", "gif"];

/// What a file is, by its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Picture,
    List,
    Csv,
    Jsonl,
    Parquet,
    Tar,
    Npy,
}

pub(super) fn form(path: &Path) -> Form {
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    match ending.as_deref().and_then(|ending| ending.to_str()) {
        Some("txt" | "lst") => Form::List,
        Some("csv") => Form::Csv,
        Some("jsonl") => Form::Jsonl,
        Some("parquet") => Form::Parquet,
        Some("tar") => Form::Tar,
        Some("npy") => Form::Npy,
        _ => Form::Picture,
    }
}

/// Whether a file's ending is that of a picture.
pub(super) fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ENDINGS.iter().any(|known| ending.as_encoded_bytes().eq_ignore_ascii_case(known.as_bytes()))
    })
}
