//! What the inputs of a command name, as one stream of pictures.
//!
//! Every input is listed only as far as it is asked for, so memory does not grow with the number of pictures.
//! A listed picture is not looked at: one that does not exist becomes a failed row later, not the end of the run.

mod archive;
mod csv;
mod error;
mod escape;
mod folder;
mod form;
mod item;
mod jsonl;
mod left_out;
mod list_file;
mod listed;
mod manifest;
#[cfg(feature = "parquet")]
mod parquet;
mod remote;
mod tar;

pub use error::SourceError;
pub use escape::{escape, unescape};
pub use item::{Item, PictureSource, Points};
pub use left_out::{LeftOut, Omitted};
pub use listed::Listed;

use crate::storage::Address;
use form::{Form, form};
use left_out::Reason;
use std::iter;
use std::path::{Path, PathBuf};

/// How inputs are read.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SourceOptions {
    /// Paths on standard input end with NUL instead of a line feed.
    pub null_separated: bool,
    /// It is an error if something in a folder or an archive is left out, unless it is hidden.
    pub strict: bool,
}

type Items = Box<dyn Iterator<Item = Result<Item, SourceError>> + Send>;

/// Lists `inputs` one after the other, numbered from 0.
///
/// - `-`: paths on standard input.
/// - a folder: all files below it with a picture's ending and the pictures in its `.tar` files, in byte order of the
///   names. Hidden files and those with other endings are left out, and counted.
/// - a file ending in `.txt` or `.lst`: one path a line, or the official `path label`.
/// - a manifest: `.csv`, `.jsonl` (or `.ndjson`) or `.parquet` with paths or pictures, names, and points of faces.
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
pub fn list(inputs: &[PathBuf], options: &SourceOptions) -> Result<Listed, SourceError> {
    let left_out = LeftOut::new(options.strict);
    let mut parts: Vec<Items> = Vec::new();
    for input in inputs {
        parts.push(part(input, options, &left_out)?);
    }
    let mut items = parts.into_iter().flatten();
    let first = items.next().ok_or_else(|| SourceError::Empty {
        inputs: inputs.iter().map(|input| escape(input)).collect::<Vec<_>>().join(", "),
        left_out: left_out.all(),
    })?;
    let numbered = iter::once(first).chain(items).zip(0..);
    Ok(Listed::new(numbered.map(|(item, id)| item.map(|item| Item { id, ..item })), left_out))
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

fn part(input: &Path, options: &SourceOptions, left_out: &LeftOut) -> Result<Items, SourceError> {
    if input == Path::new("-") {
        let separator = if options.null_separated { 0 } else { b'\n' };
        return Ok(Box::new(list_file::standard_input(separator)?));
    }
    let address = Address::from(input);
    if let Address::Store(url) = &address {
        return remote::part(url, left_out);
    }
    if input.is_dir() {
        return Ok(Box::new(folder::pictures(input, left_out)));
    }
    if input.exists() {
        // A list that is none ends the run before it begins. It is opened again when its turn comes: thousands of
        // archives would be more than a process may have open.
        drop(open(&address, &LeftOut::default())?);
        return Ok(later(address, left_out));
    }
    match input.to_str() {
        Some(pattern) if pattern.contains(['*', '?', '[']) => matches(pattern, left_out),
        _ => Err(SourceError::Missing(escape(input))),
    }
}

/// What the file at `address` names.
fn open(address: &Address, left_out: &LeftOut) -> Result<Items, SourceError> {
    Ok(match form(address.as_path()) {
        Form::Picture => Box::new(iter::once(Ok(Item::file(address.clone())))),
        Form::List => Box::new(list_file::open(address)?),
        Form::Csv => Box::new(csv::open(address)?),
        Form::Jsonl => Box::new(jsonl::open(address)?),
        #[cfg(feature = "parquet")]
        Form::Parquet => Box::new(parquet::open(address)?),
        #[cfg(not(feature = "parquet"))]
        Form::Parquet => return Err(SourceError::NoParquet(escape(address.as_path()))),
        Form::Tar => Box::new(tar::open(address, left_out)?),
        Form::Npy => return Err(SourceError::Features(escape(address.as_path()))),
        Form::Other { what, instead } => {
            return Err(SourceError::Form { path: escape(address.as_path()), what, instead });
        }
    })
}

/// [`open`] when the first item is asked for.
fn later(address: Address, left_out: &LeftOut) -> Items {
    let left_out = left_out.clone();
    let opened = iter::once_with(move || open(&address, &left_out));
    Box::new(opened.flat_map(|opened| opened.unwrap_or_else(|error| Box::new(iter::once(Err(error))))))
}

/// Matches of a glob, sorted within each folder as the glob crate does.
fn matches(pattern: &str, left_out: &LeftOut) -> Result<Items, SourceError> {
    let matches = glob::glob(pattern)
        .map_err(|error| SourceError::Pattern { pattern: pattern.to_string(), reason: error.to_string() })?;
    let left_out = left_out.clone();
    Ok(Box::new(matches.flat_map(move |found| match found {
        Ok(path) if path.is_dir() => none(left_out.add(Reason::FolderOfPattern, &path)),
        Ok(path) if matches!(form(&path), Form::Other { .. }) => none(left_out.add_file(&path)),
        Ok(path) => later(Address::Local(path), &left_out),
        Err(error) => {
            let path = escape(error.path());
            Box::new(iter::once(Err(SourceError::Folder { path, source: error.into() })))
        }
    })))
}

/// No item, but the error of having left something out if it is one.
fn none(error: Option<SourceError>) -> Items {
    Box::new(error.map(Err).into_iter())
}

#[cfg(test)]
mod tests;
