//! The pictures below a folder.

use super::{Item, SourceError, escape};
use std::path::Path;
use walkdir::{DirEntry, WalkDir};

/// Endings of the files that count as pictures, in lower case; any case matches.
pub(super) const ENDINGS: &[&str] = &[
    "jpg", "jpeg", "png", "bmp", "pgm", "ppm", "pbm", "pnm", "webp", "tif", "tiff", "gif", "qoi", "tga",
    "ico", "hdr", "ff",
];

/// All pictures below `folder`, names in byte order, links followed, loops of links and hidden entries left out.
pub(super) fn pictures(folder: &Path) -> impl Iterator<Item = Result<Item, SourceError>> + Send + use<> {
    WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry))
        .filter_map(|entry| match entry {
            Ok(entry) if entry.file_type().is_dir() || !is_picture(entry.path()) => None,
            Ok(entry) => Some(Ok(Item::file(entry.into_path()))),
            Err(error) if error.loop_ancestor().is_some() => None,
            // A broken link to a picture, or a folder without rights: the path fails as a row when it is read.
            Err(error) => match error.path().map(Path::to_path_buf) {
                Some(path) if error.depth() > 0 && (is_picture(&path) || path.is_dir()) => {
                    Some(Ok(Item::file(path)))
                }
                Some(_) if error.depth() > 0 => None,
                _ => Some(Err(SourceError::Folder {
                    path: error.path().map(escape).unwrap_or_default(),
                    source: error.into(),
                })),
            },
        })
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

/// Whether a file's ending is that of a picture.
pub(super) fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ENDINGS.iter().any(|known| ending.as_encoded_bytes().eq_ignore_ascii_case(known.as_bytes()))
    })
}
