//! The checksums of a file, read as a stream: read through the map, every page would count as our memory.

use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// Bytes read at a time.
const BLOCK: usize = 1 << 20;

/// Checksums of a file.
pub(super) struct Sums {
    /// SHA-256 of all bytes, in hex.
    pub sha256: String,
    /// CRC-32 (the polynomial of zlib) of the first bytes, as many as were asked for.
    pub crc32: u32,
}

/// Reads `file` to its end. The CRC-32 is that of its first `crc_covers` bytes.
pub(super) fn sums(mut file: impl Read, crc_covers: u64) -> io::Result<Sums> {
    let mut sha256 = Sha256::new();
    let mut crc32 = crc32fast::Hasher::new();
    let mut crc_left = crc_covers;
    let mut block = vec![0; BLOCK];
    loop {
        let count = match file.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        sha256.update(&block[..count]);
        let covered = crc_left.min(count as u64);
        crc32.update(&block[..covered as usize]);
        crc_left -= covered;
    }
    Ok(Sums { sha256: hex(&sha256.finalize()), crc32: crc32.finalize() })
}

/// As [`sums`], of bytes in memory.
pub(super) fn sums_of(bytes: &[u8], crc_covers: u64) -> Sums {
    let covered = &bytes[..bytes.len().min(crc_covers as usize)];
    Sums { sha256: hex(&Sha256::digest(bytes)), crc32: crc32fast::hash(covered) }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
