//! Exact search: the rows of a gallery that are most alike a probe, by the cosine of their features.
//!
//! A kernel computes every cosine in float32 ([`Cosine`]), whose error has a proven bound (`bound.rs`); the rows that
//! may be among the best by that bound (`candidates.rs`) are compared in float64 by [`features::cosine`]. The result is
//! that of comparing all rows in float64, whatever kernels compute and however many threads; equal cosines are
//! ordered by row.
//!
//! [`Cosine`]: lightcnn_cpu::kernels::Cosine
//! [`features::cosine`]: crate::features::cosine

mod bound;
mod candidates;
mod pass;
mod people;
mod session;
mod strangers;
#[cfg(test)]
mod tests;

use crate::error::ErrorKind;
pub use bound::MOST_WIDTH;
pub use people::{People, PeopleError};
pub use session::{Probe, Probes, Session, SessionError};
pub use strangers::{Strangers, strangers};

use lightcnn_cpu::kernels::{KernelSet, KernelsError};
use std::{io, thread};

/// Features to be searched, in memory or mapped.
#[derive(Clone, Copy, Debug)]
pub struct Gallery<'a> {
    /// `rows × width`.
    pub features: &'a [f32],
    /// Values of a feature, 1 to [`MOST_WIDTH`].
    pub width: usize,
    /// Whose feature each row is, if every person is to be found once, with the best row.
    pub people: Option<&'a [u32]>,
}

impl<'a> Gallery<'a> {
    /// Number of rows.
    #[doc(hidden)]
    pub fn rows(&self) -> usize {
        self.features.len() / self.width
    }

    /// The feature of a row.
    ///
    /// # Panics
    /// If there is no such row.
    #[doc(hidden)]
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.features[row * self.width..(row + 1) * self.width]
    }
}

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct SearchOptions {
    k: usize,
    threads: usize,
    kernels: &'static KernelSet,
}

impl SearchOptions {
    /// Searches for `k` rows, or persons, for each probe. All processors compute, with the kernels that the variable
    /// `LIGHTCNN_KERNELS` names, or the best ones if it is not set.
    ///
    /// # Errors
    /// If that variable names kernels that cannot be used here.
    ///
    /// # Panics
    /// If `k` is 0.
    pub fn new(k: usize) -> Result<SearchOptions, SearchError> {
        assert!(k > 0, "a search finds 1 row at least");
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Ok(SearchOptions { k, threads, kernels: lightcnn_cpu::kernels::choose(None)? })
    }

    /// Sets how many threads compute, the caller's included.
    ///
    /// # Panics
    /// If `threads` is 0.
    pub fn threads(self, threads: usize) -> SearchOptions {
        assert!(threads > 0, "a search takes 1 thread at least");
        SearchOptions { threads, ..self }
    }
}

/// A row that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The row of the gallery.
    pub row: usize,
    /// Cosine of its feature and the probe, -1.0..=1.0, as [`crate::features::cosine`] gives it.
    pub cosine: f64,
}

/// Rows of the gallery that cannot be found, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows with a value that is not a finite number, as those of failed pictures.
    pub failed: Vec<usize>,
    /// Rows of zeros, which have no direction.
    pub zero: Vec<usize>,
}

/// What [`search`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// For each probe the best rows, best first, equal ones by row; fewer than asked for only if the gallery has fewer.
    pub hits: Vec<Vec<Hit>>,
    /// The rows that were not looked at.
    pub left_out: LeftOut,
}

/// A search that cannot be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A probe without a direction.
    #[error("probe {probe} has a feature that is {problem}; leave it out")]
    Probe {
        /// Position among the probes, from 0.
        probe: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The kernels asked for cannot be had.
    #[error(transparent)]
    Kernels(#[from] KernelsError),
    /// The system has no memory to give.
    #[error("not enough memory to search")]
    Memory(#[source] io::Error),
    /// No threshold can be taken from a gallery of one person.
    #[error(
        "the gallery has features of {people} person(s); a threshold at a false alarm rate needs two at least"
    )]
    NoStrangers {
        /// Persons in the gallery.
        people: usize,
    },
}

impl SearchError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SearchError::Probe { .. } | SearchError::NoStrangers { .. } => ErrorKind::InvalidInput,
            SearchError::Kernels(_) => ErrorKind::Unsupported,
            SearchError::Memory(_) => ErrorKind::OutOfMemory,
        }
    }
}

/// The `options.k` rows of `gallery` most alike each of `probes`, which are `count × width`.
///
/// # Errors
/// If a probe is zero or not finite, or there is not enough memory.
///
/// # Panics
/// If a length is no multiple of the width or `people` has another length than the gallery, or a width is out of range.
pub fn search(gallery: Gallery<'_>, probes: &[f32], options: &SearchOptions) -> Result<Found, SearchError> {
    let width = gallery.width;
    assert!((1..=MOST_WIDTH).contains(&width));
    assert!(gallery.features.len().is_multiple_of(width) && probes.len().is_multiple_of(width));
    assert!(gallery.people.is_none_or(|people| people.len() == gallery.rows()));
    for (probe, values) in probes.chunks_exact(width).enumerate() {
        if !values.iter().all(|value| value.is_finite()) {
            return Err(SearchError::Probe { probe, problem: "not finite" });
        }
        if values.iter().all(|&value| value == 0.0) {
            return Err(SearchError::Probe { probe, problem: "zero" });
        }
    }
    let mut found = Found { hits: Vec::new(), left_out: LeftOut::default() };
    for probes in probes.chunks(pass::PROBES * width) {
        let (hits, left_out) = pass::pass(gallery, probes, options)?;
        found.hits.extend(hits);
        found.left_out = left_out;
    }
    Ok(found)
}
