//! The `aligned` route: a similarity (rotation, scale, shift) that puts five landmarks where the networks were
//! trained to see them.

use super::face::Face;
use super::landmarks::Landmarks;
use super::layout;
use super::picture::Picture;
use super::preprocess::PreprocessError;
use crate::network::SIDE;

/// Where the middle of the eyes goes, in pixels from the middle of the top left pixel.
const EYES: [f64; 2] = [64.0, 40.0];

/// Pixels from the middle of the eyes down to the middle of the mouth corners, measured at right angles to the line
/// through the eyes (LightCNN's test images: `ec_mc_y` = 48, `ec_y` = 40, side 128).
const EYES_TO_MOUTH: f64 = 48.0;

/// The warped face: bilinear between the four nearest pixels, rounded, edge pixels repeated beyond the edge. There is no
/// smoothing when a large face shrinks.
pub(super) fn align(picture: &Picture, landmarks: &Landmarks) -> Result<Face, PreprocessError> {
    let back = Back::new(picture, landmarks)?;
    let (channels, stride) = (picture.channels(), picture.width() * picture.channels());
    Ok(Face::from_planes(picture, |channel, plane| {
        let value = |row: usize, column: usize| f64::from(picture.as_bytes()[row + column + channel]);
        for (at, to) in plane.iter_mut().enumerate() {
            let [x, y] = back.source((at % SIDE) as f64, (at / SIDE) as f64);
            let (columns, x) = between(x, picture.width(), channels);
            let (rows, y) = between(y, picture.height(), stride);
            let [upper, lower] =
                rows.map(|row| value(row, columns[0]) * (1.0 - x) + value(row, columns[1]) * x);
            *to = (upper * (1.0 - y) + lower * y + 0.5) as u8;
        }
    }))
}

/// Where the two of `length` pixels, `stride` bytes apart, begin between which `at` lies, and how far it is from the first;
/// beyond an edge both are on it.
fn between(at: f64, length: usize, stride: usize) -> ([usize; 2], f64) {
    let at = at.clamp(0.0, (length - 1) as f64);
    let first = at as usize;
    ([first * stride, (first + 1).min(length - 1) * stride], at - first as f64)
}

/// The map from a face's pixel back to the picture.
struct Back {
    /// The picture's point that becomes [`EYES`].
    eyes: [f64; 2],
    /// One face pixel to the right, in picture pixels; down is at right angles to it.
    right: [f64; 2],
}

impl Back {
    fn new(picture: &Picture, landmarks: &Landmarks) -> Result<Back, PreprocessError> {
        let points = landmarks.points();
        let (width, height) = (picture.width(), picture.height());
        for (index, &[x, y]) in points.iter().enumerate() {
            let near = |at: f64, length: usize| {
                let length = length as f64;
                (-length..=2.0 * length).contains(&at)
            };
            if !near(x, width) || !near(y, height) {
                return Err(PreprocessError::FarPoint { point: index + 1, x, y, width, height });
            }
        }
        let [left_eye, right_eye, _, left_mouth, right_mouth] = *points;
        let middle = |a: [f64; 2], b: [f64; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        let (eyes, mouth) = (middle(left_eye, right_eye), middle(left_mouth, right_mouth));
        let line = [right_eye[0] - left_eye[0], right_eye[1] - left_eye[1]];
        let apart = (line[0] * line[0] + line[1] * line[1]).sqrt();
        if apart < 1.0 {
            return Err(PreprocessError::EyesTooClose { distance: apart });
        }
        layout::check(points)?;
        let level = [line[0] / apart, line[1] / apart];
        let below = -level[1] * (mouth[0] - eyes[0]) + level[0] * (mouth[1] - eyes[1]);
        if below < 1.0 {
            return Err(PreprocessError::MouthNotBelowEyes { distance: below });
        }
        let step = below / EYES_TO_MOUTH;
        Ok(Back { eyes, right: [level[0] * step, level[1] * step] })
    }

    fn source(&self, x: f64, y: f64) -> [f64; 2] {
        let (right, down) = (x - EYES[0], y - EYES[1]);
        [
            self.eyes[0] + right * self.right[0] - down * self.right[1],
            self.eyes[1] + right * self.right[1] + down * self.right[0],
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Input;

    /// Landmarks that are in place already.
    const PLACED: [[f64; 2]; 5] = [[44.0, 40.0], [84.0, 40.0], [64.0, 66.0], [50.0, 88.0], [78.0, 88.0]];

    fn gradient(width: usize, height: usize) -> Picture {
        let data = (0..width * height).map(|i| (i % width + i / width) as u8).collect();
        Picture::new(width, height, Input::Gray, data)
    }

    #[test]
    fn a_face_in_place_stays() {
        let picture = gradient(128, 128);
        assert_eq!(align(&picture, &Landmarks::new(PLACED)).unwrap().as_bytes(), picture.as_bytes());
    }

    /// Turned by 90 degrees and twice as large in the picture.
    #[test]
    fn turns_and_scales() {
        let picture = gradient(100, 100);
        let points = PLACED.map(|[x, y]| [50.0 - (y - 40.0) / 2.0, 20.0 + (x - 64.0) / 2.0]);
        let face = align(&picture, &Landmarks::new(points)).unwrap();
        // Down by 48 in the face is left by 24 in the picture.
        assert_eq!(face.as_bytes()[40 * SIDE + 64], 50 + 20);
        assert_eq!(face.as_bytes()[88 * SIDE + 64], 26 + 20);
        assert_eq!(face.as_bytes()[40 * SIDE + 84], 50 + 30);
    }

    #[test]
    fn edge_pixels_are_repeated() {
        let points = PLACED.map(|[x, y]| [x - 64.0, y]);
        let face = align(&gradient(128, 128), &Landmarks::new(points)).unwrap();
        assert_eq!(face.as_bytes()[40 * SIDE..][..65], [40; 65]);
    }

    fn refusal(points: [[f64; 2]; 5]) -> String {
        align(&gradient(128, 128), &Landmarks::new(points)).unwrap_err().to_string()
    }

    #[test]
    fn degenerate_landmarks() {
        let [left_eye, right_eye, nose, left_mouth, right_mouth] = PLACED;
        let same = refusal([left_eye, left_eye, nose, left_mouth, right_mouth]);
        assert!(same.contains("the eyes of the landmarks are 0.00 pixels apart"), "{same}");
        let small = refusal(PLACED.map(|[x, y]| [x / 50.0, y / 50.0 + 20.0]).map(|[x, y]| [x + 20.0, y]));
        assert!(small.contains("the eyes of the landmarks are 0.80 pixels apart"), "{small}");
        let over = refusal([left_mouth, right_mouth, nose, left_eye, right_eye]);
        assert!(over.contains("not those of a face"), "{over}");
        let mirrored = refusal([right_eye, left_eye, nose, right_mouth, left_mouth]);
        assert!(mirrored.contains("it looks like right before left"), "{mirrored}");
        for bad in [f64::NAN, f64::INFINITY, -129.0, 257.0] {
            let message = refusal([left_eye, right_eye, [64.0, bad], left_mouth, right_mouth]);
            assert!(message.contains("point 3 of the landmarks is (64, "), "{message}");
        }
        let missing = super::super::Preprocess::Aligned.face(&gradient(9, 9));
        assert_eq!(missing, Err(PreprocessError::NoLandmarks));
    }
}
