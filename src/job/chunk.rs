//! Consecutive rows of a shard, and the hash of what they are called.

use sha2::{Digest, Sha256};

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

/// A hash as people write it.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
