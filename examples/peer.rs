//! One contender of a comparison of inference engines: LightCNN-9 features of random-weight faces, timed.
//!
//! `peer SEED BATCH THREADS SECONDS INPUTS FEATURES`: weights are generated from `SEED`; `INPUTS` holds 16 faces as
//! raw little-endian float32, 16×1×128×128, each a byte / 255; their 16×256 features are written to `FEATURES`. The
//! last line printed is JSON with `images_per_s` (batch / median time of a call), `images_per_cpu_s` and
//! `first_unix`, when the first feature was there. With `SECONDS` 0 the program ends after that first feature.

use lightcnn::network::{FEATURE_LENGTH, Network, seeded};
use lightcnn_cpu::cpu::{CpuNetwork, Options};
use std::error::Error;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

const FACES: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [seed, batch, threads, seconds, inputs, features] = arguments.as_slice() else {
        return Err("usage: peer SEED BATCH THREADS SECONDS INPUTS FEATURES".into());
    };
    let (batch, seconds): (usize, f64) = (batch.parse()?, seconds.parse()?);
    let network = env::var("PEER_NETWORK").map_or(Ok(Network::LightCnn9), |name| name.parse())?;
    let weights = seeded(network, seed.parse()?, 0);
    let options = Options { threads: threads.parse()?, ..Options::default() };
    let mut engine = CpuNetwork::new(weights, options)?;

    let faces: Vec<u8> = fs::read(inputs)?
        .chunks_exact(4)
        .map(|bytes| (f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) * 255.0).round() as u8)
        .collect();
    let face = faces.len() / FACES;
    let channels = network.input().channels();
    let batch_of = |count: usize| -> Vec<u8> {
        let planes = (0..count * channels).map(|i| (i / channels + i % channels) % FACES);
        planes.flat_map(|i| &faces[i * face..(i + 1) * face]).copied().collect()
    };
    let mut embed = |faces: &[u8]| {
        let mut output = vec![0.0f32; faces.len() / face / channels * FEATURE_LENGTH];
        engine.run(faces, &mut output).map(|()| output)
    };

    embed(&batch_of(1))?;
    let first_unix = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
    let (mut images_per_s, mut images_per_cpu_s) = (0.0, 0.0);
    if seconds > 0.0 {
        let bytes: Vec<u8> = embed(&batch_of(FACES))?.iter().flat_map(|value| value.to_le_bytes()).collect();
        fs::write(features, bytes)?;
        let faces = batch_of(batch);
        let mut output = vec![0.0f32; batch * FEATURE_LENGTH];
        let warm = Instant::now();
        while warm.elapsed().as_secs_f64() < 0.2 {
            engine.run(&faces, &mut output)?;
        }
        let mut times = Vec::new();
        let (start, cpu) = (Instant::now(), cpu_seconds()?);
        while start.elapsed().as_secs_f64() < seconds {
            let call = Instant::now();
            engine.run(&faces, &mut output)?;
            times.push(call.elapsed().as_secs_f64());
        }
        images_per_cpu_s = (times.len() * batch) as f64 / (cpu_seconds()? - cpu);
        times.sort_by(f64::total_cmp);
        images_per_s = batch as f64 / times[times.len() / 2];
    }
    println!(
        r#"{{"images_per_s": {images_per_s:.2}, "images_per_cpu_s": {images_per_cpu_s:.2}, "first_unix": {first_unix:.6}, "version": "{}"}}"#,
        env!("CARGO_PKG_VERSION")
    );
    Ok(())
}

/// User and system time of this process, from `/proc/self/stat`, in seconds.
fn cpu_seconds() -> Result<f64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}
