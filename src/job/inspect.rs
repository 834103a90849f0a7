//! What is there of a job: its shards and the records of their parts.

use super::bound::Bound;
use super::files::{JobFile, REPORT, Record, ShardFile, part_name};
use super::store::Store;
use super::{JobError, Shard, Tally};
use crate::source::Omitted;
use std::collections::HashMap;

/// A job as it is now.
#[derive(Debug)]
pub struct Status {
    /// What it is.
    pub job: JobFile,
    /// Its shards, in order.
    pub shards: Vec<ShardStatus>,
}

/// A shard as it is now.
#[derive(Debug)]
pub struct ShardStatus {
    /// The shard.
    pub shard: Shard,
    /// Rows it has; nothing before it is begun.
    pub rows: Option<u64>,
    /// Chunks it has.
    pub chunks: usize,
    /// What is done.
    pub tally: Tally,
    /// What the inputs hold that is no row.
    pub left_out: Vec<Omitted>,
    /// What limited the last run that ended by itself.
    pub bound: Option<Bound>,
}

/// A shard and the records of its parts that are there.
pub(super) struct Found {
    pub(super) shard: Shard,
    pub(super) file: Option<ShardFile>,
    /// Records of this job whose part is there and has the length recorded, by chunk.
    pub(super) records: Vec<Record>,
}

/// All shards of `job`.
pub(super) fn shards(job: &JobFile) -> impl Iterator<Item = Shard> + use<> {
    let count = job.terms.shards;
    (0..count.get()).filter_map(move |index| Shard::new(index, count))
}

impl Found {
    pub(super) fn look(store: &dyn Store, job: &JobFile, shard: Shard) -> Result<Found, JobError> {
        let Some(file) = ShardFile::get(store, shard)? else {
            return Ok(Found { shard, file: None, records: Vec::new() });
        };
        let sizes: HashMap<String, u64> =
            store.list(&shard.folder())?.into_iter().map(|entry| (entry.name, entry.size)).collect();
        let (name, mut records) = (job.terms.sha256(), Vec::new());
        for chunk in 0..file.chunks {
            let Some(record) = Record::get(store, shard, chunk)? else { continue };
            if record.job == name && sizes.get(&part_name(chunk)) == Some(&record.bytes) {
                records.push(record);
            }
        }
        Ok(Found { shard, file: Some(file), records })
    }

    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.records.iter().for_each(|record| tally.add(record));
        tally
    }

    /// What is missing, in words; nothing if the shard is finished.
    pub(super) fn unfinished(&self) -> Option<String> {
        let Found { shard, file, records } = self;
        match file {
            None => Some(format!("shard {shard} was not begun")),
            Some(file) if records.len() < file.chunks => {
                Some(format!("shard {shard} has {} of {} chunks", records.len(), file.chunks))
            }
            Some(_) => None,
        }
    }
}

impl Status {
    /// Looks at the job in `store`. Hashes are not checked; [`super::verify`] does that.
    ///
    /// # Errors
    /// If there is no job, or the storage refuses.
    pub fn of(store: &dyn Store) -> Result<Status, JobError> {
        let job = JobFile::open(store)?;
        let mut found = Vec::new();
        for shard in shards(&job) {
            let look = Found::look(store, &job, shard)?;
            // A report is for people; one that cannot be read is left out.
            let report = store.get(&format!("{}/{REPORT}", shard.folder()))?;
            found.push(ShardStatus {
                shard,
                rows: look.file.as_ref().map(|file| file.rows),
                chunks: look.file.as_ref().map_or(0, |file| file.chunks),
                tally: look.tally(),
                left_out: look.file.map(|file| file.left_out).unwrap_or_default(),
                bound: report.and_then(|bytes| serde_json::from_slice(&bytes).ok()),
            });
        }
        Ok(Status { job, shards: found })
    }

    /// Everything that is done.
    pub fn tally(&self) -> Tally {
        let mut all = Tally::default();
        self.shards.iter().for_each(|shard| all.add_tally(&shard.tally));
        all
    }

    /// Whether every row of the job is done.
    pub fn is_finished(&self) -> bool {
        self.shards.iter().all(ShardStatus::is_finished)
    }
}

impl ShardStatus {
    /// Whether every row of the shard is done.
    pub fn is_finished(&self) -> bool {
        self.rows == Some(self.tally.rows)
    }
}
