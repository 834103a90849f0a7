//! A million features of 256 values, searched for the ten most alike: 100 probes, which the multiply-adds limit, and
//! one, which the reading of memory limits. Prints the share of this machine's roof, measured before each search: by
//! the clock, and by the time the processors ran for this program, which is the same on a machine with nothing else
//! to do. `cargo bench --bench search`; needs 1.2 GB.

#![allow(clippy::unwrap_used)]

use lightcnn::search::{Gallery, SearchOptions, search};
use lightcnn_cpu::kernels::{Aligned, Roof, choose};
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
        let options = SearchOptions::new(10).unwrap().threads(threads);
        for count in [100, 1] {
            let operations = (2 * ROWS * WIDTH * count) as u64;
            let (mut walls, mut shares, mut shares_of_time) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                let roof = Roof::measure(kernels, threads).unwrap();
                let (start, processors) = (Instant::now(), processor_seconds());
                let found = search(gallery, &probes[..count * WIDTH], &options).unwrap();
                let (wall, processors) = (start.elapsed().as_secs_f64(), processor_seconds() - processors);
                assert_eq!(found.hits.len(), count);
                let least = operations as f64 / 1e9 / roof.of(operations, size_of_val(features) as u64);
                walls.push(1e3 * wall);
                shares.push(100.0 * least / wall);
                shares_of_time.push(100.0 * least * threads as f64 / processors);
            }
            println!(
                "{kernels:?}, {threads} thread(s), {count} probe(s), limited by {}: {} ms; {} % of the roof; {} % by the \
                 processors' own time",
                if count == 1 { "memory" } else { "multiply-adds" },
                spread(walls),
                spread(shares),
                spread(shares_of_time),
            );
        }
    }
}

/// Seconds that all threads of this process have run: without those that other programs had the processors.
fn processor_seconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a timespec of our own.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// Median, least and most.
fn spread(mut values: Vec<f64>) -> String {
    values.sort_unstable_by(f64::total_cmp);
    format!("{:.0} ({:.0} to {:.0})", values[ROUNDS / 2], values[0], values[ROUNDS - 1])
}
