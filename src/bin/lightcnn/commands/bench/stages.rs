//! The stages before and after the backend, each measured alone.

use super::times::{ROUNDS, percentile};
use anyhow::bail;
use lightcnn::contract::Contract;
use lightcnn::features::{self, Row};
use lightcnn::network::FEATURE_LENGTH;
use lightcnn::pipeline::FaceReader;
use lightcnn::source::{self, SourceOptions};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Mean time to read and decode a picture on one thread.
pub fn decoding(reader: &FaceReader, inputs: &[PathBuf]) -> anyhow::Result<Duration> {
    let mut buffer = Vec::new();
    let (mut pictures, mut time) = (0_u32, Duration::ZERO);
    for item in source::list(inputs, &SourceOptions::default())?.take(1000) {
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
pub fn writing(size: usize, contract: &Contract) -> anyhow::Result<Duration> {
    let folder =
        lightcnn::environment::temporary_folder().join(format!("lightcnn-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut sink = features::create(folder.join("features.npy"), contract, true)?;
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
