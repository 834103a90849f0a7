//! One pass over the gallery with as many probes as stay in the cache.

use super::candidates::Candidates;
use super::{Gallery, Hit, LeftOut, SearchError, SearchOptions, bound};
use crate::features::cosine;
use lightcnn_cpu::kernels::{Cosine, Probes};
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Probes of a pass: of 256 values, so many take 384 KiB of the second cache.
pub(super) const PROBES: usize = 384;

/// Rows that a thread claims at once: 1 MiB of features.
const ROWS: usize = 1024;

/// The best rows of each of `probes`, and the rows that are of no use.
pub(super) fn pass(
    gallery: Gallery<'_>,
    probes: &[f32],
    options: &SearchOptions,
) -> Result<(Vec<Vec<Hit>>, LeftOut), SearchError> {
    let unit = Probes::new(probes, gallery.width).map_err(SearchError::Memory)?;
    let pass = Pass { gallery, probes, unit: &unit, options, next: AtomicUsize::new(0) };
    let results = thread::scope(|scope| {
        let others: Vec<_> = (1..options.threads).map(|_| scope.spawn(|| pass.walk())).collect();
        let mut results = vec![pass.walk()];
        results.extend(
            others.into_iter().map(|other| other.join().unwrap_or_else(|cause| panic::resume_unwind(cause))),
        );
        results
    });
    let mut all: Vec<_> = (0..pass.count()).map(|_| pass.candidates()).collect();
    let mut left_out = LeftOut::default();
    for result in results {
        let (candidates, unusable) = result?;
        all.iter_mut().zip(candidates).for_each(|(all, candidates)| all.join(candidates));
        left_out.failed.extend(unusable.failed);
        left_out.zero.extend(unusable.zero);
    }
    left_out.failed.sort_unstable();
    left_out.zero.sort_unstable();
    let best = all.into_iter().enumerate().map(|(probe, found)| found.finish(|row| pass.exact(probe, row)));
    Ok((best.collect(), left_out))
}

struct Pass<'a> {
    gallery: Gallery<'a>,
    probes: &'a [f32],
    unit: &'a Probes,
    options: &'a SearchOptions,
    /// The first row nobody has claimed.
    next: AtomicUsize,
}

impl<'a> Pass<'a> {
    fn count(&self) -> usize {
        self.probes.len() / self.gallery.width
    }

    fn candidates(&self) -> Candidates<'a> {
        Candidates::new(self.options.k, bound::bound(self.gallery.width), self.gallery.people)
    }

    /// The float64 cosine of a probe and a row.
    fn exact(&self, probe: usize, row: usize) -> Option<f64> {
        let width = self.gallery.width;
        cosine(&self.probes[probe * width..(probe + 1) * width], self.gallery.row(row))
    }

    /// One thread's part: claims rows until none is left.
    fn walk(&self) -> Result<(Vec<Candidates<'a>>, LeftOut), SearchError> {
        let Gallery { features, width, .. } = self.gallery;
        let mut kernel = Cosine::new(self.options.kernels, self.unit).map_err(SearchError::Memory)?;
        let (step, rows) = (kernel.rows(), self.gallery.rows());
        let mut candidates: Vec<_> = (0..self.count()).map(|_| self.candidates()).collect();
        let mut thresholds = vec![f32::NEG_INFINITY; self.count()];
        let mut left_out = LeftOut::default();
        loop {
            let start = self.next.fetch_add(ROWS, Ordering::Relaxed);
            if start >= rows {
                return Ok((candidates, left_out));
            }
            for first in (start..rows.min(start + ROWS)).step_by(step) {
                let [end, ahead] = [first + step, first + 2 * step].map(|row| row.min(rows) * width);
                let slice = kernel.slice(&features[first * width..end], &features[end..ahead], &thresholds);
                for (&probe, cosines) in slice.hits.iter().zip(slice.cosines.chunks_exact(step)) {
                    let (probe, mut least) = (probe as usize, thresholds[probe as usize]);
                    for (row, &cosine) in (first..).zip(&cosines[..slice.squares.len()]) {
                        if cosine >= least {
                            candidates[probe].take(row, cosine, |row| self.exact(probe, row));
                            least = candidates[probe].least();
                        }
                    }
                    thresholds[probe] = least;
                }
                for (row, square) in (first..).zip(slice.squares) {
                    if !Cosine::SQUARES.contains(square) {
                        self.odd(row, &mut candidates, &mut left_out);
                    }
                }
            }
        }
    }

    /// A row the kernel gives no cosine for: it is not finite, zero, or too long or short for float32.
    fn odd(&self, row: usize, candidates: &mut [Candidates<'a>], left_out: &mut LeftOut) {
        let values = self.gallery.row(row);
        if !values.iter().all(|value| value.is_finite()) {
            left_out.failed.push(row);
        } else if values.iter().all(|&value| value == 0.0) {
            left_out.zero.push(row);
        } else {
            for (probe, candidates) in candidates.iter_mut().enumerate() {
                if let Some(cosine) = self.exact(probe, row) {
                    candidates.take_exact(Hit { row, cosine });
                }
            }
        }
    }
}
