//! Files that are read in any order.

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
pub(super) struct Local {
    file: File,
    size: u64,
}

impl Local {
    pub(super) fn open(path: &Path) -> io::Result<Local> {
        let file = File::open(path)?;
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
