//! A shard taken by this process, and what is left to do of it.

use super::files::{JobFile, LOCK, Record, SHARD, ShardFile, Terms, part_name, put};
use super::scan::{Chunk, List, Listing, Scan};
use super::store::{Lock, Store, StoreError};
use super::{JobError, Shard, Tally, difference};
use crate::contract::Contract;
use crate::digest::hex;
use crate::source::Omitted;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A job as it is to be run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Start {
    /// Rows of a chunk, at least 1.
    pub chunk: u64,
    /// What makes the features.
    pub contract: Contract,
    /// SHA-256 of the file of landmarks, in hex.
    pub landmarks_sha256: Option<String>,
    /// The inputs as given.
    pub inputs: Vec<String>,
    /// The model as given.
    pub model: Option<String>,
    /// The file of landmarks as given.
    pub landmarks: Option<String>,
}

impl Start {
    /// A job that makes features by `contract`, `chunk` rows at a time; nothing is said of where they come from.
    pub fn new(chunk: u64, contract: Contract) -> Start {
        Start { chunk, contract, landmarks_sha256: None, inputs: Vec::new(), model: None, landmarks: None }
    }
}

/// A shard that this process has taken; no other does it meanwhile.
pub struct Claim {
    pub(super) store: Arc<dyn Store>,
    pub(super) shard: Shard,
    pub(super) terms: Terms,
    /// The name of the job in its records.
    pub(super) job: String,
    pub(super) rows: u64,
    left_out: Vec<Omitted>,
    pub(super) tally: Tally,
    /// What is to be done, in order.
    pub(super) todo: Vec<Todo>,
    _lock: Lock,
}

/// A chunk to be done.
pub(super) struct Todo {
    pub(super) chunk: Chunk,
    /// What it was recorded with, if only its failed rows are to be done again.
    pub(super) again: Option<Again>,
}

/// A part whose failed rows are done again.
pub(super) struct Again {
    pub(super) record: Record,
    /// The failed rows, ascending.
    pub(super) rows: Vec<u64>,
}

/// How long shards that start together wait for each other.
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes a lock that others hold for a moment only.
pub(super) fn wait_for(store: &dyn Store, name: &str, holder: &str) -> Result<Lock, StoreError> {
    let started = Instant::now();
    loop {
        match store.lock(name, holder) {
            Err(StoreError::Held { .. }) if started.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(20));
            }
            answer => return answer,
        }
    }
}

impl Claim {
    /// Takes `shard` of the job in `store`: begins the job, or goes on with it if it is the same. Everything not done
    /// is to be done.
    ///
    /// # Errors
    /// If the inputs cannot be listed, the job there is another one, or another process has taken the shard.
    pub fn run(store: Arc<dyn Store>, start: Start, shard: Shard, list: List<'_>) -> Result<Claim, JobError> {
        let (mut claim, chunks) = Claim::take(store, start, shard, list)?;
        let done = claim.records(&chunks)?;
        let undone = chunks.into_iter().filter(|chunk| !done.contains_key(&chunk.number));
        claim.todo = undone.map(|chunk| Todo { chunk, again: None }).collect();
        Ok(claim)
    }

    /// As [`Claim::run`], but what is to be done is the failed rows of the parts that are there.
    ///
    /// # Errors
    /// As [`Claim::run`], or if a part cannot be read.
    pub fn retry_bad(
        store: Arc<dyn Store>,
        start: Start,
        shard: Shard,
        list: List<'_>,
    ) -> Result<Claim, JobError> {
        let (mut claim, chunks) = Claim::take(store, start, shard, list)?;
        let mut done = claim.records(&chunks)?;
        for chunk in chunks {
            let Some(record) = done.remove(&chunk.number).filter(|record| record.failed > 0) else {
                continue;
            };
            let mut part = super::part::open_checked(&*claim.store, shard, &record)?;
            let mut rows = Vec::new();
            for row in 0..part.rows() {
                let row = part.row(row)?;
                if row.outcome.is_err() {
                    rows.push(row.id);
                }
            }
            if !rows.is_empty() {
                claim.todo.push(Todo { chunk, again: Some(Again { record, rows }) });
            }
        }
        Ok(claim)
    }

    fn take(
        store: Arc<dyn Store>,
        start: Start,
        shard: Shard,
        list: List<'_>,
    ) -> Result<(Claim, Vec<Chunk>), JobError> {
        let Scan { listing, rows, chunks, left_out } = Scan::new(list()?, shard, start.chunk)?;
        let terms = Terms {
            listing,
            shards: shard.count(),
            chunk: start.chunk,
            contract: start.contract,
            landmarks_sha256: start.landmarks_sha256,
        };
        let holder = super::holder::holder();
        let listings = |recorded: &Listing| {
            let (both, chunks) = ((recorded, &terms.listing), (&chunks[..], start.chunk));
            difference::in_words(&*store, shard, both, chunks, list)
        };
        let job = JobFile::new(terms.clone(), start.inputs, start.model, start.landmarks);
        job.agree(&*store, &holder, &listings)?;
        let folder = shard.folder();
        let lock = store.lock(&format!("{folder}/{LOCK}"), &holder).map_err(|error| match error {
            StoreError::Held { holder, .. } => JobError::Busy { shard, holder },
            error => error.into(),
        })?;
        store.sweep(&folder)?;
        let file = ShardFile::new(rows, chunks.len(), left_out.clone());
        let recorded: Option<ShardFile> =
            store.get(&format!("{folder}/{SHARD}"))?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if recorded.as_ref() != Some(&file) {
            put(&*store, &format!("{folder}/{SHARD}"), &file)?;
        }
        let (job, tally) = (terms.sha256(), Tally::default());
        let claim = Claim { store, shard, terms, job, rows, left_out, tally, todo: Vec::new(), _lock: lock };
        Ok((claim, chunks))
    }

    /// The records of the chunks that are done, counted.
    fn records(&mut self, chunks: &[Chunk]) -> Result<HashMap<usize, Record>, JobError> {
        let sizes: HashMap<String, u64> = self
            .store
            .list(&self.shard.folder())?
            .into_iter()
            .map(|entry| (entry.name, entry.size))
            .collect();
        let mut done = HashMap::new();
        for chunk in chunks {
            let Some(record) = Record::get(&*self.store, self.shard, chunk.number)? else { continue };
            let right = record.job == self.job
                && record.rows == chunk.rows
                && record.keys_sha256 == hex(&chunk.keys)
                && sizes.get(&part_name(chunk.number)) == Some(&record.bytes);
            if right {
                self.tally.add(&record);
                done.insert(chunk.number, record);
            }
        }
        Ok(done)
    }

    /// The shard.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Rows of the shard.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// What the inputs hold that is no row.
    pub fn left_out(&self) -> &[Omitted] {
        &self.left_out
    }

    /// What is done.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Rows that [`Claim::work`] will do.
    pub fn rows_to_do(&self) -> u64 {
        let rows = |todo: &Todo| todo.again.as_ref().map_or(todo.chunk.rows, |again| again.rows.len() as u64);
        self.todo.iter().map(rows).sum()
    }

    /// Whether every row of the shard is done.
    pub fn is_finished(&self) -> bool {
        self.tally.rows == self.rows
    }

    /// The folder of the shard, as people know it.
    #[doc(hidden)]
    pub fn folder(&self) -> Box<Path> {
        self.store.path(&self.shard.folder()).into()
    }
}
