//! Where a file is, told once from the words that name it.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Local, ReadAt};
#[cfg(feature = "cloud")]
use super::{Object, blocks::Blocks};

/// What addresses of objects begin with.
const SCHEMES: &[&str] = &["s3://", "gs://", "az://", "http://", "https://"];

/// Where a file or a folder is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// On this machine.
    Local(PathBuf),
    /// In a store.
    Store(StoreUrl),
}

/// An object, or a folder of objects, in a store: `s3://BUCKET/NAME` and the like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreUrl(PathBuf);

impl From<PathBuf> for Address {
    fn from(words: PathBuf) -> Address {
        let bytes = words.as_os_str().as_encoded_bytes();
        match SCHEMES.iter().any(|scheme| bytes.starts_with(scheme.as_bytes())) {
            true => Address::Store(StoreUrl(words)),
            false => Address::Local(words),
        }
    }
}

impl From<&Path> for Address {
    fn from(words: &Path) -> Address {
        words.to_path_buf().into()
    }
}

impl From<&PathBuf> for Address {
    fn from(words: &PathBuf) -> Address {
        words.clone().into()
    }
}

impl Address {
    /// As it was written.
    pub fn as_path(&self) -> &Path {
        match self {
            Address::Local(path) | Address::Store(StoreUrl(path)) => path,
        }
    }

    /// The folder it is in; of a single name, the folder `""`.
    pub fn folder(&self) -> Address {
        self.as_path().parent().unwrap_or(Path::new("")).into()
    }

    /// What `name` is, said in this folder: an address in a store stays as it is.
    pub fn join(&self, name: PathBuf) -> Address {
        match Address::from(name) {
            Address::Local(name) => self.as_path().join(name).into(),
            store => store,
        }
    }

    /// The file, to be read from its beginning to its end.
    ///
    /// # Errors
    /// If it cannot be opened, or is in a store that this build cannot reach.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Address::Local(path) => Ok(Box::new(crate::file::open(path)?)),
            #[cfg(feature = "cloud")]
            Address::Store(url) => Ok(Box::new(Object::new(url)?.read()?)),
            #[cfg(not(feature = "cloud"))]
            Address::Store(_) => Err(no_cloud()),
        }
    }

    /// The file, to be read in any order.
    ///
    /// # Errors
    /// As [`Address::open`].
    pub fn open_at(&self) -> io::Result<Arc<dyn ReadAt>> {
        match self {
            Address::Local(path) => Ok(Arc::new(Local::open(path)?)),
            #[cfg(feature = "cloud")]
            Address::Store(url) => Ok(Arc::new(Blocks::new(Object::new(url)?)?)),
            #[cfg(not(feature = "cloud"))]
            Address::Store(_) => Err(no_cloud()),
        }
    }
}

impl StoreUrl {
    /// As it was written.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// What is called `name` in this folder.
    pub fn join(&self, name: &str) -> StoreUrl {
        StoreUrl(self.0.join(name))
    }

    /// What is called `name` in the folder that this is in.
    pub fn beside(&self, name: &OsStr) -> StoreUrl {
        StoreUrl(self.0.with_file_name(name))
    }
}

#[cfg(feature = "cloud")]
impl StoreUrl {
    /// The bytes of the object.
    ///
    /// # Errors
    /// If it cannot be read, or has more than `limit` bytes.
    pub fn fetch(&self, limit: u64) -> io::Result<Vec<u8>> {
        Ok(Object::new(self)?.get(limit)?.0.into())
    }

    /// Whether there is an object.
    ///
    /// # Errors
    /// If the store refuses.
    pub fn exists(&self) -> io::Result<bool> {
        match Object::new(self)?.size() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            size => size.map(|_| true),
        }
    }

    /// The addresses of all files below this folder, in the store's order.
    ///
    /// # Errors
    /// If the store refuses; an error that comes later ends the list.
    pub fn below(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<StoreUrl>> + Send>> {
        Ok(Box::new(Object::new(self)?.below().map(|path| path.map(StoreUrl))))
    }
}

/// A build without `cloud` reaches no store.
#[cfg(not(feature = "cloud"))]
impl StoreUrl {
    /// Fails.
    ///
    /// # Errors
    /// Always; it names the feature.
    pub fn fetch(&self, _limit: u64) -> io::Result<Vec<u8>> {
        Err(no_cloud())
    }

    /// Fails.
    ///
    /// # Errors
    /// Always; it names the feature.
    pub fn exists(&self) -> io::Result<bool> {
        Err(no_cloud())
    }

    /// Fails.
    ///
    /// # Errors
    /// Always; it names the feature.
    pub fn below(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<StoreUrl>> + Send>> {
        Err(no_cloud())
    }
}

/// Why a build without `cloud` cannot do it.
#[cfg(not(feature = "cloud"))]
pub(crate) fn no_cloud() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "this build reaches no object stores; build it with the feature `cloud`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_paths() {
        let is_store = |text: &str| matches!(Address::from(Path::new(text)), Address::Store(_));
        assert!(is_store("s3://b/a.jpg") && is_store("https://h/a.jpg") && is_store("az://c/a"));
        assert!(!is_store("s3:/b/a.jpg") && !is_store("a/s3://b") && !is_store("/s3/b"));
        assert!(!is_store("ftp://h/a"));
        let joined = |folder: &str, name: &str| Address::from(Path::new(folder)).join(name.into());
        assert_eq!(joined("lists", "a.jpg"), Address::Local("lists/a.jpg".into()));
        assert_eq!(
            joined("s3://b/lists", "x/a.jpg"),
            Address::Store(StoreUrl("s3://b/lists/x/a.jpg".into()))
        );
        assert_eq!(joined("lists", "gs://b/a.jpg"), Address::Store(StoreUrl("gs://b/a.jpg".into())));
        assert_eq!(Address::from(Path::new("s3://b/a.csv")).folder(), Path::new("s3://b").into());
        assert_eq!(Address::from(Path::new("a.csv")).folder(), Path::new("").into());
    }

    #[cfg(not(feature = "cloud"))]
    #[test]
    fn a_store_out_of_reach_names_the_feature() {
        let address = Address::from(Path::new("s3://b/a.csv"));
        let Err(error) = address.open() else { panic!("a store was reached") };
        assert!(error.to_string().contains("`cloud`"), "{error}");
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    }
}
