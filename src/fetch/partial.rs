//! The part of a file that has arrived.

use super::FetchError;
use crate::digest::sha256_of_file;
use crate::partial::{PartialError, PartialFile};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes a mark of a version may have.
const ETAG_LIMIT: u64 = 4096;

/// A download under its partial name. A note beside it says which version of the file the part belongs to.
pub(super) struct Partial {
    file: PartialFile,
    note: PathBuf,
    received: u64,
}

impl Partial {
    /// Opens what an earlier run left, or begins anew. Other processes are kept out.
    pub(super) fn open(target: &Path) -> Result<Partial, FetchError> {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(|source| FetchError::Disk {
                what: "create the folder",
                path: folder.to_path_buf(),
                kept: 0,
                source,
            })?;
        }
        let file = PartialFile::open(target).map_err(refused(0))?;
        let note = file.path().with_added_extension("etag");
        let received = file.length().map_err(refused(0))?;
        Ok(Partial { file, note, received })
    }

    /// Bytes that have arrived.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// The server's mark of the version the part belongs to.
    pub(super) fn etag(&self) -> Option<String> {
        let bytes = crate::file::read(&self.note, ETAG_LIMIT).ok()?;
        String::from_utf8(bytes).ok().filter(|etag| !etag.is_empty())
    }

    /// Forgets what has arrived and remembers the version that comes now.
    pub(super) fn restart(&mut self, etag: Option<&str>) -> Result<(), FetchError> {
        self.file.cut(0).map_err(refused(self.received))?;
        self.received = 0;
        fs::write(&self.note, etag.unwrap_or_default()).map_err(|source| self.error("write to", source))
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_at(bytes, self.received).map_err(refused(self.received))?;
        self.received += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn sha256(&self) -> Result<String, FetchError> {
        sha256_of_file(self.file.path()).map_err(|source| self.error("read", source))
    }

    pub(super) fn remove(&self) -> Result<(), FetchError> {
        // The note may never have been written.
        let _ = fs::remove_file(&self.note);
        fs::remove_file(self.file.path()).map_err(|source| self.error("remove", source))
    }

    pub(super) fn finish(&self) -> Result<(), FetchError> {
        self.file.sync().and_then(|()| self.file.rename()).map_err(refused(self.received))?;
        // The note may never have been written.
        let _ = fs::remove_file(&self.note);
        Ok(())
    }

    fn error(&self, what: &'static str, source: io::Error) -> FetchError {
        FetchError::Disk { what, path: self.file.path().to_path_buf(), kept: self.received, source }
    }
}

/// The partial file failed, with `kept` bytes in it.
fn refused(kept: u64) -> impl FnOnce(PartialError) -> FetchError {
    move |error| match error {
        PartialError::Busy { path } => FetchError::Busy { path },
        PartialError::Io { what, path, source } => FetchError::Disk { what, path, kept, source },
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
