//! One lane: a thread that keeps a device busy with batches.
//!
//! While a run is under way, the faces of the next are put into a second slot, so that the device waits for the host
//! only as long as it takes to start a run.

use super::super::{BackendError, Loss};
use super::Options;
use super::faces::Faces;
use super::queue::{Job, Queue};
use super::worker::Worker;
use crate::network::FEATURE_LENGTH;
use ascend::{Class, Error, InFlight, Runtime, Slot};
use std::collections::VecDeque;
use std::ops::Range;

/// How often a batch may fail on devices that are not lost for it.
const MOST_FAILURES: u32 = 3;

/// What a lane found out when it opened its model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) faces: Faces,
    pub(super) largest: usize,
}

/// Opens the lane, says so, and computes until the queue is closed or the device fails.
pub(super) fn run(
    runtime: &Runtime,
    device: i32,
    options: &Options,
    queue: &Queue,
    opened: &dyn Fn(Result<Opened, BackendError>),
) {
    let mut worker = match Worker::open(runtime, device, options) {
        Ok(worker) => worker,
        Err(error) => {
            queue.lose(Loss { device, reason: error.to_string() });
            return opened(Err(error));
        }
    };
    opened(Ok(Opened { faces: worker.faces(), largest: worker.largest() }));
    let mut hands = Hands { jobs: VecDeque::with_capacity(2), running: None, prepared: None };
    loop {
        let error = match hands.step(&mut worker, queue) {
            Ok(true) => continue,
            Ok(false) => return,
            Err(error) => error,
        };
        let reason = error.to_string();
        let lost = error.class() == Class::DeviceFatal;
        hands.give_back(queue, (!lost).then_some(error));
        if lost {
            return queue.lose(Loss { device, reason });
        }
        // The failure took the stream, and may have taken the run's buffers.
        drop(worker);
        worker = match Worker::open(runtime, device, options) {
            Ok(worker) => worker,
            Err(error) => {
                let reason = format!("{reason}; and opening it again: {error}");
                return queue.lose(Loss { device, reason });
            }
        };
    }
}

/// What a lane has in hand: at most two batches, one run under way and one prepared.
struct Hands {
    /// Oldest first. A run under way is of the first; a prepared one is of the last.
    jobs: VecDeque<Progress>,
    running: Option<(InFlight<Slot>, Range<usize>)>,
    prepared: Option<(Slot, Range<usize>)>,
}

/// A batch, and how many of its faces were put into slots.
struct Progress {
    job: Job,
    faces: usize,
    filled: usize,
}

impl Hands {
    /// Prepares a run if there is one to prepare, ends the one under way, and starts the prepared one before
    /// anything else is done with the results. False when there is nothing more to do.
    fn step(&mut self, worker: &mut Worker, queue: &Queue) -> Result<bool, Error> {
        if self.prepared.is_none() {
            self.prepare(worker, queue)?;
        }
        if self.prepared.is_none() && self.running.is_none() {
            return Ok(false);
        }
        let ended = match self.running.take() {
            Some((run, faces)) => Some((worker.wait(run)?, faces)),
            None => None,
        };
        if let Some((slot, faces)) = self.prepared.take() {
            self.running = Some((worker.start(slot)?, faces));
        }
        let Some((slot, faces)) = ended else { return Ok(true) };
        if let Some(first) = self.jobs.front_mut() {
            let values = faces.start * FEATURE_LENGTH..faces.end * FEATURE_LENGTH;
            worker.read(&slot, &mut first.job.batch.features[values])?;
            if faces.end == first.faces
                && let Some(done) = self.jobs.pop_front()
            {
                queue.answer(done.job, Ok(()));
            }
        }
        worker.put_back(slot);
        Ok(true)
    }

    /// Puts the next faces into a slot: of the batch at hand, else of another. Waits for one only if nothing else is
    /// to be done.
    fn prepare(&mut self, worker: &mut Worker, queue: &Queue) -> Result<(), Error> {
        if self.jobs.back().is_none_or(|last| last.filled == last.faces) {
            let job = if self.running.is_some() { queue.take_spare() } else { queue.take() };
            let Some(mut job) = job else { return Ok(()) };
            let faces = job.batch.faces.len() / worker.faces().face_bytes();
            job.batch.features.resize(faces * FEATURE_LENGTH, 0.0);
            self.jobs.push_back(Progress { job, faces, filled: 0 });
        }
        let Some(last) = self.jobs.back_mut() else { return Ok(()) };
        let faces = last.filled..last.faces;
        let (slot, taken) = worker.fill(&last.job.batch.faces, faces)?;
        last.filled = taken.end;
        self.prepared = Some((slot, taken));
        Ok(())
    }

    /// Gives all batches back, to be computed by this lane or another. The first counts `failure`, and after a
    /// number of those is answered with it.
    fn give_back(&mut self, queue: &Queue, failure: Option<Error>) {
        self.running = None;
        self.prepared = None;
        let first = self.jobs.pop_front();
        while let Some(Progress { job, .. }) = self.jobs.pop_back() {
            queue.give_back(job);
        }
        let Some(Progress { mut job, .. }) = first else { return };
        let Some(error) = failure else { return queue.give_back(job) };
        job.failures += 1;
        if error.class() == Class::Programming || job.failures == MOST_FAILURES {
            queue.answer(job, Err(error.into()));
        } else {
            queue.give_back(job);
        }
    }
}
