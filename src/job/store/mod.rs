//! Where a job's files are: whole files, put in one step, listed by folder, and locks.
//!
//! Names are relative to the job's folder, with `/` between folder and file. What [`Store::put`] has done once
//! survives the end of the process and the loss of power.

mod disk;
#[cfg(feature = "cloud")]
mod lease;
mod local;
#[cfg(feature = "cloud")]
mod remote;

use crate::error::ErrorKind;
pub use disk::{Disk, DiskFile, Os};
pub use local::Local;
#[cfg(feature = "cloud")]
pub use remote::Remote;

use crate::storage::Address;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A place for the files of a job.
#[doc(hidden)]
pub trait Store: Send + Sync {
    /// The bytes of a file; nothing if there is none.
    ///
    /// # Errors
    /// If the storage refuses.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// `length` bytes of a file from `at` on; fewer only at its end.
    ///
    /// # Errors
    /// If the storage refuses or there is no such file.
    fn read_at(&self, name: &str, at: u64, length: usize) -> Result<Vec<u8>, StoreError>;

    /// Makes or replaces a file: afterwards it has these bytes for good, and before and in between it has the old
    /// ones, whatever happens.
    ///
    /// # Errors
    /// If the storage refuses.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Removes a file for good.
    ///
    /// # Errors
    /// If the storage refuses or there is no such file.
    fn remove(&self, name: &str) -> Result<(), StoreError>;

    /// What is in a folder, in any order; nothing if there is none. The job's own folder is `""`.
    ///
    /// # Errors
    /// If the storage refuses.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, StoreError>;

    /// Removes what a [`Store::put`] into this folder that was ended half-way has left.
    ///
    /// # Errors
    /// If the storage refuses.
    fn sweep(&self, folder: &str) -> Result<(), StoreError>;

    /// Takes the lock `name` until the answer is dropped or the process ends. `holder` is what others are told.
    ///
    /// # Errors
    /// [`StoreError::Held`] if another process has it, or if the storage refuses.
    fn lock(&self, name: &str, holder: &str) -> Result<Lock, StoreError>;

    /// How a file is called when a person is told of it.
    fn path(&self, name: &str) -> PathBuf;
}

/// The folder of a job, wherever it is.
pub type JobFolder = Arc<dyn Store>;

/// The folder of a job at `address`: a path, or a place in an object store. Nothing is made or looked for yet.
///
/// # Errors
/// If it is in an object store that this build cannot reach, or whose bucket or settings are missing.
pub fn folder(address: impl Into<Address>) -> Result<JobFolder, StoreError> {
    match address.into() {
        Address::Local(folder) => Ok(Arc::new(Local::new(&folder))),
        #[cfg(feature = "cloud")]
        Address::Store(url) => Ok(Arc::new(Remote::new(url)?)),
        #[cfg(not(feature = "cloud"))]
        Address::Store(url) => Err(StoreError::Io {
            what: "use",
            path: url.as_path().to_path_buf(),
            source: crate::storage::no_cloud(),
        }),
    }
}

/// A lock that is held; dropping it gives it back.
pub type Lock = Box<dyn Send>;

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the folder.
    pub name: String,
    /// Bytes, of a file.
    pub size: u64,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// The storage of a job refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process has the lock.
    #[error("{} is held by {holder}; wait for it, or stop it first", path.display())]
    Held {
        /// The lock.
        path: PathBuf,
        /// Who has it.
        holder: String,
    },
}

impl StoreError {
    /// What kind of thing went wrong. A job's storage is away or full for a while, unless the system says that it never
    /// works like this.
    pub fn kind(&self) -> ErrorKind {
        match self {
            StoreError::Held { .. } => ErrorKind::Busy,
            StoreError::Io { source, .. } => match ErrorKind::from(source) {
                kind if kind.is_retryable() || lasts(source) => kind,
                _ => ErrorKind::Unavailable,
            },
        }
    }

    /// Whether the same may work later: the storage is away or full, or another process is at it.
    pub fn is_retryable(&self) -> bool {
        self.kind().is_retryable()
    }
}

/// Whether the same would fail again.
fn lasts(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::ReadOnlyFilesystem
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::Unsupported
    )
}
