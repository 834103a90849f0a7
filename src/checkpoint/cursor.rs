//! A position in bytes that never runs past their end and knows where in the file it stands.

use super::error::Fault;

/// A reading position in a part of a file.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where `bytes` starts in the file.
    base: u64,
}

impl<'a> Cursor<'a> {
    /// Starts at the first of `bytes`, which themselves start at byte `base` of the file.
    pub fn new(bytes: &'a [u8], base: u64) -> Self {
        Cursor { bytes, at: 0, base }
    }

    /// Position in the file.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Bytes not yet read.
    pub fn left(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next `count` bytes; `what` names them in an error.
    pub fn take(&mut self, count: u64, what: &'static str) -> Result<&'a [u8], Fault> {
        let left = self.left();
        match usize::try_from(count).ok().and_then(|count| left.get(..count)) {
            Some(taken) => {
                self.at += taken.len();
                Ok(taken)
            }
            None => Err(Fault::Cut { offset: self.offset(), what, needed: count, left: left.len() as u64 }),
        }
    }

    /// A cursor over the next `count` bytes, which this one skips.
    pub fn part(&mut self, count: u64, what: &'static str) -> Result<Cursor<'a>, Fault> {
        let base = self.offset();
        Ok(Cursor::new(self.take(count, what)?, base))
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64, what)?);
        Ok(array)
    }

    pub fn u8(&mut self, what: &'static str) -> Result<u8, Fault> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    pub fn u16(&mut self, what: &'static str) -> Result<u16, Fault> {
        self.array(what).map(u16::from_le_bytes)
    }

    pub fn u32(&mut self, what: &'static str) -> Result<u32, Fault> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub fn u64(&mut self, what: &'static str) -> Result<u64, Fault> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// The bytes up to the next line feed, which is skipped.
    pub fn line(&mut self, what: &'static str) -> Result<&'a [u8], Fault> {
        let left = self.left();
        match left.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                self.at += end + 1;
                Ok(&left[..end])
            }
            None => Err(Fault::Cut {
                offset: self.offset(),
                what,
                needed: left.len() as u64 + 1,
                left: left.len() as u64,
            }),
        }
    }

    /// An error about the bytes here.
    pub fn malformed(&self, problem: &'static str) -> Fault {
        Fault::Malformed { offset: self.offset(), problem }
    }
}
