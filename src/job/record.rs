//! What is recorded of a part, beside it.

use super::chunk::{Chunk, hex};
use super::{Shard, Store, StoreError};
use crate::pipeline::Times;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::Duration;

/// Form of the files of a job.
pub(super) const VERSION: u32 = 1;

/// Name of a part in its shard's folder.
pub(super) fn part_name(chunk: usize) -> String {
    format!("part-{chunk:05}.parquet")
}

/// Name of a part's record in its shard's folder.
pub(super) fn record_name(chunk: usize) -> String {
    format!("part-{chunk:05}.json")
}

/// The record of a part: written after it, and worth the chunk's work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    v: u32,
    /// SHA-256 of the job's [`Terms`](super::Terms), in hex.
    pub job: String,
    /// Number of the chunk in its shard.
    pub chunk: usize,
    /// Rows of the part.
    pub rows: u64,
    /// Those among them that failed.
    pub failed: u64,
    /// Failed rows by kind of failure.
    pub reasons: BTreeMap<String, u64>,
    /// Number of the first row in the listing.
    pub first: u64,
    /// Number of the last row in the listing.
    pub last: u64,
    /// SHA-256 of the numbers and keys of the rows, in hex.
    pub keys_sha256: String,
    /// SHA-256 of the part, in hex.
    pub sha256: String,
    /// Bytes of the part.
    pub bytes: u64,
    /// Seconds it took to make the part.
    pub seconds: f64,
    /// What the stages took of them.
    pub times: Seconds,
}

/// [`Times`] in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Reading, all threads together.
    pub read: f64,
    /// Decoding, all threads together.
    pub decode: f64,
    /// Waiting for faces.
    pub faces: f64,
    /// Waiting for features that are being computed.
    pub backend: f64,
    /// Writing.
    pub write: f64,
}

impl From<Times> for Seconds {
    fn from(times: Times) -> Seconds {
        let Times { read, decode, faces, engine: backend, write } = times;
        let [read, decode, faces, backend, write] =
            [read, decode, faces, backend, write].map(|time| time.as_secs_f64());
        Seconds { read, decode, faces, backend, write }
    }
}

impl Seconds {
    pub(super) fn add(&mut self, other: Seconds) {
        self.read += other.read;
        self.decode += other.decode;
        self.faces += other.faces;
        self.backend += other.backend;
        self.write += other.write;
    }
}

/// What is recorded of a part beside its chunk.
pub(super) struct Made<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) failed: u64,
    pub(super) reasons: BTreeMap<String, u64>,
    pub(super) ids: (u64, u64),
    pub(super) elapsed: Duration,
    pub(super) times: Times,
}

impl Record {
    pub(super) fn new(job: &str, chunk: &Chunk, made: Made<'_>) -> Record {
        Record {
            v: VERSION,
            job: job.to_string(),
            chunk: chunk.number,
            rows: chunk.rows,
            failed: made.failed,
            reasons: made.reasons,
            first: made.ids.0,
            last: made.ids.1,
            keys_sha256: hex(&chunk.keys),
            sha256: hex(&Sha256::digest(made.bytes)),
            bytes: made.bytes.len() as u64,
            seconds: made.elapsed.as_secs_f64(),
            times: made.times.into(),
        }
    }

    /// The record of a chunk; nothing if there is none or it cannot be read, which is the same: the chunk is not done.
    pub(super) fn get(store: &dyn Store, shard: Shard, chunk: usize) -> Result<Option<Record>, StoreError> {
        let name = format!("{}/{}", shard.folder(), record_name(chunk));
        let record: Option<Record> = store.get(&name)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(record.filter(|record| record.v == VERSION && record.chunk == chunk))
    }
}
