//! Weights in the order the kernels read them.
//!
//! A slice is `2 * lanes` filters: `lanes` consecutive output channels of the lower half, then the channels of the
//! upper half that Max-Feature-Map compares with them. A packed layer is `slices × depth × 2 × lanes`.

use super::elements::elements;
use super::{Aligned, CHUNK, KernelSet};
use bytemuck::Pod;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Runs what it is given on every thread there is, and returns when all have returned. Threads share the slices of a
/// layer, so that its pages, too, are first touched by all of them.
pub type Crew<'a> = dyn FnMut(&(dyn Fn() + Sync)) + 'a;

/// The [`Crew`] of the calling thread alone.
pub fn alone(job: &(dyn Fn() + Sync)) {
    job();
}

/// The packed weights and biases of one layer.
pub struct Packed {
    pub(super) weights: Aligned,
    pub(super) bias: Aligned,
    /// Of an integer layer only.
    pub(super) scales: Option<PackedScales>,
}

/// The scales of an integer layer: floats, or with other words, everything in it that is no integer.
pub(super) struct PackedScales {
    /// Per input channel: subtracted before rounding.
    pub mean: Vec<f32>,
    /// Per point of a transform and input channel: what is rounded is multiplied by it.
    pub input: Vec<f32>,
    /// `slices × points × 2 × lanes`: makes floats of sums.
    pub output: Aligned,
}

/// How a layer computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// float32.
    Float,
    /// Products of 16-bit integers, exact 32-bit sums; see [`super::integer`].
    Integer,
}

impl Packed {
    /// Bytes of the weights and biases.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.weights) + size_of_val(&*self.bias)
    }

    /// The weights, `slices × depth × 2 × lanes`.
    pub(super) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The biases, `slices × 2 × lanes`.
    pub(super) fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// How the layer computes.
    pub fn arithmetic(&self) -> Arithmetic {
        if self.scales.is_some() { Arithmetic::Integer } else { Arithmetic::Float }
    }

    pub(super) fn scales(&self) -> Option<&PackedScales> {
        self.scales.as_ref()
    }

    /// # Panics
    /// If this was not packed for `slices` slices for vectors of `lanes` floats, whose depth has the dimensions `depth`.
    pub(super) fn check(&self, slices: usize, depth: &[usize], lanes: usize) {
        let words = |depth: usize| if self.scales.is_some() { depth / 2 } else { depth };
        let weights = elements(depth).and_then(|depth| elements(&[slices, words(depth), 2, lanes]));
        assert_eq!(Some(self.weights.len()), weights, "packed for another layer");
        assert_eq!(Some(self.bias.len()), elements(&[slices, 2, lanes]), "packed for another layer");
    }

    /// # Panics
    /// If this is an integer layer with scales of other dimensions.
    pub(super) fn check_scales(&self, mean: &[usize], input: &[usize], output: &[usize]) {
        if let Some(scales) = &self.scales {
            let lengths = [scales.mean.len(), scales.input.len(), scales.output.len()].map(Some);
            assert_eq!(lengths, [mean, input, output].map(elements), "packed for another layer");
        }
    }

    /// Packs a 3×3 convolution for [`super::Winograd`]: filters `2*outputs × inputs × 3 × 3`, `2*outputs` biases.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit, or `outputs` is no multiple of 16.
    pub fn winograd(
        set: &KernelSet,
        filters: &[f32],
        bias: &[f32],
        inputs: usize,
        crew: &mut Crew<'_>,
    ) -> io::Result<Packed> {
        let (outputs, lanes) = (bias.len() / 2, set.lanes());
        assert!(outputs > 0 && outputs.is_multiple_of(CHUNK), "{outputs} channels");
        assert_eq!(Some(filters.len()), elements(&[2, outputs, inputs, 9]), "filters of other dimensions");
        // Four times the filters, which are there.
        let mut weights = Aligned::zeroed(filters.len() * 4)?;
        each_slice(&mut weights, 36 * inputs * 2 * lanes, crew, |slice, to| {
            set.winograd_weights(filters, inputs, outputs, slice, to);
        });
        let bias = rows(bias, bias.len(), lanes, Halves::Compared, |_| 0, &mut alone)?;
        Ok(Packed { weights, bias, scales: None })
    }

    /// Packs a 1×1 convolution for [`super::Pointwise`]: filters `2*outputs × depth`, `2*outputs` biases.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit, or `outputs` is no multiple of 16.
    pub fn convolution(set: &KernelSet, filters: &[f32], bias: &[f32]) -> io::Result<Packed> {
        assert_eq!(bias.len() % (2 * CHUNK), 0);
        let lanes = set.lanes();
        Ok(Packed {
            weights: rows(filters, bias.len(), lanes, Halves::Compared, |k| k, &mut alone)?,
            bias: rows(bias, bias.len(), lanes, Halves::Compared, |_| 0, &mut alone)?,
            scales: None,
        })
    }

    /// Packs a convolution for [`super::First`]: filters `2*outputs × planes × kernel × kernel`, `2*outputs` biases.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit, or `outputs` is no multiple of 16.
    pub fn first(set: &KernelSet, filters: &[f32], bias: &[f32], kernel: usize) -> io::Result<Packed> {
        if kernel != 5 {
            return Packed::convolution(set, filters, bias);
        }
        let points: Vec<f32> = filters.as_chunks().0.iter().flat_map(transform_row).collect();
        Packed::convolution(set, &points, bias)
    }

    /// Packs the feature layer for [`super::Dense`]: a matrix `rows × inputs`, whose inputs are `inputs / pixels`
    /// channels of `pixels` pixels, and as many biases as rows.
    ///
    /// # Errors
    /// If there is not enough memory.
    ///
    /// # Panics
    /// If a length does not fit.
    pub fn dense(
        set: &KernelSet,
        matrix: &[f32],
        bias: &[f32],
        pixels: usize,
        max_feature_map: bool,
        crew: &mut Crew<'_>,
    ) -> io::Result<Packed> {
        let lanes = set.lanes();
        let halves = if max_feature_map { Halves::Compared } else { Halves::Consecutive };
        Ok(Packed {
            weights: rows(matrix, bias.len(), lanes, halves, |k| dense_column(k, pixels), crew)?,
            bias: rows(bias, bias.len(), lanes, halves, |_| 0, &mut alone)?,
            scales: None,
        })
    }
}

