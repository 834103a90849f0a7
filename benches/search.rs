//! A million features of 256 values, searched for the ten most alike: 100 probes, which the multiply-adds limit, and one,
//! which the reading of memory limits. Prints the share of this machine's roof, measured between the searches.
//! `cargo bench --bench search`; needs 1.2 GB.

#![allow(clippy::unwrap_used)]

use lightcnn::kernels::{Aligned, Roof, choose};
use lightcnn::search::{Gallery, Options, search};
use std::thread;
use std::time::Instant;

const ROWS: usize = 1_000_000;
const WIDTH: usize = 256;
const ROUNDS: usize = 9;

fn main() {
    let kernels = choose(None).unwrap();
    let mut values = Aligned::zeroed((ROWS + 100) * WIDTH).unwrap();
    let mut state = 1_u64;
    for value in values.iter_mut() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *value = (state >> 40) as f32 / (1 << 23) as f32 - 1.0;
    }
    let (features, probes) = values.split_at(ROWS * WIDTH);
    let gallery = Gallery { features, width: WIDTH, people: None };
    for threads in [1, thread::available_parallelism().map_or(1, usize::from)] {
        let options = Options { k: 10, threads, kernels };
        for count in [100, 1] {
            let operations = (2 * ROWS * WIDTH * count) as u64;
            let mut seconds = Vec::new();
            let mut shares = Vec::new();
            let mut roofs = Vec::new();
            for _ in 0..ROUNDS {
                let roof = Roof::measure(kernels, threads).unwrap();
                let start = Instant::now();
                let found = search(gallery, &probes[..count * WIDTH], &options).unwrap();
                let taken = start.elapsed().as_secs_f64();
                assert_eq!(found.hits.len(), count);
                let bytes = size_of_val(features) as u64;
                let limit = roof.of(operations, bytes);
                seconds.push(taken);
                shares.push(operations as f64 / taken / 1e9 / limit);
                roofs.push(limit / operations as f64 * bytes as f64);
                if limit == roof.gflops {
                    *roofs.last_mut().unwrap() = limit;
                }
            }
            let [seconds, shares, roofs] = [seconds, shares, roofs].map(sorted);
            println!(
                "{kernels:?}, {threads} thread(s), {count} probe(s): median {:.1} ms (best {:.1}); roof {:.0} {}; share of \
                 the roof: median {:.0} %, {:.0} to {:.0} %",
                1e3 * seconds[ROUNDS / 2],
                1e3 * seconds[0],
                roofs[ROUNDS / 2],
                if count == 1 { "GB/s" } else { "GFLOP/s" },
                100.0 * shares[ROUNDS / 2],
                100.0 * shares[0],
                100.0 * shares[ROUNDS - 1],
            );
        }
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}
