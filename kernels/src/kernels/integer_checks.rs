//! The integer kernels against plain loops, the float64 layers, and each other: every set gives the same bits.

use super::checks::{chunked, random, ready_sets, run};
use super::integer::InputRange;
use super::pack::Packed;
use super::reference::{convolution, integer_sum, round_input, round_weights};
use super::winograd::{INPUTS, POINTS};
use super::*;

/// Relative L2 error allowed of one layer against float64. Rounding is coarser here than after a calibration, because
/// the range leaves room for the worst tile there can be.
const LAYER_TOLERANCE: f64 = 2e-3;

/// A range for inputs in -1..1 whose mean is not zero and whose spread is the channel's own.
fn range(channels: usize, winograd: bool) -> InputRange {
    let most = |row: &[f64; 6]| row.iter().map(|weight| weight.abs()).sum::<f64>();
    let point = |at: usize| (most(&INPUTS[at / 6]) * most(&INPUTS[at % 6])) as f32;
    InputRange {
        mean: (0..channels).map(|channel| (channel % 5) as f32 * 0.1 - 0.2).collect(),
        spread: (0..channels).map(|channel| 1.3 + (channel % 3) as f32 * 0.1).collect(),
        points: if winograd { (0..POINTS).map(point).collect() } else { Vec::new() },
    }
}

fn scales(range: &InputRange) -> Vec<f32> {
    range.spread.iter().map(|&spread| (8191.0 / f64::from(spread)) as f32).collect()
}

/// `bias`, plus what the means contribute.
fn shifted(bias: f32, row: &[f32], mean: impl Fn(usize) -> f32) -> f32 {
    let products = row.iter().enumerate().map(|(at, &w)| f64::from(w) * f64::from(mean(at)));
    (f64::from(bias) + products.sum::<f64>()) as f32
}

#[track_caller]
fn assert_close(name: &str, result: &[f32], expected: &[f32], tolerance: f64) {
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let error = squares(&mut result.iter().zip(expected).map(|(a, b)| f64::from(a - b)));
    let norm = squares(&mut expected.iter().map(|&v| f64::from(v)));
    let relative = (error / norm).sqrt();
    assert!(relative <= tolerance, "{name}: relative error {relative:.2e}");
}

#[test]
fn pointwise_is_its_plain_loop_bit_for_bit() {
    for (images, side, inputs, outputs) in [(1, 1, 16, 16), (3, 3, 48, 16), (2, 11, 16, 80), (1, 13, 192, 48)]
    {
        let (pixels, range) = (side * side, range(inputs, false));
        let scales = scales(&range);
        let (mut filters, bias) = (random(2 * outputs * inputs, 5), random(2 * outputs, 6));
        // The largest sums there can be: equal weights, and inputs far out of range.
        filters[..inputs].fill(1.0);
        let mut planes = random(images * inputs * pixels, 7);
        planes.iter_mut().step_by(pixels).for_each(|value| *value *= 1e9);
        let rows: Vec<_> = filters
            .chunks_exact(inputs)
            .map(|row| {
                let scaled: Vec<f64> =
                    row.iter().zip(&scales).map(|(&w, &scale)| f64::from(w) / f64::from(scale)).collect();
                round_weights(&scaled, 8191.0, inputs)
            })
            .collect();
        let (mut input, mut expected) = (vec![], vec![]);
        for planes in planes.chunks_exact(inputs * pixels) {
            input.extend(chunked(planes, pixels));
            let value = |row: usize, pixel: usize| {
                let x = |c: usize| round_input(planes[c * pixels + pixel], range.mean[c], scales[c]);
                let sum = integer_sum((0..inputs).map(x), &rows[row].0) as f32;
                let filter = &filters[row * inputs..(row + 1) * inputs];
                sum * rows[row].1 + shifted(bias[row], filter, |at| range.mean[at])
            };
            let output = |at: usize| {
                let (channel, pixel) = (at / pixels, at % pixels);
                value(channel, pixel).max(value(channel + outputs, pixel))
            };
            expected.extend(chunked(&(0..outputs * pixels).map(output).collect::<Vec<_>>(), pixels));
        }
        for set in ready_sets() {
            let packed = Packed::integer_pointwise(set, &filters, &bias, &range).unwrap();
            let mut output = vec![f32::NAN; expected.len() + 1];
            let step = Pointwise::new(set, (images, pixels), (inputs, outputs), &input, &packed, &mut output);
            run(&step, set.pointwise_scratch(packed.arithmetic(), inputs));
            let (result, guard) = output.split_at(expected.len());
            assert!(guard[0].is_nan(), "{} wrote too far", set.name());
            assert!(result == expected, "{} pointwise {side} {inputs} {outputs}", set.name());
        }
    }
}

