//! Rounding of weights for the integer kernels.
//!
//! The inputs of a sum, after Winograd's transform if there is one, are rounded to integers of `INPUT_LIMIT` at
//! most, by scales that a calibration gives: for each channel its mean, which is subtracted first, and its spread. The
//! weights of a sum are rounded to 16 bits by a scale of their own, chosen so that no sum can leave 32 bits. Sums are
//! therefore exact, and rounding is the only loss.
//!
//! Products of 16 bits and not of 8, because Winograd's transform needs the bits and saves three quarters of the
//! products, where 8 bits would save a half.

use super::pack::{Halves, Packed, PackedScales, alone, dense_column, rows};
use super::winograd::{POINTS, transform_weights};
use super::{CHUNK, KernelSet};
use serde::{Deserialize, Serialize};
use std::io;

/// Largest rounded input; the same number is in `integer.h`.
const INPUT_LIMIT: f64 = 8191.0;

/// Largest input of the first layer, a byte.
const BYTE_LIMIT: f64 = 255.0;

/// Inputs of the feature layer that are summed in integers; the same number is in `integer_dense.c`.
const DENSE_BLOCK: usize = 128;

/// What a calibration found of the inputs of one layer, in the network's own units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputRange {
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Largest distance from the mean of each channel; larger ones are cut off.
    pub spread: Vec<f32>,
    /// For a 3×3 layer: largest magnitude of each of the 36 transformed values, in units of the channel's spread.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<f32>,
}

impl InputRange {
    /// What each transformed value is multiplied by: points × channels, one point if there is no transform.
    fn scales(&self) -> Vec<f32> {
        let points = if self.points.is_empty() { &[1.0] } else { self.points.as_slice() };
        let scale = |point: f32, spread: f32| (INPUT_LIMIT / (f64::from(point) * f64::from(spread))) as f32;
        points.iter().flat_map(|&point| self.spread.iter().map(move |&spread| scale(point, spread))).collect()
    }
}

impl Packed {
    /// Rounds and packs a 3×3 convolution for [`super::Winograd`]: filters `2*outputs × inputs × 3 × 3`, `2*outputs`
    /// biases.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn integer_winograd(
        set: &KernelSet,
        filters: &[f32],
        bias: &[f32],
        range: &InputRange,
    ) -> io::Result<Packed> {
        let (inputs, scales) = (range.mean.len(), range.scales());
        let mut rounder = Rounder { limit: INPUT_LIMIT, block: inputs, ..Rounder::default() };
        let mut transformed = vec![0.0; POINTS * inputs];
        for filter in filters.chunks_exact(inputs * 9) {
            for (input, taps) in filter.as_chunks().0.iter().enumerate() {
                for (point, value) in transform_weights(taps).into_iter().enumerate() {
                    let at = point * inputs + input;
                    transformed[at] = value / f64::from(scales[at]);
                }
            }
            transformed.chunks_exact(inputs).for_each(|sum| rounder.sum(sum.iter().copied()));
        }
        let bias = shifted(bias, filters, |at| range.mean[at / 9]);
        rounder.pack(set, &bias, Halves::Compared, range.mean.clone(), scales)
    }

    /// Rounds and packs a 1×1 convolution for [`super::Pointwise`]: filters `2*outputs × inputs`, `2*outputs` biases.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn integer_pointwise(
        set: &KernelSet,
        filters: &[f32],
        bias: &[f32],
        range: &InputRange,
    ) -> io::Result<Packed> {
        let (inputs, scales) = (range.mean.len(), range.scales());
        let mut rounder = Rounder { limit: INPUT_LIMIT, block: inputs, ..Rounder::default() };
        for filter in filters.chunks_exact(inputs) {
            rounder.sum(filter.iter().zip(&scales).map(|(&w, &scale)| f64::from(w) / f64::from(scale)));
        }
        let bias = shifted(bias, filters, |at| range.mean[at]);
        rounder.pack(set, &bias, Halves::Compared, range.mean.clone(), scales)
    }

    /// Rounds and packs the feature layer for [`super::Dense`]: a matrix `rows × inputs`, whose inputs are as many
    /// channels as `range` has, and as many biases as rows.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn integer_dense(
        set: &KernelSet,
        matrix: &[f32],
        bias: &[f32],
        range: &InputRange,
        max_feature_map: bool,
    ) -> io::Result<Packed> {
        let inputs = matrix.len() / bias.len();
        let pixels = inputs / range.mean.len();
        let columns: Vec<usize> = (0..inputs).map(|k| dense_column(k, pixels)).collect();
        let spread_out =
            |values: &[f32]| -> Vec<f32> { columns.iter().map(|&at| values[at / pixels]).collect() };
        let scales = spread_out(&range.scales());
        let mut rounder = Rounder { limit: INPUT_LIMIT, block: DENSE_BLOCK, ..Rounder::default() };
        for row in matrix.chunks_exact(inputs) {
            let values = columns.iter().zip(&scales);
            rounder.sum(values.map(|(&at, &scale)| f64::from(row[at]) / f64::from(scale)));
        }
        let bias = shifted(bias, matrix, |at| range.mean[at / pixels]);
        let halves = if max_feature_map { Halves::Compared } else { Halves::Consecutive };
        rounder.pack(set, &bias, halves, spread_out(&range.mean), scales)
    }

    /// Rounds and packs a convolution for [`super::First`]: filters `2*outputs × planes × kernel × kernel`,
    /// `2*outputs` biases. The input are bytes, which need no calibration.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn integer_first(
        set: &KernelSet,
        filters: &[f32],
        bias: &[f32],
        kernel: usize,
    ) -> io::Result<Packed> {
        let depth = filters.len() / bias.len();
        let mut rounder =
            Rounder { limit: BYTE_LIMIT, block: depth / kernel * (kernel + 1), ..Rounder::default() };
        for filter in filters.chunks_exact(depth) {
            let rows = filter.chunks_exact(kernel).map(|row| row.iter().copied().chain([0.0]));
            rounder.sum(rows.flatten().map(|w| f64::from(w) / BYTE_LIMIT));
        }
        rounder.pack(set, bias, Halves::Compared, Vec::new(), Vec::new())
    }
}

