//! The zip container as PyTorch writes it: entries are stored, never deflated, and their sizes stand in the
//! central directory only.
//!
//! Checksums of entries are not compared: PyTorch can be told not to compute them and then writes numbers that
//! do not fit.

use crate::checkpoint::cursor::Cursor;
use crate::checkpoint::error::Fault;
use std::collections::HashMap;

/// Bytes of the end record without its comment.
const END: usize = 22;
const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
/// Stands where a number is too large for 32 bits.
const IN_ZIP64: u32 = u32::MAX;

/// An entry's content, and where in the file it starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content<'a> {
    pub bytes: &'a [u8],
    pub offset: u64,
}

/// All entries of an archive by name. None overlaps another, so that together they are no larger than the file.
pub(super) fn entries(bytes: &[u8]) -> Result<HashMap<&str, Content<'_>>, Fault> {
    let mut end = end_record(bytes)?;
    let at_end = end.clone();
    end.take(8, "the end of the archive")?;
    let _on_this_disk = end.u16("the end of the archive")?;
    let count = end.u16("the end of the archive")?;
    let size = end.u32("the end of the archive")?;
    let start = end.u32("the end of the archive")?;
    if start == IN_ZIP64 || size == IN_ZIP64 || count == u16::MAX {
        return Err(Fault::Unsupported {
            what: "the archive".into(),
            found: "larger than 4 GiB or 65,534 entries",
            advice: "give a LightCNN checkpoint, which is far smaller",
        });
    }
    let mut whole = Cursor::new(bytes, 0);
    whole.take(start.into(), "the archive before its directory")?;
    let mut directory = whole.part(size.into(), "the archive's directory")?;
    if directory.offset() + u64::from(size) > at_end.offset() {
        return Err(at_end.malformed("the archive's directory overlaps its end"));
    }
    let before_directory = &bytes[..start as usize];
    let mut entries = HashMap::with_capacity(count.into());
    let mut ranges = Vec::with_capacity(count.into());
    for _ in 0..count {
        let at = directory.clone();
        let (name, local, content) = entry(&mut directory, before_directory)?;
        ranges.push((local, content.offset + content.bytes.len() as u64));
        if entries.insert(name, content).is_some() {
            return Err(at.malformed("two entries of the archive have one name"));
        }
    }
    ranges.sort_unstable();
    match ranges.windows(2).find(|pair| pair[0].1 > pair[1].0) {
        Some(pair) => Err(Fault::Malformed { offset: pair[1].0, problem: "entries of the archive overlap" }),
        None => Ok(entries),
    }
}

/// A cursor at the end record: the last one whose comment reaches exactly to the end of the file.
fn end_record(bytes: &[u8]) -> Result<Cursor<'_>, Fault> {
    let last = bytes.len().saturating_sub(END);
    let first = last.saturating_sub(usize::from(u16::MAX));
    for start in (first..=last).rev() {
        if !bytes[start..].starts_with(END_SIGNATURE) {
            continue;
        }
        let mut cursor = Cursor::new(&bytes[start..], start as u64);
        let at = cursor.clone();
        cursor.take(20, "the end of the archive")?;
        let comment = cursor.u16("the end of the archive")?;
        if cursor.left().len() == usize::from(comment) {
            return Ok(at);
        }
    }
    Err(Fault::Malformed {
        offset: bytes.len() as u64,
        problem: "the archive has no end; the file is cut short, copy or download it again",
    })
}

/// Name, start of the local header, and content of the entry that the directory has next.
fn entry<'a>(directory: &mut Cursor<'a>, bytes: &'a [u8]) -> Result<(&'a str, u64, Content<'a>), Fault> {
    let what = "the archive's directory";
    let at = directory.clone();
    if directory.u32(what)? != CENTRAL_SIGNATURE {
        return Err(at.malformed("the archive's directory is damaged"));
    }
    directory.take(4, what)?;
    let flags = directory.u16(what)?;
    let method = directory.u16(what)?;
    directory.take(8, what)?;
    let (stored, size) = (directory.u32(what)?, directory.u32(what)?);
    let lengths = [directory.u16(what)?, directory.u16(what)?, directory.u16(what)?];
    directory.take(8, what)?;
    let local = directory.u32(what)?;
    let name = directory.take(lengths[0].into(), what)?;
    directory.take(u64::from(lengths[1]) + u64::from(lengths[2]), what)?;
    let name =
        std::str::from_utf8(name).map_err(|_| at.malformed("the name of an archive's entry is no UTF-8"))?;

    let refuse = |found| Fault::Unsupported {
        what: format!("the entry '{}' of the archive", name.escape_debug()),
        found,
        advice: "save the state_dict again with torch.save, which stores entries as they are",
    };
    if flags & 1 != 0 {
        return Err(refuse("encrypted"));
    }
    if method != 0 {
        return Err(refuse("compressed"));
    }
    if [stored, size, local].contains(&IN_ZIP64) {
        return Err(refuse("larger than 4 GiB"));
    }
    if stored != size {
        return Err(at.malformed("an entry of the archive is stored and has two sizes"));
    }

    let mut header = Cursor::new(bytes, 0);
    header.take(local.into(), "an entry of the archive")?;
    let at = header.clone();
    if header.u32("an entry of the archive")? != LOCAL_SIGNATURE {
        return Err(at.malformed("an entry of the archive does not start where the directory says"));
    }
    header.take(22, "an entry of the archive")?;
    let name_length = header.u16("an entry of the archive")?;
    let extra_length = header.u16("an entry of the archive")?;
    if header.take(name_length.into(), "an entry of the archive")? != name.as_bytes() {
        return Err(at.malformed("an entry of the archive has two names"));
    }
    header.take(extra_length.into(), "an entry of the archive")?;
    let offset = header.offset();
    let content = Content { bytes: header.take(size.into(), "an entry of the archive")?, offset };
    Ok((name, local.into(), content))
}
