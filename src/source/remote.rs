//! Inputs in a store: folders, patterns, and the files that may also be of this machine.

use super::{Form, Item, Items, SourceError, escape, folder, form, later, open};
use crate::storage;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};

/// What the address `input` names. A store has no folders of its own: what ends like no file is taken for one.
pub(super) fn part(input: &Path) -> Result<Items, SourceError> {
    let text = input.to_string_lossy();
    // Web servers give lists to WebDAV clients only, and their addresses have other uses for these signs.
    if let Some(at) = text.find(['*', '?', '[']).filter(|_| !text.starts_with("http")) {
        let folder = text[..at].rfind('/').map_or("", |end| &text[..end]);
        return matches(&text, Path::new(folder));
    }
    if form(input) != Form::Picture {
        drop(open(input)?);
        return Ok(later(input.to_path_buf()));
    }
    if folder::is_picture(input) && !text.ends_with('/') {
        return Ok(Box::new(iter::once(Ok(Item::file(input.to_path_buf())))));
    }
    let base = input.to_path_buf();
    let pictures = listed(input)?.filter(move |path| match path {
        Ok(path) => folder::is_picture(path) && !is_hidden(path.strip_prefix(&base).unwrap_or(path)),
        Err(_) => true,
    });
    Ok(Box::new(pictures.map(|path| Ok(Item::file(path?)))))
}

/// All files below `folder` that match, each as if it had been named.
fn matches(text: &str, folder: &Path) -> Result<Items, SourceError> {
    let pattern = glob::Pattern::new(text)
        .map_err(|error| SourceError::Pattern { pattern: text.to_string(), reason: error.to_string() })?;
    let matching =
        listed(folder)?.filter(move |path| path.as_ref().map_or(true, |path| pattern.matches_path(path)));
    Ok(Box::new(matching.flat_map(|path| match path {
        Ok(path) => later(path),
        Err(error) => Box::new(iter::once(Err(error))),
    })))
}

fn listed(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<PathBuf, SourceError>> + Send + use<>, SourceError> {
    let named = folder.to_path_buf();
    let refused = move |source: io::Error| SourceError::Folder { path: escape(&named), source };
    let paths = storage::below(folder).map_err(&refused)?;
    Ok(paths.map(move |path| path.map_err(&refused)))
}

fn is_hidden(path: &Path) -> bool {
    path.iter().any(|part| part.as_encoded_bytes().starts_with(b"."))
}
