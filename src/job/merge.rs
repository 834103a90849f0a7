//! All parts of a job into one file or matrix, in the order of the listing.

use super::files::{JobFile, Record};
use super::inspect::{Found, shards};
use super::part::open_stored;
use super::store::{Local, Store};
use super::{JobError, Shard};
use crate::features::{Collector, Failure, FeatureFile, Features, Row, Sink, StoredRow};
use crate::pipeline::Count;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::Path;
use std::sync::Arc;

/// Rows between two flushes of the output.
const FLUSH: u64 = 1024;

/// The rows of a shard, part after part.
struct Rows {
    store: Arc<dyn Store>,
    shard: Shard,
    records: std::vec::IntoIter<Record>,
    part: Option<(FeatureFile, u64)>,
}

impl Rows {
    fn next(&mut self) -> Result<Option<StoredRow>, JobError> {
        loop {
            match &mut self.part {
                Some((part, next)) if *next < part.rows() => {
                    *next += 1;
                    return Ok(Some(part.row(*next - 1)?));
                }
                _ => match self.records.next() {
                    Some(record) => self.part = Some((open_stored(&self.store, self.shard, &record)?, 0)),
                    None => return Ok(None),
                },
            }
        }
    }
}

/// Hands the rows of all parts to `sink`, in the order of the listing, and finishes it. Every part is checked against
/// its record before it is read.
///
/// # Errors
/// If a shard is not finished, a part is damaged, or the sink fails.
pub fn merge(store: &Arc<dyn Store>, sink: &mut dyn Sink) -> Result<Count, JobError> {
    let job = JobFile::open(&**store)?;
    let mut found = Vec::new();
    for shard in shards(&job) {
        found.push(Found::look(&**store, &job, shard)?);
    }
    let unfinished: Vec<String> = found.iter().filter_map(Found::unfinished).collect();
    if !unfinished.is_empty() {
        return Err(JobError::Unfinished(unfinished));
    }
    let mut shards: Vec<Rows> = found
        .into_iter()
        .map(|found| Rows {
            store: Arc::clone(store),
            shard: found.shard,
            records: found.records.into_iter(),
            part: None,
        })
        .collect();
    // The next row of each shard; the smallest number is the next of all.
    let mut heads: Vec<Option<StoredRow>> = Vec::with_capacity(shards.len());
    let mut order = BinaryHeap::new();
    for (at, shard) in shards.iter_mut().enumerate() {
        let head = shard.next()?;
        order.extend(head.as_ref().map(|row| Reverse((row.id, at))));
        heads.push(head);
    }
    let mut count = Count::default();
    let wrong = |expected, found| JobError::Rows { folder: store.path(""), expected, found };
    while let Some(Reverse((_, at))) = order.pop() {
        let next = shards[at].next()?;
        order.extend(next.as_ref().map(|row| Reverse((row.id, at))));
        let Some(StoredRow { id, path, outcome }) = std::mem::replace(&mut heads[at], next) else { continue };
        if id != count.rows {
            return Err(wrong(count.rows, id));
        }
        let outcome = outcome.as_deref().map_err(|reason| Failure { kind: "", reason });
        count.rows += 1;
        count.failed += u64::from(outcome.is_err());
        sink.write(Row { id, path: &path, outcome })?;
        if count.rows.is_multiple_of(FLUSH) {
            sink.flush()?;
        }
    }
    if count.rows != job.terms.listing.rows {
        return Err(wrong(count.rows, job.terms.listing.rows));
    }
    sink.finish()?;
    Ok(count)
}

/// The features of the finished job in `folder`, in the order of its listing.
///
/// # Errors
/// As [`merge`].
pub fn features(folder: &Path) -> Result<Features, JobError> {
    let store: Arc<dyn Store> = Arc::new(Local::new(folder));
    let contract = JobFile::open(&*store)?.terms.contract;
    let mut collector = Collector::default();
    merge(&store, &mut collector)?;
    Ok(collector.features(folder, contract))
}
