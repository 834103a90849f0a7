//! One submission: its faces, and where its features come together.

use super::error::ComputeError;
use super::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use crate::network::FEATURE_LENGTH;
use std::ops::Range;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// What the lanes and the ticket of a submission share.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// Lanes read these while they compute; whoever waits takes them when no lane does.
    faces: RwLock<Vec<u8>>,
    answer: Mutex<Answer>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct Answer {
    features: Vec<f32>,
    /// Faces whose features are not there.
    missing: usize,
    failure: Option<Arc<ComputeError>>,
    /// Nobody waits any more.
    abandoned: bool,
    waker: Option<Waker>,
}

impl Answer {
    fn is_over(&self) -> bool {
        self.missing == 0 || self.failure.is_some() || self.abandoned
    }
}

impl Cell {
    /// Makes this the cell of a new submission of `count` faces. No lane may have one of an earlier one at hand.
    pub(super) fn fill(&self, faces: Vec<u8>, mut features: Vec<f32>, count: usize) {
        features.resize(count * FEATURE_LENGTH, 0.0);
        *self.faces.write().unwrap_or_else(PoisonError::into_inner) = faces;
        *self.lock() = Answer { features, missing: count, failure: None, abandoned: false, waker: None };
    }

    /// The faces, for a lane.
    pub(super) fn faces(&self) -> RwLockReadGuard<'_, Vec<u8>> {
        self.faces.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A panic leaves an answer whole: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Features for `rows`. Those of a submission that is over are dropped.
    pub(super) fn put(&self, rows: Range<usize>, features: &[f32]) {
        let mut answer = self.lock();
        if answer.is_over() {
            return;
        }
        answer.features[rows.start * FEATURE_LENGTH..rows.end * FEATURE_LENGTH].copy_from_slice(features);
        answer.missing -= rows.len();
        self.tell(answer);
    }

    /// The submission cannot be computed. Of several reasons the first is kept.
    pub(super) fn fail(&self, error: &Arc<ComputeError>) {
        let mut answer = self.lock();
        if !answer.is_over() {
            answer.failure = Some(Arc::clone(error));
            self.tell(answer);
        }
    }

    /// Wakes who waits, if the submission is over.
    fn tell(&self, mut answer: MutexGuard<'_, Answer>) {
        if !answer.is_over() {
            return;
        }
        let waker = answer.waker.take();
        drop(answer);
        self.done.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Nobody waits any more: features that still come are dropped.
    pub(super) fn abandon(&self) {
        self.lock().abandoned = true;
    }

    /// Whether there is nothing more to compute.
    pub(super) fn is_over(&self) -> bool {
        self.lock().is_over()
    }

    /// Waits for the end, at most until `deadline`; false if it has not come by then.
    pub(super) fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut answer = self.lock();
        while !answer.is_over() {
            answer = match deadline {
                None => self.done.wait(answer).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left == Duration::ZERO {
                        return false;
                    }
                    self.done.wait_timeout(answer, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        true
    }

    /// As [`Cell::wait`], for a task.
    pub(super) fn poll(&self, task: &Context<'_>) -> Poll<()> {
        let mut answer = self.lock();
        if answer.is_over() {
            return Poll::Ready(());
        }
        if !answer.waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker())) {
            answer.waker = Some(task.waker().clone());
        }
        Poll::Pending
    }

    /// Faces and features of a submission that is over.
    ///
    /// # Errors
    /// Why there are no features.
    pub(super) fn take(&self) -> Result<(Vec<u8>, Vec<f32>), Arc<ComputeError>> {
        let mut answer = self.lock();
        if let Some(failure) = answer.failure.take() {
            return Err(failure);
        }
        let features = std::mem::take(&mut answer.features);
        drop(answer);
        // Every lane let go of the faces before it gave their features.
        let faces = std::mem::take(&mut *self.faces.write().unwrap_or_else(PoisonError::into_inner));
        Ok((faces, features))
    }
}
