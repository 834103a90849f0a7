//! One lane: a thread that keeps a device busy with runs.
//!
//! While a run is under way, the faces of the next are put into a second slot, so that the device waits for the host
//! only as long as it takes to start a run.

use super::super::error::{ComputeError, Loss};
use super::super::host::words;
use super::super::notice::{Listener, Notice};
use super::super::queue::{Queue, Run};
use super::faces::Faces;
use super::gears::Gears;
use super::options::DeviceOptions;
use super::worker::Worker;
use crate::network::FEATURE_LENGTH;
use ::ascend::{InFlight, Runtime, Slot};
use std::mem::swap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

/// How often a lane whose run failed tries to open its device again before it counts as lost.
const MOST_REOPENINGS: u32 = 3;

/// What a lane found out when it opened its model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) faces: Faces,
    pub(super) largest: usize,
}

/// What a lane works with.
pub(super) struct Place<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) device: i32,
    pub(super) options: &'a DeviceOptions,
    /// What the first lane that opened found the gears to cost.
    pub(super) measured: &'a Mutex<Option<Gears>>,
    pub(super) queue: &'a Queue,
    pub(super) listener: &'a Listener,
}

impl Place<'_> {
    /// Opens the lane and says so with `opened`, which says whether to go on; then computes until the queue is closed or
    /// the device fails.
    pub(super) fn work(&self, opened: &dyn Fn(Result<Opened, ComputeError>) -> bool) {
        // Without this, whoever opens the engine would wait for a lane that has ended, or its device would end in
        // silence.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run(opened))) {
            let panicked = ComputeError::Panicked(words(&*panic));
            self.lose(panicked.to_string());
            opened(Err(panicked));
        }
    }

    fn run(&self, opened: &dyn Fn(Result<Opened, ComputeError>) -> bool) {
        let mut worker = match self.open() {
            Ok(worker) => worker,
            Err(error) => {
                opened(Err(error));
                return;
            }
        };
        if !opened(Ok(Opened { faces: worker.faces(), largest: worker.largest() })) {
            return;
        }
        let mut hands = Hands::default();
        loop {
            let (error, failed) = match hands.step(&mut worker, self.queue) {
                Ok(true) => continue,
                Ok(false) => return,
                Err(failure) => failure,
            };
            let reason = error.cause();
            if error.is_loss() {
                self.lose(reason);
                return hands.give_back(self.queue, None);
            }
            log::warn!("device {}: a run failed and is done again: {reason}", self.device);
            hands.give_back(self.queue, Some((error, failed)));
            // The failure took the stream, and may have taken the run's buffers.
            drop(worker);
            worker = match self.reopen() {
                Ok(worker) => worker,
                Err(error) => {
                    let again = error.cause();
                    let also = if again == reason {
                        String::new()
                    } else {
                        format!("; and opening it again: {again}")
                    };
                    return self.lose(format!("{reason}{also}"));
                }
            };
        }
    }

    fn open(&self) -> Result<Worker, ComputeError> {
        Worker::open(self.runtime, self.device, self.options, self.measured)
    }

    /// Opens the lane after a failure. What made a run fail may hit the opening, too, so that is tried again.
    fn reopen(&self) -> Result<Worker, ComputeError> {
        for _ in 1..MOST_REOPENINGS {
            match self.open() {
                Err(error) if !error.is_loss() => {
                    log::warn!("device {}: it could not be opened again yet: {error}", self.device);
                }
                opened => return opened,
            }
        }
        self.open()
    }

    fn lose(&self, reason: String) {
        let loss = Loss { device: self.device, reason };
        if self.queue.lose(&loss) {
            self.listener.tell(&Notice::DeviceLost(loss));
        }
    }
}

/// What a lane has in hand. A run without faces is none.
#[derive(Default)]
struct Hands {
    running: Option<InFlight<Slot>>,
    /// The faces of the run under way.
    current: Run,
    prepared: Option<Slot>,
    /// The faces of the run that is prepared.
    next: Run,
    /// The faces of the run that has just ended.
    ended: Run,
    features: Vec<f32>,
}

/// Which run an error is about.
#[derive(Clone, Copy, Debug)]
enum Failed {
    Ended,
    Current,
    Next,
}

/// What went wrong, and with which run.
type Failure = (ComputeError, Failed);

impl Hands {
    /// Prepares a run if there is one to prepare, ends the one under way, and starts the prepared one before
    /// anything else is done with the results. False when there is nothing more to do.
    fn step(&mut self, worker: &mut Worker, queue: &Queue) -> Result<bool, Failure> {
        let about = |failed| move |error: ::ascend::Error| (error.into(), failed);
        if self.prepared.is_none() && self.take(worker, queue) {
            self.prepared = Some(worker.fill(&self.next).map_err(about(Failed::Next))?);
        }
        if self.prepared.is_none() && self.running.is_none() {
            return Ok(false);
        }
        let mut slot = None;
        if let Some(run) = self.running.take() {
            slot = Some(worker.wait(run).map_err(about(Failed::Current))?);
            swap(&mut self.current, &mut self.ended);
        }
        if let Some(prepared) = self.prepared.take() {
            self.running = Some(worker.start(prepared).map_err(about(Failed::Next))?);
            swap(&mut self.next, &mut self.current);
        }
        if let Some(slot) = slot {
            self.features.resize(self.ended.faces() * FEATURE_LENGTH, 0.0);
            worker.read(&slot, &mut self.features).map_err(about(Failed::Ended))?;
            queue.answer(&mut self.ended, &self.features);
            worker.put_back(slot);
        }
        Ok(true)
    }

    /// Takes the next run. Waits for one only if nothing else is to be done.
    fn take(&mut self, worker: &Worker, queue: &Queue) -> bool {
        let (largest, fit) = (worker.largest(), |waiting| worker.cheapest(waiting));
        if self.running.is_some() {
            queue.take_spare(largest, &fit, &mut self.next)
        } else {
            queue.take(largest, &fit, &mut self.next)
        }
    }

    /// Gives all runs back, to be computed by this lane or another; the failed one as such.
    fn give_back(&mut self, queue: &Queue, failure: Option<Failure>) {
        self.running = None;
        self.prepared = None;
        if let Some((error, failed)) = failure {
            let run = match failed {
                Failed::Ended => &mut self.ended,
                Failed::Current => &mut self.current,
                Failed::Next => &mut self.next,
            };
            queue.fail(run, error);
        }
        // The last given back is the first to be taken.
        for run in [&mut self.next, &mut self.current, &mut self.ended] {
            queue.give_back(run);
        }
    }
}
