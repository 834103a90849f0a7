//! Parts, read back.

use super::files::{Record, part_name, record_name};
use super::store::{Store, StoreError};
use super::{JobError, Shard};
use crate::digest::sha256;
use crate::features::FeatureFile;
use crate::storage::ReadAt;
use std::io;
use std::sync::Arc;

/// The bytes of a part.
struct Bytes(Vec<u8>);

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let start = usize::try_from(at).map_or(self.0.len(), |at| at.min(self.0.len()));
        let end = start.saturating_add(length).min(self.0.len());
        Ok(self.0[start..end].to_vec())
    }
}

/// A part that stays where it is.
struct Stored {
    store: Arc<dyn Store>,
    name: String,
    size: u64,
}

impl ReadAt for Stored {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        self.store.read_at(&self.name, at, length).map_err(|error| match error {
            StoreError::Io { source, .. } => source,
            error => io::Error::other(error),
        })
    }
}

fn name(shard: Shard, chunk: usize) -> String {
    format!("{}/{}", shard.folder(), part_name(chunk))
}

/// The bytes of the part that `record` is of, if they are those recorded.
fn checked(store: &dyn Store, shard: Shard, record: &Record) -> Result<Vec<u8>, JobError> {
    let name = name(shard, record.chunk);
    let bytes = store.get(&name)?.ok_or_else(|| JobError::Missing { path: store.path(&name) })?;
    let found = sha256(&bytes);
    if found != record.sha256 {
        return Err(JobError::Damaged {
            path: store.path(&name),
            record: store.path(&format!("{}/{}", shard.folder(), record_name(record.chunk))),
            found,
            recorded: record.sha256.clone(),
        });
    }
    Ok(bytes)
}

/// The part that `record` is of, held in memory, if its bytes are those recorded.
pub(super) fn open_checked(
    store: &dyn Store,
    shard: Shard,
    record: &Record,
) -> Result<FeatureFile, JobError> {
    let bytes = checked(store, shard, record)?;
    let path = store.path(&name(shard, record.chunk));
    Ok(FeatureFile::open_parquet(&path, Box::new(Bytes(bytes)))?)
}

/// As [`open_checked`], but once checked only what is looked at is held in memory.
pub(super) fn open_stored(
    store: &Arc<dyn Store>,
    shard: Shard,
    record: &Record,
) -> Result<FeatureFile, JobError> {
    let size = checked(&**store, shard, record)?.len() as u64;
    let name = name(shard, record.chunk);
    let path = store.path(&name);
    let stored = Stored { store: Arc::clone(store), name, size };
    Ok(FeatureFile::open_parquet(&path, Box::new(stored))?)
}
