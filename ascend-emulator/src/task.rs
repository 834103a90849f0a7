//! What a stream can have queued.

use crate::callback::Callback;
use crate::codes;
use crate::copy::{copy, fingerprint};
use crate::event::Event;
use crate::execute::Execution;
use crate::failure::{Outcome, failure};
use crate::faults::{COPY, Fault};
use crate::memory::{Place, Region};
use crate::publication::Publication;
use crate::settings::settings;
use crate::state::{self, State};
use crate::stream::{Entry, Stream};
use crate::synchronize::show;
use crate::timing::Engine;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Queued work and the memory it touches.
#[derive(Debug)]
pub struct Task {
    ticket: u64,
    regions: Vec<Region>,
    work: Work,
}

/// The kinds of work.
#[derive(Debug)]
pub enum Work {
    /// Copies region 0 to region 1; the number is region 0's fingerprint if the host must not change it.
    Copy(Option<u64>),
    /// Fills region 0.
    Fill(u8),
    /// Runs a model.
    Execute(Box<Execution>),
    /// Record of an event.
    Record(Arc<Event>, u64),
    /// Waits for record of an event.
    Wait(Arc<Event>, u64),
    /// Calls into the program.
    Callback(Callback),
    /// Fails: the reason was found when it was queued.
    Fail(crate::failure::Failure),
}

impl Task {
    /// Work that touches `regions`, noted in `state`.
    pub fn new(state: &mut State, regions: Vec<Region>, work: Work) -> Task {
        let ticket = state.begin(&regions);
        Task { ticket, regions, work }
    }

    fn check_memory(&self) -> Outcome {
        if self.regions.is_empty() {
            return Ok(());
        }
        let mut state = state::lock();
        match self.regions.iter().find(|region| !state.memory.alive(region)) {
            None => Ok(()),
            Some(region) => Err(failure(
                codes::RT_AICORE_EXCEPTION,
                format!(
                    "EZ9999: memory {:#x} was freed before the queued work that uses it ran",
                    region.address
                ),
            )),
        }
    }

    fn copy(&mut self, stream: &Stream, clock: &mut Instant, seen: Option<u64>) -> Outcome {
        let settings = settings();
        let (from, to) = (self.regions[0], &mut self.regions[1]);
        match settings.script.next(COPY) {
            Some(Fault::Code(code)) => {
                return Err(failure(code, "EZ9999: a queued copy failed, as scripted"));
            }
            Some(Fault::Hang) => {
                stream.pause(Duration::MAX);
                return Err(failure(codes::RT_AICORE_TIMEOUT, "EZ9999: a queued copy hung, as scripted"));
            }
            Some(Fault::After(_) | Fault::Slow(_)) | None => {}
        }
        show(stream.held().into_iter().filter(|held| held.concerns(&from)).collect());
        let to_host = matches!(to.place, Place::Pinned { .. } | Place::Host);
        if seen.is_some_and(|seen| seen != fingerprint(from.bytes())) {
            crate::report::violation(
                28,
                "aclrtMemcpyAsync",
                "the host changed a buffer before its copy was done",
            );
        }
        let end = settings.timing.as_ref().map(|timing| {
            let engine = if to_host { Engine::DeviceToHost } else { Engine::HostToDevice };
            stream.card.engines.book(engine, *clock, timing.copy(engine, from.length))
        });
        if to_host {
            // The target stays noted until the bytes are shown.
            let target = self.regions.remove(1);
            let held = Publication::new(target, self.ticket, from.bytes().to_vec());
            if let Some(end) = end {
                stream.pause(end.saturating_duration_since(Instant::now()));
            }
            stream.hold(Arc::new(held));
        } else {
            copy(&from, to);
            if let Some(end) = end {
                stream.pause(end.saturating_duration_since(Instant::now()));
            }
        }
        *clock = end.unwrap_or_else(Instant::now);
        Ok(())
    }
}

impl Entry for Task {
    fn run(&mut self, stream: &Stream, clock: &mut Instant) -> Outcome {
        stream.card.check().inspect_err(|_| self.give_up())?;
        self.check_memory().inspect_err(|_| self.give_up())?;
        match &mut self.work {
            Work::Copy(seen) => {
                let seen = *seen;
                self.copy(stream, clock, seen)
            }
            Work::Fill(value) => {
                let value = *value;
                self.regions[0].bytes_mut().fill(value);
                Ok(())
            }
            Work::Execute(execution) => execution.run(Some(stream), &stream.card, clock),
            Work::Record(event, number) => {
                *clock = if settings().timing.is_some() { *clock } else { Instant::now() };
                event.happen(*number, *clock, stream.held());
                Ok(())
            }
            Work::Wait(event, number) => event.wait_on_stream(stream, *number, clock),
            Work::Callback(callback) => {
                show(stream.held());
                callback.run(stream);
                Ok(())
            }
            Work::Fail(failure) => Err(failure.clone()),
        }
    }

    fn give_up(&mut self) {
        if let Work::Record(event, number) = &self.work {
            event.happen(*number, Instant::now(), Vec::new());
        }
    }

    fn end(&mut self) {
        let mut state = state::lock();
        if let Work::Execute(execution) = &mut self.work {
            execution.release(&mut state);
        }
        state.end(self.regions.iter().map(|region| region.place), self.ticket);
    }
}
