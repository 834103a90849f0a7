//! The memory map: the only `unsafe` of this module.

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Deref;

/// The content of a file, read page by page as it is used.
pub(super) struct Map(Mmap);

impl Map {
    /// Maps the whole of `file`.
    ///
    /// If another process shortens the file while the map lives, reading the lost part ends this process
    /// (SIGBUS). The map therefore lives no longer than one load.
    pub fn of(file: &File) -> io::Result<Map> {
        // SAFETY: the map is read-only, private to one load and dropped before that load returns, so this
        // process never writes to it. That no other process changes the file meanwhile is an assumption: the
        // system cannot promise it. Callers compare the file's length and time of change before and after.
        unsafe { Mmap::map(file) }.map(Map)
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
