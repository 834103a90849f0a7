//! The sink of a job: rows in, parts and their records out.

use super::claim::{Again, Claim, Todo};
use super::files::{Made, Record, part_name, put, record_name};
use super::scan::KeyHash;
use super::{JobError, part};
use crate::features::{Encoder, Failure, FeatureFile, Kept, Row, Sink, SinkError, StoredRow};
use crate::pipeline::{Meters, Times};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

/// Makes the parts of a shard, one after the other.
pub(super) struct Parts<'a> {
    claim: &'a mut Claim,
    todo: VecDeque<Todo>,
    open: Option<Open>,
    /// Most rows that may fail.
    limit: Option<u64>,
    failure: Option<JobError>,
    meters: Arc<Meters>,
    /// When the part before was done, and what the clocks said.
    before: (Instant, Times),
}

/// The part that is being made.
struct Open {
    todo: Todo,
    old: Option<Old>,
    encoder: Encoder,
    keys: KeyHash,
    /// Rows still to come from the pipeline.
    awaited: u64,
    rows: u64,
    failed: u64,
    kinds: BTreeMap<String, u64>,
    ids: Option<(u64, u64)>,
}

/// The part that is replaced, and how many of its rows were passed.
struct Old {
    part: FeatureFile,
    passed: u64,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        claim: &'a mut Claim,
        todo: Vec<Todo>,
        limit: Option<u64>,
        meters: Arc<Meters>,
    ) -> Parts<'a> {
        let before = (Instant::now(), meters.times());
        Parts { claim, todo: todo.into(), open: None, limit, failure: None, meters, before }
    }

    /// Whether all that was to be done is done.
    pub(super) fn are_done(&self) -> bool {
        self.open.is_none() && self.todo.is_empty()
    }

    /// Why the sink closed, if it did.
    pub(super) fn into_failure(self) -> Option<JobError> {
        self.failure
    }

    fn take(&mut self, row: Row<'_>) -> Result<(), JobError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.begin()?,
        };
        open.copy_until(Some(row.id))?;
        open.push(row)?;
        open.awaited -= 1;
        if open.awaited > 0 {
            self.open = Some(open);
            return Ok(());
        }
        open.copy_until(None)?;
        self.commit(open)?;
        self.claim.check(self.limit)
    }

    fn begin(&mut self) -> Result<Open, JobError> {
        let (store, shard) = (&*self.claim.store, self.claim.shard);
        // More rows than were planned: the listing has grown since.
        let todo = self.todo.pop_front().ok_or(JobError::Moved { shard })?;
        let (awaited, old) = match &todo.again {
            None => (todo.chunk.rows, None),
            Some(Again { record, rows }) => {
                let part = part::open_checked(store, shard, record)?;
                (rows.len() as u64, Some(Old { part, passed: 0 }))
            }
        };
        Ok(Open {
            todo,
            old,
            encoder: Encoder::new(&self.claim.terms.contract)?,
            keys: KeyHash::default(),
            awaited,
            rows: 0,
            failed: 0,
            kinds: BTreeMap::new(),
            ids: None,
        })
    }

    /// The part, then its record: a record is only there if its part is.
    fn commit(&mut self, mut open: Open) -> Result<(), JobError> {
        let Claim { store, shard, job, tally, .. } = &mut *self.claim;
        let chunk = open.todo.chunk;
        if open.keys.finish() != chunk.keys || open.rows != chunk.rows {
            return Err(JobError::Moved { shard: *shard });
        }
        let bytes = open.encoder.finish()?;
        let in_folder = |name: String| format!("{}/{name}", shard.folder());
        let record_name = in_folder(record_name(chunk.number));
        if let Some(Again { record, .. }) = &open.todo.again {
            // Never a record beside a part that is not its own: if this ends here, the chunk is done anew.
            store.remove(&record_name)?;
            tally.replace(record);
        }
        store.put(&in_folder(part_name(chunk.number)), &bytes)?;
        let (now, times) = (Instant::now(), self.meters.times());
        let made = Made {
            bytes: &bytes,
            failed: open.failed,
            reasons: open.kinds,
            ids: open.ids.unwrap_or_default(),
            elapsed: now - self.before.0,
            times: times - self.before.1,
        };
        let record = Record::new(job, &chunk, made);
        put(&**store, &record_name, &record)?;
        tally.add(&record);
        self.before = (now, times);
        Ok(())
    }
}

impl Open {
    fn push(&mut self, row: Row<'_>) -> Result<(), JobError> {
        self.encoder.push(row)?;
        self.keys.push(row.id, row.path);
        self.rows += 1;
        if let Err(failure) = row.outcome {
            self.failed += 1;
            *self.kinds.entry(failure.kind.to_string()).or_default() += 1;
        }
        self.ids = Some((self.ids.map_or(row.id, |(first, _)| first), row.id));
        Ok(())
    }

    /// Takes over the rows of the part that is replaced, up to `row`, which comes from the pipeline, or to the end.
    fn copy_until(&mut self, row: Option<u64>) -> Result<(), JobError> {
        while let Some(Old { part, passed }) = &mut self.old
            && *passed < part.rows()
        {
            let StoredRow { id, path, outcome } = part.row(*passed)?;
            if row.is_some_and(|row| id > row) {
                break;
            }
            *passed += 1;
            if row == Some(id) {
                break;
            }
            let outcome = outcome.as_deref().map_err(|reason| Failure { kind: "failed before", reason });
            self.push(Row { id, path: &path, outcome })?;
        }
        Ok(())
    }
}

impl Sink for Parts<'_> {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.take(row).map_err(|failure| {
            self.failure = Some(failure);
            SinkError::Closed
        })
    }

    /// Parts are written when they are whole.
    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    fn keep_partial(&mut self) -> Kept {
        Kept { rows: self.claim.tally.rows, path: Some(self.claim.folder().to_path_buf()) }
    }
}
