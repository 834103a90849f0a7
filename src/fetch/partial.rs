//! The part of a file that has arrived.

use super::FetchError;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A download under its partial name. A note beside it says which version of the file the part belongs to.
pub(super) struct Partial {
    file: File,
    path: PathBuf,
    note: PathBuf,
    received: u64,
}

impl Partial {
    /// Opens what an earlier run left, or begins anew. Other processes are kept out.
    pub(super) fn open(target: &Path) -> Result<Partial, FetchError> {
        let path = target.with_extension("partial");
        let note = target.with_extension("partial.etag");
        let error = |what, source| FetchError::Disk { what, path: path.clone(), kept: 0, source };
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|source| error("create the folder of", source))?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| error("create", source))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(error("lock", source)),
        }
        let received = file.metadata().map_err(|source| error("read", source))?.len();
        Ok(Partial { file, path, note, received })
    }

    /// Bytes that have arrived.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// The server's mark of the version the part belongs to.
    pub(super) fn etag(&self) -> Option<String> {
        fs::read_to_string(&self.note).ok().filter(|etag| !etag.is_empty())
    }

    /// Forgets what has arrived and remembers the version that comes now.
    pub(super) fn restart(&mut self, etag: Option<&str>) -> Result<(), FetchError> {
        self.file.set_len(0).map_err(|source| self.error("truncate", source))?;
        self.received = 0;
        fs::write(&self.note, etag.unwrap_or_default()).map_err(|source| self.error("write to", source))
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all_at(bytes, self.received).map_err(|source| self.error("write to", source))?;
        self.received += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn sha256(&self) -> Result<String, FetchError> {
        sha256(&self.file).map_err(|source| self.error("read", source))
    }

    pub(super) fn remove(&self) -> Result<(), FetchError> {
        // The note may never have been written.
        let _ = fs::remove_file(&self.note);
        fs::remove_file(&self.path).map_err(|source| self.error("remove", source))
    }

    pub(super) fn finish(&self, target: &Path) -> Result<(), FetchError> {
        self.file.sync_all().map_err(|source| self.error("sync", source))?;
        fs::rename(&self.path, target).map_err(|source| self.error("rename", source))?;
        // The note may never have been written.
        let _ = fs::remove_file(&self.note);
        Ok(())
    }

    fn error(&self, what: &'static str, source: io::Error) -> FetchError {
        FetchError::Disk { what, path: self.path.clone(), kept: self.received, source }
    }
}

/// SHA-256 of a whole file, in hex.
pub(super) fn sha256(file: &File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let read = file.read_at(&mut block, at)?;
        if read == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&block[..read]);
        at += read as u64;
    }
}

/// Reads a body block by block, so that a broken one still leaves what came before.
pub(super) fn read_block(body: &mut dyn Read, block: &mut [u8]) -> io::Result<usize> {
    loop {
        match body.read(block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
