//! Which of the waiting faces are computed next: bookkeeping alone, without locks, threads or a clock of its own.
//!
//! Submissions stand in a ring. A run takes those at the front until it is full. A submission that is larger than a
//! run gives only a slice of a run at a time and goes to the back, so that others do not wait for all of it.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

/// Neighbouring faces of one submission. `T` stands for the submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<T> {
    /// Number of the submission.
    pub(super) id: u64,
    pub(super) submission: T,
    /// Which of its faces.
    pub(super) rows: Range<usize>,
    /// How many faces the whole submission has.
    pub(super) whole: usize,
    /// When it was submitted.
    pub(super) since: Instant,
    /// How many runs have failed with these faces.
    pub(super) failures: u32,
}

/// There is no room for a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full {
    /// Faces that wait.
    pub(super) waiting: usize,
    /// Most that may.
    pub(super) bound: usize,
}

/// What a lane without work is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Take a run.
    Take,
    /// Take a run then, or when there are more faces.
    Wait(Instant),
    /// Nothing waits.
    Sleep,
}

/// After a run its faces are answered all at once, and whoever waited for one often submits the next. Taking the first
/// of those alone would split them into two runs for ever; so the next run waits this long for as many faces as the
/// last one had. One face alone waits for nobody.
const LINGER: Duration = Duration::from_micros(150);

/// A submission larger than a run gives this part of a run at a time while others wait.
const SLICES: usize = 4;

/// The waiting faces of all submissions.
#[derive(Debug)]
pub(super) struct Gather<T> {
    ring: VecDeque<Piece<T>>,
    /// Pieces of runs that failed. Each is computed alone, so that what fails harms nothing else.
    again: VecDeque<Piece<T>>,
    /// Faces in the ring.
    in_ring: usize,
    /// Faces in `again`.
    in_again: usize,
    bound: usize,
    #[cfg_attr(
        not(feature = "ascend"),
        allow(dead_code, reason = "only lanes of devices prepare a run ahead")
    )]
    max_delay: Duration,
    next_id: u64,
    /// Faces of the last run that was answered, and until when as many are waited for.
    expected: Option<(usize, Instant)>,
}

impl<T> Gather<T> {
    /// For at most `bound` waiting faces. A lane that has work takes further faces, fewer than fill a run, only when
    /// they have waited for `max_delay`.
    pub(super) fn new(bound: usize, max_delay: Duration) -> Gather<T> {
        Gather {
            ring: VecDeque::new(),
            again: VecDeque::new(),
            in_ring: 0,
            in_again: 0,
            bound,
            max_delay,
            next_id: 0,
            expected: None,
        }
    }

    /// Faces that no lane has taken.
    pub(super) fn waiting(&self) -> usize {
        self.in_ring + self.in_again
    }

    /// Most faces that may wait.
    pub(super) fn bound(&self) -> usize {
        self.bound
    }

    /// Whether `faces` more may wait. More than the bound may if they are the only ones.
    ///
    /// # Errors
    /// [`Full`] if not.
    pub(super) fn room(&self, faces: usize) -> Result<(), Full> {
        let waiting = self.waiting();
        if waiting > 0 && waiting.saturating_add(faces) > self.bound {
            return Err(Full { waiting, bound: self.bound });
        }
        Ok(())
    }

    /// Adds a submission of `faces` faces, at least 1, and gives its number.
    pub(super) fn add(&mut self, submission: T, faces: usize, now: Instant) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.in_ring += faces;
        self.ring.push_back(Piece { id, submission, rows: 0..faces, whole: faces, since: now, failures: 0 });
        id
    }

    /// Forgets the faces of a submission that no lane has taken.
    pub(super) fn cancel(&mut self, id: u64) {
        self.in_ring -= forget(&mut self.ring, id);
        self.in_again -= forget(&mut self.again, id);
    }

    /// What a lane without work is to do, whose runs take `largest` faces at most.
    pub(super) fn next(&self, largest: usize, now: Instant) -> Next {
        match self.expected {
            _ if self.in_again > 0 => Next::Take,
            _ if self.in_ring == 0 => Next::Sleep,
            Some((faces, until)) if self.in_ring < faces.min(largest) && now < until => Next::Wait(until),
            _ => Next::Take,
        }
    }

    /// Whether a lane that has a run under way is to prepare the next one already.
    #[cfg_attr(
        not(feature = "ascend"),
        allow(dead_code, reason = "only lanes of devices prepare a run ahead")
    )]
    pub(super) fn is_due(&self, largest: usize, now: Instant) -> bool {
        self.in_again > 0
            || self.in_ring >= largest
            || self
                .ring
                .front()
                .is_some_and(|front| now.saturating_duration_since(front.since) >= self.max_delay)
    }

    /// Moves the faces of the next run to `run`: `fit` says how many, out of those that wait; `largest` is the most it
    /// ever says.
    pub(super) fn take(&mut self, largest: usize, fit: &dyn Fn(usize) -> usize, run: &mut Vec<Piece<T>>)
    where
        T: Clone,
    {
        self.expected = None;
        if let Some(mut failed) = self.again.pop_front() {
            let rest = failed.rows.start.saturating_add(largest)..failed.rows.end;
            if !rest.is_empty() {
                failed.rows.end = rest.start;
                self.again.push_front(Piece { rows: rest, ..failed.clone() });
            }
            self.in_again -= failed.rows.len();
            return run.push(failed);
        }
        let mut left = fit(self.in_ring).min(self.in_ring);
        self.in_ring -= left;
        while left > 0 {
            let Some(mut piece) = self.ring.pop_front() else {
                unreachable!("faces that wait are in the ring")
            };
            let slice = if piece.whole > largest { largest.div_ceil(SLICES) } else { largest };
            let taken = slice.min(left).min(piece.rows.len());
            left -= taken;
            let rest = piece.rows.start + taken..piece.rows.end;
            piece.rows.end = rest.start;
            if !rest.is_empty() {
                let rest = Piece { rows: rest, ..piece.clone() };
                // A submission that is no larger than a run keeps its turn.
                if rest.whole > largest { self.ring.push_back(rest) } else { self.ring.push_front(rest) }
            }
            match run.last_mut() {
                Some(last) if last.id == piece.id && last.rows.end == piece.rows.start => {
                    last.rows.end = piece.rows.end;
                }
                _ => run.push(piece),
            }
        }
    }

    /// Says that a run of `faces` was answered.
    pub(super) fn answered(&mut self, faces: usize, now: Instant) {
        self.expected = (faces > 1).then(|| (faces, now + LINGER));
    }

    /// Puts faces that were taken and not computed back to the front; those of a failed run to those that are computed
    /// alone.
    pub(super) fn give_back(&mut self, piece: Piece<T>) {
        if piece.failures == 0 {
            self.in_ring += piece.rows.len();
            self.ring.push_front(piece);
        } else {
            self.in_again += piece.rows.len();
            self.again.push_back(piece);
        }
    }

    /// Takes all that waits.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Piece<T>> + '_ {
        (self.in_ring, self.in_again) = (0, 0);
        self.ring.drain(..).chain(self.again.drain(..))
    }
}

/// Removes the pieces of a submission; how many faces that were.
fn forget<T>(pieces: &mut VecDeque<Piece<T>>, id: u64) -> usize {
    let mut forgotten = 0;
    pieces.retain(|piece| {
        if piece.id == id {
            forgotten += piece.rows.len();
        }
        piece.id != id
    });
    forgotten
}
