//! The listing of a job: its rows, its shards' rows, and the chunks they are cut into.

use super::{JobError, Shard};
use crate::digest::hex;
use crate::source::{Item, Listed, Omitted, PictureSource, SourceError, escape};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Lists the inputs of a job from the beginning.
pub type List<'a> = &'a dyn Fn() -> Result<Listed, SourceError>;

/// What all processes of a job must find in its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[doc(hidden)]
pub struct Listing {
    /// Rows.
    pub rows: u64,
    /// SHA-256 in hex over all rows: a row's key and a line feed, and what a manifest or an archive says beyond that.
    pub sha256: String,
}

/// A listing, and what one shard has of it.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) listing: Listing,
    /// Rows of the shard.
    pub(super) rows: u64,
    pub(super) chunks: Vec<Chunk>,
    pub(super) left_out: Vec<Omitted>,
}

/// Consecutive rows of a shard: what is done and recorded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) number: usize,
    pub(super) rows: u64,
    pub(super) keys: Keys,
}

/// SHA-256 over the numbers and keys of rows.
pub(super) type Keys = [u8; 32];

/// Gathers the [`Keys`] of a chunk.
#[derive(Clone, Default)]
pub(super) struct KeyHash(Sha256);

impl KeyHash {
    pub(super) fn push(&mut self, row: u64, key: &str) {
        self.0.update(row.to_le_bytes());
        self.0.update(key.as_bytes());
        self.0.update(b"\n");
    }

    pub(super) fn finish(&mut self) -> Keys {
        std::mem::take(&mut self.0).finalize().into()
    }
}

/// What a row is called, in one line: two rows of one key are the same picture.
pub(super) fn key(item: &Item) -> String {
    escape(&item.key)
}

/// What a row of a manifest or an archive brings beside its key: features made of other bytes or points are others.
fn note_rest(all: &mut Sha256, item: &Item) {
    match &item.picture {
        PictureSource::File(address) if address.as_path() == item.key => {}
        PictureSource::File(address) => all.update(escape(address.as_path()).as_bytes()),
        PictureSource::Bytes(bytes) => all.update(bytes),
        PictureSource::Range { offset, length, .. } => {
            all.update(offset.to_le_bytes());
            all.update(length.to_le_bytes());
        }
        // Begun only when its turn comes, after it was listed.
        #[cfg(feature = "cloud")]
        PictureSource::Begun(_) => {}
        PictureSource::Unusable(reason) => all.update(reason.as_bytes()),
    }
    for coordinate in item.points.iter().flat_map(|points| points.iter().flatten()) {
        all.update(coordinate.to_le_bytes());
    }
}

impl Scan {
    /// Walks the whole listing once.
    pub(super) fn new(items: Listed, shard: Shard, chunk: u64) -> Result<Scan, JobError> {
        let left_out = items.left_out();
        let (mut all, mut keys) = (Sha256::new(), KeyHash::default());
        let (mut listed, mut rows, mut chunks) = (0, 0, Vec::new());
        let mut open = 0;
        let mut close = |rows: &mut u64, keys: &mut KeyHash| {
            chunks.push(Chunk { number: chunks.len(), rows: std::mem::take(rows), keys: keys.finish() });
        };
        for item in items {
            let item = item?;
            let key = key(&item);
            all.update(key.as_bytes());
            all.update(b"\n");
            note_rest(&mut all, &item);
            listed += 1;
            if shard.has(&key) {
                rows += 1;
                open += 1;
                keys.push(item.id, &key);
                if open == chunk {
                    close(&mut open, &mut keys);
                }
            }
        }
        if open > 0 {
            close(&mut open, &mut keys);
        }
        let listing = Listing { rows: listed, sha256: hex(&all.finalize()) };
        Ok(Scan { listing, rows, chunks, left_out: left_out.all() })
    }
}
