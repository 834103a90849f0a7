//! The CPU engine over threads and batch sizes, and its layers against the roof of this machine.

use super::pixels::pixels;
use super::times::{PERCENTS, latency, millis, percentile};
use crate::args::Bench;
use crate::engine::load_options;
use anyhow::Context;
use lightcnn::ModelSource;
use lightcnn::network::{FEATURE_LENGTH, SIDE};
use lightcnn_cpu::cpu::{CpuNetwork, LayerTime, Options, Precision};
use lightcnn_cpu::kernels::{self, Roof};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// The batch sizes measured.
pub const BATCHES: [usize; 3] = [1, 8, 32];

/// Every point is measured so many times, in turns, lest what else the machine does hits one of them alone.
const TURNS: u32 = 5;

/// Runs of which the layers' median times are taken.
const PROFILES: usize = 25;

/// What was measured of the CPU engine.
pub struct CpuBench {
    /// The kernel set, such as `avx512`.
    pub kernels: &'static str,
    /// By threads, then by batch.
    pub points: Vec<Point>,
    /// What the machine can do with the threads that computed the layers.
    pub roof: Roof,
    /// Faces of the batch that the layers were measured with.
    pub batch: usize,
    /// The layers, in their order.
    pub layers: Vec<LayerTime>,
}

/// One number of threads and one batch size.
pub struct Point {
    pub threads: usize,
    pub batch: usize,
    /// Of every batch, ascending.
    latencies: Vec<Duration>,
}

impl Point {
    /// Images per second: the batch by the median latency.
    pub fn rate(&self) -> f64 {
        self.batch as f64 / percentile(&self.latencies, 50).as_secs_f64().max(1e-12)
    }
}

impl CpuBench {
    /// Measures what `args` name, computing with `precision`; the parts that follow the threads have 1, 2, 4, … up to all of them.
    pub fn measure(args: &Bench, precision: &Precision) -> anyhow::Result<CpuBench> {
        let most = args.threads.map_or_else(|| Options::default().threads, usize::from);
        let weights = ModelSource::from(&args.model).weights(&load_options(args.network, &args.set))?.weights;
        let face = weights.network().input().channels() * SIDE * SIDE;
        let mut engines = Vec::new();
        for threads in thread_counts(most) {
            let options = Options { threads, precision: precision.clone(), ..Options::default() };
            engines.push(CpuNetwork::new(weights.clone(), options)?);
        }
        drop(weights);
        let batch = args.batch.map_or(BATCHES[1], usize::from);
        let faces = pixels(face * batch.max(BATCHES[2]));
        let mut features = vec![0.0; batch.max(BATCHES[2]) * FEATURE_LENGTH];

        let mut points = Vec::new();
        for engine in &engines {
            let threads = engine.threads();
            points.extend(BATCHES.map(|batch| Point { threads, batch, latencies: Vec::new() }));
        }
        // All turns of all batch sizes of a thread count together take as long as was asked for.
        let turn = Duration::from_secs(args.seconds.get().into()) / TURNS / BATCHES.len() as u32;
        for _ in 0..TURNS {
            for (engine, points) in engines.iter_mut().zip(points.chunks_mut(BATCHES.len())) {
                for Point { batch, latencies, .. } in points {
                    let (faces, features) =
                        (&faces[..*batch * face], &mut features[..*batch * FEATURE_LENGTH]);
                    engine.run(faces, features)?;
                    let start = Instant::now();
                    while start.elapsed() < turn {
                        let call = Instant::now();
                        engine.run(faces, features)?;
                        latencies.push(call.elapsed());
                    }
                }
            }
        }
        points.iter_mut().for_each(|point| point.latencies.sort_unstable());

        let engine = engines.last_mut().context("there is at least one thread")?;
        let layers = layers(engine, &faces[..batch * face], &mut features[..batch * FEATURE_LENGTH])?;
        let set = kernels::choose(Some(engine.kernels()))?;
        let roof = Roof::measure(set, most).context("there is not enough memory to measure the machine")?;
        Ok(CpuBench { kernels: set.name(), points, roof, batch, layers })
    }

