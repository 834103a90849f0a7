//! All scores of a set of directions, tile by tile, on all processors.
//!
//! Every score is one sum in the order of the values, whatever the tile, the threads and the machine: a score that is
//! computed again has the same bits, so it can be counted in one pass and compared in another.

use std::ops::{AddAssign, Mul};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Rows of the kernel: with 4 or 8 columns its sums fit the registers of any processor.
const QUAD: usize = 4;

/// Rows and columns of a tile: its scores and the columns it is made of stay in a processor's own cache.
const TILE_ROWS: usize = 64;
const TILE_COLUMNS: usize = 256;

/// A number that scores are computed in.
pub(super) trait Real: Copy + Default + Mul<Output = Self> + AddAssign + Send + Sync {}
impl Real for f32 {}
impl Real for f64 {}

/// Directions, packed for the kernel: in panels of `N` columns, value by value.
pub(super) struct Gram<T, const N: usize> {
    count: usize,
    width: usize,
    panels: Vec<[T; N]>,
}

/// Scores of the rows from `row` with the columns from `column` on, `columns` a row.
pub(super) struct Tile<'a, T> {
    pub(super) row: usize,
    pub(super) rows: usize,
    pub(super) column: usize,
    pub(super) columns: usize,
    pub(super) scores: &'a [T],
}

impl<T: Real, const N: usize> Gram<T, N> {
    /// Packs `count` directions of `width` values; `value(i, k)` is value `k` of the direction `i`.
    pub(super) fn new(count: usize, width: usize, value: impl Fn(usize, usize) -> T) -> Gram<T, N> {
        let mut panels = vec![[T::default(); N]; count.div_ceil(N) * width];
        for i in 0..count {
            for k in 0..width {
                panels[i / N * width + k][i % N] = value(i, k);
            }
        }
        Gram { count, width, panels }
    }

    fn panel(&self, at: usize) -> &[[T; N]] {
        &self.panels[at * self.width..(at + 1) * self.width]
    }

    /// The score of two directions.
    pub(super) fn score(&self, left: usize, right: usize) -> T {
        let mut sum = T::default();
        for (a, b) in self.panel(left / N).iter().zip(self.panel(right / N)) {
            sum += a[left % N] * b[right % N];
        }
        sum
    }

    /// Hands every pair `i < j` to `visit`, in tiles that also hold some pairs `i >= j`. Each thread has a state,
    /// which it begins with; the states are returned.
    pub(super) fn each_tile<S: Send>(
        &self,
        begin: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &Tile<'_, T>) + Sync,
    ) -> Vec<S> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut state = begin();
            let mut scores = vec![T::default(); TILE_ROWS * TILE_COLUMNS];
            loop {
                let row = next.fetch_add(1, Ordering::Relaxed) * TILE_ROWS;
                if row >= self.count {
                    return state;
                }
                let rows = TILE_ROWS.min(self.count - row);
                // A tile begins where a panel does.
                let first = row / N * N;
                for column in (first..self.count).step_by(TILE_COLUMNS) {
                    let columns = TILE_COLUMNS.min(self.count - column);
                    self.fill(&mut scores, row, rows, column, columns);
                    visit(
                        &mut state,
                        &Tile { row, rows, column, columns, scores: &scores[..rows * columns] },
                    );
                }
            }
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let join = |worker: thread::ScopedJoinHandle<'_, S>| {
                worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            workers.into_iter().map(join).collect()
        })
    }

    fn fill(&self, scores: &mut [T], row: usize, rows: usize, column: usize, columns: usize) {
        for panel in (column..column + columns).step_by(N) {
            let right = self.panel(panel / N);
            for quad in (row..row + rows).step_by(QUAD) {
                let sums = kernel(self.panel(quad / N), quad % N, right);
                for (i, sums) in (quad..row + rows).zip(&sums) {
                    let start = (i - row) * columns + panel - column;
                    let end = (start + N).min((i - row + 1) * columns);
                    scores[start..end].copy_from_slice(&sums[..end - start]);
                }
            }
        }
    }
}

/// Scores of four columns of `left`, from `offset` on, with all of `right`.
fn kernel<T: Real, const N: usize>(left: &[[T; N]], offset: usize, right: &[[T; N]]) -> [[T; N]; QUAD] {
    let mut sums = [[T::default(); N]; QUAD];
    for (a, b) in left.iter().zip(right) {
        let Some(a) = a[offset..].first_chunk::<QUAD>() else { return sums };
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum += *a * *b;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair once, with the same bits as alone, at sizes around those of tiles and panels.
    #[test]
    fn tiles_hold_every_pair_once() {
        for count in [1, 3, 4, 5, 64, 65, 255, 257, 321] {
            let value = |i: usize, k: usize| ((i * 7 + k * 13) % 101) as f64 / 50.0 - 1.0;
            let gram = Gram::<f64, 4>::new(count, 9, value);
            let states = gram.each_tile(Vec::new, |seen: &mut Vec<(usize, usize)>, tile| {
                for i in 0..tile.rows {
                    for j in 0..tile.columns {
                        let (left, right) = (tile.row + i, tile.column + j);
                        if left < right {
                            seen.push((left, right));
                            let score = tile.scores[i * tile.columns + j];
                            assert_eq!(score.to_bits(), gram.score(left, right).to_bits());
                            let sum = (0..9).fold(0.0, |sum, k| sum + value(left, k) * value(right, k));
                            assert_eq!(score.to_bits(), sum.to_bits());
                        }
                    }
                }
            });
            let mut seen = states.concat();
            seen.sort_unstable();
            let all: Vec<_> = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j))).collect();
            assert_eq!(seen, all);
        }
    }
}
