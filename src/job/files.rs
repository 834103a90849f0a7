//! The files of a job that are not parts: what it is, what its shards are, and the record of each part.

use super::scan::Listing;
use super::{JobError, Shard, Store, StoreError};
use crate::contract::Contract;
use crate::digest::{hex, sha256};
use crate::pipeline::Times;
use crate::source::Omitted;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

/// Form of the files of a job.
const VERSION: u32 = 1;

pub(super) const JOB: &str = "job.json";
pub(super) const SHARD: &str = "shard.json";
pub(super) const REPORT: &str = "report.json";
pub(super) const LOCK: &str = "lock";

/// Name of a part in its shard's folder.
pub(super) fn part_name(chunk: usize) -> String {
    format!("part-{chunk:05}.parquet")
}

/// Name of a part's record in its shard's folder.
pub(super) fn record_name(chunk: usize) -> String {
    format!("part-{chunk:05}.json")
}

/// `job.json`: what a job is. Written by whoever comes first, agreed to by all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[doc(hidden)]
pub struct JobFile {
    v: u32,
    /// What must not change while the job goes on.
    #[serde(flatten)]
    pub terms: Terms,
    /// The inputs as they were given the first time.
    pub inputs: Vec<String>,
    /// The model as it was given the first time.
    pub model: Option<String>,
    /// The file of landmarks as it was given the first time.
    pub landmarks: Option<String>,
}

/// What all processes of a job have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The rows.
    pub listing: Listing,
    /// How many shards they are cut into.
    pub shards: NonZeroU32,
    /// Rows of a chunk.
    pub chunk: u64,
    /// What makes the features.
    pub contract: Contract,
    /// SHA-256 of the file of landmarks, in hex.
    pub landmarks_sha256: Option<String>,
}

/// `shard.json`: how much a shard has to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShardFile {
    v: u32,
    pub(super) rows: u64,
    pub(super) chunks: usize,
    /// What the inputs hold beside the rows.
    #[serde(default)]
    pub(super) left_out: Vec<Omitted>,
}

/// The record of a part: written after it, and worth the chunk's work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    v: u32,
    /// SHA-256 of the job's [`Terms`], in hex.
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
    pub(super) fn new(job: &str, chunk: &super::scan::Chunk, made: Made<'_>) -> Record {
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
            sha256: sha256(made.bytes),
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

impl ShardFile {
    pub(super) fn new(rows: u64, chunks: usize, left_out: Vec<Omitted>) -> ShardFile {
        ShardFile { v: VERSION, rows, chunks, left_out }
    }

    /// The file of a shard; nothing if it was never begun.
    pub(super) fn get(store: &dyn Store, shard: Shard) -> Result<Option<ShardFile>, JobError> {
        get(store, &format!("{}/{SHARD}", shard.folder()))
    }
}

impl Terms {
    /// SHA-256 over all of it, in hex: the name of the job in its records.
    pub(super) fn sha256(&self) -> String {
        sha256(json(self))
    }

    /// The first thing in which `given` differs: what, as recorded here, and as given.
    fn difference(&self, given: &Terms) -> Option<(String, String, String)> {
        let landmarks = |terms: &Terms| terms.landmarks_sha256.clone().unwrap_or_else(|| "none".into());
        let pair = |what: &str, of: &dyn Fn(&Terms) -> String| (what.to_string(), of(self), of(given));
        let mut pairs = vec![
            pair("number of shards", &|terms| terms.shards.to_string()),
            pair("rows per chunk", &|terms| terms.chunk.to_string()),
            pair("SHA-256 of the landmarks", &landmarks),
        ];
        // Every field of the contract counts here, those too that do not keep features from being compared: one
        // part must not be the work of two kernels.
        let (ours, theirs) = (fields(&self.contract), fields(&given.contract));
        let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let field = |fields: &Fields, name: &String| match fields.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => "none".into(),
        };
        pairs.extend(names.into_iter().map(|name| (name.clone(), field(&ours, name), field(&theirs, name))));
        pairs.into_iter().find(|(_, recorded, given)| recorded != given)
    }
}

type Fields = BTreeMap<String, Value>;

/// The fields of a contract by name.
fn fields(contract: &Contract) -> Fields {
    // A struct of strings and numbers always has a JSON form, and it is an object.
    match serde_json::to_value(contract) {
        Ok(Value::Object(fields)) => fields.into_iter().collect(),
        _ => Fields::new(),
    }
}

/// Two listings in words: as the job was begun, and as it is now.
pub(super) type Listings = (String, String);

impl JobFile {
    /// A job that is to be begun, or gone on with.
    pub fn new(
        terms: Terms,
        inputs: Vec<String>,
        model: Option<String>,
        landmarks: Option<String>,
    ) -> JobFile {
        JobFile { v: VERSION, terms, inputs, model, landmarks }
    }

    /// The job in `store`.
    ///
    /// # Errors
    /// If there is none, or its file cannot be read.
    pub fn open(store: &dyn Store) -> Result<JobFile, JobError> {
        let path = || store.path("");
        JobFile::get(store)?.ok_or_else(|| JobError::NoJob { folder: path() })
    }

    fn get(store: &dyn Store) -> Result<Option<JobFile>, JobError> {
        let Some(job) = get::<JobFile>(store, JOB)? else { return Ok(None) };
        if job.v != VERSION {
            let path = store.path(JOB);
            return Err(JobError::Version { path, found: job.v, known: VERSION });
        }
        Ok(Some(job))
    }

    /// Begins this job in `store`, or makes sure that the one there is the same.
    pub(super) fn agree(
        &self,
        store: &dyn Store,
        holder: &str,
        listings: &dyn Fn(&Listing) -> Result<Listings, JobError>,
    ) -> Result<(), JobError> {
        let recorded = match JobFile::get(store)? {
            Some(recorded) => recorded,
            None => {
                // Of all shards that start together one writes the file; the others wait for it.
                let _lock = super::claim::wait_for(store, LOCK, holder)?;
                match JobFile::get(store)? {
                    Some(recorded) => recorded,
                    None => return Ok(put(store, JOB, self)?),
                }
            }
        };
        let (what, recorded, given) = match recorded.terms.difference(&self.terms) {
            Some(difference) => difference,
            None if recorded.terms.listing == self.terms.listing => return Ok(()),
            None => {
                let (recorded, given) = listings(&recorded.terms.listing)?;
                ("listing of the inputs".to_string(), recorded, given)
            }
        };
        Err(JobError::Differs { folder: store.path(""), what, recorded, given })
    }
}

/// The JSON form of a file; structs of numbers and strings always have one.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap_or_default();
    text.push(b'\n');
    text
}

pub(super) fn put(store: &dyn Store, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
    store.put(name, &json(value))
}

/// A JSON file; nothing if there is none.
pub(super) fn get<T: DeserializeOwned>(store: &dyn Store, name: &str) -> Result<Option<T>, JobError> {
    let Some(bytes) = store.get(name)? else { return Ok(None) };
    let value = serde_json::from_slice(&bytes);
    value.map(Some).map_err(|source| JobError::Unreadable { path: store.path(name), source })
}
