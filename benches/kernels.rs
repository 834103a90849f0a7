//! Every kernel alone, on one thread, with every kernel set of this processor: shapes of LightCNN-9, 8 images, and
//! the search. An item is a multiply-add of direct computation.

#![allow(clippy::unwrap_used)]

use divan::Bencher;
use divan::counter::ItemsCount;
use lightcnn_cpu::kernels::pack::{Packed, alone};
use lightcnn_cpu::kernels::{
    Aligned, Availability, Cosine, Dense, Finish, First, FirstShape, KernelSet, Pointwise, Probes, Step,
    Winograd, WinogradShape, choose, table,
};

const IMAGES: usize = 8;

fn main() {
    divan::main();
}

/// Names of the kernel sets that run here.
fn sets() -> impl Iterator<Item = &'static str> {
    let ready = |availability| matches!(availability, Availability::Ready(_));
    table().into_iter().filter(move |row| ready(row.availability)).map(|row| row.name)
}

fn set(name: &str) -> &'static KernelSet {
    choose(Some(name)).unwrap()
}

/// `count` values in -1..1 without a pattern.
fn values(count: usize) -> Aligned {
    let mut values = Aligned::zeroed(count).unwrap();
    let mut state = 1_u32;
    for value in values.iter_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *value = (state >> 8) as f32 / (1 << 23) as f32 - 1.0;
    }
    values
}

#[divan::bench(args = sets())]
fn first(bencher: Bencher, name: &str) {
    let (set, side, outputs) = (set(name), 128, 48);
    let packed = Packed::first(set, &values(2 * outputs * 25), &values(2 * outputs), 5).unwrap();
    let input: Vec<u8> = values(IMAGES * side * side).iter().map(|v| (v * 128.0 + 128.0) as u8).collect();
    let mut output = values(IMAGES * outputs * side * side / 4);
    let shape = FirstShape { images: IMAGES, side, planes: 1, kernel: 5, outputs };
    let mut scratch = values(set.first_scratch(packed.arithmetic(), side, 1, 5));
    bencher.counter(ItemsCount::new(IMAGES * side * side * 25 * 2 * outputs)).bench_local(|| {
        First::new(set, shape, &input, &packed, Finish::PoolMax, &mut output).work(&mut scratch);
    });
}

/// The 3×3 layers, each with its finish.
#[divan::bench(args = sets(), consts = [64, 32, 16])]
fn winograd<const SIDE: usize>(bencher: Bencher, name: &str) {
    let (inputs, outputs, finish) = match SIDE {
        64 => (48, 96, Finish::PoolMax),
        32 => (96, 192, Finish::PoolMax),
        _ => (192, 128, Finish::Keep),
    };
    let set = set(name);
    let packed =
        Packed::winograd(set, &values(2 * outputs * inputs * 9), &values(2 * outputs), inputs, &mut alone)
            .unwrap();
    let pixels = IMAGES * SIDE * SIDE;
    let (input, mut output) = (values(inputs * pixels), values(outputs * pixels));
    let shape = WinogradShape { images: IMAGES, side: SIDE, inputs, outputs, tiles_per_item: 32, parts: 1 };
    let mut scratch = values(set.winograd_scratch(packed.arithmetic(), inputs, 32));
    bencher.counter(ItemsCount::new(pixels * 9 * inputs * 2 * outputs)).bench_local(|| {
        Winograd::new(set, shape, &input, &packed, finish, &[], &mut output).work(&mut scratch);
    });
}

/// The 1×1 layers, of as many channels out as in.
#[divan::bench(args = sets(), consts = [64, 32, 16])]
fn pointwise<const SIDE: usize>(bencher: Bencher, name: &str) {
    let (set, channels) = (set(name), 3072 / SIDE);
    let packed = Packed::convolution(set, &values(2 * channels * channels), &values(2 * channels)).unwrap();
    let pixels = SIDE * SIDE;
    let input = values(IMAGES * channels * pixels);
    let mut output = values(IMAGES * channels * pixels);
    bencher.counter(ItemsCount::new(IMAGES * pixels * channels * 2 * channels)).bench_local(|| {
        Pointwise::new(set, (IMAGES, pixels), (channels, channels), &input, &packed, &mut output)
            .work(&mut []);
    });
}

/// The feature layer, with one image and with eight.
#[divan::bench(args = sets(), consts = [1, 8])]
fn dense<const IMAGES: usize>(bencher: Bencher, name: &str) {
    let (set, inputs, outputs) = (set(name), 8192, 256);
    let packed =
        Packed::dense(set, &values(2 * outputs * inputs), &values(2 * outputs), 64, true, &mut alone)
            .unwrap();
    let (input, mut output) = (values(IMAGES * inputs), values(IMAGES * outputs));
    bencher.counter(ItemsCount::new(IMAGES * inputs * 2 * outputs)).bench_local(|| {
        Dense::new(set, IMAGES, (inputs, outputs), true, &input, &packed, &mut output).work(&mut []);
    });
}

/// Search: 4,096 rows with one probe and with a hundred.
#[divan::bench(args = sets(), consts = [1, 100])]
fn cosine<const PROBES: usize>(bencher: Bencher, name: &str) {
    let (set, depth, rows) = (set(name), 256, 4096);
    let probes = Probes::new(&values(PROBES * depth), depth).unwrap();
    let mut kernel = Cosine::new(set, &probes).unwrap();
    let gallery = values(rows * depth);
    let slice = kernel.rows() * depth;
    bencher.counter(ItemsCount::new(rows * depth * PROBES)).bench_local(|| {
        for at in (0..gallery.len()).step_by(slice) {
            let ahead = &gallery[(at + slice).min(gallery.len())..];
            kernel.slice(&gallery[at..at + slice], ahead, &[2.0; PROBES]);
        }
    });
}
