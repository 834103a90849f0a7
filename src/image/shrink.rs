//! The `center` route: shorter side to 144 by Pillow's antialiased bilinear filter, then the middle 128×128, bit for
//! bit what `Image.resize(…, BILINEAR)` and `crop` give. Only the pixels that the crop keeps are computed.
//!
//! Rows are filtered before columns, as in Pillow up to 12. Pillow 13 begins with the columns if a picture that shrinks is
//! more than twice as high as wide, which moves about a fifth of such a picture's pixels by 1.

use super::face::Face;
use super::picture::Picture;
use crate::network::SIDE;
use std::ops::Range;

/// The shorter side before the crop.
const SHORTER: u64 = 144;

pub(super) fn shrink(picture: &Picture) -> Face {
    let (width, height) = (picture.width(), picture.height());
    let shorter = width.min(height);
    let columns = taps(width, resized(width, shorter));
    let rows = taps(height, resized(height, shorter));
    let needed = needed(&rows);
    let mut sums = vec![0; needed.len() * SIDE];
    Face::from_planes(picture, |channel, plane| {
        let stride = width * picture.channels();
        for (row, to) in needed.clone().zip(sums.chunks_exact_mut(SIDE)) {
            let row = &picture.as_bytes()[row * stride..][..stride];
            for (to, tap) in to.iter_mut().zip(&columns) {
                *to = tap.apply(|x| row[x * picture.channels() + channel]);
            }
        }
        for (to, tap) in plane.chunks_exact_mut(SIDE).zip(&rows) {
            for (x, to) in to.iter_mut().enumerate() {
                *to = tap.apply(|y| sums[(y - needed.start) * SIDE + x]);
            }
        }
    })
}

/// The length to which a side is resized: 144 for the shorter one, `int(144 * long / short)` for the other.
fn resized(length: usize, shorter: usize) -> u64 {
    if length == shorter { SHORTER } else { ((SHORTER * length as u64) as f64 / shorter as f64) as u64 }
}

/// The source rows that any tap reads.
fn needed(rows: &[Tap]) -> Range<usize> {
    let start = rows.iter().map(|tap| tap.start).min().unwrap_or(0);
    let end = rows.iter().map(|tap| tap.start + tap.weights.len()).max().unwrap_or(0);
    start..end
}

/// One destination pixel of one axis: the first source pixel and the weights from there, in 1/2^22.
struct Tap {
    start: usize,
    weights: Vec<i32>,
}

/// Pillow's `PRECISION_BITS`.
const PRECISION: u32 = 32 - 8 - 2;

impl Tap {
    fn apply(&self, source: impl Fn(usize) -> u8) -> u8 {
        let sum = self.weights.iter().zip(self.start..).map(|(w, at)| w * i32::from(source(at)));
        ((sum.sum::<i32>() + (1 << (PRECISION - 1))) >> PRECISION).clamp(0, 255) as u8
    }
}

/// The middle 128 of the `to` pixels to which `length` are resized (`precompute_coeffs` of Pillow's `Resample.c`).
fn taps(length: usize, to: u64) -> Vec<Tap> {
    let scale = length as f64 / to as f64;
    let reach = scale.max(1.0);
    // Python's round() of a half goes to the even neighbour.
    let first = ((to as f64 - SIDE as f64) / 2.0).round_ties_even() as u64;
    (first..first + SIDE as u64)
        .map(|pixel| {
            let center = (pixel as f64 + 0.5) * scale;
            let start = (center - reach + 0.5).max(0.0) as usize;
            let end = ((center + reach + 0.5) as usize).min(length);
            let weights: Vec<f64> = (start..end)
                .map(|at| (1.0 - ((at as f64 - center + 0.5) * (1.0 / reach)).abs()).max(0.0))
                .collect();
            let total: f64 = weights.iter().sum();
            let fixed = |w: &f64| (0.5 + w / total * f64::from(1 << PRECISION)) as i32;
            Tap { start, weights: weights.iter().map(fixed).collect() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Input;

    fn row(face: &Face, y: usize) -> Vec<u8> {
        face.as_bytes()[y * SIDE..][..SIDE].iter().step_by(10).copied().collect()
    }

    /// Pillow's own: `numpy.arange(30000) % 241` as 200×150, row 60, every tenth column.
    #[test]
    fn known_row() {
        let data = (0..200 * 150).map(|i| (i % 241) as u8).collect();
        let face = shrink(&Picture::new(200, 150, Input::Gray, data));
        assert_eq!(row(&face, 60), [21, 32, 42, 53, 63, 73, 84, 94, 105, 115, 126, 136, 146]);
    }

    /// Pillow's own: two pixels, 10 and 200.
    #[test]
    fn enlarges() {
        let face = shrink(&Picture::new(2, 1, Input::Gray, vec![10, 200]));
        assert_eq!(row(&face, 0), [21, 34, 48, 61, 74, 87, 100, 114, 127, 140, 153, 166, 180]);
    }

    #[test]
    fn a_picture_of_144_is_only_cropped() {
        let data: Vec<u8> = (0..144 * 144).map(|i| (i * 7 % 256) as u8).collect();
        let face = shrink(&Picture::new(144, 144, Input::Gray, data.clone()));
        for (y, row) in face.as_bytes().chunks(SIDE).enumerate() {
            assert_eq!(row, &data[(y + 8) * 144 + 8..][..SIDE], "row {y}");
        }
    }

    /// Enlarged as a whole this would have 144 × 1,440,000 pixels.
    #[test]
    fn a_thin_picture_takes_no_memory() {
        let face = shrink(&Picture::new(1, 10_000, Input::Gray, vec![9; 10_000]));
        assert!(face.as_bytes().iter().all(|&v| v == 9));
    }
}
