//! Faces gathered for the engine, and the batches it has at hand, with the failed rows between them.

use super::meters::Stage;
use super::places::Done;
use super::settings::Settings;
use super::{Count, Event, PipelineError};
use crate::engine::{Batch, Engine, Ticket};
use crate::error::chain;
use crate::features::{Failure, Row, Sink};
use crate::network::FEATURE_LENGTH;
use std::collections::VecDeque;

/// A row: where it stands in the input, its name, and which face of the batch is its own or why there is none.
struct Waiting {
    id: u64,
    path: String,
    outcome: Result<usize, Failed>,
}

/// Rows in input order, and the faces of those that have one.
#[derive(Default)]
struct Rows {
    rows: Vec<Waiting>,
    face_count: usize,
    batch: Batch,
    /// While the engine has the batch.
    ticket: Option<Ticket>,
}

/// Why a row has no feature: the kind of failure, and the reason.
struct Failed {
    kind: &'static str,
    reason: String,
}

/// The batch being gathered and those in flight, oldest first.
pub(super) struct Batches<'a> {
    engine: &'a Engine,
    settings: &'a Settings,
    gathered: Rows,
    in_flight: VecDeque<Rows>,
    /// Worked off; kept for their memory.
    spare: Vec<Rows>,
    count: Count,
    /// Devices that the engine had lost before the run.
    lost_before: usize,
    devices_lost: usize,
}

/// Failed rows a batch may hold beside its faces, so that a list of nothing but bad pictures still moves on.
const ROWS_PER_FACE: usize = 4;

impl<'a> Batches<'a> {
    pub(super) fn new(engine: &'a Engine, settings: &'a Settings) -> Batches<'a> {
        Batches {
            engine,
            settings,
            gathered: Rows::default(),
            in_flight: VecDeque::new(),
            spare: Vec::new(),
            count: Count::default(),
            lost_before: engine.losses(0).len(),
            devices_lost: 0,
        }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// If it has no face because the storage fails: then no later one will have one either.
    pub(super) fn push(&mut self, done: Done) -> Result<(), PipelineError> {
        if let Err(error) = &done.face
            && let Some(source) = error.storage()
        {
            // An error of the system is made anew from its code; others have their words only.
            let source = match source.raw_os_error() {
                Some(code) => std::io::Error::from_raw_os_error(code),
                None => std::io::Error::new(source.kind(), source.to_string()),
            };
            return Err(PipelineError::Storage { row: done.id, path: done.path, source });
        }
        let Rows { rows, face_count, batch, .. } = &mut self.gathered;
        let outcome = match done.face {
            Ok(face) => {
                batch.push(&face);
                *face_count += 1;
                Ok(*face_count - 1)
            }
            Err(error) => Err(Failed { kind: error.word(), reason: chain(&error) }),
        };
        rows.push(Waiting { id: done.id, path: done.path, outcome });
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        let Rows { rows, face_count, .. } = &self.gathered;
        *face_count == self.settings.batch || rows.len() >= ROWS_PER_FACE * self.settings.batch
    }

    /// How many faces the batch being gathered still takes, at least 1.
    pub(super) fn missing(&self) -> usize {
        self.settings.batch.saturating_sub(self.gathered.face_count).max(1)
    }

    /// Hands what was gathered to the engine, and to `sink` what the engine has done.
    pub(super) fn submit(
        &mut self,
        sink: &mut dyn Sink,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), PipelineError> {
        let empty = self.spare.pop().unwrap_or_default();
        let mut gathered = std::mem::replace(&mut self.gathered, empty);
        if gathered.face_count > 0 {
            let batch = std::mem::take(&mut gathered.batch);
            let ticket = self.settings.meters.time(Stage::Engine, || self.engine.submit_waiting(batch));
            gathered.ticket = Some(ticket.map_err(|source| failed(&gathered, source))?);
        }
        self.in_flight.push_back(gathered);
        while self.in_flight.len() >= self.engine.depth()
            || self
                .in_flight
                .front()
                .is_some_and(|oldest| oldest.ticket.as_ref().is_none_or(Ticket::is_ready))
        {
            self.write_oldest(sink, watch)?;
        }
        Ok(())
    }

    /// Works off everything: what was gathered and what is in flight.
    pub(super) fn flush(
        &mut self,
        sink: &mut dyn Sink,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), PipelineError> {
        if !self.gathered.rows.is_empty() {
            self.submit(sink, watch)?;
        }
        while !self.in_flight.is_empty() {
            self.write_oldest(sink, watch)?;
        }
        Ok(())
    }

    /// Waits for the oldest batch in flight and hands its rows to `sink`.
    fn write_oldest(
        &mut self,
        sink: &mut dyn Sink,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), PipelineError> {
        let Some(mut oldest) = self.in_flight.pop_front() else { return Ok(()) };
        if let Some(ticket) = oldest.ticket.take() {
            let answer = self.settings.meters.time(Stage::Engine, || ticket.wait_batch());
            for loss in self.engine.losses(self.lost_before + self.devices_lost) {
                self.devices_lost += 1;
                watch(Event::DeviceLost(&loss));
            }
            oldest.batch = answer.map_err(|source| failed(&oldest, source))?;
        }
        for Waiting { id, path, outcome } in oldest.rows.drain(..) {
            let outcome = outcome.and_then(|face| {
                let feature = &mut oldest.batch.features_mut()[face * FEATURE_LENGTH..][..FEATURE_LENGTH];
                finish(feature, self.settings.normalize)?;
                Ok(&*feature)
            });
            self.count.rows += 1;
            if let Err(Failed { reason, .. }) = &outcome {
                self.count.failed += 1;
                watch(Event::Failed { path: &path, reason });
            }
            let outcome = outcome
                .as_ref()
                .map(|feature| *feature)
                .map_err(|Failed { kind, reason }| Failure { kind, reason });
            let row = Row { id, path: &path, outcome };
            self.settings.meters.time(Stage::Write, || sink.write(row))?;
        }
        self.settings.meters.time(Stage::Write, || sink.flush())?;
        oldest.batch.clear();
        oldest.face_count = 0;
        self.spare.push(oldest);
        watch(Event::Batch(self.count));
        Ok(())
    }

    pub(super) fn count(&self) -> Count {
        self.count
    }

    pub(super) fn devices_lost(&self) -> usize {
        self.devices_lost
    }
}

/// The rows of a batch could not be computed.
fn failed(rows: &Rows, source: crate::engine::Error) -> PipelineError {
    let id = |row: Option<&Waiting>| row.map_or(0, |row| row.id);
    PipelineError::Engine {
        first: id(rows.rows.first()),
        last: id(rows.rows.last()),
        source: Box::new(source),
    }
}

/// Refuses a feature that is no point in space, and scales it to length 1 if asked.
fn finish(feature: &mut [f32], normalize: bool) -> Result<(), Failed> {
    let failed = |reason| Failed { kind: "no feature", reason };
    if let Some(index) = feature.iter().position(|value| !value.is_finite()) {
        let value = feature[index];
        return Err(failed(format!(
            "element {index} of the feature is {value}; are these the right weights?"
        )));
    }
    if normalize {
        let length = feature.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if length == 0.0 {
            return Err(failed("the feature is zero and cannot be scaled to length 1".into()));
        }
        feature.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
    Ok(())
}
