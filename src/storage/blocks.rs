//! An object read in blocks: many small reads that follow each other become one request.

use super::{Object, ReadAt};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a block.
const BLOCK: u64 = 4 << 20;

/// Blocks that are kept; readers are seldom further apart.
const KEPT: usize = 4;

type Kept = VecDeque<(u64, Arc<Vec<u8>>)>;

/// An object and the blocks of it that were read last.
pub(super) struct Blocks {
    object: Object,
    size: u64,
    kept: Mutex<Kept>,
}

impl Blocks {
    pub(super) fn new(object: Object) -> io::Result<Blocks> {
        let size = object.size()?;
        Ok(Blocks { object, size, kept: Mutex::default() })
    }

    /// The lock is held while the block is fetched, so that nobody else fetches it too.
    fn block(&self, number: u64) -> io::Result<Arc<Vec<u8>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, block)) = kept.iter().find(|(known, _)| *known == number) {
            return Ok(Arc::clone(block));
        }
        let begin = number * BLOCK;
        let block = Arc::new(self.object.range(begin..(begin + BLOCK).min(self.size))?);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((number, Arc::clone(&block)));
        Ok(block)
    }
}

impl ReadAt for Blocks {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = at.saturating_add(length as u64).min(self.size);
        if at >= end {
            return Ok(Vec::new());
        }
        // A long read is a request of its own.
        if end - at > BLOCK {
            return self.object.range(at..end);
        }
        let mut bytes = Vec::with_capacity((end - at) as usize);
        for number in at / BLOCK..=(end - 1) / BLOCK {
            let block = self.block(number)?;
            let within = |place: u64| {
                (place.clamp(number * BLOCK, number * BLOCK + block.len() as u64) - number * BLOCK) as usize
            };
            bytes.extend_from_slice(&block[within(at)..within(end)]);
        }
        Ok(bytes)
    }
}
