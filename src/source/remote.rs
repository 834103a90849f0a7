//! Inputs in a store: folders, patterns, and the files that may also be of this machine.

use super::{Form, Item, Items, SourceError, escape, folder, form, later, open};
use crate::storage::{Address, StoreUrl};
use std::io;
use std::iter;
use std::path::Path;

/// What the address `input` names. A store has no folders of its own: what ends like no file is taken for one.
pub(super) fn part(input: &StoreUrl) -> Result<Items, SourceError> {
    let path = input.as_path();
    let text = path.to_string_lossy();
    // Web servers give lists to WebDAV clients only, and their addresses have other uses for these signs.
    if let Some(at) = text.find(['*', '?', '[']).filter(|_| !text.starts_with("http")) {
        let folder = text[..at].rfind('/').map_or("", |end| &text[..end]);
        let Address::Store(folder) = Path::new(folder).into() else {
            let reason = "a bucket or host is named, not matched".to_string();
            return Err(SourceError::Pattern { pattern: text.into_owned(), reason });
        };
        return matches(&text, &folder);
    }
    let address = Address::Store(input.clone());
    if form(path) != Form::Picture {
        drop(open(&address)?);
        return Ok(later(address));
    }
    if folder::is_picture(path) && !text.ends_with('/') {
        return Ok(Box::new(iter::once(Ok(Item::file(address)))));
    }
    let base = path.to_path_buf();
    let pictures = listed(input)?.filter(move |found| match found {
        Ok(found) => {
            let path = found.as_path();
            folder::is_picture(path) && !is_hidden(path.strip_prefix(&base).unwrap_or(path))
        }
        Err(_) => true,
    });
    Ok(Box::new(pictures.map(|found| Ok(Item::file(Address::Store(found?))))))
}

/// All files below `folder` that match, each as if it had been named.
fn matches(text: &str, folder: &StoreUrl) -> Result<Items, SourceError> {
    let pattern = glob::Pattern::new(text)
        .map_err(|error| SourceError::Pattern { pattern: text.to_string(), reason: error.to_string() })?;
    let matching = listed(folder)?
        .filter(move |found| found.as_ref().map_or(true, |url| pattern.matches_path(url.as_path())));
    Ok(Box::new(matching.flat_map(|found| match found {
        Ok(url) => later(Address::Store(url)),
        Err(error) => Box::new(iter::once(Err(error))),
    })))
}

fn listed(
    folder: &StoreUrl,
) -> Result<impl Iterator<Item = Result<StoreUrl, SourceError>> + Send + use<>, SourceError> {
    let named = folder.as_path().to_path_buf();
    let refused = move |source: io::Error| SourceError::Folder { path: escape(&named), source };
    let found = folder.below().map_err(&refused)?;
    Ok(found.map(move |url| url.map_err(&refused)))
}

fn is_hidden(path: &Path) -> bool {
    path.iter().any(|part| part.as_encoded_bytes().starts_with(b"."))
}
