//! Offline models: those given, and those compiled once from weights and kept.

use super::ascend::Devices;
use super::ascend::options::{DeviceOptions, LIMIT, STREAMS};
use super::compiled::Compiled;
use super::device::Device;
use super::error::{ComputeError, Error};
use super::inner::{Inner, Model};
use super::notice::Notice;
use super::offline_model::OfflineModel;
use super::settings::Settings;
use super::source::{LoadedWeights, origin};
use crate::atc::{self, Atc, BatchSizes, Compilation, Manifest, Plan, PrecisionMode, Recipe};
use crate::network::Network;
use crate::onnx::{self, ExportBatch};
use ::ascend::Runtime;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Batch sizes of models that are compiled on demand: throughput of published networks rises little after 16.
const GEARS: [u32; 5] = [1, 4, 8, 16, 32];

/// Batches per lane that keep it busy: one computed, one prepared, one being gathered.
const DEPTH: usize = 3;

/// Opens `offline` on the devices that `settings` names.
pub(super) fn open(offline: &OfflineModel, settings: &Settings) -> Result<Inner, Error> {
    let manifest = offline.manifest()?;
    let network = match (&manifest, settings.network) {
        (Some(manifest), None) => manifest.recipe.network.parse()?,
        (None, Some(network)) => network,
        (None, None) => return Err(Error::NetworkUnknown { model: offline.to_string() }),
        (Some(manifest), Some(asked)) => {
            let recorded: Network = manifest.recipe.network.parse()?;
            if recorded != asked {
                return Err(Error::OtherNetwork { model: offline.to_string(), recorded, asked });
            }
            recorded
        }
    };
    if settings.precision.is_some() {
        return Err(Error::CpuPrecision);
    }
    let devices = match &settings.device {
        Device::Cpu => return Err(Error::NeedsDevice { model: offline.to_string() }),
        Device::Auto => Vec::new(),
        Device::Ascend(devices) => devices.clone(),
    };
    let (weights_sha256, precision) = match manifest {
        Some(Manifest { recipe, .. }) => (recipe.weights_sha256, arithmetic(recipe.precision_mode)),
        None => (offline.sha256()?, "unknown"),
    };
    let options = DeviceOptions {
        model: offline.clone(),
        devices,
        streams: settings.streams.unwrap_or(STREAMS),
        limit: settings.limit.unwrap_or(LIMIT),
        precision: precision.to_string(),
    };
    let runtime = Runtime::open().map_err(ComputeError::from)?;
    let (devices, lanes) =
        Devices::open(&runtime, options, |count| settings.lanes(count), &settings.listener)?;
    let (found, needed) = (devices.input.channels(), network.input().channels());
    if found != needed {
        return Err(Error::OtherPlanes { model: offline.to_string(), found, network, needed });
    }
    let origin = origin(network, &weights_sha256);
    let model = Model { network, origin, weights_sha256, calibration_sha256: None };
    let (info, depth) = (devices.info.clone(), DEPTH * lanes.count());
    Ok(Inner { lanes, depth, model, info, devices: Some(devices) })
}

/// Opens weights on Ascend devices: compiled for this machine's chip the first time, kept in the cache for all
/// others.
pub(super) fn open_weights(loaded: &LoadedWeights, settings: &Settings) -> Result<Inner, Error> {
    let LoadedWeights { weights, sha256, .. } = loaded;
    let soc = {
        let runtime = Runtime::open().map_err(ComputeError::from)?;
        runtime.soc_name().ok_or(Error::ChipUnknown)?.parse()?
    };
    let atc = Atc::find()?;
    let plan = Plan {
        network: weights.network(),
        soc,
        batch: BatchSizes::new(&GEARS)?,
        precision: PrecisionMode::default(),
        aipp: true,
    };
    let export = onnx::ExportOptions {
        batch: ExportBatch::Dynamic,
        logits: false,
        weights_sha256: Some(sha256.clone()),
    };
    let onnx = onnx::export(weights, &export)?;
    let recipe = Recipe::new(&plan, sha256, &onnx, atc.cann_version.clone());
    let compile = |output: &Path, kept: bool| {
        let (chip, command) = (plan.soc.to_string(), atc.command_line(&plan));
        let kept = kept.then(|| output.to_path_buf());
        settings.listener.tell(&Notice::Compiling { chip, kept, command });
        let job = Compilation { plan: &plan, onnx: &onnx, weights_sha256: sha256, output };
        let mut tell = |line: &str| settings.listener.tell(&Notice::Compiler(line.to_string()));
        atc::compile(&atc, job, &AtomicBool::new(false), &mut tell).map(drop)
    };
    let Compiled { model, folder } = Compiled::of(&recipe, &settings.listener, &compile)?;
    let mut inner = open(&OfflineModel::File(model), settings)?;
    if let Some(devices) = &mut inner.devices {
        devices.folder = folder;
    }
    Ok(inner)
}

/// The arithmetic of a precision mode, for the contract.
fn arithmetic(precision: PrecisionMode) -> &'static str {
    match precision {
        PrecisionMode::ForceFp16 => "f16",
        PrecisionMode::ForceFp32 => "f32",
        PrecisionMode::MustKeepOriginDtype
        | PrecisionMode::AllowFp32ToFp16
        | PrecisionMode::AllowMixPrecision => "mixed",
    }
}
