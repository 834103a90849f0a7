//! Where bytes are: files of this machine and, with the feature `cloud`, objects in stores.
//!
//! An address is a path. One that begins with `s3://`, `gs://`, `az://`, `http://` or `https://` names an object: then
//! the store, its keys and its region come from the environment, under the names that the vendor's own tools use
//! (`docs/storage.md`). Requests that fail are tried again by the store's client, with growing pauses.

mod address;
#[cfg(feature = "cloud")]
mod blocks;
#[cfg(feature = "cloud")]
mod bucket;
#[cfg(feature = "parquet")]
mod chunks;
#[cfg(feature = "cloud")]
mod object;

pub use address::{is_remote, join};
#[cfg(feature = "parquet")]
pub use chunks::Chunks;
#[cfg(feature = "cloud")]
pub use object::{Begun, Object, Version};

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The bytes of a stored file, wherever it is.
pub trait ReadAt: Send + Sync {
    /// Bytes of the file.
    fn size(&self) -> u64;

    /// `length` bytes from `at` on; fewer only at the end of the file.
    ///
    /// # Errors
    /// If they cannot be read.
    fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>>;
}

impl fmt::Debug for dyn ReadAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.size())
    }
}

/// A file of this machine, with its size when it was opened.
struct Local {
    file: File,
    size: u64,
}

impl ReadAt for Local {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; length.min(left)];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }
}

/// The file at `address`, to be read from its beginning to its end.
///
/// # Errors
/// If it cannot be opened, or is in a store that this build cannot reach.
pub fn open(address: &Path) -> io::Result<Box<dyn Read + Send>> {
    if is_remote(address) {
        #[cfg(feature = "cloud")]
        return Ok(Box::new(Object::new(address)?.read()?));
        #[cfg(not(feature = "cloud"))]
        return Err(address::no_cloud());
    }
    Ok(Box::new(File::open(address)?))
}

/// The file at `address`, to be read in any order.
///
/// # Errors
/// As [`open`].
pub fn open_at(address: &Path) -> io::Result<Arc<dyn ReadAt>> {
    if is_remote(address) {
        #[cfg(feature = "cloud")]
        return Ok(Arc::new(blocks::Blocks::new(Object::new(address)?)?));
        #[cfg(not(feature = "cloud"))]
        return Err(address::no_cloud());
    }
    let file = File::open(address)?;
    let size = file.metadata()?.len();
    Ok(Arc::new(Local { file, size }))
}

/// The bytes of the object at `address`.
///
/// # Errors
/// As [`open`], or if it has more than `limit` bytes.
pub fn fetch(address: &Path, limit: u64) -> io::Result<Vec<u8>> {
    #[cfg(feature = "cloud")]
    return Ok(Object::new(address)?.get(limit)?.0.into());
    #[cfg(not(feature = "cloud"))]
    {
        let _ = (address, limit);
        Err(address::no_cloud())
    }
}

/// Whether there is an object at `address`.
///
/// # Errors
/// As [`open`].
pub fn exists(address: &Path) -> io::Result<bool> {
    #[cfg(feature = "cloud")]
    return match Object::new(address)?.size() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        size => size.map(|_| true),
    };
    #[cfg(not(feature = "cloud"))]
    {
        let _ = address;
        Err(address::no_cloud())
    }
}

/// The addresses of all files below the folder `address` of a store, in the store's order.
///
/// # Errors
/// As [`open`]; one that comes later ends the list.
pub fn below(address: &Path) -> io::Result<Box<dyn Iterator<Item = io::Result<PathBuf>> + Send>> {
    #[cfg(feature = "cloud")]
    return Ok(Box::new(Object::new(address)?.below()));
    #[cfg(not(feature = "cloud"))]
    {
        let _ = address;
        Err(address::no_cloud())
    }
}
