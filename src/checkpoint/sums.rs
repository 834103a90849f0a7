//! The checksums of a file, read as a stream: read through the map, every page would count as our memory.

use crate::digest::{sha256, sha256_of};
use std::io::{self, Read};

/// Checksums of a file.
pub(super) struct Sums {
    /// SHA-256 of all bytes, in hex.
    pub sha256: String,
    /// CRC-32 (the polynomial of zlib) of the first bytes, as many as were asked for.
    pub crc32: u32,
}

/// Reads `file` to its end. The CRC-32 is that of its first `crc_covers` bytes.
pub(super) fn sums(file: impl Read, crc_covers: u64) -> io::Result<Sums> {
    let mut covered = Covered { file, crc32: crc32fast::Hasher::new(), left: crc_covers };
    let sha256 = sha256_of(&mut covered)?;
    Ok(Sums { sha256, crc32: covered.crc32.finalize() })
}

/// A file, and the CRC-32 of what was read of it, up to a place.
struct Covered<R> {
    file: R,
    crc32: crc32fast::Hasher,
    /// Bytes up to that place.
    left: u64,
}

impl<R: Read> Read for Covered<R> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(block)?;
        let covered = self.left.min(count as u64);
        self.crc32.update(&block[..covered as usize]);
        self.left -= covered;
        Ok(count)
    }
}

/// As [`sums`], of bytes in memory.
pub(super) fn sums_of(bytes: &[u8], crc_covers: u64) -> Sums {
    let covered = &bytes[..bytes.len().min(crc_covers as usize)];
    Sums { sha256: sha256(bytes), crc32: crc32fast::hash(covered) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers: FIPS 180-2 for "abc", the CRC catalogue's check value for "123456789".
    #[test]
    fn known_answers() {
        let abc = sums(&b"abc"[..], 0).unwrap();
        assert_eq!(abc.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sums(&b"123456789"[..], 9).unwrap().crc32, 0xcbf4_3926);
        assert_eq!(sums(&b"123456789xyz"[..], 9).unwrap().crc32, 0xcbf4_3926);
        assert_eq!(sums_of(b"abc", 0).sha256, abc.sha256);
        assert_eq!(sums_of(b"123456789xyz", 9).crc32, 0xcbf4_3926);
    }
}
