//! `lightcnn bench`: what a model does per second, how long a batch takes, and which stage takes it.

use crate::args::{Bench, PlaceArgs};
use crate::exit::Exit;
use crate::model;
use crate::report::Report;
use anyhow::{Context, bail};
use lightcnn::ModelOptions;
use lightcnn::backend::{Backend, Batch};
use lightcnn::contract::Contract;
use lightcnn::image::Preprocess;
use lightcnn::network::{FEATURE_LENGTH, SIDE};
use lightcnn::pipeline::FaceReader;
use lightcnn::sink::{self, Row};
use lightcnn::source::{self, SourceOptions};
use serde_json::json;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How often a stage is measured.
const ROUNDS: usize = 50;

/// Throughput with the backend kept full, and how long its batches took.
struct Flow {
    images: usize,
    elapsed: Duration,
    /// From handing a batch over to getting it back, ascending; waiting for earlier batches included.
    latencies: Vec<Duration>,
}

pub fn run(args: Bench, report: &Report) -> anyhow::Result<Exit> {
    let PlaceArgs { device, streams, limit } = args.place;
    let options = ModelOptions {
        network: args.network,
        threads: args.threads.map(usize::from),
        device,
        streams: streams.map(usize::from),
        limit: limit.map(|seconds| Duration::from_secs(seconds.get().into())),
    };
    let mut model = model::open_with(Some(&args.model), &options, report)?;
    let contract = model.contract(Preprocess::Eval, false);
    let input = model.input();
    let backend = model.backend();
    let size = args.batch.map_or_else(|| backend.batch(), usize::from);
    let faces = pixels(size * input.channels() * SIDE * SIDE);
    let flow = throughput(backend, &faces, Duration::from_secs(args.seconds.get().into()))?;
    let alone = one_by_one(backend, &faces)?;
    let reader = FaceReader { input, preprocess: Preprocess::Eval, landmarks: None };
    let mut stages: Vec<(&str, Duration)> = Vec::new();
    if !args.inputs.is_empty() {
        stages.push(("decode", decoding(&reader, &args.inputs)? * u32::try_from(size)?));
    }
    // The stages are told for the largest batch; per face they are nearly the same for this one.
    let scaled = |time: Duration, batch: usize| time.mul_f64(size as f64 / batch as f64);
    match backend.stages(ROUNDS)? {
        Some(device) => {
            stages.push(("copy in", scaled(device.copy_in, device.batch)));
            stages.push(("execute", scaled(device.execute, device.batch)));
            stages.push(("copy out", scaled(device.copy_out, device.batch)));
        }
        None => stages.push(("execute", alone)),
    }
    stages.push(("write", writing(size, &contract)?));
    print(&args.model, &contract, args.json, size, &flow, alone, &stages)?;
    Ok(Exit::Good)
}

fn print(
    name: &str,
    contract: &Contract,
    json: bool,
    size: usize,
    flow: &Flow,
    alone: Duration,
    stages: &[(&str, Duration)],
) -> anyhow::Result<()> {
    let rate = flow.images as f64 / flow.elapsed.as_secs_f64();
    let percentiles = [50, 90, 99].map(|percent| (percent, percentile(&flow.latencies, percent)));
    let sum: Duration = stages.iter().map(|(_, time)| *time).sum();
    let share = |time: Duration| time.as_secs_f64() / sum.as_secs_f64().max(1e-12);
    let mut out = io::stdout().lock();
    if json {
        let stages: Vec<_> = stages
            .iter()
            .map(
                |(stage, time)| json!({"stage": stage, "ms_per_batch": millis(*time), "share": share(*time)}),
            )
            .collect();
        let summary = json!({
            "v": 1, "model": name, "contract": contract, "batch": size, "images_per_second": rate,
            "latency_ms": {
                "p50": millis(percentiles[0].1), "p90": millis(percentiles[1].1), "p99": millis(percentiles[2].1)
            },
            "alone_ms": millis(alone), "stages": stages,
        });
        writeln!(out, "{summary}")?;
        return Ok(());
    }
    writeln!(out, "{name}, {} {}, batch {size}", contract.backend, contract.kernels)?;
    writeln!(out, "throughput  {rate:.0} images/s from ready tensors")?;
    let told: Vec<String> =
        percentiles.iter().map(|(percent, time)| format!("p{percent} {:.3}", millis(*time))).collect();
    writeln!(
        out,
        "latency     {} ms per batch at that rate; {:.3} ms alone",
        told.join(", "),
        millis(alone)
    )?;
    writeln!(out, "stages, each measured alone, per batch of {size}:")?;
    for (stage, time) in stages {
        writeln!(out, "  {stage:9} {:9.3} ms  {:5.1} %", millis(*time), 100.0 * share(*time))?;
    }
    Ok(())
}

