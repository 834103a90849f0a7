//! `lightcnn calibrate`: faces in, what int16 needs to know out.

use super::extract::landmarks;
use crate::args::calibrate::Calibrate;
use crate::engine::{load_options, named, source, weights};
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use anyhow::{Context, bail};
use lightcnn::chain;
use lightcnn::engine::LoadedWeights;
use lightcnn::partial::replace;
use lightcnn::pipeline::FaceReader;
use lightcnn::source::{self as listing, SourceOptions, escape};
use lightcnn_cpu::cpu::{Calibrator, Options};
use serde_json::json;
use std::io::Write;

/// With fewer faces the ranges are hardly those of the faces to come.
const FEW: usize = 30;

pub fn run(args: Calibrate, report: &Report) -> anyhow::Result<Exit> {
    if args.output.exists() && !args.force {
        bail!("{} exists; choose another name or --force", args.output.display());
    }
    let landmarks = landmarks(&args.face, &args.inputs)?;
    let items = listing::list(&args.inputs, &SourceOptions::default())?;
    let left_out = items.left_out();
    let wanted = load_options(args.network, &args.set);
    let model = args.model.as_deref();
    let LoadedWeights { weights, sha256, .. } = named(model, weights(&source(model), &wanted, report))?;
    let reader = FaceReader::new(weights.network().input(), args.face.preprocess).landmarks(landmarks);
    let threads = args.threads.map_or_else(|| Options::default().threads, usize::from);
    let mut calibrator = Calibrator::new(weights, threads)?;
    let (mut failed, mut buffer) = (0, Vec::new());
    for item in items {
        let item = item?;
        match reader.read(&item, &mut buffer) {
            Ok(face) => calibrator.add(face.as_bytes())?,
            Err(error) => {
                failed += 1;
                report.warn(format_args!("{}: {}", escape(&item.key), chain(&error)));
            }
        }
    }
    report.left_out(&left_out.all());
    let calibration = calibrator.finish(&sha256, &args.face.preprocess.to_string())?;
    replace(&args.output, calibration.to_json().as_bytes())
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    let images = calibration.images();
    if images < FEW {
        report.warn(format_args!("{images} faces are few; some hundred of many persons are better"));
    }
    if args.json {
        let summary = json!({
            "v": 1, "output": args.output.to_string_lossy(), "images": images, "failed": failed,
            "network": calibration.network().name(), "weights_sha256": sha256, "sha256": calibration.sha256(),
        });
        writeln!(terminal::out(), "{summary}")?;
    }
    report.say(format_args!(
        "{images} faces measured, {failed} failed, {} -> {}",
        calibration.network(),
        args.output.display()
    ));
    Ok(if failed == 0 { Exit::Good } else { Exit::Some })
}
