//! What a run takes beside decoding: pictures per second read and decoded by threads that do nothing else, against a
//! whole run with an engine that costs nothing.
//!
//! ```sh
//! cargo bench --bench pipeline -- FOLDER [MODEL.om] [--threads 2]
//! ```
//!
//! Without a model, features are zeros. With one, they come from the library that `LIGHTCNN_ACL_LIBRARY` names, such as
//! the emulator in its timing mode (`ASCEND_EMULATOR_TIMING=execute=1:0`, `ASCEND_EMULATOR_DELAY_US=0`).

#![allow(clippy::unwrap_used)]

use lightcnn::engine::{Compute, ComputeError};
use lightcnn::image::Preprocess;
use lightcnn::network::{Input, Network};
use lightcnn::pipeline::{FaceReader, Pipeline};
use lightcnn::source::{self, Item, SourceOptions};
use lightcnn::{Engine, features};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const ROUNDS: usize = 15;

/// How often the folder is listed in a run, so that its beginning and its end weigh little.
const REPEATED: usize = 4;

/// Answers with zeros.
struct Free;

impl Compute for Free {
    fn largest(&self) -> usize {
        16
    }

    fn run(&mut self, _: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
        features.fill(0.0);
        Ok(())
    }
}

fn main() {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let threads = words.iter().position(|word| word == "--threads").map(|at| words[at + 1].parse().unwrap());
    let [folder, model @ ..] = &words[..] else {
        println!("give a folder of pictures, and an .om to compute on a device");
        return;
    };
    let inputs = vec![PathBuf::from(folder); REPEATED];
    let threads = threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let reader = Arc::new(FaceReader::new(Input::Gray, Preprocess::Eval));
    let engine = match model.first().filter(|word| word.ends_with(".om")) {
        Some(model) => Engine::builder(model).open().unwrap(),
        None => Engine::builder("demo").open_on(Network::LightCnn9, vec![Box::new(Free)]).unwrap(),
    };
    // The files come from memory from here on: what is measured is the program.
    decoding(&reader, &inputs, threads);
    let (mut pairs, mut cpu_pairs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let alone = || timed(|| decoding(&reader, &inputs, threads));
        let (alone, whole) = if round % 2 == 0 {
            (alone(), timed(|| run(&reader, &inputs, threads, &engine)))
        } else {
            let whole = timed(|| run(&reader, &inputs, threads, &engine));
            (alone(), whole)
        };
        println!(
            "decoding {:8.0}  whole run {:8.0} images/s  {:5.1} %   processor time {:6.1} and {:6.1} us  {:5.1} %",
            alone.rate,
            whole.rate,
            100.0 * whole.rate / alone.rate,
            alone.micros,
            whole.micros,
            100.0 * alone.micros / whole.micros,
        );
        pairs.push(whole.rate / alone.rate);
        cpu_pairs.push(alone.micros / whole.micros);
    }
    for (what, pairs) in [("rate", &mut pairs), ("processor time", &mut cpu_pairs)] {
        pairs.sort_unstable_by(f64::total_cmp);
        println!("{what}: median {:.1} % of decoding alone, {threads} threads", 100.0 * pairs[ROUNDS / 2]);
    }
}

struct Timed {
    /// Pictures per second.
    rate: f64,
    /// Processor time per picture. On a machine that has other things to do, it says more than the rate.
    micros: f64,
}

/// Measures `work`, which tells how many pictures it has done.
fn timed(work: impl FnOnce() -> usize) -> Timed {
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let pictures = work() as f64;
    Timed { rate: pictures / started.elapsed().as_secs_f64(), micros: 1e6 * (cpu_seconds() - cpu) / pictures }
}

/// Processor time of this process so far, in steps of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // After the program's name in brackets: state is field 3, utime 14, stime 15.
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Reads and decodes all pictures on `threads` threads.
fn decoding(reader: &FaceReader, inputs: &[PathBuf], threads: usize) -> usize {
    let items: Vec<Item> =
        source::list(inputs, &SourceOptions::default()).unwrap().map(Result::unwrap).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut buffer = Vec::new();
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    reader.read(item, &mut buffer).unwrap();
                }
            });
        }
    });
    items.len()
}

/// From the list to a finished file.
fn run(reader: &Arc<FaceReader>, inputs: &[PathBuf], threads: usize, engine: &Engine) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let contract = engine.contract(Preprocess::Eval, false);
    let mut sink = features::create(folder.path().join("features.npy"), &contract, true).unwrap();
    let items = source::list(inputs, &SourceOptions::default()).unwrap();
    let threads = NonZeroUsize::new(threads).unwrap();
    let report = Pipeline::new(engine, Arc::clone(reader)).threads(threads).run(items, &mut *sink).unwrap();
    sink.finish().unwrap();
    assert_eq!(report.count.failed, 0);
    report.count.rows as usize
}
