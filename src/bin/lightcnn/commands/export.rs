//! `lightcnn export`: a model as ONNX.

use crate::args::Export;
use crate::engine;
use crate::exit::Exit;
use crate::report::Report;
use anyhow::Context;
use lightcnn::ModelSource;
use lightcnn::checkpoint::LoadOptions;
use lightcnn::engine::LoadedWeights;
use lightcnn::onnx::{ExportBatch, ExportOptions, export};
use lightcnn::partial::replace;
use std::path::Path;

pub fn run(args: Export, report: &Report) -> anyhow::Result<Exit> {
    refuse_existing(&args.output, args.force)?;
    let source = ModelSource::from(&args.weights.model);
    let wanted = engine::load_options(args.weights.network, &args.weights.set);
    let wanted = LoadOptions { head: args.logits, ..wanted };
    let LoadedWeights { weights, sha256, .. } = engine::weights(&source, &wanted, report)?;
    let network = weights.network();
    let batch = args.batch.map_or(ExportBatch::Dynamic, ExportBatch::Fixed);
    let options = ExportOptions { batch, logits: args.logits, weights_sha256: Some(sha256) };
    let bytes = export(&weights, &options)?;
    replace(&args.output, &bytes).with_context(|| format!("{}: cannot be written", args.output.display()))?;
    report.say(format_args!("{network}, {} bytes -> {}", bytes.len(), args.output.display()));
    Ok(Exit::Good)
}

/// Fails before anything is computed if `output` is there and may not be replaced.
pub fn refuse_existing(output: &Path, force: bool) -> anyhow::Result<()> {
    if output.exists() && !force {
        anyhow::bail!("{} exists; give --force to replace it, or another name", output.display());
    }
    Ok(())
}
