//! The rows of a shard that are to be done, through the pipeline into parts.

use super::claim::{Claim, Todo};
use super::files::REPORT;
use super::parts::Parts;
use super::scan::{List, key};
use super::{JobError, MaxBad, Shard};
use crate::features::SinkError;
use crate::pipeline::{Pipeline, PipelineError, RunReport};
use crate::source::{Item, Listed, SourceError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

impl Claim {
    /// Does what is to be done through `pipeline`, chunk by chunk; a chunk counts once its record is written. A pipeline
    /// that is told to stop finishes the chunks in flight and begins no other.
    ///
    /// # Errors
    /// If the pipeline or the storage fails, or more rows failed than `max_bad` allows. What is done is kept in all
    /// cases.
    pub fn work(
        &mut self,
        list: List<'_>,
        mut pipeline: Pipeline<'_>,
        max_bad: Option<MaxBad>,
    ) -> Result<RunReport, JobError> {
        let limit = max_bad.map(|max| max.limit(self.rows));
        self.check(limit)?;
        // The pipeline's own way to stop would end in the middle of a chunk.
        let stop = std::mem::take(&mut pipeline.stop);
        let todo = std::mem::take(&mut self.todo);
        let items = Wanted {
            items: list()?,
            shard: self.shard,
            chunk: self.terms.chunk,
            todo: todo.iter().map(Wanted::chunk).collect(),
            row: 0,
            stop: Arc::clone(&stop),
        };
        let mut parts = Parts::new(self, todo, limit, Arc::clone(pipeline.meters()));
        let ran = pipeline.run(items, &mut parts);
        let done = parts.are_done();
        match (ran, parts.into_failure()) {
            (Err(PipelineError::Sink(SinkError::Closed)), Some(failure)) => Err(failure),
            // Fewer rows than were planned: the listing has shrunk since.
            (Ok(_), _) if !done && !stop.load(Ordering::Relaxed) => {
                Err(JobError::Moved { shard: self.shard })
            }
            (ran, _) => Ok(ran?),
        }
    }

    /// Fails if more rows failed than allowed.
    pub(super) fn check(&self, limit: Option<u64>) -> Result<(), JobError> {
        match limit {
            Some(limit) if self.tally.failed > limit => {
                Err(JobError::TooManyBad { tally: self.tally.clone(), rows: self.rows, limit })
            }
            _ => Ok(()),
        }
    }

    /// Keeps `report`, of the run that ends, beside the parts.
    ///
    /// # Errors
    /// If the storage refuses.
    #[doc(hidden)]
    pub fn put_report(&self, report: &super::Bound) -> Result<(), JobError> {
        let name = format!("{}/{REPORT}", self.shard.folder());
        Ok(super::files::put(&*self.store, &name, report)?)
    }
}

/// The items that are to be done, out of all.
struct Wanted {
    items: Listed,
    shard: Shard,
    chunk: u64,
    /// Numbers of the chunks to do, ascending, and of the rows to do if not all of them are.
    todo: VecDeque<(u64, Option<Vec<u64>>)>,
    /// Rows of the shard that were passed.
    row: u64,
    stop: Arc<AtomicBool>,
}

impl Wanted {
    fn chunk(todo: &Todo) -> (u64, Option<Vec<u64>>) {
        (todo.chunk.number as u64, todo.again.as_ref().map(|again| again.rows.clone()))
    }
}

impl Iterator for Wanted {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.todo.is_empty() {
            let item = match self.items.next()? {
                Ok(item) => item,
                Err(error) => return Some(Err(error)),
            };
            if !self.shard.has(&key(&item)) {
                continue;
            }
            let (number, begins) = (self.row / self.chunk, self.row.is_multiple_of(self.chunk));
            self.row += 1;
            while self.todo.front().is_some_and(|(next, _)| *next < number) {
                self.todo.pop_front();
            }
            let (next, rows) = self.todo.front()?;
            if *next > number {
                continue;
            }
            if begins && self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if rows.as_ref().is_none_or(|rows| rows.binary_search(&item.id).is_ok()) {
                return Some(Ok(item));
            }
        }
        None
    }
}
