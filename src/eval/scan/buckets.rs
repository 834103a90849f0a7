//! Values by bucket of score, and which buckets' scores and pairs a pass keeps.

use super::super::selection::{self, BUCKETS, NONE};
use std::ops::{Index, IndexMut};

/// Sums of equally long lists.
pub(super) fn sum<'a>(lists: impl Iterator<Item = &'a [u64]>) -> Vec<u64> {
    let mut sum = vec![0; BUCKETS];
    lists.for_each(|list| sum.iter_mut().zip(list).for_each(|(sum, count)| *sum += count));
    sum
}

/// Which impostor scores of a trial are kept.
pub(super) struct Wish {
    /// Buckets whose scores are kept.
    pub(super) wanted: Vec<bool>,
    /// The lowest bucket whose pairs are kept.
    top: usize,
}

impl Wish {
    pub(super) fn new(counts: &[u64], ranks: &[u64], impostors: u64, top: f64) -> Wish {
        let wanted = selection::wanted(counts, ranks);
        let most = (top * impostors as f64).ceil() as u64 + 100;
        let found = selection::find(counts, most.min(impostors));
        // Very many equal scores are not worth their memory; then only the higher ones are kept.
        let top = found.map_or(0, |(at, above)| if above + counts[at] > 8 * most { at + 1 } else { at });
        Wish { wanted, top }
    }
}

/// A bucket's scores are kept; its pairs are kept.
pub(super) const WANTED: u8 = 1;
pub(super) const TOP: u8 = 2;

pub(super) fn flags(wish: &Wish) -> ByBucket<u8> {
    let mut flags = ByBucket::new();
    for (bucket, wanted) in (0..NONE).zip(&wish.wanted) {
        flags[bucket] = u8::from(*wanted) * WANTED + u8::from(usize::from(bucket) >= wish.top) * TOP;
    }
    flags
}

/// A value for each bucket, whose number needs no check as it is always below [`BUCKETS`].
#[derive(Clone)]
pub(super) struct ByBucket<T>(pub(super) Box<[T; BUCKETS]>);

impl<T: Copy + Default> ByBucket<T> {
    pub(super) fn new() -> ByBucket<T> {
        ByBucket(Box::new([T::default(); BUCKETS]))
    }
}

impl<T> Index<u16> for ByBucket<T> {
    type Output = T;

    fn index(&self, bucket: u16) -> &T {
        &self.0[usize::from(bucket) % BUCKETS]
    }
}

impl<T> IndexMut<u16> for ByBucket<T> {
    fn index_mut(&mut self, bucket: u16) -> &mut T {
        &mut self.0[usize::from(bucket) % BUCKETS]
    }
}
