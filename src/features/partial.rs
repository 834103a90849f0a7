//! A file under its partial name: appended to in steps, cut back when a step fails, renamed at the end.

use super::SinkError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Partial {
    file: File,
    path: PathBuf,
    target: PathBuf,
    /// Bytes of whole rows, all handed to the operating system.
    kept: u64,
    /// Bytes of rows still here.
    pending: Vec<u8>,
}

/// The folder `path` is in.
pub(super) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// `features.npy` becomes `features.npy.partial`.
pub(super) fn partial_name(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_os_string();
    name.push(".partial");
    PathBuf::from(name)
}

impl Partial {
    /// Makes an empty file and keeps other processes from doing the same.
    pub(super) fn create(target: &Path) -> Result<Partial, SinkError> {
        let path = partial_name(target);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| SinkError::Io { what: "create", path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SinkError::Busy { path }),
            // Some network file systems have no locks; going on without one is what every other program does.
            Err(TryLockError::Error(_)) => {}
        }
        let partial = Partial { file, path, target: target.to_path_buf(), kept: 0, pending: Vec::new() };
        partial.file.set_len(0).map_err(|source| partial.error("truncate", source))?;
        Ok(partial)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of whole rows handed to the operating system.
    pub(super) fn kept(&self) -> u64 {
        self.kept
    }

    /// Where rows are put until [`Partial::write_out`].
    pub(super) fn pending(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Hands the pending rows to the operating system; they count only after [`Partial::keep`].
    pub(super) fn write_out(&mut self) -> Result<(), SinkError> {
        self.file.write_all_at(&self.pending, self.kept).map_err(|source| self.error("write to", source))
    }

    /// Counts what [`Partial::write_out`] wrote.
    pub(super) fn keep(&mut self) {
        self.kept += self.pending.len() as u64;
        self.pending.clear();
    }

    /// Gives up the pending rows and whatever part of them reached the file.
    pub(super) fn roll_back(&mut self) {
        self.pending.clear();
        // Making a file shorter needs no space; if even that fails, readers still count whole rows.
        let _ = self.file.set_len(self.kept);
    }

    /// Overwrites bytes that are already there or follow the rows.
    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), SinkError> {
        self.file.write_all_at(bytes, offset).map_err(|source| self.error("write to", source))
    }

    /// Cuts the file to `length` bytes.
    #[cfg(feature = "parquet")]
    pub(super) fn cut(&self, length: u64) -> Result<(), SinkError> {
        self.file.set_len(length).map_err(|source| self.error("truncate", source))
    }

    /// Waits until the file is on the disk.
    pub(super) fn sync(&self) -> Result<(), SinkError> {
        self.file.sync_all().map_err(|source| self.error("sync", source))
    }

    /// Gives the file its name.
    pub(super) fn rename(&self) -> Result<(), SinkError> {
        fs::rename(&self.path, &self.target).map_err(|source| self.error("rename", source))?;
        let folder = folder(&self.target);
        // A folder that cannot be opened for syncing (some network file systems) has no more durable rename.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    fn error(&self, what: &'static str, source: std::io::Error) -> SinkError {
        SinkError::Io { what, path: self.path.clone(), source }
    }
}
