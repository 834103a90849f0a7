//! Measures a calibration: runs the float32 engine and looks at the inputs of every layer.

use super::{Calibration, CalibrationError};
use crate::cpu::plan::{Kind, Stage};
use crate::cpu::{CpuError, CpuNetwork, Options, Precision};
use crate::kernels::CHUNK;
use crate::kernels::integer::InputRange;
use crate::kernels::winograd::{INPUTS, POINTS};
use crate::network::{FEATURE_LENGTH, SIDE, Weights};
use std::collections::BTreeMap;

/// Other faces than those measured go further from the mean, and what is further is cut off. Of 1,194 faces of LFW, the
/// least cosine is 0.9962 with 1.6 and 0.9989 with 2 if other faces were measured (AT&T), and 0.9993 and 0.9987 if an eighth
/// of them were. More costs the median face: 0.9998 and 0.9997.
const HEADROOM: f64 = 2.0;

/// Least spread of a channel, relative to the largest of its layer: a channel that never moved may yet.
const LEAST_SPREAD: f64 = 1e-3;

/// Collects the ranges of all layers' inputs.
pub struct Calibrator {
    engine: CpuNetwork,
    layers: BTreeMap<String, Seen>,
    images: usize,
}

/// What was seen of one layer's inputs.
struct Seen {
    channels: Vec<Channel>,
    winograd: bool,
}

/// What was seen of one channel.
#[derive(Clone)]
struct Channel {
    sum: f64,
    count: usize,
    least: f32,
    most: f32,
    /// Least and most of each transformed value.
    points: [(f32, f32); POINTS],
}

impl Calibrator {
    /// Gets the float32 engine ready to be watched.
    ///
    /// # Errors
    /// As [`CpuNetwork::new`].
    pub fn new(weights: Weights, threads: usize) -> Result<Calibrator, CpuError> {
        let options = Options { threads, precision: Precision::F32, ..Options::default() };
        Ok(Calibrator { engine: CpuNetwork::new(weights, options)?, layers: BTreeMap::new(), images: 0 })
    }

    /// Looks at `faces`, `N×C×128×128` bytes as for [`CpuNetwork::run`].
    ///
    /// # Errors
    /// If `faces` are not whole faces.
    pub fn add(&mut self, faces: &[u8]) -> Result<(), CpuError> {
        let face = self.engine.network().input().channels() * SIDE * SIDE;
        let count = faces.len() / face;
        let layers = &mut self.layers;
        let mut features = vec![0.0; count * FEATURE_LENGTH];
        self.engine.watch(faces, &mut features, &mut |stage, input, images| {
            if matches!(stage.kind, Kind::First { .. }) {
                return;
            }
            let channels = stage.channels();
            let seen = layers.entry(stage.name.clone()).or_insert_with(|| Seen::new(stage));
            let planes = input.chunks_exact(stage.side * stage.side * CHUNK);
            for (at, plane) in planes.take(images * channels / CHUNK).enumerate() {
                seen.look(at % (channels / CHUNK) * CHUNK, plane, stage.side);
            }
        })?;
        self.images += count;
        Ok(())
    }

    /// The calibration. `weights_sha256` and `preprocess` are recorded in it.
    ///
    /// # Errors
    /// If no face was looked at.
    pub fn finish(self, weights_sha256: &str, preprocess: &str) -> Result<Calibration, CalibrationError> {
        if self.images == 0 {
            return Err(CalibrationError::NoFaces);
        }
        let layers = self.layers.into_iter().map(|(name, seen)| (name, seen.range())).collect();
        let (weights_sha256, preprocess) = (weights_sha256.to_string(), preprocess.to_string());
        let network = self.engine.network();
        Ok(Calibration::measured(network, weights_sha256, preprocess, self.images, layers))
    }
}

impl Seen {
    fn new(stage: &Stage) -> Seen {
        Seen { channels: vec![Channel::default(); stage.channels()], winograd: stage.kind == Kind::Winograd }
    }

