//! `lightcnn job retry-bad`: the failed rows of a job once more.

use super::super::extract::landmarks;
use super::run::{Hands, listed, reader, sha256, shard};
use crate::args::FaceArgs;
use crate::args::job::RetryBad;
use crate::exit::Exit;
use crate::report::Report;
use crate::{engine, signal};
use anyhow::{Context, anyhow};
use lightcnn::image::Preprocess;
use lightcnn::job::{self, Claim, Shard, Start, Status};
use lightcnn::source::{may_be_remote, unescape};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

pub fn run(mut args: RetryBad, report: &Report) -> anyhow::Result<Exit> {
    let store = job::folder(&args.folder)?;
    let status = Status::of(&*store)?;
    let is_finished = status.is_finished();
    let job = status.job;
    let count = job.terms.shards;
    let named = match shard(&args.run.shard)? {
        (_, None) => None,
        (shard, Some(origin)) => {
            report.say(format_args!("shard {shard}, from {origin}"));
            Some(shard)
        }
    };
    let bad: Vec<Shard> =
        status.shards.iter().filter(|status| status.tally.failed > 0).map(|status| status.shard).collect();
    let bad = named.map_or(bad, |shard| vec![shard]);
    if bad.is_empty() {
        report.say(format_args!("no failed rows in {count} shards"));
        return Ok(if is_finished { Exit::Good } else { unfinished(report) });
    }
    let path = |text: &String| unescape(text).ok_or_else(|| anyhow!("job.json: '{text}' is no escaped path"));
    let inputs: Vec<PathBuf> = job.inputs.iter().map(path).collect::<Result<_, _>>()?;
    let points = job.landmarks.as_ref().map(path).transpose()?;
    args.run.model.model = args.run.model.model.or(job.model);
    let contract = job.terms.contract;
    let preprocess: Preprocess = contract.preprocess.parse().context("job.json")?;
    let stop = signal::stop()?;
    let engine = engine::open(&args.run.model, report)?;
    let mut start = Start::new(job.terms.chunk, engine.contract(preprocess, contract.normalized));
    start.landmarks_sha256 = points.as_deref().map(sha256).transpose()?;
    start.inputs = job.inputs;
    start.model = args.run.model.model.clone();
    start.landmarks = job.landmarks;
    let face = FaceArgs { preprocess, landmarks: points };
    let reader = reader(&engine, preprocess, landmarks(&face, &inputs)?);
    let list = || listed(&inputs, false);
    let normalize = contract.normalized;
    let remote = inputs.iter().any(|input| may_be_remote(input));
    let hands = Hands { args: &args.run, reader: &reader, normalize, remote, stop: &stop, report };
    let mut worst = Exit::Good;
    for shard in bad {
        let claim = Claim::retry_bad(store.clone(), start.clone(), shard, &list)?;
        match hands.work(claim, &list, &engine)? {
            Exit::Good => {}
            exit => worst = exit,
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(Exit::Stopped);
        }
    }
    if !Status::of(&*store)?.is_finished() {
        return Ok(unfinished(report));
    }
    Ok(worst)
}

/// Says that rows are missing, whatever became of those that failed.
fn unfinished(report: &Report) -> Exit {
    report.warn("not all rows of the job are done; `lightcnn job run` does those that are missing");
    Exit::Some
}