#[test]
fn winograd_is_close_and_the_same_everywhere() {
    for (images, side, inputs, outputs) in [(1, 4, 16, 16), (2, 8, 48, 32), (1, 20, 32, 80)] {
        let (filters, bias) = (random(2 * outputs * inputs * 9, 1), random(2 * outputs, 2));
        let planes = random(images * inputs * side * side, 3);
        let range = range(inputs, true);
        for finish in [Finish::Keep, Finish::Add, Finish::PoolMax, Finish::PoolMaxPlusAverage] {
            let out_side = if finish.pools() { side / 2 } else { side };
            let residual = random(images * outputs * side * side, 4);
            let (mut input, mut expected) = (vec![], vec![]);
            for (image, planes) in planes.chunks_exact(inputs * side * side).enumerate() {
                input.extend(chunked(planes, side * side));
                let wide: Vec<f64> = planes.iter().copied().map(f64::from).collect();
                let mut result = convolution(&wide, side, &filters, &bias, 3);
                if finish.pools() {
                    result = reference::pool(&result, side, finish == Finish::PoolMaxPlusAverage);
                }
                let result: Vec<f32> = result.into_iter().map(|value| value as f32).collect();
                let mut result = chunked(&result, out_side * out_side);
                if finish == Finish::Add {
                    let added = &residual[image * result.len()..];
                    result.iter_mut().zip(added).for_each(|(value, added)| *value += added);
                }
                expected.extend(result);
            }
            let mut first: Option<Vec<f32>> = None;
            for set in ready_sets() {
                let packed = Packed::integer_winograd(set, &filters, &bias, &range).unwrap();
                for (tiles_per_item, parts) in [(1, 1), (5, 2), (12, 1), (32, 3)] {
                    let shape = WinogradShape { images, side, inputs, outputs, tiles_per_item, parts };
                    let mut output = vec![f32::NAN; expected.len() + 1];
                    let step = Winograd::new(set, shape, &input, &packed, finish, &residual, &mut output);
                    run(&step, set.winograd_scratch(packed.arithmetic(), inputs, tiles_per_item));
                    let (result, guard) = output.split_at(expected.len());
                    assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                    assert_close(
                        &format!("{} {shape:?} {finish:?}", set.name()),
                        result,
                        &expected,
                        LAYER_TOLERANCE,
                    );
                    let first = first.get_or_insert_with(|| result.to_vec());
                    assert!(first == result, "{} {shape:?} {finish:?}: other bits", set.name());
                }
            }
        }
    }
}

/// Relative L2 error allowed against the same integers computed from float64 transforms: now and then an input is so
/// near the middle between two integers that float32 rounds it to the other one.
const SAME_INTEGERS_TOLERANCE: f64 = 1e-4;

