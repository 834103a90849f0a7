//! Batches on their way to the lanes and back, in order.

use super::super::{BackendError, Batch, Loss};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What all lanes and the owner share.
pub(super) struct Queue {
    state: Mutex<State>,
    /// A batch to compute, or the end.
    work: Condvar,
    /// An answer, or the end of a lane.
    answer: Condvar,
}

struct State {
    /// Batches that no lane has taken.
    jobs: VecDeque<Job>,
    /// One for each batch in flight, oldest first.
    places: VecDeque<Place>,
    /// Number of the oldest batch in flight.
    oldest: u64,
    lanes: usize,
    /// Lanes that wait for a batch.
    idle: usize,
    losses: Vec<Loss>,
    /// How many of `losses` were told.
    told: usize,
    closed: bool,
}

/// A batch to compute.
pub(super) struct Job {
    number: u64,
    pub(super) batch: Batch,
    /// How often a lane has failed with it without losing its device.
    pub(super) failures: u32,
}

enum Place {
    Waiting,
    Done(Batch),
    Failed(BackendError),
}

impl Queue {
    /// For `lanes` lanes and room for `depth` batches.
    pub(super) fn new(lanes: usize, depth: usize) -> Queue {
        let state = State {
            jobs: VecDeque::with_capacity(depth),
            places: VecDeque::with_capacity(depth),
            oldest: 0,
            lanes,
            idle: 0,
            losses: Vec::new(),
            told: 0,
            closed: false,
        };
        Queue { state: Mutex::new(state), work: Condvar::new(), answer: Condvar::new() }
    }

    /// A poisoned lock only means that a thread panicked; the state is whole between two calls.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a batch behind all others.
    pub(super) fn submit(&self, batch: Batch) {
        let mut state = self.lock();
        let number = state.oldest + state.places.len() as u64;
        state.places.push_back(Place::Waiting);
        state.jobs.push_back(Job { number, batch, failures: 0 });
        drop(state);
        self.work.notify_one();
    }

    /// Puts a batch that needs no computing, or cannot be computed, behind all others.
    pub(super) fn submit_answered(&self, answer: Result<Batch, BackendError>) {
        let place = answer.map_or_else(Place::Failed, Place::Done);
        self.lock().places.push_back(place);
    }

    /// The next batch for a lane; nothing when the work is over.
    pub(super) fn take(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// A batch that no idle lane is about to take, for a lane that has work.
    pub(super) fn take_spare(&self) -> Option<Job> {
        let mut state = self.lock();
        if state.closed || state.jobs.len() <= state.idle {
            return None;
        }
        state.jobs.pop_front()
    }

    /// Gives a batch back for another lane to compute, before all that are waiting.
    pub(super) fn give_back(&self, job: Job) {
        self.lock().jobs.push_front(job);
        self.work.notify_one();
    }

    /// Answers a batch.
    pub(super) fn answer(&self, job: Job, result: Result<(), BackendError>) {
        let mut state = self.lock();
        let place = usize::try_from(job.number - state.oldest).unwrap_or(usize::MAX);
        if let Some(place) = state.places.get_mut(place) {
            *place = match result {
                Ok(()) => Place::Done(job.batch),
                Err(error) => Place::Failed(error),
            };
        }
        drop(state);
        self.answer.notify_all();
    }

    /// Says that a device is lost; of several words on one device the first is kept.
    pub(super) fn lose(&self, loss: Loss) {
        let mut state = self.lock();
        if state.losses.iter().all(|known| known.device != loss.device) {
            state.losses.push(loss);
        }
    }

    /// To be kept by a lane's thread as long as it runs.
    pub(super) fn lane(&self) -> Lane<'_> {
        Lane { queue: self }
    }

    /// Whether [`Queue::next`] would answer at once.
    pub(super) fn is_ready(&self) -> bool {
        let state = self.lock();
        state.lanes == 0 || !matches!(state.places.front(), Some(Place::Waiting))
    }

    /// Waits for the oldest batch; nothing if none is in flight.
    pub(super) fn next(&self) -> Option<Result<Batch, BackendError>> {
        let mut state = self.lock();
        loop {
            match state.places.front()? {
                Place::Waiting if state.lanes == 0 => {
                    return Some(Err(BackendError::NoDeviceLeft(state.losses.clone())));
                }
                Place::Waiting => {
                    state = self.answer.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Place::Done(_) | Place::Failed(_) => break,
            }
        }
        state.oldest += 1;
        match state.places.pop_front()? {
            Place::Done(batch) => Some(Ok(batch)),
            Place::Failed(error) => Some(Err(error)),
            Place::Waiting => unreachable!("the loop above ends at an answer"),
        }
    }

    /// The losses that were not told yet.
    pub(super) fn take_losses(&self) -> Vec<Loss> {
        let mut state = self.lock();
        let new = state.losses[state.told..].to_vec();
        state.told = state.losses.len();
        new
    }

    /// Ends all lanes after what they have at hand.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
    }
}

/// A lane that runs; dropping it says that it has ended.
pub(super) struct Lane<'a> {
    queue: &'a Queue,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.lanes = state.lanes.saturating_sub(1);
        if std::thread::panicking() {
            // It took its batch with it, which would be waited for without end.
            state.lanes = 0;
            state.closed = true;
        }
        drop(state);
        self.queue.answer.notify_all();
    }
}
