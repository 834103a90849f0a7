//! Cosines of gallery rows with probes: `kernels/cosine.c`.

use super::super::{Aligned, CHUNK};
use super::KernelSet;
use std::io;

pub(super) type Kernel = unsafe extern "C" fn(
    *const f32,
    usize,
    usize,
    *const f32,
    *const f32,
    usize,
    *const f32,
    *mut f32,
    *mut f32,
    *mut u32,
    *mut f32,
) -> usize;

/// Cosines of one slice of gallery rows after another with the same probes; a thread's own.
///
/// The results are used up slice by slice, by whoever calls, so that this is no [`super::Step`].
pub struct Cosine<'a> {
    set: &'static KernelSet,
    depth: usize,
    /// `probe_count × columns`.
    probes: &'a [f32],
    probe_count: usize,
    packed: Aligned,
    squares: Vec<f32>,
    hits: Vec<u32>,
    cosines: Vec<f32>,
}

/// What [`Cosine::slice`] found.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// Squared length of each row.
    pub squares: &'a [f32],
    /// The probes with which at least one row reached the threshold.
    pub hits: &'a [u32],
    /// For each of [`Slice::hits`], the cosines of [`Cosine::rows`] rows, of which only the slice's mean something;
    /// NaN for a row whose squared length is not in [`Cosine::SQUARES`].
    pub cosines: &'a [f32],
}

impl<'a> Cosine<'a> {
    /// The squared lengths of rows whose cosines are computed, as in `kernels/cosine.c`: 2⁻⁶⁰ to 2¹⁰⁰.
    pub const SQUARES: std::ops::RangeInclusive<f32> = 8.673_617_4e-19..=1.267_650_6e30;

    /// Floats of a probe of `depth` values, which zeros fill up.
    pub fn columns(depth: usize) -> usize {
        depth.next_multiple_of(CHUNK)
    }

    /// `probes` is `probe_count × columns(depth)`, each of length 1.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If `depth` is 0 or `probes` has another length.
    pub fn new(
        set: &'static KernelSet,
        depth: usize,
        probes: &'a [f32],
        probe_count: usize,
    ) -> io::Result<Cosine<'a>> {
        assert!(depth > 0 && probes.len() == probe_count * Cosine::columns(depth), "{probe_count} of {depth}");
        let rows = 2 * set.lanes();
        // SAFETY: arithmetic on its argument only.
        let packed = unsafe { (set.cosine_scratch)(depth) };
        Ok(Cosine {
            set,
            depth,
            probes,
            probe_count,
            packed: Aligned::zeroed(packed)?,
            squares: vec![0.0; rows],
            hits: vec![0; probe_count],
            cosines: vec![0.0; probe_count * rows],
        })
    }

    /// Rows of a slice.
    pub fn rows(&self) -> usize {
        self.squares.len()
    }

    /// The cosines of `rows`, `1..=self.rows() × depth`, with those probes of which a row reaches the threshold.
    /// `ahead`, the slice that comes next, is fetched into the cache.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn slice(&mut self, rows: &[f32], ahead: &[f32], thresholds: &[f32]) -> Slice<'_> {
        let count = rows.len() / self.depth;
        assert!((1..=self.rows()).contains(&count) && rows.len() == count * self.depth);
        assert_eq!(thresholds.len(), self.probe_count);
        // Only a whole slice is as long as what the kernel fetches.
        let ahead = if ahead.len() >= self.packed.len() { ahead } else { &self.packed };
        // SAFETY: `rows` holds `count` rows of `depth` floats; `ahead` is at least a packed slice long and only
        // fetched; `probes` holds `probe_count` of columns(depth) floats and `thresholds` one for each; `new` made
        // the scratch as long as `cosine_scratch` says, room for a square of every lane, and for each probe room for
        // a hit and for a cosine of every lane. All of `self` that is written is borrowed exclusively.
        let hits = unsafe {
            (self.set.cosine)(
                rows.as_ptr(),
                count,
                self.depth,
                ahead.as_ptr(),
                self.probes.as_ptr(),
                self.probe_count,
                thresholds.as_ptr(),
                self.packed.as_mut_ptr(),
                self.squares.as_mut_ptr(),
                self.hits.as_mut_ptr(),
                self.cosines.as_mut_ptr(),
            )
        };
        Slice {
            squares: &self.squares[..count],
            hits: &self.hits[..hits],
            cosines: &self.cosines[..hits * self.squares.len()],
        }
    }
}
