//! Jobs on a disk that fails, with an engine that costs nothing.
#![allow(clippy::unwrap_used)]

mod lossy;
mod survival;
mod wrong;

use super::*;
use crate::contract::{Contract, WeightsOrigin};
use crate::engine::{Compute, ComputeError, Engine};
use crate::image::Preprocess;
use crate::network::{FEATURE_LENGTH, Input, Network};
use crate::pipeline::{FaceReader, Pipeline};
use crate::source::{self, Listed, SourceError, SourceOptions};
use lossy::Lossy;
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A feature is the face's first pixel and its place.
struct Pixels;

impl Compute for Pixels {
    fn largest(&self) -> usize {
        2
    }

    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
        for (face, feature) in faces.chunks(128 * 128).zip(features.chunks_mut(FEATURE_LENGTH)) {
            for (at, value) in feature.iter_mut().enumerate() {
                *value = f32::from(face[at * 64]) + at as f32;
            }
        }
        Ok(())
    }
}

fn engine() -> Engine {
    Engine::builder("demo").open_on(Network::LightCnn9, vec![Box::new(Pixels)]).unwrap()
}

/// A folder of small pictures, of which some are none.
struct Pictures(tempfile::TempDir);

/// Rows of a job.
const ROWS: u8 = 11;
/// Rows of a chunk.
const CHUNK: u64 = 3;

impl Pictures {
    fn new(bad: &[u8]) -> Pictures {
        let pictures = Pictures(tempfile::tempdir().unwrap());
        for row in 0..ROWS {
            match bad.contains(&row) {
                true => std::fs::write(pictures.path(row), "no picture").unwrap(),
                false => pictures.mend(row),
            }
        }
        pictures
    }

    fn path(&self, row: u8) -> PathBuf {
        self.0.path().join(format!("{row:02}.pgm"))
    }

    /// Makes a row a good picture.
    fn mend(&self, row: u8) {
        let pixels = (0..64).map(|at: u8| at.wrapping_mul(3).wrapping_add(row));
        let bytes: Vec<u8> = b"P5 8 8 255\n".iter().copied().chain(pixels).collect();
        std::fs::write(self.path(row), bytes).unwrap();
    }

    fn list(&self) -> Result<Listed, SourceError> {
        source::list(&[self.0.path().to_path_buf()], &SourceOptions::default())
    }
}

fn contract() -> Contract {
    Contract {
        network: "lightcnn9".into(),
        weights: WeightsOrigin::UntrainedDemo,
        weights_sha256: "00".into(),
        preprocess: "eval".into(),
        backend: "cpu".into(),
        kernels: "pixels".into(),
        precision: "f32".into(),
        calibration_sha256: None,
        other_decoder: None,
        normalized: false,
        version: "0".into(),
    }
}

fn start() -> Start {
    let mut start = Start::new(CHUNK, contract());
    start.inputs = vec!["faces".into()];
    start
}

fn store(disk: &Lossy) -> Arc<dyn Store> {
    Arc::new(Local::on(disk.clone(), Path::new("/data/job")))
}

fn shard(index: u32, count: u32) -> Shard {
    Shard::new(index, NonZeroU32::new(count).unwrap()).unwrap()
}

fn work(mut claim: Claim, pictures: &Pictures, max_bad: Option<MaxBad>) -> Result<Tally, JobError> {
    let reader = FaceReader::new(Input::Gray, Preprocess::Eval);
    let engine = engine();
    let two = NonZeroUsize::new(2).unwrap();
    let pipeline = Pipeline::new(&engine, reader).batch(two).threads(two);
    claim.work(&|| pictures.list(), pipeline, max_bad)?;
    assert!(claim.is_finished());
    Ok(claim.tally().clone())
}

fn run(disk: &Lossy, pictures: &Pictures, shard: Shard) -> Result<Tally, JobError> {
    work(Claim::run(store(disk), start(), shard, &|| pictures.list())?, pictures, None)
}

fn retry_bad(disk: &Lossy, pictures: &Pictures) -> Result<Tally, JobError> {
    let claim = Claim::retry_bad(store(disk), start(), Shard::WHOLE, &|| pictures.list())?;
    work(claim, pictures, None)
}

/// The parts on a disk.
fn parts(disk: &Lossy) -> BTreeMap<PathBuf, Vec<u8>> {
    disk.files(".parquet")
}
