//! Offline models: those given, and those compiled once from weights and kept.

use super::{DeviceChoice, Error, Model, ModelOptions, demo_weights};
use crate::backend::ascend::{self, STREAMS};
use crate::backend::{Ascend, Backend};
use crate::contract::WeightsOrigin;
use crate::models;
use crate::network::{Network, Weights};
use crate::om::{self, Atc, BatchSizes, Job, Manifest, Plan, Precision, Recipe};
use crate::onnx::{self, Batch};
use ::ascend::Runtime;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Batch sizes of models that are compiled on demand: throughput of published networks rises little after 16.
const GEARS: [u32; 5] = [1, 4, 8, 16, 32];

/// Opens the `.om` at `path` on the devices `options` names.
pub(super) fn open(path: &Path, options: &ModelOptions) -> Result<Model, Error> {
    let manifest = Manifest::of(path)?;
    let network = match (&manifest, options.network) {
        (Some(manifest), None) => manifest.recipe.network.parse()?,
        (None, Some(network)) => network,
        (None, None) => return Err(Error::NetworkUnknown { model: path.to_path_buf() }),
        (Some(manifest), Some(asked)) => {
            let recorded: Network = manifest.recipe.network.parse()?;
            if recorded != asked {
                return Err(Error::OtherNetwork { model: path.to_path_buf(), recorded, asked });
            }
            recorded
        }
    };
    if options.precision.is_some() {
        return Err(Error::CpuPrecision);
    }
    let devices = match &options.device {
        DeviceChoice::Cpu => return Err(Error::NeedsDevice { model: path.to_path_buf() }),
        DeviceChoice::Auto => Vec::new(),
        DeviceChoice::Ascend(devices) => devices.clone(),
    };
    let (weights_sha256, precision) = match manifest {
        Some(Manifest { recipe, .. }) => (recipe.weights_sha256, arithmetic(recipe.precision_mode)),
        None => {
            let sha256 =
                om::sha256(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })?;
            (sha256, "unknown")
        }
    };
    let run = ascend::Options {
        model: path.to_path_buf(),
        devices,
        streams: options.streams.unwrap_or(STREAMS),
        limit: options.limit.unwrap_or(ascend::LIMIT),
        precision: precision.to_string(),
    };
    let runtime = Runtime::open().map_err(crate::backend::BackendError::from)?;
    let backend = Ascend::open(&runtime, &run)?;
    let (found, needed) = (backend.info().input.channels(), network.input().channels());
    if found != needed {
        return Err(Error::OtherPlanes { model: path.to_path_buf(), found, network, needed });
    }
    let origin = match models::by_sha256(&weights_sha256) {
        Some(known) => WeightsOrigin::Known(known.name.clone()),
        None if network == Network::LightCnn9 && weights_sha256 == demo_weights().1 => {
            WeightsOrigin::UntrainedDemo
        }
        None => WeightsOrigin::Unknown,
    };
    Ok(Model {
        backend: Box::new(backend),
        network,
        origin,
        weights_sha256,
        calibration_sha256: None,
        cpu_reason: None,
    })
}

/// Opens `weights` on Ascend devices: compiled for this machine's chip the first time, kept in the cache for all
/// others.
pub(super) fn open_weights(
    weights: &Weights,
    sha256: &str,
    options: &ModelOptions,
    say: &mut dyn FnMut(&str),
) -> Result<Model, Error> {
    let soc = {
        let runtime = Runtime::open().map_err(crate::backend::BackendError::from)?;
        runtime.soc_name().ok_or(Error::ChipUnknown)?.parse()?
    };
    let atc = Atc::find()?;
    let plan = Plan {
        network: weights.network(),
        soc,
        batch: BatchSizes::new(&GEARS)?,
        precision: Precision::default(),
        aipp: true,
    };
    let export =
        onnx::Options { batch: Batch::Dynamic, logits: false, weights_sha256: Some(sha256.to_string()) };
    let onnx = onnx::export(weights, &export)?;
    let recipe = Recipe::new(&plan, sha256, &onnx, atc.cann_version.clone());
    let folder = models::cache_folder()?;
    let output = folder.join(recipe.cache_name());
    // A kept model that is damaged or not ours is made anew.
    let kept = output.exists()
        && Manifest::of(&output).is_ok_and(|kept| kept.is_some_and(|manifest| manifest.recipe == recipe));
    if !kept {
        std::fs::create_dir_all(&folder).map_err(|source| Error::Read { path: folder.clone(), source })?;
        say(&format!("compiling for {}, once; kept as {}", plan.soc, output.display()));
        say(&atc.command_line(&plan));
        let job = Job { plan: &plan, onnx: &onnx, weights_sha256: sha256, output: &output };
        om::compile(&atc, job, &AtomicBool::new(false), &mut |line| say(line))?;
    }
    open(&output, options)
}

/// The arithmetic of a precision mode, for the contract.
fn arithmetic(precision: Precision) -> &'static str {
    match precision {
        Precision::ForceFp16 => "f16",
        Precision::ForceFp32 => "f32",
        Precision::MustKeepOriginDtype | Precision::AllowFp32ToFp16 | Precision::AllowMixPrecision => "mixed",
    }
}
