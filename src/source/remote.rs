//! Inputs in a store: folders, patterns, and the files that may also be of this machine.

use super::folder::{Below, below, is_hidden};
use super::left_out::Reason;
use super::{Form, Item, Items, LeftOut, SourceError, escape, folder, form, later, none, open};
use crate::storage::{Address, StoreUrl};
use std::io;
use std::iter;
use std::path::Path;

/// What the address `input` names. A store has no folders of its own: what ends like no file is taken for one.
pub(super) fn part(input: &StoreUrl, left_out: &LeftOut) -> Result<Items, SourceError> {
    let path = input.as_path();
    let text = path.to_string_lossy();
    // Web servers give lists to WebDAV clients only, and their addresses have other uses for these signs.
    if let Some(at) = text.find(['*', '?', '[']).filter(|_| !text.starts_with("http")) {
        let folder = text[..at].rfind('/').map_or("", |end| &text[..end]);
        let Address::Store(folder) = Path::new(folder).into() else {
            let reason = "a bucket or host is named, not matched".to_string();
            return Err(SourceError::Pattern { pattern: text.into_owned(), reason });
        };
        return matches(&text, &folder, left_out);
    }
    let address = Address::Store(input.clone());
    if form(path) != Form::Picture {
        drop(open(&address, &LeftOut::default())?);
        return Ok(later(address, left_out));
    }
    if folder::is_picture(path) && !text.ends_with('/') {
        return Ok(Box::new(iter::once(Ok(Item::file(address)))));
    }
    let (base, left_out) = (path.to_path_buf(), left_out.clone());
    Ok(Box::new(listed(input)?.flat_map(move |found| -> Items {
        let found = match found {
            Ok(found) => found,
            Err(error) => return Box::new(iter::once(Err(error))),
        };
        let path = found.as_path();
        let is_hidden = path.strip_prefix(&base).unwrap_or(path).iter().any(is_hidden);
        match below(path) {
            Below::LeftOut if is_hidden => none(None),
            _ if is_hidden => none(left_out.add(Reason::Hidden, path)),
            Below::Picture => Box::new(iter::once(Ok(Item::file(Address::Store(found))))),
            Below::Archive => later(Address::Store(found), &left_out),
            Below::LeftOut => none(left_out.add_file(path)),
        }
    })))
}

/// All files below `folder` that match, each as if it had been named.
fn matches(text: &str, folder: &StoreUrl, left_out: &LeftOut) -> Result<Items, SourceError> {
    let pattern = glob::Pattern::new(text)
        .map_err(|error| SourceError::Pattern { pattern: text.to_string(), reason: error.to_string() })?;
    let left_out = left_out.clone();
    let matching = listed(folder)?
        .filter(move |found| found.as_ref().map_or(true, |url| pattern.matches_path(url.as_path())));
    Ok(Box::new(matching.flat_map(move |found| match found {
        Ok(url) if matches!(form(url.as_path()), Form::Other { .. }) => {
            none(left_out.add_file(url.as_path()))
        }
        Ok(url) => later(Address::Store(url), &left_out),
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
