//! Why inputs cannot be listed.

use super::{Omitted, folder};
use crate::error::ErrorKind;
use std::io;

/// The inputs cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The input is no picture, folder, list, archive or pattern with a match.
    #[error("'{0}' does not exist; give a picture, a folder, a quoted glob, a list, a .tar, or '-'")]
    Missing(String),
    /// The pattern is not one.
    #[error("'{pattern}' is no valid glob: {reason}")]
    Pattern {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The inputs name no picture at all.
    #[error("{inputs}: no pictures found{left_out}; looked for files ending in {endings}",
        left_out = words(left_out), endings = folder::ENDINGS.join(", "))]
    Empty {
        /// The inputs as given.
        inputs: String,
        /// What was there instead.
        left_out: Vec<Omitted>,
    },
    /// Something is left out, where nothing may be.
    #[error("{path} is left out ({reason})")]
    LeftOut {
        /// The file or folder, escaped.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file is of a kind that no pictures are read from.
    #[error("{path}: {what}; {instead}")]
    Form {
        /// The file, escaped.
        path: String,
        /// What it is.
        what: &'static str,
        /// What to give instead.
        instead: &'static str,
    },
    /// A list could not be read to its end.
    #[error("cannot read the list {list} after {paths} pictures")]
    Read {
        /// The list, or "standard input".
        list: String,
        /// Pictures listed before.
        paths: u64,
        /// Why.
        source: io::Error,
    },
    /// A line or row is longer than any that names a picture.
    #[error("{list}, line {line}: longer than {limit} bytes; this is no list of pictures")]
    Line {
        /// The list file, or "standard input".
        list: String,
        /// Number of the line, from 1.
        line: u64,
        /// Bytes it may have.
        limit: u64,
    },
    /// A manifest or archive is none, or damaged.
    #[error("{list}, {place}: {found}; wanted {wanted}")]
    Content {
        /// The manifest or archive.
        list: String,
        /// Line, row, column or byte.
        place: String,
        /// What is there.
        found: String,
        /// What should be.
        wanted: &'static str,
    },
    /// The file holds features.
    #[error("{0} holds features, not pictures; give pictures, or a list of them, to make features of")]
    Features(String),
    /// This build has no Parquet.
    #[cfg(not(feature = "parquet"))]
    #[error(
        "{0}: this build has no Parquet; build it with the feature `parquet`, or give a .jsonl or .csv manifest"
    )]
    NoParquet(String),
    /// A folder could not be read.
    #[error("cannot read the folder {path}")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl SourceError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SourceError::Missing(_) | SourceError::Empty { .. } => ErrorKind::NotFound,
            SourceError::Pattern { .. } | SourceError::Features(_) | SourceError::LeftOut { .. } => {
                ErrorKind::InvalidInput
            }
            SourceError::Form { .. } => ErrorKind::Unsupported,
            SourceError::Read { source, .. } | SourceError::Folder { source, .. } => source.into(),
            SourceError::Line { .. } | SourceError::Content { .. } => ErrorKind::Damaged,
            #[cfg(not(feature = "parquet"))]
            SourceError::NoParquet(_) => ErrorKind::Unsupported,
        }
    }
}

/// What was left out, in brackets.
fn words(left_out: &[Omitted]) -> String {
    let each: Vec<String> = left_out.iter().map(Omitted::to_string).collect();
    if each.is_empty() { String::new() } else { format!(" (left out: {})", each.join(", ")) }
}
