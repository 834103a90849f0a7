//! The pictures below a folder, those in archives among them.

use super::left_out::Reason;
use super::{Form, Item, Items, LeftOut, SourceError, escape, form, later};
use crate::storage::Address;
use std::ffi::OsStr;
use std::iter;
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// Endings of the files that count as pictures, in lower case; any case matches.
pub(super) const ENDINGS: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "bmp", "dib", "pgm", "ppm", "pbm", "pnm", "pfm", "webp",
    "tif", "tiff", "gif", "qoi", "tga", "ico", "hdr", "ff",
];

/// What to do with something below a folder.
pub(super) enum Below {
    Picture,
    /// The pictures in it are taken as if they lay in a folder of its name.
    Archive,
    LeftOut,
}

/// What a file below a folder is good for, by its ending. Lists and manifests are not followed: they are often notes
/// about the pictures beside them.
pub(super) fn below(path: &Path) -> Below {
    match form(path) {
        Form::Tar => Below::Archive,
        _ if is_picture(path) => Below::Picture,
        _ => Below::LeftOut,
    }
}

/// All pictures below `folder`, names in byte order, links followed. Hidden entries, loops of links and files with other
/// endings are left out, and counted.
pub(super) fn pictures(
    folder: &Path,
    left_out: &LeftOut,
) -> impl Iterator<Item = Result<Item, SourceError>> + Send + use<> {
    let hidden = left_out.clone();
    let left_out = left_out.clone();
    WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(move |entry| entry.depth() == 0 || !passes_over(entry, &hidden))
        .flat_map(move |entry| -> Items {
            let one = |item| -> Items { Box::new(iter::once(item)) };
            let none = |error: Option<SourceError>| -> Items { Box::new(error.map(Err).into_iter()) };
            let (path, error) = match entry {
                Ok(entry) if entry.file_type().is_dir() => return none(None),
                Ok(entry) => (entry.into_path(), None),
                Err(error) => match error.path().map(Path::to_path_buf) {
                    Some(path) if error.loop_ancestor().is_some() => {
                        return none(left_out.add(Reason::Loop, &path));
                    }
                    Some(path) if error.depth() > 0 => (path, Some(error)),
                    path => {
                        let path = path.as_deref().map(escape).unwrap_or_default();
                        return one(Err(SourceError::Folder { path, source: error.into() }));
                    }
                },
            };
            match below(&path) {
                // A broken link, or a folder without rights: the path fails as a row when it is read.
                _ if error.is_some() && path.is_dir() => one(Ok(Item::file(path))),
                Below::Picture => one(Ok(Item::file(path))),
                Below::Archive => later(Address::Local(path), &left_out),
                Below::LeftOut => none(left_out.add_file(&path)),
            }
        })
}

/// Whether an entry is hidden, and all below it with it.
fn passes_over(entry: &DirEntry, left_out: &LeftOut) -> bool {
    let is_hidden = is_hidden(entry.file_name());
    // What would not have been used anyway is no loss.
    if is_hidden && (entry.file_type().is_dir() || !matches!(below(entry.path()), Below::LeftOut)) {
        // Hidden entries are no error, however strict.
        let _none = left_out.add(Reason::Hidden, entry.path());
    }
    is_hidden
}

/// Whether a file or folder of this name was not meant to be seen.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX"
}

/// Whether a file's ending is that of a picture.
pub(super) fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ENDINGS.iter().any(|known| ending.as_encoded_bytes().eq_ignore_ascii_case(known.as_bytes()))
    })
}
