//! The tests every kernel set shares: awkward sizes, cuts and alignments against the reference.

use super::pack::Packed;
use super::reference::{convolution, cosines, dense, max_feature_map, pool};
use super::*;

/// Relative L2 error allowed of one layer: twice what F(4×4, 3×3) showed in a simulation with 128 channels, 9e-7.
const LAYER_TOLERANCE: f64 = 2e-6;

/// Every set this machine can run; says which it cannot.
pub(super) fn ready_sets() -> Vec<&'static KernelSet> {
    let mut sets = Vec::new();
    for row in table() {
        match row.availability {
            Availability::Ready(set) => sets.push(set),
            Availability::NotCompiled => eprintln!("skipped: {} kernels are not in this build", row.name),
            Availability::ProcessorLacks(feature) => {
                eprintln!("skipped: {} kernels, this processor lacks {feature}", row.name);
            }
        }
    }
    sets
}

/// Values in -1..1.
pub(super) fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// `C × pixels` to `C/16 × pixels × 16`.
pub(super) fn chunked(planes: &[f32], pixels: usize) -> Vec<f32> {
    let place = |at: usize| (at / (pixels * CHUNK) * CHUNK + at % CHUNK) * pixels + at / CHUNK % pixels;
    (0..planes.len()).map(|at| planes[place(at)]).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

#[track_caller]
fn assert_close(name: &str, what: &str, result: &[f32], expected: &[f32]) {
    assert_eq!(result.len(), expected.len());
    let difference = |(a, b): (&f32, &f32)| (f64::from(*a) - f64::from(*b)).powi(2);
    let error = result.iter().zip(expected).map(difference).sum::<f64>().sqrt();
    let norm = expected.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let worst = (0..result.len())
        .max_by(|&a, &b| (result[a] - expected[a]).abs().total_cmp(&(result[b] - expected[b]).abs()));
    let at = worst.unwrap_or(0);
    assert!(
        error <= LAYER_TOLERANCE * norm,
        "{name} {what}: relative error {:.2e}; worst at {at}: {} instead of {}",
        error / norm,
        result[at],
        expected[at]
    );
}

/// A crew of two.
fn two_threads(job: &(dyn Fn() + Sync)) {
    std::thread::scope(|scope| {
        scope.spawn(job);
        job();
    });
}

/// Runs `step` with a fresh scratch on two threads.
pub(super) fn run(step: &dyn Step, scratch: usize) {
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| step.work(&mut vec![f32::NAN; scratch]));
        }
    });
}

/// A copy of `values` that starts `offset` floats after a cache line.
fn moved(values: &[f32], offset: usize) -> Aligned {
    let mut buffer = Aligned::zeroed(values.len() + offset).unwrap();
    buffer[offset..].copy_from_slice(values);
    buffer
}

#[test]
fn winograd_agrees_with_the_reference() {
    for (images, side, inputs, outputs) in [(1, 4, 16, 16), (3, 8, 48, 16), (2, 20, 16, 80), (1, 16, 192, 48)]
    {
        let filters = random(2 * outputs * inputs * 9, 1);
        let bias = random(2 * outputs, 2);
        let planes = random(images * inputs * side * side, 3);
        let added = random(images * outputs * side * side, 4);
        for finish in [Finish::Keep, Finish::Add, Finish::PoolMax, Finish::PoolMaxPlusAverage] {
            let out = if finish.pools() { side / 2 } else { side };
            let (mut input, mut expected, mut residual) = (vec![], vec![], vec![]);
            for image in 0..images {
                let planes = &planes[image * inputs * side * side..][..inputs * side * side];
                let added = &added[image * outputs * side * side..][..outputs * side * side];
                input.extend(chunked(planes, side * side));
                residual.extend(chunked(added, side * side));
                let mut result = convolution(&wide(planes), side, &filters, &bias, 3);
                match finish {
                    Finish::Keep => {}
                    Finish::Add => result.iter_mut().zip(added).for_each(|(y, &x)| *y += f64::from(x)),
                    Finish::PoolMax => result = pool(&result, side, false),
                    Finish::PoolMaxPlusAverage => result = pool(&result, side, true),
                }
                expected.extend(chunked(&narrow(&result), out * out));
            }
            for set in ready_sets() {
                let packed = Packed::winograd(set, &filters, &bias, inputs, &mut two_threads).unwrap();
                let mut first: Option<Vec<f32>> = None;
                for (tiles_per_item, parts, offset) in
                    [(48, 1, 0), (1, 1, 0), (5, 2, 1), (13, 3, 7), (8, 9, 15)]
                {
                    let (input, residual) = (moved(&input, offset), moved(&residual, offset));
                    let mut output = moved(&vec![f32::NAN; expected.len() + 1], offset);
                    let shape = WinogradShape { images, side, inputs, outputs, tiles_per_item, parts };
                    let (from, add) = (&input[offset..], &residual[offset..]);
                    let step = Winograd::new(set, shape, from, &packed, finish, add, &mut output[offset..]);
                    run(&step, set.winograd_scratch(packed.arithmetic(), inputs, tiles_per_item));
                    let (result, guard) = output[offset..].split_at(expected.len());
                    assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                    let what = format!("winograd {shape:?} {finish:?}");
                    assert_close(set.name(), &what, result, &expected);
                    let first = first.get_or_insert_with(|| result.to_vec());
                    assert!(first == result, "{} {what}: other bits when cut otherwise", set.name());
                }
            }
        }
    }
}

