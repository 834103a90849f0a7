//! `lightcnn compile`: a model for an Ascend chip, by CANN's `atc`.

use super::export::refuse_existing;
use crate::args::Compile;
use crate::engine;
use crate::exit::Exit;
use crate::report::Report;
use crate::signal;
use anyhow::{Context, bail};
use lightcnn::ModelSource;
use lightcnn::atc::{self, Atc, BatchSizes, Compilation, CompileError, Manifest, Plan, Soc};
use lightcnn::engine::LoadedWeights;
use lightcnn::onnx::{self, ExportBatch};

pub fn run(args: Compile, report: &Report) -> anyhow::Result<Exit> {
    refuse_existing(&args.output, args.force)?;
    let batch = BatchSizes::new(&args.gears)?;
    let atc = Atc::find()?;
    let soc = match args.soc {
        Some(soc) => soc,
        None => this_machine().context("the chip of this machine cannot be told; name it with --soc")?,
    };
    if !soc.is_known() {
        report.warn(format_args!("{soc} is not among the chips known here; atc may know it"));
    }
    let source = ModelSource::from(&args.weights.model);
    let wanted = engine::load_options(args.weights.network, &args.weights.set);
    let LoadedWeights { weights, sha256, .. } = engine::weights(&source, &wanted, report)?;
    let exported = match batch {
        BatchSizes::Fixed(size) => ExportBatch::Fixed(size),
        BatchSizes::Gears(_) => ExportBatch::Dynamic,
    };
    let options =
        onnx::ExportOptions { batch: exported, logits: false, weights_sha256: Some(sha256.clone()) };
    let onnx = onnx::export(&weights, &options)?;
    let plan = Plan { network: weights.network(), soc, batch, precision: args.precision, aipp: args.aipp };
    report.say(format_args!("running {}", atc.command_line(&plan)));
    let job = Compilation { plan: &plan, onnx: &onnx, weights_sha256: &sha256, output: &args.output };
    let stop = signal::stop()?;
    match atc::compile(&atc, job, &stop, &mut |line| report.say(line)) {
        Ok(_) => {}
        Err(CompileError::Stopped) => return Ok(Exit::Stopped),
        Err(error) => return Err(error.into()),
    }
    let manifest = Manifest::path_of(&args.output);
    report.say(format_args!("compiled -> {}, {}", args.output.display(), manifest.display()));
    Ok(Exit::Good)
}

/// The chip of device 0.
#[cfg(feature = "ascend")]
fn this_machine() -> anyhow::Result<Soc> {
    let runtime = ascend::Runtime::open()?;
    let Some(name) = runtime.soc_name() else { bail!("ACL does not name the chip") };
    let soc = name.parse()?;
    runtime.close()?;
    Ok(soc)
}

#[cfg(not(feature = "ascend"))]
fn this_machine() -> anyhow::Result<Soc> {
    bail!("this build cannot ask the device")
}