/// The transform of a row of a 5×5 filter for F(4, 5), see `first.c`: its values as a polynomial at
/// 0, ±1/2, ±1, ±2, each divided by the product of the distances to the other points, and its last coefficient.
fn transform_row(row: &[f32; 5]) -> [f32; 8] {
    const POINTS: [f64; 7] = [0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0];
    let mut transformed = [row[4]; 8];
    for (to, point) in transformed.iter_mut().zip(POINTS) {
        let value = row.iter().rev().fold(0.0, |sum, &w| sum * point + f64::from(w));
        let distances = POINTS.iter().filter(|&&other| other != point).map(|other| point - other);
        *to = (value / distances.product::<f64>()) as f32;
    }
    transformed
}

/// The column of the feature layer's matrix that belongs to value `k` of the activations.
pub(super) fn dense_column(k: usize, pixels: usize) -> usize {
    let (chunk, pixel, channel) = (k / (pixels * CHUNK), k / CHUNK % pixels, k % CHUNK);
    (chunk * CHUNK + channel) * pixels + pixel
}

/// Which rows of a matrix make a slice.
#[derive(Clone, Copy)]
pub(super) enum Halves {
    /// `lanes` rows and those that Max-Feature-Map compares with them, half the matrix further.
    Compared,
    /// `2 * lanes` rows in order.
    Consecutive,
}

/// Packs `count` rows of `matrix`, whose values have four bytes; value `k` of a packed row is value `column(k)` of the row.
pub(super) fn rows<T: Pod + Send + Sync>(
    matrix: &[T],
    count: usize,
    lanes: usize,
    halves: Halves,
    column: impl Fn(usize) -> usize,
    crew: &mut Crew<'_>,
) -> io::Result<Aligned> {
    let depth = matrix.len() / count;
    assert_eq!((matrix.len(), count % (2 * lanes)), (depth * count, 0));
    let mut packed = Aligned::zeroed(matrix.len())?;
    let columns: Vec<usize> = (0..depth).map(column).collect();
    each_slice(bytemuck::cast_slice_mut(&mut packed), depth * 2 * lanes, crew, |slice, to: &mut [T]| {
        // So many values of a slice stay in the first cache while the rows are gone through.
        const VALUES: usize = 128;
        for (columns, to) in columns.chunks(VALUES).zip(to.chunks_mut(VALUES * 2 * lanes)) {
            for lane in 0..2 * lanes {
                let row = match halves {
                    Halves::Compared => slice * lanes + lane % lanes + lane / lanes * (count / 2),
                    Halves::Consecutive => slice * 2 * lanes + lane,
                };
                let from = &matrix[row * depth..(row + 1) * depth];
                for (to, &column) in to.iter_mut().skip(lane).step_by(2 * lanes).zip(columns) {
                    *to = from[column];
                }
            }
        }
    });
    Ok(packed)
}

/// Calls `pack` with the number of each slice, of `length` values, and its place.
fn each_slice<T: Send>(
    packed: &mut [T],
    length: usize,
    crew: &mut Crew<'_>,
    pack: impl Fn(usize, &mut [T]) + Sync,
) {
    let slices = Mutex::new(packed.chunks_exact_mut(length).enumerate());
    crew(&|| {
        loop {
            // Taking a slice cannot panic.
            let slice = slices.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((slice, to)) = slice else { return };
            pack(slice, to);
        }
    });
}