#[test]
fn pointwise_agrees_with_the_reference() {
    for (images, side, inputs, outputs) in [(1, 1, 16, 16), (3, 3, 48, 16), (2, 11, 16, 80), (1, 13, 192, 48)]
    {
        let pixels = side * side;
        let filters = random(2 * outputs * inputs, 5);
        let bias = random(2 * outputs, 6);
        let planes = random(images * inputs * pixels, 7);
        let (mut input, mut expected) = (vec![], vec![]);
        for planes in planes.chunks_exact(inputs * pixels) {
            input.extend(chunked(planes, pixels));
            let result = convolution(&wide(planes), side, &filters, &bias, 1);
            expected.extend(chunked(&narrow(&result), pixels));
        }
        for set in ready_sets() {
            let packed = Packed::convolution(set, &filters, &bias).unwrap();
            for offset in [0, 3] {
                let input = moved(&input, offset);
                let mut output = moved(&vec![f32::NAN; expected.len() + 1], offset);
                let (from, to) = (&input[offset..], &mut output[offset..]);
                let step = Pointwise::new(set, (images, pixels), (inputs, outputs), from, &packed, to);
                run(&step, 0);
                let (result, guard) = output[offset..].split_at(expected.len());
                assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                assert_close(set.name(), &format!("pointwise {side} {inputs} {outputs}"), result, &expected);
            }
        }
    }
}

#[test]
fn first_agrees_with_the_reference() {
    for (images, side, planes, kernel, outputs) in [(1, 8, 1, 5, 16), (2, 24, 1, 5, 48), (2, 16, 3, 3, 80)] {
        let filters = random(2 * outputs * planes * kernel * kernel, 8);
        let bias = random(2 * outputs, 9);
        let bytes: Vec<u8> =
            random(images * planes * side * side, 10).iter().map(|v| (v * 128.0 + 128.0) as u8).collect();
        for finish in [Finish::PoolMax, Finish::PoolMaxPlusAverage] {
            let mut expected = vec![];
            for bytes in bytes.chunks_exact(planes * side * side) {
                let input: Vec<f64> = bytes.iter().map(|&v| f64::from(f32::from(v) / 255.0)).collect();
                let result = convolution(&input, side, &filters, &bias, kernel);
                let result = pool(&result, side, finish == Finish::PoolMaxPlusAverage);
                expected.extend(chunked(&narrow(&result), side * side / 4));
            }
            for set in ready_sets() {
                let packed = Packed::first(set, &filters, &bias, kernel).unwrap();
                let mut output = vec![f32::NAN; expected.len() + 1];
                let shape = FirstShape { images, side, planes, kernel, outputs };
                let step = First::new(set, shape, &bytes, &packed, finish, &mut output);
                run(&step, set.first_scratch(packed.arithmetic(), side, planes, kernel));
                let (result, guard) = output.split_at(expected.len());
                assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                assert_close(set.name(), &format!("first {shape:?} {finish:?}"), result, &expected);
            }
        }
    }
}