/// Pixels without a pattern: Knuth's generator, so that every run measures the same.
fn pixels(count: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// Keeps the backend full for `time`.
fn throughput(backend: &mut dyn Backend, faces: &[u8], time: Duration) -> anyhow::Result<Flow> {
    let depth = backend.depth();
    let mut submitted = VecDeque::with_capacity(depth);
    for _ in 0..depth {
        backend.submit(Batch { faces: faces.to_vec(), features: Vec::new() });
        submitted.push_back(Instant::now());
    }
    let mut flow = Flow { images: 0, elapsed: Duration::ZERO, latencies: Vec::new() };
    // The first batches find an empty backend, and are left out.
    let mut started = Instant::now();
    let mut warm = depth;
    while let Some(batch) = backend.next() {
        let batch = batch?;
        let Some(since) = submitted.pop_front() else { break };
        if warm > 0 {
            warm -= 1;
            if warm == 0 {
                started = Instant::now();
            }
        } else {
            flow.images += batch.features.len() / FEATURE_LENGTH;
            flow.latencies.push(since.elapsed());
            flow.elapsed = started.elapsed();
        }
        if warm > 0 || started.elapsed() < time {
            backend.submit(batch);
            submitted.push_back(Instant::now());
        }
    }
    flow.latencies.sort_unstable();
    Ok(flow)
}

/// The median of one batch with nothing else in flight.
fn one_by_one(backend: &mut dyn Backend, faces: &[u8]) -> anyhow::Result<Duration> {
    let mut batch = Batch { faces: faces.to_vec(), features: Vec::new() };
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        backend.submit(batch);
        batch = backend.next().context("a batch was submitted")??;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(percentile(&times, 50))
}

/// Mean time to read and decode a picture on one thread.
fn decoding(reader: &FaceReader, inputs: &[PathBuf]) -> anyhow::Result<Duration> {
    let mut buffer = Vec::new();
    let (mut pictures, mut time) = (0_u32, Duration::ZERO);
    for item in source::list(inputs, &SourceOptions { null_separated: false })?.take(1000) {
        let item = item?;
        let start = Instant::now();
        if reader.read(&item, &mut buffer).is_ok() {
            pictures += 1;
            time += start.elapsed();
        }
    }
    if pictures == 0 {
        bail!("none of the pictures can be read");
    }
    Ok(time / pictures)
}

/// The median time to write a batch of features as `.npy`.
fn writing(size: usize, contract: &Contract) -> anyhow::Result<Duration> {
    let folder = std::env::temp_dir().join(format!("lightcnn-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut sink = sink::create(&folder.join("features.npy"), contract, true)?;
    let feature = vec![0.5_f32; FEATURE_LENGTH];
    let mut times = Vec::with_capacity(ROUNDS);
    let mut id = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..size {
            sink.write(Row { id, path: "bench", outcome: Ok(&feature) })?;
            id += 1;
        }
        sink.flush()?;
        times.push(start.elapsed());
    }
    sink.finish()?;
    std::fs::remove_dir_all(&folder)?;
    times.sort_unstable();
    Ok(percentile(&times, 50))
}

fn percentile(ascending: &[Duration], percent: usize) -> Duration {
    ascending.get(ascending.len() * percent / 100).or(ascending.last()).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}
