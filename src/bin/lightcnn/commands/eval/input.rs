//! The features that are evaluated: files, one after the other, and those made now.

use crate::args::eval::What;
use crate::commands::extract::landmarks;
use crate::report::Report;
use crate::{engine, progress, signal};
use anyhow::bail;
use lightcnn::features::{Collector, Features, read_contract};
use lightcnn::pipeline::{Event, FaceReader, Pipeline};
use lightcnn::protocol::ImageList;
use lightcnn::source::{self, SourceOptions};
use lightcnn::stored;
use std::path::Path;

/// Whether there are any.
pub fn is_given(what: &What) -> bool {
    !what.features.is_empty() || !what.images.is_empty()
}

/// Hands every set of features to `work`, one at a time, so that only one is in memory.
pub fn each<T>(
    what: &What,
    list: Option<&ImageList>,
    report: &Report,
    work: impl Fn(&Features) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut done = Vec::new();
    let contract = what.contract.as_deref().map(read_contract).transpose()?;
    for path in &what.features {
        let mut features = stored::open(path)?;
        if let Some(contract) = &contract {
            features.assume(contract);
        }
        let features = match list {
            Some(list) if !features.is_named() => {
                features.with_names(list.images.iter().map(|image| image.name.as_str()))?
            }
            _ => features,
        };
        done.push(work(&features)?);
    }
    if !what.images.is_empty() {
        done.push(work(&made(what, report)?)?);
    }
    Ok(done)
}

/// Features of the pictures, made now by the same pipeline that `extract` runs.
fn made(what: &What, report: &Report) -> anyhow::Result<Features> {
    let landmarks = landmarks(&what.face, &what.images)?;
    let items = source::list(&what.images, &SourceOptions::default())?;
    let left_out = items.left_out();
    let engine = engine::open(&what.model, report)?;
    let contract = engine.contract(what.face.preprocess, false);
    let reader = FaceReader::new(engine.input(), what.face.preprocess).landmarks(landmarks);
    let stop = signal::stop()?;
    let bar = progress::rows(report);
    let mut collector = Collector::default();
    let mut pipeline = Pipeline::new(&engine, reader)
        .remote(what.images.iter().any(|input| source::may_be_remote(input)))
        .stop(&stop)
        .on_event(|event| match event {
            // Whether it is needed, the protocol says; then it is an error.
            Event::Failed { path, reason } => {
                bar.suspend(|| report.warn(format_args!("{path}: {reason}")));
            }
            Event::DeviceLost(loss) => bar.suspend(|| {
                report.warn(format_args!("device {} is lost: {}", loss.device, loss.reason));
            }),
            Event::Batch(count) => bar.set_position(count.rows),
            _ => {}
        });
    if let Some(threads) = what.model.threads {
        pipeline = pipeline.threads(threads);
    }
    let done = pipeline.run(items, &mut collector);
    bar.finish_and_clear();
    let done = done?;
    if done.stopped {
        bail!(
            "stopped by a signal after {} pictures; features are not kept, `lightcnn extract` keeps them",
            done.count.rows
        );
    }
    report.left_out(&left_out.all());
    let name = what.model.model.as_deref().unwrap_or("default model");
    let seconds = done.elapsed.as_secs_f64();
    report.say(format_args!(
        "{name}: {} images, {} failed, in {seconds:.1} s, {}",
        done.count.rows,
        done.count.failed,
        engine::place(&engine)
    ));
    Ok(collector.features(Path::new(name), contract))
}
