//! The members of a tar archive: name and place of each, from the headers alone.
//!
//! The `tar` crate reads the fields of a header. Its reader of whole archives is not used, as it has no limit for long
//! names and cannot be handed from thread to thread.

use super::left_out::Reason;
use super::{SourceError, escape};
use crate::storage::{Address, ReadAt};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tar::{EntryType, Header};

const BLOCK: u64 = 512;

/// Bytes of zeros looked at together.
const PIECE: u64 = 64 << 10;

/// Bytes of the extra headers (GNU long name, pax) of a member.
const EXTRA_LIMIT: u64 = 1 << 20;

/// Zeros at the end of an archive that no writer makes: GNU tar's largest usual record has 1 MiB.
const MOST_ZEROS: u64 = 2 << 20;

/// What a member is, as far as a reader of pictures cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    /// Another name of a member before it.
    HardLink,
    SymbolicLink,
}

/// A file in an archive, or a link.
pub(super) struct Member {
    /// Its name, with folders.
    pub name: Vec<u8>,
    pub kind: Kind,
    /// Where its bytes begin.
    pub offset: u64,
    /// How many they are; the archive has them.
    pub length: u64,
}

/// An archive being walked.
pub(super) struct Members {
    path: PathBuf,
    file: Arc<dyn ReadAt>,
    length: u64,
    next: u64,
    /// Files found so far.
    found: u64,
    /// What was behind the end of the archive, once it is reached.
    behind: Option<Reason>,
}

/// What extra headers say about the member after them.
#[derive(Default)]
struct Extra {
    name: Option<Vec<u8>>,
    length: Option<u64>,
}

impl Members {
    pub(super) fn open(address: &Address) -> Result<Members, SourceError> {
        let path = address.as_path();
        let file =
            address.open_at().map_err(|source| SourceError::Read { list: escape(path), paths: 0, source })?;
        Ok(Members { path: path.to_path_buf(), length: file.size(), file, next: 0, found: 0, behind: None })
    }

    /// The archive.
    pub(super) fn file(&self) -> &Arc<dyn ReadAt> {
        &self.file
    }

    /// What is behind the end of the archive that should not be there. Known when there is no next member.
    pub(super) fn behind(&self) -> Option<Reason> {
        self.behind.clone()
    }

    /// The next file or link, if there is one. Folders and devices are passed over. Archives that were put one behind the
    /// other count as one.
    pub(super) fn next(&mut self) -> Result<Option<Member>, SourceError> {
        let mut extra = Extra::default();
        loop {
            let mut at = self.next;
            let Some(header) = self.header(&mut at)? else { return Ok(None) };
            let kind = header.entry_type();
            let is_extra = kind.is_gnu_longname() || kind.is_pax_local_extensions();
            let size = header.entry_size().map_err(|error| self.damaged(at, error.to_string()))?;
            let length = extra.length.filter(|_| !is_extra).unwrap_or(size);
            let offset = at + BLOCK;
            let end = offset.checked_add(length).filter(|end| *end <= self.length);
            let Some(end) = end else {
                let (left, name) = (self.length - offset, header.path_bytes());
                let found = format!("'{}' of {length} bytes, and {left} bytes are left", name.escape_ascii());
                return Err(self.damaged(at, found));
            };
            self.next = end.next_multiple_of(BLOCK);
            let mut member =
                Member { name: header.path_bytes().into_owned(), kind: Kind::File, offset, length };
            match kind {
                EntryType::GNULongName => {
                    let mut name = self.read_extra(at, &member)?;
                    name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
                    extra.name = Some(name);
                }
                EntryType::XHeader => {
                    let records = self.read_extra(at, &member)?;
                    read_pax(&records, &mut extra).ok_or_else(|| self.damaged(at, "a bad pax header"))?;
                }
                EntryType::GNULongLink | EntryType::XGlobalHeader => {}
                EntryType::Regular | EntryType::Continuous | EntryType::Link | EntryType::Symlink => {
                    member.kind = match kind {
                        EntryType::Link => Kind::HardLink,
                        EntryType::Symlink => Kind::SymbolicLink,
                        _ => Kind::File,
                    };
                    member.name = extra.name.take().unwrap_or(member.name);
                    self.found += 1;
                    return Ok(Some(member));
                }
                EntryType::GNUSparse => {
                    return Err(self.damaged(at, "a sparse member; write the archive with whole files"));
                }
                _ => extra = Extra::default(),
            }
        }
    }