#[test]
fn dense_agrees_with_the_reference() {
    for (inputs, outputs, pixels) in [(512, 32, 4), (2048, 96, 64)] {
        for mfm in [false, true] {
            let rows = if mfm { 2 * outputs } else { outputs };
            let matrix = random(rows * inputs, 11);
            let bias = random(rows, 12);
            let planes = random(17 * inputs, 13);
            let (mut input, mut expected) = (vec![], vec![]);
            for planes in planes.chunks_exact(inputs) {
                input.extend(chunked(planes, pixels));
                let result = dense(&wide(planes), &matrix, &bias);
                expected.extend(narrow(&if mfm { max_feature_map(&result) } else { result }));
            }
            for set in ready_sets() {
                let packed = Packed::dense(set, &matrix, &bias, pixels, mfm, &mut two_threads).unwrap();
                let mut all: Option<Vec<f32>> = None;
                for images in [17, 1, 2, 3, 5, 8, 12, 13] {
                    let mut output = vec![f32::NAN; images * outputs + 1];
                    run(&Dense::new(set, images, (inputs, outputs), mfm, &input, &packed, &mut output), 0);
                    let (result, guard) = output.split_at(images * outputs);
                    assert!(guard[0].is_nan(), "{} wrote too far", set.name());
                    let what = format!("dense {images} {inputs} {outputs} {mfm}");
                    assert_close(set.name(), &what, result, &expected[..images * outputs]);
                    let all = all.get_or_insert_with(|| result.to_vec());
                    assert!(
                        all[..images * outputs] == *result,
                        "{} {what}: other bits in a batch",
                        set.name()
                    );
                }
            }
        }
    }
}

/// Slices of all lengths, and what is a hit: a cosine at the threshold is, one below is not.
#[test]
fn cosine_agrees_with_the_reference() {
    assert_eq!(Cosine::SQUARES, 2_f32.powi(-60)..=2_f32.powi(100));
    for (depth, count) in [(1, 1), (16, 3), (37, 17), (256, 100)] {
        let values = random(count * depth, 14);
        let probes = Probes::new(&values, depth).unwrap();
        for set in ready_sets() {
            let mut kernel = Cosine::new(set, &probes).unwrap();
            let most = kernel.rows();
            for rows in [most, 1, most - 1, most / 2 + 1] {
                let what = format!("{} cosine {depth} {count} {rows}", set.name());
                let mut gallery = moved(&random(rows * depth, 15), 3);
                gallery[3..3 + depth].iter_mut().for_each(|value| *value *= 1e13);
                let expected = narrow(&cosines(&gallery[3..], &values, depth));
                let slice = kernel.slice(&gallery[3..], &gallery, &vec![f32::NEG_INFINITY; count]);
                assert!(slice.hits.iter().copied().eq(0..count as u32), "{what}");
                let found: Vec<f32> =
                    slice.cosines.chunks_exact(most).flat_map(|cosines| &cosines[..rows]).copied().collect();
                assert_close(set.name(), &what, &found, &expected);

                let best = |cosines: &[f32]| cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut thresholds: Vec<f32> = found.chunks_exact(rows).map(best).collect();
                let barely: Vec<u32> = (0..count as u32).step_by(2).collect();
                thresholds.iter_mut().skip(1).step_by(2).for_each(|least| *least = least.next_up());
                assert_eq!(kernel.slice(&gallery[3..], &[], &thresholds).hits, barely, "{what}");

                for (odd, square) in [(0.0, 0.0), (1e-31, 0.0), (1e30, f32::INFINITY), (f32::NAN, f32::NAN)] {
                    gallery[3 + (rows - 1) * depth..].fill(odd);
                    let slice = kernel.slice(&gallery[3..], &[], &vec![f32::NEG_INFINITY; count]);
                    assert_eq!(slice.squares[rows - 1].to_bits(), square.to_bits(), "{what} {odd}");
                    assert_eq!(slice.hits.len(), if rows == 1 { 0 } else { count }, "{what} {odd}");
                    assert!(slice.cosines.iter().skip(rows - 1).step_by(most).all(|cosine| cosine.is_nan()));
                }
            }
        }
    }
}
