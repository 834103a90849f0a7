//! Whether a zip file has an entry of some name; nothing is unpacked.
//!
//! Source: PKWARE's APPNOTE, sections 4.3.12 (central directory) and 4.3.16 (its end record).

use std::io::{self, Read, Seek, SeekFrom};

/// Size of the end record, and of the fixed part of a directory entry, in bytes.
const END_RECORD: u64 = 22;
const ENTRY: usize = 46;
/// Longest comment behind the end record.
const LONGEST_COMMENT: u64 = 65_535;
/// Most bytes of directory that are searched: 4 MiB.
const MOST_DIRECTORY: u64 = 4 << 20;

/// Whether the zip file of `size` bytes lists an entry called `name`; `false` too if it is damaged.
///
/// # Errors
/// If reading fails.
pub(super) fn holds(file: &mut (impl Read + Seek), size: u64, name: &[u8]) -> io::Result<bool> {
    let tail = read(file, size.saturating_sub(END_RECORD + LONGEST_COMMENT), END_RECORD + LONGEST_COMMENT)?;
    let Some(end) = tail.windows(4).rposition(|window| window == b"PK\x05\x06") else { return Ok(false) };
    let (Some(length), Some(start)) = (u32_at(&tail, end + 12), u32_at(&tail, end + 16)) else {
        return Ok(false);
    };
    let directory = read(file, u64::from(start), u64::from(length).min(MOST_DIRECTORY))?;
    let mut rest = directory.as_slice();
    while rest.starts_with(b"PK\x01\x02") && rest.len() >= ENTRY {
        let lengths = [28, 30, 32].map(|at| usize::from(u16::from_le_bytes([rest[at], rest[at + 1]])));
        let found = rest.get(ENTRY..ENTRY + lengths[0]);
        if found == Some(name) {
            return Ok(true);
        }
        rest = rest.get(ENTRY + lengths.iter().sum::<usize>()..).unwrap_or_default();
    }
    Ok(false)
}

/// At most `length` bytes from `start` on.
fn read(file: &mut (impl Read + Seek), start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
