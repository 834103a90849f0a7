//! `lightcnn bench`: what a model does per second, how long a batch takes, and which stage takes it; on the CPU also
//! over threads and batch sizes, and layer by layer.

mod cpu;
mod flow;
mod pixels;
mod plot;
mod stages;
mod times;

use crate::args::Bench;
use crate::engine;
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use anyhow::{Context, bail};
use cpu::CpuBench;
use flow::Flow;
use lightcnn::contract::Contract;
use lightcnn::image::Preprocess;
use lightcnn::network::SIDE;
use lightcnn::pipeline::FaceReader;
use lightcnn::{Batch, Engine};
use pixels::pixels;
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;
use times::{PERCENTS, ROUNDS, latency, millis, percentile};

pub fn run(args: Bench, report: &Report) -> anyhow::Result<Exit> {
    let builder = engine::chosen(Engine::builder(&args.model), &args.set);
    let mut builder = engine::placed(builder, &args.place)?;
    if let Some(network) = args.network {
        builder = builder.network(network);
    }
    if let Some(threads) = args.threads {
        builder = builder.threads(threads.get());
    }
    let engine = engine::open_with(builder, report)?;
    let on_cpu = engine.info().backend == "cpu";
    if args.plot.is_some() && !on_cpu {
        bail!("--plot draws what the CPU engine does, and this model runs on a device");
    }
    if let Some(path) = &args.plot {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if !folder.is_none_or(Path::is_dir) {
            bail!("cannot write {}: its folder does not exist", path.display());
        }
    }
    let whole = Whole::measure(&engine, &args)?;
    drop(engine);
    let precision = engine::precision(&args.place)?.unwrap_or_default();
    let cpu = if on_cpu { Some(CpuBench::measure(&args, &precision)?) } else { None };
    let mut out = terminal::out();
    if args.json {
        let mut summary = whole.json(&args.model);
        if let Some(cpu) = &cpu {
            summary["cpu"] = cpu.json();
        }
        writeln!(out, "{summary}")?;
    } else {
        whole.tell(&args.model, &mut out)?;
        if let Some(cpu) = &cpu {
            cpu.tell(&mut out)?;
        }
    }
    if let (Some(path), Some(cpu)) = (&args.plot, &cpu) {
        let title = format!("{}, {} kernels", args.model, cpu.kernels);
        fs::write(path, plot::svg(&title, cpu))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Exit::Good)
}

/// What is measured wherever the engine computes.
struct Whole {
    contract: Contract,
    /// What computed, and on how many devices.
    place: String,
    devices: usize,
    /// Faces per batch.
    size: usize,
    flow: Flow,
    /// One batch with nothing else in flight.
    alone: Duration,
    /// Each stage alone, for a batch.
    stages: Vec<(&'static str, Duration)>,
}

impl Whole {
    fn measure(engine: &Engine, args: &Bench) -> anyhow::Result<Whole> {
        let contract = engine.contract(Preprocess::Eval, false);
        let input = engine.input();
        let size = args.batch.map_or_else(|| engine.batch_size(), usize::from);
        let faces = pixels(size * input.channels() * SIDE * SIDE);
        let flow = flow::throughput(engine, &faces, Duration::from_secs(args.seconds.get().into()))?;
        let alone = flow::one_by_one(engine, Batch::from(faces))?;
        let mut stages = Vec::new();
        if !args.inputs.is_empty() {
            let reader = FaceReader::new(input, Preprocess::Eval);
            stages.push(("decode", stages::decoding(&reader, &args.inputs)? * u32::try_from(size)?));
        }
        // The stages are told for the largest batch; per face they are nearly the same for this one.
        let scaled = |time: Duration, batch: usize| time.mul_f64(size as f64 / batch as f64);
        match engine.stages(ROUNDS)? {
            Some(device) => {
                stages.push(("copy in", scaled(device.copy_in, device.batch)));
                stages.push(("execute", scaled(device.execute, device.batch)));
                stages.push(("copy out", scaled(device.copy_out, device.batch)));
            }
            None => stages.push(("execute", alone)),
        }
        stages.push(("write", stages::writing(size, &contract)?));
        let (place, (devices, _)) = (engine::place(engine), engine::devices(engine));
        Ok(Whole { contract, place, devices, size, flow, alone, stages })
    }

    /// Images per second from ready tensors.
    fn rate(&self) -> f64 {
        self.flow.images as f64 / self.flow.elapsed.as_secs_f64()
    }

    /// The share of a stage in the sum of all.
    fn share(&self, time: Duration) -> f64 {
        let sum: Duration = self.stages.iter().map(|(_, time)| *time).sum();
        time.as_secs_f64() / sum.as_secs_f64().max(1e-12)
    }

    fn json(&self, name: &str) -> Value {
        let stage = |&(stage, time): &(&str, Duration)| json!({"stage": stage, "ms_per_batch": millis(time), "share": self.share(time)});
        json!({
            "v": 1, "model": name, "contract": self.contract, "devices": self.devices, "batch": self.size,
            "images_per_second": self.rate(), "latency_ms": latency(&self.flow.latencies),
            "alone_ms": millis(self.alone), "stages": self.stages.iter().map(stage).collect::<Vec<_>>(),
        })
    }

    fn tell(&self, name: &str, out: &mut impl Write) -> io::Result<()> {
        let Whole { place, size, .. } = self;
        writeln!(out, "{name}, {place}, batch {size}")?;
        writeln!(out, "throughput  {:.0} images/s from ready tensors", self.rate())?;
        let told = PERCENTS
            .map(|percent| format!("p{percent} {:.3}", millis(percentile(&self.flow.latencies, percent))));
        let (told, alone) = (told.join(", "), millis(self.alone));
        writeln!(out, "latency     {told} ms per batch at that rate; {alone:.3} ms alone")?;
        writeln!(out, "stages, each measured alone, per batch of {size}:")?;
        for &(stage, time) in &self.stages {
            writeln!(out, "  {stage:9} {:9.3} ms  {:5.1} %", millis(time), 100.0 * self.share(time))?;
        }
        Ok(())
    }
}
