//! Whether what is there of a job is what its records say.

use super::files::{JOB, JobFile, LOCK, REPORT, Record, SHARD, ShardFile, part_name, record_name};
use super::inspect::shards;
use super::part;
use super::scan::KeyHash;
use super::store::Store;
use super::{JobError, Shard};
use crate::digest::hex;
use crate::error::chain;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

/// What was checked, and what is wrong.
#[derive(Debug, Default)]
pub struct Verified {
    /// Parts whose hash and rows are as recorded.
    pub parts: usize,
    /// Their rows.
    pub rows: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it, and what to do.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.problem)
    }
}

/// Checks every part of the job in `store`: its hash, its contract, its rows, and whether they belong where they are.
///
/// # Errors
/// If there is no job or the storage refuses; what is wrong with the parts is in the answer.
pub fn verify(store: &dyn Store) -> Result<Verified, JobError> {
    let job = JobFile::open(store)?;
    let mut check = Check { store, name: job.terms.sha256(), job: &job, verified: Verified::default() };
    let mut known: BTreeSet<String> = [JOB, LOCK].map(String::from).into();
    let mut rows = Some(0);
    for shard in shards(&job) {
        known.insert(shard.folder());
        let of_shard = check.shard(shard)?;
        rows = rows.zip(of_shard).map(|(all, of_shard)| all + of_shard);
    }
    for entry in store.list("")? {
        if !known.contains(&entry.name) {
            check.find(&entry.name, "does not belong to this job; move it elsewhere");
        }
    }
    if let Some(rows) = rows
        && rows != job.terms.listing.rows
    {
        let listed = job.terms.listing.rows;
        check.find("", &format!("the shards have {rows} rows and the listing {listed}"));
    }
    Ok(check.verified)
}

struct Check<'a> {
    store: &'a dyn Store,
    job: &'a JobFile,
    /// The name of the job in its records.
    name: String,
    verified: Verified,
}

impl Check<'_> {
    fn find(&mut self, name: &str, problem: &str) {
        let path = self.store.path(name);
        self.verified.findings.push(Finding { path, problem: problem.to_string() });
    }

    /// Checks a shard; the rows it is to have, if it was begun.
    fn shard(&mut self, shard: Shard) -> Result<Option<u64>, JobError> {
        let folder = shard.folder();
        let Some(file) = ShardFile::get(self.store, shard)? else {
            self.find(&folder, "was not begun; run this shard");
            return Ok(None);
        };
        let mut names: BTreeSet<String> =
            self.store.list(&folder)?.into_iter().map(|entry| entry.name).collect();
        for known in [SHARD, REPORT, LOCK] {
            names.remove(known);
        }
        let (mut rows, mut undone, mut last) = (0, 0, None);
        for chunk in 0..file.chunks {
            let has_part = names.remove(&part_name(chunk));
            let has_record = names.remove(&record_name(chunk));
            let record = Record::get(self.store, shard, chunk)?;
            match record {
                None if has_record => self
                    .find(&format!("{folder}/{}", record_name(chunk)), "cannot be read; run the job again"),
                // Ended half-way: the next run makes the part anew.
                None => undone += 1,
                Some(record) if !has_part => {
                    let part = part_name(record.chunk);
                    self.find(&format!("{folder}/{part}"), "recorded, but not there; run the job again");
                }
                Some(record) => {
                    rows += record.rows;
                    self.part(shard, &record, &mut last)?;
                }
            }
        }
        if undone > 0 {
            self.find(
                &folder,
                &format!("{undone} of {} chunks are not done; run the job again", file.chunks),
            );
        } else if rows != file.rows && self.verified.findings.is_empty() {
            self.find(&folder, &format!("the parts have {rows} rows, expected {}", file.rows));
        }
        for foreign in names {
            self.find(&format!("{folder}/{foreign}"), "does not belong to this job; move it elsewhere");
        }
        Ok(Some(file.rows))
    }

    /// Checks a part; its rows must follow `last`.
    fn part(&mut self, shard: Shard, record: &Record, last: &mut Option<u64>) -> Result<(), JobError> {
        let name = format!("{}/{}", shard.folder(), part_name(record.chunk));
        if record.job != self.name {
            self.find(&name, "is a part of another job; remove it and its record, and run the job again");
            return Ok(());
        }
        let problem = match part::open_checked(self.store, shard, record) {
            Ok(mut part) => self.rows(shard, record, &mut part, last)?,
            // Its text names the file already.
            Err(JobError::Damaged { found, recorded, record, .. }) => Some(format!(
                "damaged: SHA-256 {found}, recorded {recorded}; remove {} and run the job again",
                record.display()
            )),
            Err(error @ JobError::Part(_)) => Some(chain(&error)),
            Err(error) => return Err(error),
        };
        match problem {
            Some(problem) => self.find(&name, &problem),
            None => {
                self.verified.parts += 1;
                self.verified.rows += record.rows;
            }
        }
        Ok(())
    }

    /// What is wrong with the rows of a part.
    fn rows(
        &self,
        shard: Shard,
        record: &Record,
        part: &mut crate::features::FeatureFile,
        last: &mut Option<u64>,
    ) -> Result<Option<String>, JobError> {
        if part.contract() != Some(&self.job.terms.contract) {
            return Ok(Some(
                "made by another contract; remove it and its record, and run the job again".into(),
            ));
        }
        let (mut keys, mut failed) = (KeyHash::default(), 0);
        for at in 0..part.rows() {
            let row = part.row(at)?;
            if !shard.has(&row.path) || last.is_some_and(|last| row.id <= last) {
                return Ok(Some(format!(
                    "row {} does not belong here; remove the part and its record, and run the job again",
                    row.id
                )));
            }
            *last = Some(row.id);
            failed += u64::from(row.outcome.is_err());
            keys.push(row.id, &row.path);
        }
        let right = part.rows() == record.rows
            && failed == record.failed
            && hex(&keys.finish()) == record.keys_sha256;
        Ok((!right)
            .then(|| "the rows are not those recorded; remove its record and run the job again".into()))
    }
}
