//! `lightcnn extract`: pictures in, features out.

use crate::args::{Extract, FaceArgs};
use crate::exit::Exit;
use crate::report::Report;
use crate::signal;
use crate::terminal;
use crate::{engine, progress};
use anyhow::{Context, bail};
use lightcnn::contract::Contract;
use lightcnn::features::{self, Sink};
use lightcnn::image::{LandmarkTable, Preprocess};
use lightcnn::pipeline::{Event, FaceReader, Pipeline};
use lightcnn::source::{self, SourceOptions};
use serde_json::json;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Failed rows that are named one by one; the output names them all.
const NAMED_FAILURES: u64 = 10;

pub fn run(args: Extract, report: &Report) -> anyhow::Result<Exit> {
    let to_stdout = args.output == Path::new("-");
    if to_stdout && args.json {
        bail!("-o - and --json both want standard output; choose one");
    }
    let landmarks = landmarks(&args.face, &args.inputs)?;
    if !to_stdout {
        features::check_output(&args.output, args.force)?;
    }
    let mut options = SourceOptions::default();
    (options.null_separated, options.strict) = (args.null, args.strict);
    let items = source::list(&args.inputs, &options)?;
    let left_out = items.left_out();
    let engine = engine::open(&args.model, report)?;
    let contract = engine.contract(args.face.preprocess, args.normalize);
    let mut sink = open_sink(&args, to_stdout, &contract)?;
    let reader = FaceReader::new(engine.input(), args.face.preprocess).landmarks(landmarks);
    let stop = signal::stop()?;
    let bar = progress::rows(report);
    let (mut failed, mut first) = (0, None);
    let mut pipeline = Pipeline::new(&engine, reader)
        .normalize(args.normalize)
        .remote(args.inputs.iter().any(|input| source::may_be_remote(input)))
        .stop(&stop)
        .on_event(|event| match event {
            Event::Failed { path, reason } => {
                failed += 1;
                first.get_or_insert_with(|| format!("{path}: {reason}"));
                if failed <= NAMED_FAILURES {
                    bar.suspend(|| report.warn(format_args!("{path}: {reason}")));
                } else if failed == NAMED_FAILURES + 1 {
                    bar.suspend(|| report.warn("more rows failed; the output names them all"));
                }
            }
            Event::DeviceLost(loss) => bar.suspend(|| {
                report.warn(format_args!("device {} is lost: {}", loss.device, loss.reason));
            }),
            Event::Batch(count) => bar.set_position(count.rows),
            _ => {}
        });
    if let Some(batch) = args.batch.and_then(|batch| NonZeroUsize::new(batch.into())) {
        pipeline = pipeline.batch(batch);
    }
    if let Some(threads) = args.model.threads {
        pipeline = pipeline.threads(threads);
    }
    let result = pipeline.run(items, &mut *sink);
    bar.finish_and_clear();

    let done = result.map_err(anyhow::Error::from).and_then(|done| {
        if !done.stopped {
            sink.finish()?;
        }
        Ok(done)
    });
    let done = match done {
        Ok(done) if !done.stopped => done,
        unfinished => {
            let kept = sink.keep_partial();
            if kept.path.is_some() {
                report.warn(format_args!("the run ends early; {kept}"));
            }
            return unfinished.map(|_| Exit::Stopped);
        }
    };
    let left_out = left_out.all();
    report.left_out(&left_out);
    let seconds = done.elapsed.as_secs_f64();
    let rate = done.count.rows as f64 / seconds.max(1e-9);
    let good = done.count.rows - done.count.failed;
    // Those that did not open, too.
    let (devices, lost) = engine::devices(&engine);
    if args.json {
        let summary = json!({
            "v": 1, "output": args.output.to_string_lossy(), "rows": done.count.rows, "ok": good,
            "failed": done.count.failed, "seconds": seconds, "images_per_second": rate,
            "waiting_seconds": done.times.engine.as_secs_f64(), "devices": devices, "devices_lost": lost,
            "left_out": left_out,
            "contract": contract,
        });
        writeln!(terminal::out(), "{summary}")?;
    }
    report.say(format_args!(
        "{rows} images, {good} features, {failed} failed, in {seconds:.2} s ({rate:.0} images/s, {network}, {place}) -> {output}",
        rows = done.count.rows,
        failed = done.count.failed,
        network = contract.network,
        place = engine::place(&engine),
        output = args.output.display(),
    ));
    if let (0, Some(first)) = (good, first) {
        report.failed(format_args!("no row has a feature; the first: {first}"));
    }
    Ok(match (good, done.count.failed) {
        (_, 0) if lost == 0 => Exit::Good,
        (0, 1..) => Exit::Nothing,
        _ => Exit::Some,
    })
}

/// The table of five points, if one is given; `aligned` needs it unless `inputs` may bring the points along.
pub fn landmarks(face: &FaceArgs, inputs: &[PathBuf]) -> anyhow::Result<Option<LandmarkTable>> {
    match (face.preprocess, face.landmarks.as_deref()) {
        (Preprocess::Aligned, None) if inputs.iter().any(|input| source::may_have_points(input)) => Ok(None),
        (Preprocess::Aligned, None) => {
            bail!(
                "--preprocess aligned needs --landmarks FILE, or a manifest or .tar with landmarks as input"
            )
        }
        (Preprocess::Aligned, Some(file)) => {
            Ok(Some(LandmarkTable::read(file).with_context(|| format!("cannot use {}", file.display()))?))
        }
        (_, None) => Ok(None),
        (other, Some(_)) => {
            bail!("--landmarks has no use with --preprocess {other}; add --preprocess aligned")
        }
    }
}

fn open_sink(args: &Extract, to_stdout: bool, contract: &Contract) -> anyhow::Result<Box<dyn Sink>> {
    if to_stdout {
        return Ok(features::jsonl_to(io::stdout(), contract));
    }
    Ok(features::create(&args.output, contract, args.force)?)
}