    /// Looks at one chunk of one image, `side × side × 16`, whose first channel is `first`.
    fn look(&mut self, first: usize, plane: &[f32], side: usize) {
        let channels = &mut self.channels[first..first + CHUNK];
        for pixel in plane.chunks_exact(CHUNK) {
            channels.iter_mut().zip(pixel).for_each(|(channel, &value)| channel.look(value));
        }
        if !self.winograd {
            return;
        }
        for top in (0..side).step_by(4) {
            for left in (0..side).step_by(4) {
                for (point, values) in transformed(plane, side, top, left).iter().flatten().enumerate() {
                    for (channel, &value) in channels.iter_mut().zip(values) {
                        let (least, most) = &mut channel.points[point];
                        (*least, *most) = (least.min(value), most.max(value));
                    }
                }
            }
        }
    }

    fn range(&self) -> InputRange {
        let largest = self.channels.iter().map(Channel::spread).fold(0.0, f64::max);
        let floor = if largest > 0.0 { largest * LEAST_SPREAD } else { 1.0 };
        let spread: Vec<f64> = self.channels.iter().map(|c| c.spread().max(floor) * HEADROOM).collect();
        let point = |point: usize| -> f32 {
            let relative = self.channels.iter().zip(&spread).map(|(c, spread)| c.transformed(point) / spread);
            (relative.fold(LEAST_SPREAD, f64::max) * HEADROOM) as f32
        };
        InputRange {
            mean: self.channels.iter().map(|channel| channel.mean() as f32).collect(),
            spread: spread.iter().map(|&spread| spread as f32).collect(),
            points: if self.winograd { (0..POINTS).map(point).collect() } else { Vec::new() },
        }
    }
}

impl Default for Channel {
    fn default() -> Channel {
        let nothing = (f32::INFINITY, f32::NEG_INFINITY);
        Channel { sum: 0.0, count: 0, least: nothing.0, most: nothing.1, points: [nothing; POINTS] }
    }
}

impl Channel {
    fn look(&mut self, value: f32) {
        self.sum += f64::from(value);
        self.count += 1;
        (self.least, self.most) = (self.least.min(value), self.most.max(value));
    }

    fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    /// Largest distance from the mean.
    fn spread(&self) -> f64 {
        (f64::from(self.most) - self.mean()).max(self.mean() - f64::from(self.least))
    }

    /// Largest magnitude of a transformed value once the mean is subtracted from all inputs: transforms are linear.
    fn transformed(&self, point: usize) -> f64 {
        let sum = |row: &[f64; 6]| row.iter().sum::<f64>();
        let shift = self.mean() * sum(&INPUTS[point / 6]) * sum(&INPUTS[point % 6]);
        let (least, most) = self.points[point];
        (f64::from(most) - shift).max(shift - f64::from(least))
    }
}

/// Bᵀ d B of the tile of a chunk whose output starts at `top`, `left`; outside the image there are zeros.
fn transformed(plane: &[f32], side: usize, top: usize, left: usize) -> [[[f32; CHUNK]; 6]; 6] {
    let mut half = [[[0.0; CHUNK]; 6]; 6];
    for y in 0..6 {
        for x in 0..6 {
            let (Some(row), Some(column)) = ((top + y).checked_sub(1), (left + x).checked_sub(1)) else {
                continue;
            };
            if row >= side || column >= side {
                continue;
            }
            let pixel = &plane[(row * side + column) * CHUNK..][..CHUNK];
            for (to, weights) in half.iter_mut().zip(&INPUTS) {
                add(&mut to[x], pixel, weights[y]);
            }
        }
    }
    let mut values = [[[0.0; CHUNK]; 6]; 6];
    for (to, from) in values.iter_mut().zip(&half) {
        for (to, weights) in to.iter_mut().zip(&INPUTS) {
            from.iter().zip(weights).for_each(|(from, &weight)| add(to, from, weight));
        }
    }
    values
}

fn add(to: &mut [f32; CHUNK], from: &[f32], weight: f64) {
    if weight != 0.0 {
        to.iter_mut().zip(from).for_each(|(to, from)| *to += from * weight as f32);
    }
}
