//! `lightcnn inspect`: what a weight file or an offline model holds.

use crate::args::Inspect;
use crate::exit::Exit;
use anyhow::Context;
use lightcnn::atc::Manifest;
use lightcnn::checkpoint::{self, CheckpointSummary};
use lightcnn::models::{self, PublishedModel};
use lightcnn::om;
use serde_json::{Value, json};
use std::io::{self, Write};

pub fn run(args: Inspect) -> anyhow::Result<Exit> {
    if om::is_om(&args.file).with_context(|| format!("cannot read {}", args.file.display()))? {
        return offline_model(&args);
    }
    let summary = checkpoint::inspect(&args.file)?;
    let known = models::by_sha256(&summary.sha256);
    let mut out = io::stdout().lock();
    if args.json {
        let file = args.file.to_string_lossy();
        writeln!(out, "{}", value(&file, &summary, known))?;
    } else {
        text(&mut out, &summary, known)?;
    }
    Ok(if summary.fit.is_ok() { Exit::Good } else { Exit::Some })
}

fn offline_model(args: &Inspect) -> anyhow::Result<Exit> {
    let summary = om::inspect(&args.file)?;
    let manifest = Manifest::of(&args.file)?;
    let mut out = io::stdout().lock();
    if args.json {
        let file = args.file.to_string_lossy();
        writeln!(out, "{}", json!({"v": 1, "file": file, "om": summary, "manifest": manifest}))?;
        return Ok(Exit::Good);
    }
    write!(out, "{summary}")?;
    match manifest {
        Some(manifest) => {
            let recipe = &manifest.recipe;
            writeln!(out, "network     {}", recipe.network)?;
            writeln!(out, "weights     sha256 {}", recipe.weights_sha256)?;
        }
        None => writeln!(out, "manifest    none beside the file: network and weights are not known")?,
    }
    Ok(Exit::Good)
}

fn text(out: &mut impl Write, summary: &CheckpointSummary, known: Option<&PublishedModel>) -> io::Result<()> {
    let CheckpointSummary { format, bytes, sha256, tensors, .. } = summary;
    writeln!(out, "format   {format}{}", if summary.has_checksum { ", CRC-32 is right" } else { "" })?;
    writeln!(out, "bytes    {bytes}")?;
    writeln!(out, "sha256   {sha256}")?;
    match known {
        Some(model) => writeln!(out, "weights  {}, as published ({})", model.name, model.licence)?,
        None => writeln!(
            out,
            "weights  unknown: not among the published files that `lightcnn fetch --list` names"
        )?,
    }
    match &summary.fit {
        Ok(network) => writeln!(out, "network  {network}")?,
        Err(misfits) => writeln!(out, "network  none; the closest is {}, and {misfits}", misfits.network)?,
    }
    for (key, value) in &summary.metadata {
        writeln!(out, "  {} = {}", key.escape_debug(), value.escape_debug())?;
    }
    writeln!(out, "tensors  {}", tensors.len())?;
    let width = tensors.iter().map(|tensor| tensor.name.escape_debug().count()).max().unwrap_or(0).min(60);
    for tensor in tensors {
        let name = tensor.name.escape_debug().to_string();
        let dtype = tensor.dtype.escape_debug();
        writeln!(out, "  {name:width$}  {dtype} {:?}  {} bytes", tensor.shape, tensor.bytes)?;
    }
    Ok(())
}

fn value(file: &str, summary: &CheckpointSummary, known: Option<&PublishedModel>) -> Value {
    let tensors: Vec<Value> = summary
        .tensors
        .iter()
        .map(|tensor| {
            json!({"name": tensor.name, "dtype": tensor.dtype, "shape": tensor.shape, "bytes": tensor.bytes})
        })
        .collect();
    let misfits = summary.fit.as_ref().err().map(|misfits| {
        let all: Vec<String> = misfits.all.iter().map(ToString::to_string).collect();
        json!({"closest": misfits.network, "misfits": all})
    });
    json!({
        "v": 1,
        "file": file,
        "format": summary.format.to_string(),
        "bytes": summary.bytes,
        "sha256": summary.sha256,
        "known": known.map(|model| &model.name),
        "checksum": summary.has_checksum,
        "network": summary.fit.as_ref().ok(),
        "misfits": misfits,
        "metadata": summary.metadata,
        "tensors": tensors,
    })
}
