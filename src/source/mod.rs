//! What the inputs of a command name, as one stream of pictures.
//!
//! Every input is listed only as far as it is asked for, so memory does not grow with the number of pictures.
//! A listed picture is not looked at: one that does not exist becomes a failed row later, not the end of the run.

mod archive;
mod csv;
mod error;
mod escape;
mod folder;
mod item;
mod jsonl;
mod list_file;
mod manifest;
#[cfg(feature = "parquet")]
mod parquet;
mod remote;
mod tar;

pub use error::SourceError;
pub use escape::{escape, unescape};
pub use item::{Item, PictureSource, Points};

use crate::storage::Address;
use std::iter;
use std::path::{Path, PathBuf};

/// How inputs are read.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SourceOptions {
    /// Paths on standard input end with NUL instead of a line feed.
    pub null_separated: bool,
}

type Items = Box<dyn Iterator<Item = Result<Item, SourceError>> + Send>;

/// What a file is, by its ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Picture,
    List,
    Csv,
    Jsonl,
    Parquet,
    Tar,
    Npy,
}

fn form(path: &Path) -> Form {
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

/// Lists `inputs` one after the other, numbered from 0.
///
/// - `-`: paths on standard input.
/// - a folder: all files below it with a picture's ending, in byte order of the names, hidden ones left out.
/// - a file ending in `.txt` or `.lst`: one path a line, or the official `path label`.
/// - a manifest: `.csv`, `.jsonl` or `.parquet` with paths or pictures, names, and points of faces.
/// - a `.tar`: the pictures in it, in their order.
/// - another file: a picture.
/// - otherwise, with `*`, `?` or `[`: a pattern; its matches are sorted, and each is one of the files above.
///
/// A folder of a store is listed in the store's order; in its patterns, `*` and `?` stand for `/` too.
///
/// A relative path counts from the folder of the list or manifest it stands in. `docs/inputs.md` shows every form.
///
/// # Errors
/// If an input does not exist, a list is none by its beginning, or all inputs together name nothing; what fails later
/// comes as an item.
pub fn list(
    inputs: &[PathBuf],
    options: &SourceOptions,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let mut parts: Vec<Items> = Vec::new();
    for input in inputs {
        parts.push(part(input, options)?);
    }
    let mut items = parts.into_iter().flatten();
    let first = items.next().ok_or_else(|| SourceError::Empty {
        inputs: inputs.iter().map(|input| escape(input)).collect::<Vec<_>>().join(", "),
    })?;
    let numbered = iter::once(first).chain(items).zip(0..);
    Ok(numbered.map(|(item, id)| item.map(|item| Item { id, ..item })))
}

/// Whether pictures that `input` names may be in a store, where they are better asked for before their turn.
#[doc(hidden)]
pub fn may_be_remote(input: &Path) -> bool {
    matches!(Address::from(input), Address::Store(_))
        || matches!(form(input), Form::List | Form::Csv | Form::Jsonl | Form::Parquet)
        || input == Path::new("-")
}

/// Whether pictures that `input` names may come with points of their faces.
#[doc(hidden)]
pub fn may_have_points(input: &Path) -> bool {
    matches!(form(input), Form::Csv | Form::Jsonl | Form::Parquet | Form::Tar)
}

fn part(input: &Path, options: &SourceOptions) -> Result<Items, SourceError> {
    if input == Path::new("-") {
        let separator = if options.null_separated { 0 } else { b'\n' };
        return Ok(Box::new(list_file::standard_input(separator)));
    }
    let address = Address::from(input);
    if let Address::Store(url) = &address {
        return remote::part(url);
    }
    if input.is_dir() {
        return Ok(Box::new(folder::pictures(input)));
    }
    if input.exists() {
        // A list that is none ends the run before it begins. It is opened again when its turn comes: thousands of
        // archives would be more than a process may have open.
        drop(open(&address)?);
        return Ok(later(address));
    }
    match input.to_str() {
        Some(pattern) if pattern.contains(['*', '?', '[']) => matches(pattern),
        _ => Err(SourceError::Missing(escape(input))),
    }
}

/// What the file at `address` names.
fn open(address: &Address) -> Result<Items, SourceError> {
    Ok(match form(address.as_path()) {
        Form::Picture => Box::new(iter::once(Ok(Item::file(address.clone())))),
        Form::List => Box::new(list_file::open(address)?),
        Form::Csv => Box::new(csv::open(address)?),
        Form::Jsonl => Box::new(jsonl::open(address)?),
        #[cfg(feature = "parquet")]
        Form::Parquet => Box::new(parquet::open(address)?),
        #[cfg(not(feature = "parquet"))]
        Form::Parquet => return Err(SourceError::NoParquet(escape(address.as_path()))),
        Form::Tar => Box::new(tar::open(address)?),
        Form::Npy => return Err(SourceError::Features(escape(address.as_path()))),
    })
}

/// [`open`] when the first item is asked for.
fn later(address: Address) -> Items {
    let opened = iter::once_with(move || open(&address));
    Box::new(opened.flat_map(|opened| opened.unwrap_or_else(|error| Box::new(iter::once(Err(error))))))
}

/// Matches of a glob that are not folders, sorted within each folder as the glob crate does.
fn matches(pattern: &str) -> Result<Items, SourceError> {
    let matches = glob::glob(pattern)
        .map_err(|error| SourceError::Pattern { pattern: pattern.to_string(), reason: error.to_string() })?;
    Ok(Box::new(matches.flat_map(|found| match found {
        Ok(path) if path.is_dir() => Box::new(iter::empty()),
        Ok(path) => later(Address::Local(path)),
        Err(error) => {
            let path = escape(error.path());
            Box::new(iter::once(Err(SourceError::Folder { path, source: error.into() })))
        }
    })))
}

#[cfg(test)]
mod tests;
