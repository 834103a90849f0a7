//! LightCNN-9 whole, with the best kernels: batches of 1, 8 and 32, on one thread and on all. An item is an image.

#![allow(clippy::unwrap_used)]

use divan::Bencher;
use divan::counter::ItemsCount;
use lightcnn::network::{DEMO_SEED, FEATURE_LENGTH, Network, SIDE, seeded};
use lightcnn_cpu::cpu::{CpuNetwork, Options};

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 8, 32])]
fn one_thread(bencher: Bencher, batch: usize) {
    embed(bencher, batch, Options { threads: 1, ..Options::default() });
}

#[divan::bench(args = [1, 8, 32])]
fn all_threads(bencher: Bencher, batch: usize) {
    embed(bencher, batch, Options::default());
}

fn embed(bencher: Bencher, batch: usize, options: Options) {
    let mut engine = CpuNetwork::new(seeded(Network::LightCnn9, DEMO_SEED, 0), options).unwrap();
    let faces: Vec<u8> = (0..batch * SIDE * SIDE).map(|at| ((at * at) >> 5) as u8).collect();
    let mut features = vec![0.0; batch * FEATURE_LENGTH];
    bencher.counter(ItemsCount::new(batch)).bench_local(|| engine.run(&faces, &mut features).unwrap());
}
