//! Cosines of gallery rows with probes: `cosine.c`.

use super::super::elements::elements;
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

/// Probes of length 1, as the kernel reads them: `chunks × probes × 16`, the last chunk filled up with zeros.
pub struct Probes {
    values: Aligned,
    depth: usize,
    count: usize,
}

impl Probes {
    /// Of `probes`, at least one row of `depth` finite values that are not all zero.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If these are no whole rows, or none.
    pub fn new(probes: &[f32], depth: usize) -> io::Result<Probes> {
        assert!(
            depth > 0 && !probes.is_empty() && probes.len().is_multiple_of(depth),
            "{} values in rows of {depth}",
            probes.len()
        );
        let count = probes.len() / depth;
        let values = elements(&[count, depth.div_ceil(CHUNK), CHUNK]).ok_or(io::ErrorKind::OutOfMemory)?;
        let mut values = Aligned::zeroed(values)?;
        for (at, probe) in probes.chunks_exact(depth).enumerate() {
            let length = probe.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
            for (chunk, probe) in probe.chunks(CHUNK).enumerate() {
                let to = &mut values[(chunk * count + at) * CHUNK..][..probe.len()];
                to.iter_mut().zip(probe).for_each(|(to, &value)| *to = (f64::from(value) / length) as f32);
            }
        }
        Ok(Probes { values, depth, count })
    }
}

/// Cosines of one slice of gallery rows after another with the same probes; a thread's own.
///
/// The results are used up slice by slice, by whoever calls, so that this is no [`super::Step`].
pub struct Cosine<'a> {
    set: &'static KernelSet,
    probes: &'a Probes,
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
    /// The squared lengths of rows whose cosines are computed, as in `cosine.c`: 2⁻⁶⁰ to 2¹⁰⁰.
    pub const SQUARES: std::ops::RangeInclusive<f32> = 8.673_617_4e-19..=1.267_650_6e30;

    /// For features of the width of `probes`.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(set: &'static KernelSet, probes: &'a Probes) -> io::Result<Cosine<'a>> {
        let rows = 2 * set.lanes();
        // A slice of `rows` rows is as long as the scratch, but for the last chunk, which the probes have, too.
        let most = elements(&[probes.depth.div_ceil(CHUNK), CHUNK, rows]);
        let cosines = elements(&[probes.count, rows]).ok_or(io::ErrorKind::OutOfMemory)?;
        if most.is_none() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // SAFETY: arithmetic on its argument only, which does not overflow: it is `most`.
        let packed = unsafe { (set.cosine_scratch)(probes.depth) };
        Ok(Cosine {
            set,
            probes,
            packed: Aligned::zeroed(packed)?,
            squares: vec![0.0; rows],
            hits: vec![0; probes.count],
            cosines: vec![0.0; cosines],
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
        let Probes { depth, count: probe_count, .. } = *self.probes;
        let count = rows.len() / depth;
        assert!((1..=self.rows()).contains(&count) && rows.len() == count * depth);
        assert_eq!(thresholds.len(), probe_count);
        // Only a whole slice is as long as what the kernel fetches.
        let ahead = if ahead.len() >= self.packed.len() { ahead } else { &self.packed };
        // SAFETY: there is a probe, and `rows` holds `count` rows of `depth` floats, at least one; `ahead` is at least a packed slice long and only
        // fetched; `Probes::new` made `probe_count` probes of `depth` floats, rounded up to chunks, and `thresholds`
        // has one float for each; `new` made the scratch as long as `cosine_scratch` says, room for a square of every
        // lane, and for each probe room for a hit and for a cosine of every lane. All of `self` that is written is
        // borrowed exclusively.
        let hits = unsafe {
            (self.set.cosine)(
                rows.as_ptr(),
                count,
                depth,
                ahead.as_ptr(),
                self.probes.values.as_ptr(),
                probe_count,
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
