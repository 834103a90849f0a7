//! `lightcnn verify`: an offline model against the weights it was made from.

use super::extract::landmarks;
use crate::args::Verify;
use crate::exit::Exit;
use crate::model;
use crate::report::Report;
use anyhow::bail;
use lightcnn::feature::cosine;
use lightcnn::image::Face;
use lightcnn::pipeline::FaceReader;
use lightcnn::source::{self, SourceOptions, escape};
use lightcnn::{DeviceChoice, Model, ModelOptions, chain};
use serde_json::json;
use std::io::{self, Write};

/// Faces per call.
const BATCH: usize = 32;

/// What was found so far.
#[derive(Default)]
struct Parity {
    faces: u64,
    failed: u64,
    cosines: f64,
    worst: Option<(f64, String)>,
    max_abs: f32,
}

pub fn run(args: Verify, report: &Report) -> anyhow::Result<Exit> {
    let landmarks = landmarks(&args.face, &args.inputs)?;
    let items = source::list(&args.inputs, &SourceOptions { null_separated: false })?;
    let on_device =
        ModelOptions { network: args.network, device: args.device.clone(), ..ModelOptions::default() };
    let name = args.model.to_string_lossy();
    let mut device = model::open_with(Some(&name), &on_device, report)?;
    let on_cpu = ModelOptions {
        network: Some(device.network()),
        device: DeviceChoice::Cpu,
        ..ModelOptions::default()
    };
    let mut cpu = model::open_with(Some(&args.against), &on_cpu, report)?;
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
    let reader = FaceReader { input: device.input(), preprocess: args.face.preprocess, landmarks };
    let (mut parity, mut buffer) = (Parity::default(), Vec::new());
    let (mut names, mut faces) = (Vec::new(), Vec::new());
    for item in items {
        let item = item?;
        match reader.read(&item, &mut buffer) {
            Ok(face) => {
                names.push(escape(&item.key));
                faces.push(face);
            }
            Err(error) => {
                parity.failed += 1;
                report.warn(format_args!("{}: {}", escape(&item.key), chain(&error)));
            }
        }
        if faces.len() == BATCH {
            parity.add(&mut device, &mut cpu, &names, &faces)?;
            names.clear();
            faces.clear();
        }
    }
    parity.add(&mut device, &mut cpu, &names, &faces)?;
    let Some((worst, path)) = parity.worst else { bail!("there is not one face to compare") };
    let mean = parity.cosines / parity.faces as f64;
    let good = worst >= args.min_cosine;
    if args.json {
        let summary = json!({
            "v": 1, "model": name, "against": args.against, "faces": parity.faces, "failed": parity.failed,
            "min_cosine": worst, "worst": path, "mean_cosine": mean, "max_abs": parity.max_abs,
            "required": args.min_cosine, "ok": good, "device": ours.kernels, "cpu": theirs.kernels,
        });
        writeln!(io::stdout().lock(), "{summary}")?;
    } else {
        let mut out = io::stdout().lock();
        writeln!(out, "faces     {} compared, {} failed", parity.faces, parity.failed)?;
        writeln!(out, "cosine    least {worst:.6} ({path}), mean {mean:.6}, required {}", args.min_cosine)?;
        writeln!(out, "max abs   {:.6}", parity.max_abs)?;
        writeln!(out, "compared  {} {} with cpu {}", ours.backend, ours.kernels, theirs.kernels)?;
        writeln!(out, "{}", if good { "PASS" } else { "FAIL" })?;
    }
    Ok(if good && parity.failed == 0 { Exit::Good } else { Exit::Some })
}

impl Parity {
    fn add(
        &mut self,
        device: &mut Model,
        cpu: &mut Model,
        names: &[String],
        faces: &[Face],
    ) -> anyhow::Result<()> {
        if faces.is_empty() {
            return Ok(());
        }
        let (ours, theirs) = (device.embed(faces)?, cpu.embed(faces)?);
        for ((name, ours), theirs) in names.iter().zip(ours.rows()).zip(theirs.rows()) {
            let (ours, theirs) = (ours.to_vec(), theirs.to_vec());
            // No number is the worst of all.
            let cosine = cosine(&ours, &theirs).filter(|cosine| cosine.is_finite()).unwrap_or(-1.0);
            self.faces += 1;
            self.cosines += cosine;
            if self.worst.as_ref().is_none_or(|(worst, _)| cosine < *worst) {
                self.worst = Some((cosine, name.clone()));
            }
            for (ours, theirs) in ours.iter().zip(&theirs) {
                self.max_abs = self.max_abs.max((ours - theirs).abs());
            }
        }
        Ok(())
    }
}
