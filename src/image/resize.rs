//! `cv2.resize(picture, (128, 128))`: bilinear on bytes, bit for bit.

use super::face::Face;
use super::picture::Picture;
use crate::network::SIDE;

/// The picture as it is, if it is 128×128, and resized otherwise.
pub(super) fn resize(picture: &Picture) -> Face {
    match (picture.width(), picture.height()) {
        (SIDE, SIDE) => Face::from_planes(picture, |channel, plane| copy(picture, channel, plane)),
        (w, h) if (w, h) == (2 * SIDE, 2 * SIDE) => {
            Face::from_planes(picture, |channel, plane| halve(picture, channel, plane))
        }
        (w, h) => {
            let columns = taps(w, true);
            let rows = taps(h, false);
            Face::from_planes(picture, |channel, plane| bilinear(picture, channel, plane, &columns, &rows))
        }
    }
}

fn copy(picture: &Picture, channel: usize, plane: &mut [u8]) {
    for (to, pixel) in plane.iter_mut().zip(picture.as_bytes().chunks_exact(picture.channels())) {
        *to = pixel[channel];
    }
}

/// The mean of 2×2 pixels, which OpenCV takes when both sides are halved exactly.
fn halve(picture: &Picture, channel: usize, plane: &mut [u8]) {
    let channels = picture.channels();
    let stride = picture.width() * channels;
    let rows = picture.as_bytes().chunks_exact(2 * stride);
    for (to, two) in plane.chunks_exact_mut(SIDE).zip(rows) {
        let (upper, lower) = two.split_at(stride);
        for (x, to) in to.iter_mut().enumerate() {
            let (a, b) = (2 * x * channels + channel, (2 * x + 1) * channels + channel);
            let sum = [upper[a], upper[b], lower[a], lower[b]].map(u16::from).iter().sum::<u16>();
            *to = ((sum + 2) >> 2) as u8;
        }
    }
}

/// Where a destination pixel comes from: two source indices and their weights in 1/2048.
#[derive(Clone, Copy)]
struct Tap {
    at: [usize; 2],
    weight: [i32; 2],
}

/// The taps of one axis of `length` source pixels. Beyond the first and last pixel the weights of columns become
/// (1, 0) (`clamp_weight`); those of rows stay, only the indices are clamped.
fn taps(length: usize, clamp_weight: bool) -> [Tap; SIDE] {
    let scale = 1.0 / (SIDE as f64 / length as f64);
    let last = length as i64 - 1;
    std::array::from_fn(|d| {
        let position = ((d as f64 + 0.5) * scale - 0.5) as f32;
        let mut start = position.floor() as i64;
        let mut fraction = position - position.floor();
        if clamp_weight && (start < 0 || start >= last) {
            start = start.clamp(0, last);
            fraction = 0.0;
        }
        let index = |i: i64| i.clamp(0, last) as usize;
        Tap {
            at: [index(start), index(start + 1)],
            weight: [1.0 - fraction, fraction].map(|w| (w * 2048.0).round_ties_even() as i32),
        }
    })
}

fn bilinear(picture: &Picture, channel: usize, plane: &mut [u8], columns: &[Tap; SIDE], rows: &[Tap; SIDE]) {
    let channels = picture.channels();
    let across = |row: usize, sums: &mut [i32; SIDE]| {
        let row = &picture.as_bytes()[row * picture.width() * channels..][..picture.width() * channels];
        for (sum, tap) in sums.iter_mut().zip(columns) {
            let [a, b] = tap.at.map(|x| i32::from(row[x * channels + channel]));
            *sum = tap.weight[0] * a + tap.weight[1] * b;
        }
    };
    // The row sums last used, for the next row often needs one or both again.
    let mut kept = [usize::MAX; 2];
    let mut sums = [[0; SIDE]; 2];
    for (to, tap) in plane.chunks_exact_mut(SIDE).zip(rows) {
        if kept[1] == tap.at[0] {
            kept.swap(0, 1);
            sums.swap(0, 1);
        }
        for i in 0..2 {
            if kept[i] != tap.at[i] {
                across(tap.at[i], &mut sums[i]);
                kept[i] = tap.at[i];
            }
        }
        for (x, to) in to.iter_mut().enumerate() {
            let upper = (tap.weight[0] * (sums[0][x] >> 4)) >> 16;
            let lower = (tap.weight[1] * (sums[1][x] >> 4)) >> 16;
            *to = ((upper + lower + 2) >> 2) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Input;

    /// Three channels at once give the same as each alone.
    #[test]
    fn channels_are_independent() {
        for (width, height) in [(1, 1), (3, 200), (128, 128), (131, 97), (256, 256), (256, 255)] {
            let data: Vec<u8> = (0..width * height * 3).map(|i| (i * i / 7 % 251) as u8).collect();
            let face = resize(&Picture::new(width, height, Input::Bgr, data.clone()));
            for channel in 0..3 {
                let alone = data.iter().skip(channel).step_by(3).copied().collect();
                let alone = resize(&Picture::new(width, height, Input::Gray, alone));
                let plane = &face.as_bytes()[channel * SIDE * SIDE..][..SIDE * SIDE];
                assert!(plane == alone.as_bytes(), "{width}×{height} channel {channel}");
            }
        }
    }

    /// `cv2.resize(numpy.arange(15, dtype="uint8").reshape(3, 5) * 17, (128, 128))`: row 40, every tenth column.
    #[test]
    fn known_row() {
        let picture = Picture::new(5, 3, Input::Gray, (0..15).map(|i| i * 17).collect());
        let face = resize(&picture);
        let row: Vec<u8> = face.as_bytes()[40 * SIDE..][..SIDE].iter().step_by(10).copied().collect();
        assert_eq!(row, [38, 38, 43, 50, 56, 63, 70, 76, 83, 90, 96, 103, 106]);
    }

    #[test]
    fn exact_halving_takes_the_mean() {
        let mut data = vec![0; 256 * 256];
        (data[0], data[1], data[256], data[257]) = (1, 0, 0, 1);
        data[2] = 1;
        let face = resize(&Picture::new(256, 256, Input::Gray, data));
        assert_eq!(face.as_bytes()[..3], [1, 0, 0]);
    }
}