    /// The bytes of a member, which is small.
    pub(super) fn read(&self, member: &Member) -> Result<Vec<u8>, SourceError> {
        let length = usize::try_from(member.length).unwrap_or(usize::MAX);
        self.file.read_at(member.offset, length).map_err(|error| self.unreadable(error))
    }

    fn read_extra(&self, at: u64, member: &Member) -> Result<Vec<u8>, SourceError> {
        if member.length > EXTRA_LIMIT {
            let found = format!("an extra header of {} bytes; the limit is {EXTRA_LIMIT}", member.length);
            return Err(self.damaged(at, found));
        }
        self.read(member)
    }

    /// The header at byte `at`, or behind the zeros there; nothing at the end of the archive.
    fn header(&mut self, at: &mut u64) -> Result<Option<Header>, SourceError> {
        if *at >= self.length {
            return Ok(None);
        }
        let zeros = self.zeros(*at)?;
        if zeros == 0 {
            return self.header_at(*at).map(Some);
        }
        let end = *at + zeros;
        if end >= self.length {
            self.behind = (zeros > MOST_ZEROS).then_some(Reason::Zeros);
            return Ok(None);
        }
        match self.header_at(end) {
            Ok(header) => {
                *at = end;
                Ok(Some(header))
            }
            Err(SourceError::Content { .. }) => {
                self.behind = Some(Reason::BehindEnd);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// How many zeros there are from `at` on, in whole blocks, or up to the end.
    fn zeros(&self, at: u64) -> Result<u64, SourceError> {
        let mut next = at;
        let mut piece = BLOCK;
        while next < self.length {
            let bytes = self.file.read_at(next, piece as usize).map_err(|error| self.unreadable(error))?;
            match bytes.iter().position(|byte| *byte != 0) {
                Some(first) => return Ok(next - at + first as u64 / BLOCK * BLOCK),
                // The end of a file that has shrunk meanwhile.
                None if bytes.is_empty() => break,
                None => next += bytes.len() as u64,
            }
            piece = PIECE;
        }
        Ok(next - at)
    }

    fn header_at(&self, at: u64) -> Result<Header, SourceError> {
        let mut header = Header::new_old();
        let bytes = header.as_mut_bytes();
        if self.length - at < BLOCK {
            return Err(self.damaged(at, format!("{} bytes", self.length - at)));
        }
        let read = self.file.read_at(at, bytes.len()).map_err(|error| self.unreadable(error))?;
        bytes.copy_from_slice(&read);
        // The sum is that of a header whose checksum is blanks.
        let sum = |part: &[u8]| part.iter().map(|byte| u32::from(*byte)).sum::<u32>();
        let found = sum(&bytes[..148]) + 8 * u32::from(b' ') + sum(&bytes[156..]);
        match header.cksum() {
            Ok(written) if written == found => Ok(header),
            _ => Err(self.damaged(at, what(&read))),
        }
    }

    fn damaged(&self, at: u64, found: impl Into<String>) -> SourceError {
        SourceError::Content {
            list: escape(&self.path),
            place: format!("byte {at}, after {} files", self.found),
            found: found.into(),
            wanted: "a whole tar archive without compression",
        }
    }

    fn unreadable(&self, source: io::Error) -> SourceError {
        SourceError::Read { list: escape(&self.path), paths: self.found, source }
    }
}

/// What a block is that is no header.
fn what(block: &[u8]) -> &'static str {
    match block {
        [0x1f, 0x8b, ..] => "something compressed with gzip; unpack it first",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "something compressed with zstd; unpack it first",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "something compressed with xz; unpack it first",
        [b'B', b'Z', b'h', ..] => "something compressed with bzip2; unpack it first",
        [b'P', b'K', 3, 4, ..] => "a zip archive; pack it as .tar",
        _ => "512 bytes that are no header",
    }
}

/// Reads the records `LENGTH KEY=VALUE\n` of a pax header; nothing if they are none.
fn read_pax(mut records: &[u8], extra: &mut Extra) -> Option<()> {
    // Some writers fill up with zeros.
    while records.first().is_some_and(|byte| *byte != 0) {
        let blank = records.iter().position(|byte| *byte == b' ')?;
        let length: usize = str::from_utf8(&records[..blank]).ok()?.parse().ok()?;
        let record = records.get(blank + 1..length)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        let value = &record[equals + 1..];
        match &record[..equals] {
            b"path" => extra.name = Some(value.to_vec()),
            b"size" => extra.length = Some(str::from_utf8(value).ok()?.parse().ok()?),
            _ => {}
        }
        records = &records[length..];
    }
    Some(())
}
