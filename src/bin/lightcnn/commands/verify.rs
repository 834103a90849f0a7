//! `lightcnn verify`: an offline model against the weights it was made from.

use super::extract::landmarks;
use crate::args::Verify;
use crate::engine;
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use anyhow::bail;
use lightcnn::engine::Parity;
use lightcnn::pipeline::FaceReader;
use lightcnn::source::{self, SourceOptions, escape};
use lightcnn::{Device, Engine, chain};
use serde_json::json;
use std::io::Write;

/// Faces per call.
const BATCH: usize = 32;

pub fn run(args: Verify, report: &Report) -> anyhow::Result<Exit> {
    let landmarks = landmarks(&args.face, &args.inputs)?;
    let items = source::list(&args.inputs, &SourceOptions::default())?;
    let left_out = items.left_out();
    let name = args.model.to_string_lossy();
    let mut builder = Engine::builder(&*name).device(args.device.clone())?;
    if let Some(network) = args.network {
        builder = builder.network(network);
    }
    let device = engine::open_with(builder, report)?;
    let builder = Engine::builder(&args.against).network(device.network()).device(Device::Cpu)?;
    let builder = engine::chosen(builder, &args.set);
    let cpu = engine::open_with(builder, report)?;
    let (ours, theirs) =
        (device.contract(args.face.preprocess, false), cpu.contract(args.face.preprocess, false));
    if ours.backend == theirs.backend {
        bail!("{name} ran on the {}, so there is nothing to compare; give an .om", ours.backend);
    }
    if ours.weights_sha256 != theirs.weights_sha256 {
        report.warn(format_args!(
            "by its manifest {name} was not made from {}: sha256 {} against {}",
            args.against, ours.weights_sha256, theirs.weights_sha256
        ));
    }
    let reader = FaceReader::new(device.input(), args.face.preprocess).landmarks(landmarks);
    let (mut parity, mut failed) = (Parity::default(), 0);
    let (mut faces, mut buffer) = (Vec::with_capacity(BATCH), Vec::new());
    for item in items {
        let item = item?;
        match reader.read(&item, &mut buffer) {
            Ok(face) => faces.push((escape(&item.key), face)),
            Err(error) => {
                failed += 1;
                report.warn(format_args!("{}: {}", escape(&item.key), chain(&error)));
            }
        }
        if faces.len() == BATCH {
            parity.add(&device, &cpu, &faces)?;
            faces.clear();
        }
    }
    parity.add(&device, &cpu, &faces)?;
    report.left_out(&left_out.all());
    let (Some((worst, path)), Some(mean)) = (parity.worst.clone(), parity.mean_cosine()) else {
        bail!("there is not one face to compare")
    };
    let good = worst >= args.min_cosine;
    if args.json {
        let summary = json!({
            "v": 1, "model": name, "against": args.against, "faces": parity.faces, "failed": failed,
            "min_cosine": worst, "worst": path, "mean_cosine": mean, "max_abs": parity.max_abs,
            "required": args.min_cosine, "ok": good, "device": ours.kernels, "cpu": theirs.kernels,
        });
        writeln!(terminal::out(), "{summary}")?;
    } else {
        let mut out = terminal::out();
        writeln!(out, "faces     {} compared, {} failed", parity.faces, failed)?;
        writeln!(out, "cosine    least {worst:.6} ({path}), mean {mean:.6}, required {}", args.min_cosine)?;
        writeln!(out, "max abs   {:.6}", parity.max_abs)?;
        writeln!(out, "compared  {} {} with cpu {}", ours.backend, ours.kernels, theirs.kernels)?;
        writeln!(out, "{}", if good { "PASS" } else { "FAIL" })?;
    }
    Ok(if good && failed == 0 { Exit::Good } else { Exit::Some })
}
