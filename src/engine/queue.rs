//! The waiting faces behind a lock: submissions come in, lanes take runs of them and answer.

use super::cell::Cell;
use super::error::{ComputeError, Loss};
use super::gather::{Full, Gather, Next, Piece};
use super::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use crate::network::FEATURE_LENGTH;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many runs may fail with the same faces before their submission fails.
const MOST_FAILURES: u32 = 3;

/// What all lanes, all handles and all tickets share.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// There are faces to compute, or the end has come.
    work: Condvar,
    /// There is room for more faces, or nothing is computed any more.
    room: Condvar,
}

#[derive(Debug)]
struct State {
    gather: Gather<Arc<Cell>>,
    /// Submitters that wait for room, first come first served.
    line: VecDeque<u64>,
    next_in_line: u64,
    /// Lanes that run.
    lanes: usize,
    /// Lanes that wait for faces.
    idle: usize,
    losses: Vec<Loss>,
    /// Why nothing is computed any more.
    end: Option<Arc<ComputeError>>,
    closed: bool,
}

/// Why a submission is not taken.
#[derive(Debug)]
pub(super) enum Refused {
    /// There is no room now.
    Full(Full),
    /// Nothing is computed any more.
    Over(Arc<ComputeError>),
}

/// The faces of one run. Its submissions are answered by the queue; dropping it with faces that were not answered, as
/// a panic does, fails them.
#[derive(Debug, Default)]
pub(super) struct Run {
    pieces: Vec<Piece<Arc<Cell>>>,
}

impl Run {
    /// Number of faces.
    pub(super) fn faces(&self) -> usize {
        self.pieces.iter().map(|piece| piece.rows.len()).sum()
    }

    /// Hands the bytes of all faces to `each`, in order, a piece at a time; a face has `face` bytes.
    pub(super) fn read(&self, face: usize, mut each: impl FnMut(&[u8])) {
        for piece in &self.pieces {
            each(&piece.submission.faces()[piece.rows.start * face..piece.rows.end * face]);
        }
    }

    /// Whether all faces are of one submission and lie side by side.
    pub(super) fn is_one_piece(&self) -> bool {
        self.pieces.len() == 1
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if self.pieces.is_empty() {
            return;
        }
        let error = Arc::new(ComputeError::Panicked("its thread has ended".to_string()));
        self.pieces.iter().for_each(|piece| piece.submission.fail(&error));
    }
}

impl Queue {
    /// For `lanes` lanes; see [`Gather::new`] for the rest.
    pub(super) fn new(lanes: usize, bound: usize, max_delay: Duration) -> Queue {
        let state = State {
            gather: Gather::new(bound, max_delay),
            line: VecDeque::new(),
            next_in_line: 0,
            lanes,
            idle: 0,
            losses: Vec::new(),
            end: None,
            closed: false,
        };
        Queue { state: Mutex::new(state), work: Condvar::new(), room: Condvar::new() }
    }

    /// A poisoned lock only means that a thread panicked; the state is whole between two calls.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a submission of `faces` faces and gives its number; without a face it is answered already, and has none.
    /// Never waits.
    ///
    /// # Errors
    /// If there is no room, or others wait for room, or nothing is computed any more.
    pub(super) fn submit(&self, cell: &Arc<Cell>, faces: usize) -> Result<Option<u64>, Refused> {
        if faces == 0 {
            return Ok(None);
        }
        let state = self.lock();
        if let Some(end) = &state.end {
            return Err(Refused::Over(Arc::clone(end)));
        }
        if !state.line.is_empty() {
            let (waiting, bound) = (state.gather.waiting(), state.gather.bound());
            return Err(Refused::Full(Full { waiting, bound }));
        }
        state.gather.room(faces).map_err(Refused::Full)?;
        Ok(Some(self.add(state, cell, faces)))
    }

