//! What the inputs of a command name, as one stream of paths.
//!
//! Every input is listed only as far as it is asked for, so memory does not grow with the number of pictures.
//! A listed path is not looked at: one that does not exist becomes a failed row later, not the end of the run.

mod escape;
mod folder;
mod list_file;

pub use escape::{escape, unescape};

use std::io;
use std::iter;
use std::path::{Path, PathBuf};

/// One picture to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Position in the input, from 0; the row it will become.
    pub id: u64,
    /// Where the picture is.
    pub path: PathBuf,
}

/// How inputs are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct SourceOptions {
    /// Paths on standard input end with NUL instead of a line feed.
    pub null_separated: bool,
}

/// The inputs cannot be listed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The input is no picture, folder, list file or pattern with a match.
    #[error("'{0}' does not exist; give a picture, a folder, a quoted glob, a list file, or '-'")]
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
    #[error("{inputs}: no pictures found; looked for files ending in {endings}", endings = folder::ENDINGS.join(", "))]
    Empty {
        /// The inputs as given.
        inputs: String,
    },
    /// A list could not be read to its end.
    #[error("cannot read the list {list} after {paths} paths")]
    Read {
        /// The list file, or "standard input".
        list: String,
        /// Paths read before.
        paths: u64,
        /// Why.
        source: io::Error,
    },
    /// A line is longer than any path.
    #[error("{list}, line {line}: longer than {limit} bytes; this is no list of paths", limit = list_file::LINE_LIMIT)]
    Line {
        /// The list file, or "standard input".
        list: String,
        /// Number of the line, from 1.
        line: u64,
    },
    /// A folder could not be read.
    #[error("cannot read the folder {path}")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        source: io::Error,
    },
}

type Paths = Box<dyn Iterator<Item = Result<PathBuf, SourceError>> + Send>;

/// Lists `inputs` one after the other, numbered from 0.
///
/// - `-`: paths on standard input.
/// - a folder: all files below it with a picture's ending, in byte order of the names, hidden ones left out.
/// - a file ending in `.txt` or `.lst`: one path a line, or the official `path label`; a relative path counts
///   from the list file's folder.
/// - another file: a picture.
/// - otherwise, with `*`, `?` or `[`: a pattern; its matches are sorted.
///
/// # Errors
/// If an input does not exist or all of them together name nothing; what fails later comes as an item.
pub fn list(
    inputs: &[PathBuf],
    options: &SourceOptions,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let mut parts: Vec<Paths> = Vec::new();
    for input in inputs {
        parts.push(part(input, options)?);
    }
    let mut paths = parts.into_iter().flatten();
    let first = paths.next().ok_or_else(|| SourceError::Empty {
        inputs: inputs.iter().map(|input| escape(input)).collect::<Vec<_>>().join(", "),
    })?;
    let numbered = iter::once(first).chain(paths).zip(0..);
    Ok(numbered.map(|(path, id)| Ok(Item { id, path: path? })))
}

fn part(input: &Path, options: &SourceOptions) -> Result<Paths, SourceError> {
    if input == Path::new("-") {
        let separator = if options.null_separated { 0 } else { b'\n' };
        return Ok(Box::new(list_file::standard_input(separator)));
    }
    if input.is_dir() {
        return Ok(Box::new(folder::pictures(input)));
    }
    if input.exists() {
        let ending = input.extension().map(|ending| ending.to_ascii_lowercase());
        return match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("txt" | "lst") => Ok(Box::new(list_file::open(input)?)),
            _ => Ok(Box::new(iter::once(Ok(input.to_path_buf())))),
        };
    }
    match input.to_str() {
        Some(pattern) if pattern.contains(['*', '?', '[']) => matches(pattern),
        _ => Err(SourceError::Missing(escape(input))),
    }
}

/// Matches of a glob that are not folders, sorted within each folder as the glob crate does.
fn matches(pattern: &str) -> Result<Paths, SourceError> {
    let matches = glob::glob(pattern)
        .map_err(|error| SourceError::Pattern { pattern: pattern.to_string(), reason: error.to_string() })?;
    Ok(Box::new(matches.filter_map(|found| match found {
        Ok(path) if path.is_dir() => None,
        Ok(path) => Some(Ok(path)),
        Err(error) => {
            let path = escape(error.path());
            Some(Err(SourceError::Folder { path, source: error.into() }))
        }
    })))
}

#[cfg(test)]
mod tests;
