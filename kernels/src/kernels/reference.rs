//! The layers as plain arithmetic with float64 sums: the judge of every kernel. Planes are row-major, `C × side × side`.

use ndarray::{Array2, ArrayView1, s};

/// Convolution of stride 1 with zero padding that keeps the size, a bias, and Max-Feature-Map: `2*outputs` filters of
/// `planes × kernel × kernel` give `outputs` planes. Computed as the product of the filters with all windows, which
/// `ndarray` does in float64.
pub fn convolution(input: &[f64], side: usize, weight: &[f32], bias: &[f32], kernel: usize) -> Vec<f64> {
    let planes = input.len() / (side * side);
    let taps = planes * kernel * kernel;
    let filters =
        Array2::from_shape_fn((bias.len(), taps), |(filter, tap)| f64::from(weight[filter * taps + tap]));
    let mut sums = filters.dot(&windows(input, side, kernel)).into_raw_vec_and_offset().0;
    for (sum, bias) in sums.chunks_exact_mut(side * side).zip(bias) {
        sum.iter_mut().for_each(|sum| *sum += f64::from(*bias));
    }
    max_feature_map(&sums)
}

/// For each tap of a kernel, the pixel under it at every place: `planes * kernel * kernel × side * side`.
fn windows(input: &[f64], side: usize, kernel: usize) -> Array2<f64> {
    let planes = input.len() / (side * side);
    let frame = kernel / 2;
    let mut windows = Array2::zeros((planes * kernel * kernel, side * side));
    for (row, mut window) in windows.rows_mut().into_iter().enumerate() {
        let (plane, tap) = (row / (kernel * kernel), row % (kernel * kernel));
        let plane = &input[plane * side * side..][..side * side];
        let inside = |tap: usize| frame.saturating_sub(tap)..(side + frame).saturating_sub(tap).min(side);
        let columns = inside(tap % kernel);
        for y in inside(tap / kernel) {
            let from = (y + tap / kernel - frame) * side + columns.start + tap % kernel - frame;
            let to = y * side + columns.start;
            window
                .slice_mut(s![to..to + columns.len()])
                .assign(&ArrayView1::from(&plane[from..from + columns.len()]));
        }
    }
    windows
}

/// The larger of the two halves, value by value.
pub fn max_feature_map(values: &[f64]) -> Vec<f64> {
    let (low, high) = values.split_at(values.len() / 2);
    low.iter().zip(high).map(|(&low, &high)| low.max(high)).collect()
}

/// Pools windows of 2×2: their maximum, plus their mean if `plus_average`.
pub fn pool(input: &[f64], side: usize, plus_average: bool) -> Vec<f64> {
    let mut pooled = Vec::with_capacity(input.len() / 4);
    for plane in input.chunks_exact(side * side) {
        for y in (0..side).step_by(2) {
            for x in (0..side).step_by(2) {
                let window = [y * side + x, y * side + x + 1, (y + 1) * side + x, (y + 1) * side + x + 1];
                let values = window.map(|at| plane[at]);
                let most = values.into_iter().fold(f64::NEG_INFINITY, f64::max);
                let mean = values.into_iter().sum::<f64>() / 4.0;
                pooled.push(if plus_average { most + mean } else { most });
            }
        }
    }
    pooled
}

/// `matrix · input + bias`; `matrix` is `bias.len() × input.len()`.
pub fn dense(input: &[f64], matrix: &[f32], bias: &[f32]) -> Vec<f64> {
    let row = |weights: &[f32]| input.iter().zip(weights).map(|(&x, &w)| x * f64::from(w)).sum::<f64>();
    matrix
        .chunks_exact(input.len())
        .zip(bias)
        .map(|(weights, &bias)| f64::from(bias) + row(weights))
        .collect()
}

/// The cosine of every probe with every row, `probes × rows`; both of `depth` values.
pub fn cosines(rows: &[f32], probes: &[f32], depth: usize) -> Vec<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let cosine = |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let of_probe = |probe| rows.chunks_exact(depth).map(move |row| cosine(probe, row));
    probes.chunks_exact(depth).flat_map(of_probe).collect()
}

/// Largest rounded input of an integer layer.
pub const INTEGER_LIMIT: f32 = 8191.0;

/// An input of an integer layer as an integer: its distance from the mean, scaled, cut off at [`INTEGER_LIMIT`].
pub fn round_input(value: f32, mean: f32, scale: f32) -> i64 {
    ((value - mean) * scale).clamp(-INTEGER_LIMIT, INTEGER_LIMIT).round_ties_even() as i64
}

/// The weights of a sum as integers, and what makes a float of the sum. The scale is the finest with which a weight
/// fits 16 bits and `block` of them, times inputs of `limit` at most, 32 bits.
pub fn round_weights(weights: &[f64], limit: f64, block: usize) -> (Vec<i64>, f32) {
    let magnitudes: Vec<f64> = weights.iter().map(|weight| weight.abs()).collect();
    let largest = magnitudes.iter().copied().fold(0.0, f64::max);
    let sum = magnitudes.chunks(block).map(|block| block.iter().sum::<f64>()).fold(0.0, f64::max);
    let room = (f64::from(i32::MAX) / limit) - 1.0 - block as f64 / 2.0;
    let scale = (largest / 32767.0).max(sum / room) as f32;
    let scale = if scale == 0.0 { 1.0 } else { scale };
    (weights.iter().map(|weight| (weight / f64::from(scale)).round() as i64).collect(), scale)
}

/// A sum of products, which must fit 32 bits.
///
/// # Panics
/// If it does not.
pub fn integer_sum(inputs: impl Iterator<Item = i64>, weights: &[i64]) -> i32 {
    let sum: i64 = inputs.zip(weights).map(|(x, w)| x * w).sum();
    i32::try_from(sum).unwrap_or_else(|_| panic!("the sum {sum} leaves 32 bits"))
}
