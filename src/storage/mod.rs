//! Where bytes are: files of this machine and, with the feature `cloud`, objects in stores.
//!
//! An [`Address`] is told once from the words that name it. One that begins with `s3://`, `gs://`, `az://`, `http://`
//! or `https://` names an object: then the store, its keys and its region come from the environment, under the names that the vendor's own tools use
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

#[cfg(not(feature = "cloud"))]
pub(crate) use address::no_cloud;
pub use address::{Address, StoreUrl};
#[cfg(feature = "parquet")]
pub use chunks::Chunks;
#[cfg(feature = "cloud")]
pub use object::{Begun, Object, Version};

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

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

impl Local {
    fn open(path: &Path) -> io::Result<Local> {
        let file = crate::file::open(path)?;
        let size = file.metadata()?.len();
        Ok(Local { file, size })
    }
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