#[test]
fn winograd_computes_the_integers_of_its_plain_loop() {
    let (side, inputs, outputs) = (8, 32, 16);
    let (filters, bias) = (random(2 * outputs * inputs * 9, 1), random(2 * outputs, 2));
    let (planes, range) = (random(inputs * side * side, 3), range(inputs, true));
    let scale = |point: usize, channel: usize| {
        (8191.0 / (f64::from(range.points[point]) * f64::from(range.spread[channel]))) as f32
    };
    let shifted_pixel = |channel: usize, y: usize, x: usize| {
        // One past the pixel meant, so that it is never negative.
        let inside = (1..=side).contains(&y) && (1..=side).contains(&x);
        let value = if inside { planes[(channel * side + y - 1) * side + x - 1] } else { 0.0 };
        f64::from(value) - f64::from(range.mean[channel])
    };
    let mut filtered = vec![0.0; 2 * outputs * side * side];
    for (filter, taps) in filters.chunks_exact(inputs * 9).enumerate() {
        let transformed: Vec<_> = taps.as_chunks().0.iter().map(winograd::transform_weights).collect();
        let shifted = f64::from(shifted(bias[filter], taps, |at| range.mean[at / 9]));
        for tile in 0..(side / 4) * (side / 4) {
            let (top, left) = (tile / (side / 4) * 4, tile % (side / 4) * 4);
            for point in 0..POINTS {
                let (down, across) = (&INPUTS[point / 6], &INPUTS[point % 6]);
                let value = |channel: usize| {
                    let taps = (0..36).map(|at| (at / 6, at % 6));
                    let pixel = |y, x| shifted_pixel(channel, top + y, left + x);
                    taps.map(|(y, x)| down[y] * across[x] * pixel(y, x)).sum::<f64>()
                };
                let scaled: Vec<f64> =
                    (0..inputs).map(|c| transformed[c][point] / f64::from(scale(point, c))).collect();
                let (weights, float) = round_weights(&scaled, 8191.0, inputs);
                let integers = (0..inputs).map(|c| round_input(value(c) as f32, 0.0, scale(point, c)));
                let product = f64::from(integer_sum(integers, &weights)) * f64::from(float);
                for at in 0..16 {
                    let (y, x) = (at / 4, at % 4);
                    let to = &mut filtered[(filter * side + top + y) * side + left + x];
                    *to += power(point / 6, y) * power(point % 6, x) * product;
                    *to += if point == 0 { shifted } else { 0.0 };
                }
            }
        }
    }
    let expected: Vec<f32> =
        reference::max_feature_map(&filtered).iter().map(|&value| value as f32).collect();
    let (input, expected) = (chunked(&planes, side * side), chunked(&expected, side * side));
    for set in ready_sets() {
        let packed = Packed::integer_winograd(set, &filters, &bias, &range).unwrap();
        let shape = WinogradShape { images: 1, side, inputs, outputs, tiles_per_item: 3, parts: 1 };
        let mut output = vec![f32::NAN; expected.len()];
        let step = Winograd::new(set, shape, &input, &packed, Finish::Keep, &[], &mut output);
        run(&step, set.winograd_scratch(packed.arithmetic(), inputs, 3));
        assert_close(set.name(), &output, &expected, SAME_INTEGERS_TOLERANCE);
    }
}

/// Aᵀ: what the product at `point` of six contributes to output `at` of four.
fn power(point: usize, at: usize) -> f64 {
    match point {
        5 => f64::from(u8::from(at == 3)),
        _ => [0.0_f64, 2.0 / 3.0, -2.0 / 3.0, 1.5, -1.5][point].powi(at as i32),
    }
}

