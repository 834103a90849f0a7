//! What a file names: itself, or what is listed in it.

use super::form::{Form, form};
#[cfg(feature = "parquet")]
use super::parquet;
use super::{Item, SourceError, csv, escape, jsonl, list_file, tar};
use std::iter;
use std::path::{Path, PathBuf};

pub(super) type Items = Box<dyn Iterator<Item = Result<Item, SourceError>> + Send>;

/// What the file at `path` names.
pub(super) fn open(path: &Path) -> Result<Items, SourceError> {
    Ok(match form(path) {
        Form::Picture => Box::new(iter::once(Ok(Item::file(path.to_path_buf())))),
        Form::List => Box::new(list_file::open(path)?),
        Form::Csv => Box::new(csv::open(path)?),
        Form::Jsonl => Box::new(jsonl::open(path)?),
        #[cfg(feature = "parquet")]
        Form::Parquet => Box::new(parquet::open(path)?),
        #[cfg(not(feature = "parquet"))]
        Form::Parquet => return Err(SourceError::NoParquet(escape(path))),
        Form::Tar => Box::new(tar::open(path)?),
        Form::Npy => return Err(SourceError::Features(escape(path))),
    })
}

/// [`open`] when the first item is asked for.
pub(super) fn later(path: PathBuf) -> Items {
    let opened = iter::once_with(move || open(&path));
    Box::new(opened.flat_map(|opened| opened.unwrap_or_else(|error| Box::new(iter::once(Err(error))))))
}