/// `bias`, plus what the means contribute that are subtracted from the inputs; `mean` is that of a filter's value.
fn shifted(bias: &[f32], filters: &[f32], mean: impl Fn(usize) -> f32) -> Vec<f32> {
    let depth = filters.len() / bias.len();
    let shift = |filter: &[f32]| -> f64 {
        filter.iter().enumerate().map(|(at, &w)| f64::from(w) * f64::from(mean(at))).sum()
    };
    bias.iter().zip(filters.chunks_exact(depth)).map(|(&b, f)| (f64::from(b) + shift(f)) as f32).collect()
}

/// Rounds the weights of one sum after the other.
#[derive(Default)]
struct Rounder {
    /// Largest magnitude of an input.
    limit: f64,
    /// Inputs that are summed in 32 bits.
    block: usize,
    /// The rounded weights.
    rounded: Vec<i16>,
    /// One per sum: what makes a float of it.
    scales: Vec<f32>,
}

impl Rounder {
    /// Rounds `weights` by the finest scale with which they fit 16 bits and no block's sum of products can leave 32.
    fn sum(&mut self, weights: impl Iterator<Item = f64>) {
        let weights: Vec<f64> = weights.collect();
        let largest = weights.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
        let blocks = weights.chunks(self.block).map(|block| block.iter().map(|w| w.abs()).sum::<f64>());
        // Rounding may add a half to each weight.
        let room = f64::from(i32::MAX) / self.limit - (self.block as f64 / 2.0 + 1.0);
        let finest = (largest / f64::from(i16::MAX)).max(blocks.fold(0.0, f64::max) / room) as f32;
        let scale = if finest > 0.0 { finest } else { 1.0 };
        self.rounded.extend(weights.iter().map(|w| (w / f64::from(scale)).round() as i16));
        self.scales.push(scale);
    }

    /// Packs what was rounded; `bias` has a value per row, whose sums followed each other.
    fn pack(
        self,
        set: &KernelSet,
        bias: &[f32],
        halves: Halves,
        mean: Vec<f32>,
        input: Vec<f32>,
    ) -> io::Result<Packed> {
        let (count, lanes) = (bias.len(), set.lanes());
        assert_eq!(count % (2 * CHUNK), 0);
        let pairs: Vec<u32> = self.rounded.as_chunks().0.iter().map(|&pair| packed_pair(pair)).collect();
        Ok(Packed {
            weights: rows(&pairs, count, lanes, halves, |k| k, &mut alone)?,
            bias: rows(bias, count, lanes, halves, |_| 0, &mut alone)?,
            scales: Some(PackedScales {
                mean,
                input,
                output: rows(&self.scales, count, lanes, halves, |k| k, &mut alone)?,
            }),
        })
    }
}

/// Two integers as they lie in memory: the first at the lower address.
fn packed_pair([first, second]: [i16; 2]) -> u32 {
    bytemuck::cast([first, second])
}
