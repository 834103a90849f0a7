//! The rows that may be among the best of one probe.
//!
//! A row is dropped only when its float32 cosine proves that it is not among the best; float64 decides among those
//! that are left. So the result depends neither on the order of rows nor on who rounded how.

use super::Hit;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Candidates of one probe, as one thread saw them.
pub(super) struct Candidates<'a> {
    /// How many are wanted: rows, or persons if there are such.
    k: usize,
    /// Bound on the error of a rough cosine.
    bound: f64,
    /// The person of each row, of whom only the best row counts.
    people: Option<&'a [u32]>,
    rough: Vec<Rough>,
    /// Best first, at most `k`.
    exact: Vec<Hit>,
    /// Rows of a smaller rough cosine are not among the best.
    least: f32,
}

/// A row and what the kernel says of it.
#[derive(Clone, Copy)]
struct Rough {
    row: usize,
    cosine: f32,
}

/// Candidates taken before some are dropped, beyond twice those wanted.
const ROOM: usize = 64;

impl<'a> Candidates<'a> {
    pub fn new(k: usize, bound: f64, people: Option<&'a [u32]>) -> Candidates<'a> {
        Candidates { k, bound, people, rough: Vec::new(), exact: Vec::new(), least: f32::NEG_INFINITY }
    }

    /// Takes a row of which the kernel says `cosine`, [`Candidates::least`] or more; `exact` gives the float64 cosine
    /// of a row.
    pub fn take(&mut self, row: usize, cosine: f32, exact: impl Fn(usize) -> Option<f64>) {
        self.rough.push(Rough { row, cosine });
        if self.rough.len() < 2 * self.k + ROOM {
            return;
        }
        self.narrow();
        // What the bound cannot tell apart is not looked at again and again: it is decided now.
        if self.rough.len() > self.k + ROOM / 2 {
            self.settle(exact);
        }
    }

    /// Takes a row whose float64 cosine is known.
    pub fn take_exact(&mut self, hit: Hit) {
        self.exact.push(hit);
        self.order();
    }

    /// The least rough cosine of a row that can be among the best.
    pub fn least(&self) -> f32 {
        self.least
    }

    /// Drops the rows that are proven not to be among the best: `k` others have a rough cosine that is larger by
    /// twice the bound, or another row of the same person has.
    fn narrow(&mut self) {
        self.rough.sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine));
        let below = |cosine: f32| down(f64::from(cosine) - 2.0 * self.bound);
        let kth = match self.people {
            None => self.rough.get(self.k - 1).map(|rough| rough.cosine),
            Some(people) => {
                let (mut best, mut kth) = (HashMap::new(), None);
                self.rough.retain(|rough| match best.entry(people[rough.row]) {
                    Entry::Occupied(best) => rough.cosine >= below(*best.get()),
                    Entry::Vacant(place) => {
                        place.insert(rough.cosine);
                        if best.len() == self.k {
                            kth = Some(rough.cosine);
                        }
                        true
                    }
                });
                kth
            }
        };
        if let Some(kth) = kth {
            self.least = self.least.max(below(kth));
        }
        let end = self.rough.partition_point(|rough| rough.cosine >= self.least);
        self.rough.truncate(end);
    }

    /// Replaces rough cosines by float64 ones.
    fn settle(&mut self, exact: impl Fn(usize) -> Option<f64>) {
        let hits =
            self.rough.drain(..).filter_map(|Rough { row, .. }| Some(Hit { row, cosine: exact(row)? }));
        self.exact.extend(hits);
        self.order();
        if let Some(last) = self.exact.get(self.k - 1) {
            self.least = self.least.max(down(last.cosine - self.bound));
        }
    }

    /// Orders the exact ones and leaves only the best: larger cosines first, equal ones by row.
    fn order(&mut self) {
        self.exact.sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.row.cmp(&b.row)));
        if let Some(people) = self.people {
            let mut seen = HashMap::new();
            self.exact.retain(|hit| seen.insert(people[hit.row], ()).is_none());
        }
        self.exact.truncate(self.k);
    }

    /// Adds what another thread saw.
    pub fn join(&mut self, other: Candidates<'a>) {
        self.rough.extend(other.rough);
        self.exact.extend(other.exact);
        self.least = self.least.max(other.least);
    }

    /// The best, at most `k`.
    pub fn finish(mut self, exact: impl Fn(usize) -> Option<f64>) -> Vec<Hit> {
        self.narrow();
        self.settle(exact);
        self.exact
    }
}

/// The largest float32 below `value`.
fn down(value: f64) -> f32 {
    (value as f32).next_down()
}
