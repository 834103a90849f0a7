//! `lightcnn job run`: a shard of a job, begun or gone on with.

use super::super::extract::landmarks;
use super::watch;
use crate::args::job::{Run, RunArgs, ShardArgs};
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use crate::{engine, signal};
use anyhow::{Context, bail};
use lightcnn::Engine;
use lightcnn::digest::sha256_of_file;
use lightcnn::environment;
use lightcnn::image::{LandmarkTable, Preprocess};
use lightcnn::job::{self, Bound, Claim, JobFile, Shard, ShardError, Start};
use lightcnn::pipeline::{FaceReader, Pipeline};
use lightcnn::source::{self, Listed, SourceError, SourceOptions};
use serde_json::json;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Rows of a part unless said otherwise: 4 MiB of features.
const CHUNK: u64 = 4096;

/// Rounds in which the stages of a device are measured.
const ROUNDS: usize = 5;

pub fn run(args: Run, report: &Report) -> anyhow::Result<Exit> {
    if args.input.iter().any(|input| input == Path::new("-")) {
        bail!("--input -: a job lists its inputs again whenever it goes on; write the paths to a .txt file");
    }
    let (shard, origin) = shard(&args.run.shard)?;
    if let Some(origin) = origin {
        report.say(format_args!("shard {shard}, from {origin}"));
    }
    let store = job::folder(&args.output)?;
    let begun = store.get("job.json")?.and_then(|bytes| serde_json::from_slice::<JobFile>(&bytes).ok());
    let stop = signal::stop()?;
    let engine = engine::open(&args.run.model, report)?;
    let face = &args.face;
    let chunk = args.chunk.map(u64::from).or(begun.map(|job| job.terms.chunk)).unwrap_or(CHUNK);
    let mut start = Start::new(chunk, engine.contract(face.preprocess, args.normalize));
    start.landmarks_sha256 = face.landmarks.as_deref().map(sha256).transpose()?;
    start.inputs = args.input.iter().map(|input| source::escape(input)).collect();
    start.model = args.run.model.model.clone();
    start.landmarks = face.landmarks.as_deref().map(source::escape);
    let reader = reader(&engine, face.preprocess, landmarks(face, &args.input)?);
    let list = || listed(&args.input, args.strict);
    let claim = Claim::run(store, start, shard, &list)?;
    let remote = args.input.iter().any(|input| source::may_be_remote(input));
    let hands =
        Hands { args: &args.run, reader: &reader, normalize: args.normalize, remote, stop: &stop, report };
    hands.work(claim, &list, &engine)
}

/// The shard of this process, and what named it.
pub fn shard(args: &ShardArgs) -> Result<(Shard, Option<&'static str>), ShardError> {
    let (shard, origin) = Shard::choose(args.shard, args.shards, &environment::text)?;
    Ok((shard, if args.shard.is_some() { Some("--shard") } else { origin }))
}

/// The inputs of a job, from the beginning.
pub fn listed(inputs: &[PathBuf], strict: bool) -> Result<Listed, SourceError> {
    let mut options = SourceOptions::default();
    options.strict = strict;
    source::list(inputs, &options)
}

/// What makes faces for `engine`.
pub fn reader(engine: &Engine, preprocess: Preprocess, landmarks: Option<LandmarkTable>) -> Arc<FaceReader> {
    Arc::new(FaceReader::new(engine.input(), preprocess).landmarks(landmarks))
}

/// SHA-256 of the file of landmarks.
pub fn sha256(path: &Path) -> anyhow::Result<String> {
    sha256_of_file(path).with_context(|| format!("cannot read {}", path.display()))
}

/// What a claim is worked off with.
pub struct Hands<'a> {
    pub args: &'a RunArgs,
    pub reader: &'a Arc<FaceReader>,
    pub normalize: bool,
    pub remote: bool,
    pub stop: &'a Arc<AtomicBool>,
    pub report: &'a Report,
}

impl Hands<'_> {
    /// Does what `claim` has to do, and says what became of it.
    pub fn work(
        &self,
        mut claim: Claim,
        list: &dyn Fn() -> Result<Listed, SourceError>,
        engine: &Engine,
    ) -> anyhow::Result<Exit> {
        let Hands { args, reader, normalize, remote, stop, report } = self;
        let (shard, todo, before) = (claim.shard(), claim.rows_to_do(), claim.tally().rows);
        if before > 0 {
            report.say(format_args!("{before} of {} rows are done, {todo} to do", claim.rows()));
        }
        let started = Instant::now();
        let mut watcher = watch::Watcher::new(report, shard, todo, args.interval);
        let mut pipeline = Pipeline::new(engine, Arc::clone(reader))
            .normalize(*normalize)
            .remote(*remote)
            .stop(stop)
            .on_event(|event| watcher.see(event));
        if let Some(batch) = args.batch.and_then(|batch| NonZeroUsize::new(batch.into())) {
            pipeline = pipeline.batch(batch);
        }
        if let Some(threads) = args.model.threads {
            pipeline = pipeline.threads(threads);
        }
        let worked = claim.work(list, pipeline, args.max_bad);
        watcher.end();
        let elapsed = started.elapsed();
        let done = worked?;
        let rows = done.count.rows;
        let finished = claim.is_finished();
        let bound = if rows > 0 && finished {
            // What the device's stages take is told if it can be measured; nothing hangs on it.
            let stages = engine.stages(ROUNDS).ok().flatten();
            let bound = Bound::new(rows, elapsed, done.times, done.threads, stages);
            claim.put_report(&bound)?;
            Some(bound)
        } else {
            None
        };
        let (devices, lost) = engine::devices(engine);
        let (tally, seconds) = (claim.tally(), elapsed.as_secs_f64());
        let rate = rows as f64 / seconds.max(1e-9);
        if args.json {
            let summary = json!({
                "v": 1, "shard": shard.to_string(), "rows": claim.rows(), "done": tally.rows,
                "failed": tally.failed, "reasons": tally.kinds, "rows_now": rows, "seconds": seconds,
                "images_per_second": rate, "finished": finished, "left_out": claim.left_out(), "bound": bound,
                "devices": devices, "devices_lost": lost,
            });
            writeln!(terminal::out(), "{summary}")?;
        }
        let reasons = if tally.failed > 0 { format!(" ({})", tally.reasons()) } else { String::new() };
        report.say(format_args!(
            "shard {shard}: {done} of {all} rows done, {failed} failed{reasons}; {rows} now, in {seconds:.2} s \
             ({rate:.0} images/s, {place}) -> {folder}",
            done = tally.rows,
            all = claim.rows(),
            failed = tally.failed,
            place = engine::place(engine),
            folder = claim.folder().display(),
        ));
        report.left_out(claim.left_out());
        if let Some(bound) = bound {
            report.say(format_args!("time: {bound}"));
        }
        if stop.load(Ordering::Relaxed) && !finished {
            report.warn("stopped by a signal; the same command goes on");
            return Ok(Exit::Stopped);
        }
        // A run that was told how many rows may fail, and stayed below, went well.
        Ok(if tally.failed == 0 || args.max_bad.is_some() { Exit::Good } else { Exit::Some })
    }
}
