//! One picture of a list: its name, where its bytes are, and its five points if the list gives them.

#[cfg(feature = "cloud")]
use crate::storage::Begun;
use crate::storage::{Address, ReadAt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Left eye, right eye, tip of the nose, left and right corner of the mouth, as (x, y) in pixels of the upright
/// picture.
pub type Points = [[f64; 2]; 5];

/// One picture to read.
#[derive(Debug)]
pub struct Item {
    /// Position in the input, from 0; the row it will become.
    pub id: u64,
    /// The picture's name: the same in every run over the same input, and what outputs write as `path`.
    ///
    /// It is the `id` of its row if a manifest has one, otherwise the file's path. A picture inside another file is
    /// named `FILE!/NAME`, or `FILE#ROW` (counted from 0) if it has no name there.
    pub key: PathBuf,
    /// Where the picture's bytes are.
    pub picture: PictureSource,
    /// The points of its face, if the list gives them.
    pub points: Option<Box<Points>>,
}

/// Where the bytes of a picture are.
#[derive(Debug)]
pub enum PictureSource {
    /// In a file of their own, or in an object of a store.
    File(Address),
    /// On their way.
    #[cfg(feature = "cloud")]
    Begun(Begun),
    /// Here.
    Bytes(Vec<u8>),
    /// In a part of an open file, such as a member of an archive.
    Range {
        /// The file.
        file: Arc<dyn ReadAt>,
        /// Where they begin.
        offset: u64,
        /// How many they are.
        length: u64,
    },
    /// Nowhere: why this row of the list names no picture.
    Unusable(String),
}

impl Item {
    /// The picture in the file at `address`, named after it.
    pub fn file(address: impl Into<Address>) -> Item {
        let address = address.into();
        Item {
            id: 0,
            key: address.as_path().to_path_buf(),
            picture: PictureSource::File(address),
            points: None,
        }
    }

    pub(super) fn unusable(key: PathBuf, reason: impl Into<String>) -> Item {
        Item { id: 0, key, picture: PictureSource::Unusable(reason.into()), points: None }
    }
}

/// The key of the picture `name` inside `file`. As `!` ends a part of the path, `name` is its end, folder by folder.
pub(super) fn key_inside(file: &Path, name: &Path) -> PathBuf {
    let mut key = file.as_os_str().to_os_string();
    key.push("!");
    let mut key = PathBuf::from(key);
    key.extend(name.components().filter(|part| {
        use std::path::Component::{Normal, ParentDir};
        matches!(part, Normal(_) | ParentDir)
    }));
    key
}

/// The key of a row without a name in `file`.
pub(super) fn key_of_row(file: &Path, row: u64) -> PathBuf {
    let mut key = file.as_os_str().to_os_string();
    key.push(format!("#{row}"));
    PathBuf::from(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let inside = |name: &str| key_inside(Path::new("a/s.tar"), Path::new(name));
        assert_eq!(inside("b/1.jpg"), Path::new("a/s.tar!/b/1.jpg"));
        assert_eq!(inside("./1.jpg"), Path::new("a/s.tar!/1.jpg"));
        assert_eq!(inside("/b/1.jpg"), Path::new("a/s.tar!/b/1.jpg"));
        assert_eq!(key_of_row(Path::new("a/s.parquet"), 7), Path::new("a/s.parquet#7"));
    }
}
