//! The memory map of a file: an `unsafe` for all who read large files.

use memmap2::Mmap;
use std::fs::File;
use std::io;
use std::ops::Deref;

/// The content of a file, read page by page as it is used.
#[derive(Debug)]
pub(crate) struct Map(Mmap);

impl Map {
    /// Maps the whole of `file`.
    ///
    /// If another process shortens the file while the map lives, reading the lost part ends this process
    /// (SIGBUS). Weights are mapped for one load only; features for as long as they are used, because a gallery
    /// may be larger than memory.
    pub fn of(file: &File) -> io::Result<Map> {
        // SAFETY: the map is read-only, and this process writes no file that it has mapped: outputs are made under
        // another name and renamed. That no other process changes the file meanwhile is an assumption: the system
        // cannot promise it. Whoever loads weights compares the file's length and time of change before and after.
        unsafe { Mmap::map(file) }.map(Map)
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