    /// As [`Queue::submit`], but waits for room.
    ///
    /// # Errors
    /// If nothing is computed any more.
    pub(super) fn submit_waiting(
        &self,
        cell: &Arc<Cell>,
        faces: usize,
    ) -> Result<Option<u64>, Arc<ComputeError>> {
        if faces == 0 {
            return Ok(None);
        }
        let mut state = self.lock();
        let place = state.next_in_line;
        state.next_in_line += 1;
        state.line.push_back(place);
        loop {
            if let Some(end) = state.end.clone() {
                state.line.retain(|other| *other != place);
                return Err(end);
            }
            if state.line.front() == Some(&place) && state.gather.room(faces).is_ok() {
                break;
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.line.pop_front();
        if !state.line.is_empty() {
            self.room.notify_all();
        }
        Ok(Some(self.add(state, cell, faces)))
    }

    fn add(&self, mut state: MutexGuard<'_, State>, cell: &Arc<Cell>, faces: usize) -> u64 {
        let id = state.gather.add(Arc::clone(cell), faces, Instant::now());
        let idle = state.idle > 0;
        drop(state);
        if idle {
            self.work.notify_one();
        }
        id
    }

    /// Forgets the faces of a submission that no lane has taken, and drops the features of the others when they come.
    pub(super) fn cancel(&self, id: Option<u64>, cell: &Cell) {
        let Some(id) = id else { return };
        let mut state = self.lock();
        cell.abandon();
        state.gather.cancel(id);
        self.make_room(&state);
    }

    fn make_room(&self, state: &State) {
        if !state.line.is_empty() {
            self.room.notify_all();
        }
    }

    /// Waits for faces to compute, and puts those of the next run into the empty `run`; `fit` says how many, out of
    /// those that wait, and `largest` is the most it ever says. False when the work is over.
    pub(super) fn take(&self, largest: usize, fit: &dyn Fn(usize) -> usize, run: &mut Run) -> bool {
        let mut state = self.lock();
        loop {
            if state.closed {
                return false;
            }
            let wait = match state.gather.next(largest, Instant::now()) {
                Next::Take => break,
                Next::Wait(until) => Some(until.saturating_duration_since(Instant::now())),
                Next::Sleep => None,
            };
            state.idle += 1;
            state = match wait {
                Some(time) => self.work.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0,
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.idle -= 1;
        }
        self.hand_out(state, largest, fit, run);
        true
    }

    /// As [`Queue::take`], for a lane that has a run under way: takes what no idle lane is about to take, and does not
    /// wait. False if that is nothing.
    #[cfg_attr(
        not(feature = "ascend"),
        allow(dead_code, reason = "only lanes of devices prepare a run ahead")
    )]
    pub(super) fn take_spare(&self, largest: usize, fit: &dyn Fn(usize) -> usize, run: &mut Run) -> bool {
        let state = self.lock();
        if state.closed || state.idle > 0 || !state.gather.is_due(largest, Instant::now()) {
            return false;
        }
        self.hand_out(state, largest, fit, run);
        true
    }

    fn hand_out(
        &self,
        mut state: MutexGuard<'_, State>,
        largest: usize,
        fit: &dyn Fn(usize) -> usize,
        run: &mut Run,
    ) {
        state.gather.take(largest, fit, &mut run.pieces);
        self.make_room(&state);
        if state.idle > 0 && state.gather.waiting() > 0 {
            self.work.notify_one();
        }
    }

    /// Answers `run` with the features of its faces, in order, and empties it.
    pub(super) fn answer(&self, run: &mut Run, features: &[f32]) {
        self.lock().gather.answered(run.faces(), Instant::now());
        let mut features = features;
        for piece in run.pieces.drain(..) {
            let (own, rest) = features.split_at(piece.rows.len() * FEATURE_LENGTH);
            features = rest;
            piece.submission.put(piece.rows, own);
        }
    }

    /// `run` failed. Its faces are computed again, those of each submission alone. A submission whose faces have failed
    /// too often, or alone and for good, fails with `error`. Empties `run`.
    pub(super) fn fail(&self, run: &mut Run, error: ComputeError) {
        let is_hopeless = error.is_final() && run.is_one_piece();
        let error = Arc::new(error);
        let mut failed = Vec::new();
        let mut state = self.lock();
        for mut piece in run.pieces.drain(..) {
            piece.failures += 1;
            if is_hopeless || piece.failures >= MOST_FAILURES {
                state.gather.cancel(piece.id);
                failed.push(piece.submission);
            } else if !piece.submission.is_over() {
                state.gather.give_back(piece);
            }
        }
        self.make_room(&state);
        drop(state);
        self.work.notify_all();
        failed.iter().for_each(|cell| cell.fail(&error));
    }

    /// Gives `run` back for another lane to compute, before all that waits, and empties it. Nothing is wrong with it.
    pub(super) fn give_back(&self, run: &mut Run) {
        let mut state = self.lock();
        while let Some(piece) = run.pieces.pop() {
            if !piece.submission.is_over() {
                state.gather.give_back(piece);
            }
        }
        drop(state);
        self.work.notify_all();
    }

    /// Says that a device is lost. Of several words on one device the first is kept; whether this was it.
    pub(super) fn lose(&self, loss: &Loss) -> bool {
        let mut state = self.lock();
        let new = state.losses.iter().all(|known| known.device != loss.device);
        if new {
            state.losses.push(loss.clone());
        }
        new
    }

    /// The devices lost so far, but for the first `known`.
    pub(super) fn losses(&self, known: usize) -> Vec<Loss> {
        self.lock().losses.get(known..).unwrap_or_default().to_vec()
    }

    /// Most faces that may wait.
    pub(super) fn bound(&self) -> usize {
        self.lock().gather.bound()
    }

    /// Faces that no lane has taken.
    pub(super) fn waiting(&self) -> usize {
        self.lock().gather.waiting()
    }

    /// Submitters that wait for room.
    #[cfg(test)]
    pub(super) fn line(&self) -> usize {
        self.lock().line.len()
    }

    /// To be kept by a lane's thread as long as it runs.
    pub(super) fn lane(&self) -> Lane<'_> {
        Lane { queue: self }
    }

    /// Ends all lanes after what they have at hand.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_all();
    }
}

/// A lane that runs; dropping it says that it has ended. With the last one, all that waits fails.
pub(super) struct Lane<'a> {
    queue: &'a Queue,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.lanes = state.lanes.saturating_sub(1);
        if state.lanes > 0 {
            return;
        }
        let end = Arc::new(ComputeError::NoDeviceLeft(state.losses.clone()));
        state.end = Some(Arc::clone(&end));
        let left: Vec<_> = state.gather.drain().collect();
        drop(state);
        self.queue.room.notify_all();
        left.iter().for_each(|piece| piece.submission.fail(&end));
    }
}