#[test]
fn first_is_close_and_the_same_everywhere() {
    for (images, side, planes, kernel, outputs) in [(1, 8, 1, 5, 16), (2, 24, 1, 5, 48), (2, 16, 3, 3, 80)] {
        let filters = random(2 * outputs * planes * kernel * kernel, 8);
        let bias = random(2 * outputs, 9);
        let bytes: Vec<u8> =
            random(images * planes * side * side, 10).iter().map(|v| (v * 128.0 + 128.0) as u8).collect();
        for finish in [Finish::PoolMax, Finish::PoolMaxPlusAverage] {
            let mut expected = vec![];
            for bytes in bytes.chunks_exact(planes * side * side) {
                let input: Vec<f64> = bytes.iter().map(|&v| f64::from(v) / 255.0).collect();
                let result = convolution(&input, side, &filters, &bias, kernel);
                let result = reference::pool(&result, side, finish == Finish::PoolMaxPlusAverage);
                let result: Vec<f32> = result.into_iter().map(|value| value as f32).collect();
                expected.extend(chunked(&result, side * side / 4));
            }
            let mut first: Option<Vec<f32>> = None;
            for set in ready_sets() {
                let packed = Packed::integer_first(set, &filters, &bias, kernel).unwrap();
                let mut output = vec![f32::NAN; expected.len() + 1];
                let shape = FirstShape { images, side, planes, kernel, outputs };
                let step = First::new(set, shape, &bytes, &packed, finish, &mut output);
                run(&step, set.first_scratch(packed.arithmetic(), side, planes, kernel));
                let (result, guard) = output.split_at(expected.len());
                assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                assert_close(
                    &format!("{} {shape:?} {finish:?}", set.name()),
                    result,
                    &expected,
                    LAYER_TOLERANCE,
                );
                let first = first.get_or_insert_with(|| result.to_vec());
                assert!(first == result, "{} {shape:?} {finish:?}: other bits", set.name());
            }
        }
    }
}

#[test]
fn dense_is_its_plain_loop_bit_for_bit() {
    for (inputs, outputs, pixels) in [(512, 32, 4), (2048, 96, 64)] {
        let range = range(inputs / pixels, false);
        let scales = scales(&range);
        for mfm in [false, true] {
            let count = if mfm { 2 * outputs } else { outputs };
            let (matrix, bias) = (random(count * inputs, 11), random(count, 12));
            let planes = random(17 * inputs, 13);
            // Value k of the activations is channel and pixel of the planes.
            let place: Vec<usize> = {
                let numbers: Vec<f32> = (0..inputs).map(|at| at as f32).collect();
                chunked(&numbers, pixels).iter().map(|&at| at as usize).collect()
            };
            let rows: Vec<_> = matrix
                .chunks_exact(inputs)
                .map(|row| {
                    let scaled: Vec<f64> =
                        place.iter().map(|&at| f64::from(row[at]) / f64::from(scales[at / pixels])).collect();
                    round_weights(&scaled, 8191.0, 128)
                })
                .collect();
            let (mut input, mut expected) = (vec![], vec![]);
            for planes in planes.chunks_exact(inputs) {
                input.extend(chunked(planes, pixels));
                let x: Vec<i64> = place
                    .iter()
                    .map(|&at| round_input(planes[at], range.mean[at / pixels], scales[at / pixels]))
                    .collect();
                let value = |row: usize| {
                    let blocks = x.chunks_exact(128).zip(rows[row].0.chunks_exact(128));
                    let sum = blocks.map(|(x, w)| integer_sum(x.iter().copied(), w) as f32);
                    let weights = &matrix[row * inputs..(row + 1) * inputs];
                    sum.fold(0.0, |total, sum| total + sum) * rows[row].1
                        + shifted(bias[row], weights, |at| range.mean[at / pixels])
                };
                expected.extend(
                    (0..outputs).map(|i| if mfm { value(i).max(value(i + outputs)) } else { value(i) }),
                );
            }
            for set in ready_sets() {
                let packed = Packed::integer_dense(set, &matrix, &bias, &range, mfm).unwrap();
                for images in [17, 1, 2, 3, 5, 8, 12, 13] {
                    let mut output = vec![f32::NAN; images * outputs + 1];
                    let step = Dense::new(set, images, (inputs, outputs), mfm, &input, &packed, &mut output);
                    run(&step, set.dense_scratch(packed.arithmetic(), images, inputs));
                    let (result, guard) = output.split_at(images * outputs);
                    assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                    let what = format!("{} dense {images} {inputs} {outputs} {mfm}", set.name());
                    assert!(result == &expected[..images * outputs], "{what}");
                }
            }
        }
    }
}
