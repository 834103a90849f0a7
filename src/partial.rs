//! Files that are made under another name and get their own when they are whole.

use crate::file;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// Makes or replaces the file at `path`: whoever reads it finds the old bytes or all of the new, whatever happens.
///
/// # Errors
/// If the operating system refuses. The old file is then still there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Several threads and processes may replace the same file; the last one wins.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}-{number}.partial", process::id()));
    let written = file::create_own(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    match written {
        Ok(()) => sync_folder(path),
        Err(_) => {
            // The first error is the one to tell.
            let _ = fs::remove_file(&temporary);
        }
    }
    written
}

/// A file that grows under the name `TARGET.partial`, by one process at a time.
#[derive(Debug)]
pub(crate) struct PartialFile {
    file: File,
    path: PathBuf,
    target: PathBuf,
}

/// A partial file cannot be used.
#[derive(Debug)]
pub(crate) enum PartialError {
    /// Another process is writing it.
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// What was tried.
        what: &'static str,
        /// The partial file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// `features.npy` becomes `features.npy.partial`.
pub(crate) fn partial_name(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_os_string();
    name.push(".partial");
    PathBuf::from(name)
}

/// The folder `path` is in.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Makes the name of `path` durable. A folder that cannot be opened for syncing (some network file systems) has no more
/// durable names.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder(path)) {
        let _ = folder.sync_all();
    }
}

impl PartialFile {
    /// Opens what an earlier run left, or makes an empty file. Other processes are kept out.
    pub(crate) fn open(target: &Path) -> Result<PartialFile, PartialError> {
        let path = partial_name(target);
        let file = match file::open_own(&path) {
            Ok(file) => file,
            Err(source) => return Err(PartialError::Io { what: "create", path, source }),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PartialError::Busy { path }),
            // Some network file systems have no locks. There, two processes that write one output are not told apart.
            Err(TryLockError::Error(_)) => {}
        }
        Ok(PartialFile { file, path, target: target.to_path_buf() })
    }

    /// Its partial name.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its bytes so far.
    #[cfg(feature = "fetch")]
    pub(crate) fn length(&self) -> Result<u64, PartialError> {
        Ok(self.file.metadata().map_err(|source| self.error("read", source))?.len())
    }

    /// Cuts it to `length` bytes.
    pub(crate) fn cut(&self, length: u64) -> Result<(), PartialError> {
        self.file.set_len(length).map_err(|source| self.error("truncate", source))
    }

    /// Writes `bytes` from `offset` on.
    pub(crate) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), PartialError> {
        self.file.write_all_at(bytes, offset).map_err(|source| self.error("write to", source))
    }

    /// Waits until it is on the disk.
    pub(crate) fn sync(&self) -> Result<(), PartialError> {
        self.file.sync_all().map_err(|source| self.error("sync", source))
    }

    /// Gives it its name.
    pub(crate) fn rename(&self) -> Result<(), PartialError> {
        fs::rename(&self.path, &self.target).map_err(|source| self.error("rename", source))?;
        sync_folder(&self.target);
        Ok(())
    }

    fn error(&self, what: &'static str, source: io::Error) -> PartialError {
        PartialError::Io { what, path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        // What cannot be put in its place leaves nothing behind.
        let taken = folder.path().join("folder");
        fs::create_dir(&taken).unwrap();
        assert!(replace(&taken, b"new").is_err());
        assert!(replace(&folder.path().join("no/file"), b"new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_partial_file_grows_under_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = PartialFile::open(&path).unwrap();
        assert!(matches!(PartialFile::open(&path), Err(PartialError::Busy { .. })));
        file.write_at(b"one", 0).unwrap();
        drop(file);
        let file = PartialFile::open(&path).unwrap();
        assert_eq!(fs::metadata(file.path()).unwrap().len(), 3);
        file.write_at(b" two", 3).unwrap();
        assert!(!path.exists());
        file.sync().unwrap();
        file.rename().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one two");
        assert!(!partial_name(&path).exists());
    }
}
