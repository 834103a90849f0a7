//! The scores of given ranks among hundreds of millions, without keeping or sorting them.
//!
//! Scores are counted in narrow buckets. A score that has a wanted rank lies in a known bucket, and only the scores of
//! such buckets are kept. Which buckets those are is guessed from a first, faster pass; the exact counts of the second
//! say whether the guess was right.

/// Buckets over the range of a cosine, and one for pairs that do not count.
pub(super) const BUCKETS: usize = 1 << 15;

/// The bucket of pairs that do not count.
pub(super) const NONE: u16 = (BUCKETS - 1) as u16;

/// Buckets to a unit of score.
const SCALE: f64 = (BUCKETS - 2) as f64 / 2.0;

/// The bucket of a score: higher scores never lie in lower ones.
pub(super) fn bucket(score: f64) -> u16 {
    ((score + 1.0) * SCALE).clamp(0.0, (BUCKETS - 2) as f64) as u16
}

/// A score in the middle of a bucket.
pub(super) fn middle(bucket: usize) -> f64 {
    (bucket as f64 + 0.5) / SCALE - 1.0
}

/// The bucket that holds the score of rank `rank`, from 1 for the highest, and how many scores lie in higher ones.
/// Nothing if there are fewer scores.
pub(super) fn find(counts: &[u64], rank: u64) -> Option<(usize, u64)> {
    let mut above = 0;
    for (bucket, count) in counts.iter().enumerate().take(BUCKETS - 1).rev() {
        if above + count >= rank {
            return Some((bucket, above));
        }
        above += count;
    }
    None
}

/// Scores near the end of a bucket that a first pass in float32 may have counted into the next: far more than are
/// within its rounding of a boundary.
fn margin(count: u64) -> u64 {
    64 + count / 50
}

/// Marks the buckets that hold the scores of `ranks`, and the next ones where a first pass may be off by them.
pub(super) fn wanted(counts: &[u64], ranks: &[u64]) -> Vec<bool> {
    let mut wanted = vec![false; BUCKETS];
    for (rank, (bucket, above)) in ranks.iter().filter_map(|rank| Some((*rank, find(counts, *rank)?))) {
        let count = counts[bucket];
        wanted[bucket] = true;
        if rank - above <= margin(count) {
            wanted[(bucket + 1).min(BUCKETS - 2)] = true;
        }
        if above + count - rank <= margin(count) {
            wanted[bucket.saturating_sub(1)] = true;
        }
    }
    wanted
}

/// Scores that are kept: equal ones once, with their number, whenever there are many.
#[derive(Default)]
pub(super) struct Kept {
    loose: Vec<f64>,
    /// Falling.
    counted: Vec<(f64, u64)>,
}

/// Scores kept singly before they are counted.
const LOOSE: usize = 1 << 20;

impl Kept {
    pub(super) fn push(&mut self, score: f64) {
        self.loose.push(score);
        if self.loose.len() >= LOOSE {
            self.count();
        }
    }

    fn count(&mut self) {
        let mut all = std::mem::take(&mut self.counted);
        all.extend(self.loose.drain(..).map(|score| (score, 1)));
        all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        all.dedup_by(|next, kept| {
            let is_equal = next.0 == kept.0;
            kept.1 += if is_equal { next.1 } else { 0 };
            is_equal
        });
        self.counted = all;
    }

    /// The scores of several threads together.
    pub(super) fn merge(parts: impl Iterator<Item = Kept>) -> Kept {
        let mut all = Kept::default();
        for mut part in parts {
            all.counted.append(&mut part.counted);
            all.loose.append(&mut part.loose);
        }
        all.count();
        all
    }

    /// The score of rank `rank` of the bucket, from 1 for the highest.
    fn in_bucket(&self, at: usize, rank: u64) -> Option<f64> {
        let mut seen = 0;
        for (score, count) in self.counted.iter().filter(|(score, _)| usize::from(bucket(*score)) == at) {
            seen += count;
            if seen >= rank {
                return Some(*score);
            }
        }
        None
    }

    /// The score of rank `rank` of all; nothing if its bucket was not among those kept.
    pub(super) fn of_rank(&self, counts: &[u64], wanted: &[bool], rank: u64) -> Option<f64> {
        let (bucket, above) = find(counts, rank)?;
        if !wanted[bucket] {
            return None;
        }
        self.in_bucket(bucket, rank - above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_keep_the_order_of_scores() {
        let scores: Vec<f64> = (-1100..=1100).map(|i| f64::from(i) / 1000.0).collect();
        assert!(scores.windows(2).all(|pair| bucket(pair[0]) <= bucket(pair[1])));
        assert_eq!((bucket(-2.0), bucket(1.0 + 1e-15), bucket(f64::INFINITY)), (0, NONE - 1, NONE - 1));
        assert_eq!(usize::from(bucket(middle(777))), 777);
    }

    /// Against sorting, with ties within and across buckets.
    #[test]
    fn ranks_are_those_of_sorted_scores() {
        let scores: Vec<f64> = (0..5000u64).map(|i| ((i * i * 31) % 977) as f64 / 600.0 - 0.8).collect();
        let mut sorted = scores.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let mut counts = vec![0u64; BUCKETS];
        scores.iter().for_each(|score| counts[usize::from(bucket(*score))] += 1);
        let ranks = [1, 2, 17, 500, 4999, 5000];
        let wanted = wanted(&counts, &ranks);
        let mut parts = [Kept::default(), Kept::default()];
        for (at, score) in scores.iter().enumerate().filter(|(_, s)| wanted[usize::from(bucket(**s))]) {
            parts[at % 2].push(*score);
        }
        let kept = Kept::merge(parts.into_iter());
        for rank in ranks {
            assert_eq!(kept.of_rank(&counts, &wanted, rank), Some(sorted[rank as usize - 1]), "{rank}");
        }
        assert_eq!(find(&counts, 5001), None);
        assert_eq!(kept.of_rank(&counts, &vec![false; BUCKETS], 1), None);
    }

    #[test]
    fn many_equal_scores_take_little_memory() {
        let mut kept = Kept::default();
        for i in 0..3 * LOOSE {
            kept.push(if i % 3 == 0 { 0.5 } else { 0.25 });
        }
        let kept = Kept::merge([kept].into_iter());
        assert_eq!(kept.counted, [(0.5, LOOSE as u64), (0.25, 2 * LOOSE as u64)]);
    }
}
