//! `lightcnn export`: a model as ONNX.

use crate::args::Export;
use crate::exit::Exit;
use crate::report::Report;
use anyhow::Context;
use lightcnn::ModelSource;
use lightcnn::engine::LoadedWeights;
use lightcnn::onnx::{Batch, Options, export};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

pub fn run(args: Export, report: &Report) -> anyhow::Result<Exit> {
    refuse_existing(&args.output, args.force)?;
    let source = ModelSource::from(&args.weights.model);
    let LoadedWeights { weights, sha256, .. } = source.weights(args.weights.network, args.logits)?;
    let network = weights.network();
    let batch = args.batch.map_or(Batch::Dynamic, Batch::Fixed);
    let options = Options { batch, logits: args.logits, weights_sha256: Some(sha256) };
    let bytes = export(&weights, &options)?;
    write(&args.output, &bytes)?;
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

/// Writes the file completely or leaves what was there: first under another name, then renamed.
fn write(output: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut name = output.as_os_str().to_os_string();
    name.push(".part");
    let part = Path::new(&name);
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(part, output));
    if let Err(error) = &written
        && error.kind() != ErrorKind::NotFound
    {
        // What is left of it is of no use; that it stays is the smaller trouble.
        let _ = std::fs::remove_file(part);
    }
    written.with_context(|| format!("{}: cannot be written", output.display()))
}