    pub fn json(&self) -> Value {
        let point = |point: &Point| {
            json!({
                "threads": point.threads, "batch": point.batch, "images_per_second": point.rate(),
                "latency_ms": latency(&point.latencies),
            })
        };
        let layer = |layer: &LayerTime| {
            json!({
                "layer": layer.name, "kernel": layer.kernel, "ms": millis(layer.time),
                "gflops": gflops(layer), "of_peak": gflops(layer) / self.roof.gflops,
                "roof_gflops": self.roof.of(layer.operations, layer.bytes),
            })
        };
        json!({
            "kernels": self.kernels,
            "rates": self.points.iter().map(point).collect::<Vec<_>>(),
            "roof": {
                "threads": self.roof.threads, "gflops": self.roof.gflops,
                "gigabytes_per_second": self.roof.gigabytes,
            },
            "batch": self.batch,
            "layers": self.layers.iter().map(layer).collect::<Vec<_>>(),
        })
    }

    pub fn tell(&self, out: &mut impl Write) -> io::Result<()> {
        let Roof { threads, gflops: peak, gigabytes } = self.roof;
        writeln!(out, "\n{} kernels, batch by batch:", self.kernels)?;
        writeln!(out, "  threads  batch  images/s    p50 ms    p90 ms    p99 ms")?;
        for point in &self.points {
            let [p50, p90, p99] = PERCENTS.map(|percent| millis(percentile(&point.latencies, percent)));
            let (threads, batch, rate) = (point.threads, point.batch, point.rate());
            writeln!(out, "  {threads:7}  {batch:5}  {rate:8.0}  {p50:8.2}  {p90:8.2}  {p99:8.2}")?;
        }
        writeln!(
            out,
            "\nlayers, batch {}, {}. This machine: {peak:.0} GFLOP/s of multiply-adds, \
             {gigabytes:.1} GB/s read.\nGFLOP/s count direct convolution, and so can exceed the peak; the roof is \
             what direct computation could reach.",
            self.batch,
            count_threads(threads)
        )?;
        writeln!(out, "  layer                   kernel           ms       %  GFLOP/s     roof  of peak")?;
        let all = self.all_layers();
        for layer in self.layers.iter().chain([&all]) {
            let share = 100.0 * layer.time.as_secs_f64() / all.time.as_secs_f64().max(1e-12);
            writeln!(
                out,
                "  {:23} {:10} {:8.3}  {share:6.1} {:8.0} {:8.0} {:7.2}x",
                layer.name,
                layer.kernel,
                millis(layer.time),
                gflops(layer),
                self.roof.of(layer.operations, layer.bytes),
                gflops(layer) / peak
            )?;
        }
        Ok(())
    }

    /// The sum of all layers.
    fn all_layers(&self) -> LayerTime {
        LayerTime {
            name: "all".to_string(),
            kernel: "",
            time: self.layers.iter().map(|layer| layer.time).sum(),
            operations: self.layers.iter().map(|layer| layer.operations).sum(),
            bytes: self.layers.iter().map(|layer| layer.bytes).sum(),
        }
    }
}

/// Operations per second of a layer, counted as direct computation, in 10⁹.
pub fn gflops(layer: &LayerTime) -> f64 {
    layer.operations as f64 / layer.time.as_secs_f64().max(1e-12) / 1e9
}

/// "1 thread", "2 threads".
pub fn count_threads(count: usize) -> String {
    if count == 1 { "1 thread".to_string() } else { format!("{count} threads") }
}

/// 1, 2, 4, … and `most`.
fn thread_counts(most: usize) -> Vec<usize> {
    let mut counts: Vec<usize> =
        (0..usize::BITS).map(|power| 1 << power).take_while(|&count| count < most).collect();
    counts.push(most);
    counts
}

/// The layers of a run over `faces`, each with its median time.
fn layers(engine: &mut CpuNetwork, faces: &[u8], features: &mut [f32]) -> anyhow::Result<Vec<LayerTime>> {
    let mut layers = engine.profile(faces, features)?;
    let mut times = vec![Vec::with_capacity(PROFILES); layers.len()];
    for _ in 0..PROFILES {
        for (times, layer) in times.iter_mut().zip(engine.profile(faces, features)?) {
            times.push(layer.time);
        }
    }
    for (layer, times) in layers.iter_mut().zip(&mut times) {
        times.sort_unstable();
        layer.time = percentile(times, 50);
    }
    Ok(layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thread_counts_end_with_all() {
        for (most, counts) in [(1, vec![1]), (2, vec![1, 2]), (6, vec![1, 2, 4, 6]), (8, vec![1, 2, 4, 8])] {
            assert_eq!(thread_counts(most), counts);
        }
    }
}
