//! Rows in a partial file: appended in steps, cut back when a step fails.

use super::SinkError;
use crate::partial::{PartialError, PartialFile};
use std::path::Path;

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Partial {
    file: PartialFile,
    /// Bytes of whole rows, all handed to the operating system.
    kept: u64,
    /// Bytes of rows still here.
    pending: Vec<u8>,
}

impl From<PartialError> for SinkError {
    fn from(error: PartialError) -> SinkError {
        match error {
            PartialError::Busy { path } => SinkError::Busy { path },
            PartialError::Io { what, path, source } => SinkError::Io { what, path, source },
        }
    }
}

impl Partial {
    /// Makes an empty file and keeps other processes from doing the same.
    pub(super) fn create(target: &Path) -> Result<Partial, SinkError> {
        let file = PartialFile::open(target)?;
        file.cut(0)?;
        Ok(Partial { file, kept: 0, pending: Vec::new() })
    }

    pub(super) fn path(&self) -> &Path {
        self.file.path()
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
        Ok(self.file.write_at(&self.pending, self.kept)?)
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
        let _ = self.file.cut(self.kept);
    }

    /// Overwrites bytes that are already there or follow the rows.
    pub(super) fn write_at(&self, bytes: &[u8], offset: u64) -> Result<(), SinkError> {
        Ok(self.file.write_at(bytes, offset)?)
    }

    /// Cuts the file to `length` bytes.
    #[cfg(feature = "parquet")]
    pub(super) fn cut(&self, length: u64) -> Result<(), SinkError> {
        Ok(self.file.cut(length)?)
    }

    /// Waits until the file is on the disk.
    pub(super) fn sync(&self) -> Result<(), SinkError> {
        Ok(self.file.sync()?)
    }

    /// Gives the file its name.
    pub(super) fn rename(&self) -> Result<(), SinkError> {
        Ok(self.file.rename()?)
    }
}
