//! `lightcnn inspect`: what a weight file or an offline model holds.

use crate::advice;
use crate::args::Inspect;
use crate::engine::load_options;
use crate::exit::Exit;
use crate::terminal;
use anyhow::{Context, bail};
use lightcnn::atc::Manifest;
use lightcnn::checkpoint::{self, CheckpointSummary, TensorSummary, Unfit};
use lightcnn::models::{self, PublishedModel};
use lightcnn::om;
use serde_json::{Value, json};
use std::io::{self, Write};

pub fn run(args: Inspect) -> anyhow::Result<Exit> {
    if om::is_om(&args.file).with_context(|| format!("cannot read {}", args.file.display()))? {
        if args.set.key.is_some() {
            bail!("{}: an offline model has no keys; leave --key out", args.file.display());
        }
        return offline_model(&args);
    }
    let summary = checkpoint::inspect(&args.file, &load_options(args.network, &args.set))?;
    let known = models::by_sha256(&summary.sha256);
    let mut out = terminal::out();
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
    let mut out = terminal::out();
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
        Ok(set) => {
            writeln!(out, "network  {}", set.network)?;
            if !set.key.is_empty() {
                writeln!(out, "key      {}", set.key.escape_debug())?;
            }
            if !set.prefix.is_empty() {
                writeln!(
                    out,
                    "prefix   {}. (of all names of the weights; taken off)",
                    set.prefix.escape_debug()
                )?;
            }
            for passed in &set.passed_over {
                writeln!(out, "unused   {passed}")?;
            }
        }
        Err(unfit) => {
            match unfit {
                Unfit::Misfits { misfits, .. } => {
                    writeln!(out, "network  none; the closest is {}: {unfit}", misfits.network)?;
                }
                unfit => writeln!(out, "network  none: {unfit}")?,
            }
            if let Some(advice) = advice::unfit(unfit) {
                writeln!(out, "  {advice}")?;
            }
        }
    }
    for (key, value) in &summary.metadata {
        writeln!(out, "  {} = {}", key.escape_debug(), value.escape_debug())?;
    }
    writeln!(out, "tensors  {}", tensors.len())?;
    let name = |tensor: &TensorSummary| match tensor.key.as_str() {
        "" => tensor.name.escape_debug().to_string(),
        key => format!("{}.{}", key.escape_debug(), tensor.name.escape_debug()),
    };
    let width = tensors.iter().map(|tensor| name(tensor).chars().count()).max().unwrap_or(0).min(60);
    for tensor in tensors {
        let name = name(tensor);
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
            json!({"key": tensor.key, "name": tensor.name, "dtype": tensor.dtype, "shape": tensor.shape, "bytes": tensor.bytes})
        })
        .collect();
    let set = summary.fit.as_ref().ok();
    let unfit = summary.fit.as_ref().err();
    let misfits = unfit.and_then(|unfit| match unfit {
        Unfit::Misfits { misfits, .. } => {
            let all: Vec<String> = misfits.all.iter().map(ToString::to_string).collect();
            Some(json!({"closest": misfits.network, "misfits": all}))
        }
        _ => None,
    });
    let unused: Option<Vec<Value>> = set.map(|set| {
        let passed = set.passed_over.iter();
        passed.map(|p| json!({"name": p.name, "tensors": p.tensors, "what": p.what.name()})).collect()
    });
    json!({
        "v": 1,
        "file": file,
        "format": summary.format.to_string(),
        "bytes": summary.bytes,
        "sha256": summary.sha256,
        "known": known.map(|model| &model.name),
        "checksum": summary.has_checksum,
        "network": set.map(|set| set.network),
        "key": set.map(|set| &set.key),
        "prefix": set.map(|set| &set.prefix),
        "unused": unused,
        "reason": unfit.map(ToString::to_string),
        "misfits": misfits,
        "metadata": summary.metadata,
        "tensors": tensors,
    })
}
