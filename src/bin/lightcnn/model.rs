//! Which model a command uses.

use crate::args::{CpuPrecision, ModelArgs, PlaceArgs};
use crate::report::Report;
use anyhow::{Context, bail};
use lightcnn::checkpoint::{self, LoadOptions};
use lightcnn::contract::WeightsOrigin;
use lightcnn::cpu::{Calibration, Precision};
use lightcnn::models;
use lightcnn::network::{Network, Weights};
use lightcnn::{Model, ModelOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The model used when none is named.
const DEFAULT: &str = "lightcnn9";

/// Where weights come from.
enum Source {
    Demo,
    File(PathBuf),
    Cached { name: String, path: PathBuf },
}

/// Finds what `name` names: `demo`, a file, or a name of `models/` that is in the cache.
fn find(name: Option<&str>) -> anyhow::Result<Source> {
    let name = match name {
        Some("demo") => return Ok(Source::Demo),
        Some(file) if Path::new(file).exists() => return Ok(Source::File(PathBuf::from(file))),
        name => name.unwrap_or(DEFAULT),
    };
    let Some(known) = models::by_name(name) else {
        bail!(
            "there is no file '{name}', and no known model of that name; `lightcnn fetch --list` lists them"
        );
    };
    let path = models::cache_folder()?.join(known.file_name());
    if !path.exists() {
        bail!(
            "the model {name} is not on this machine (looked for {path})\n  \
             to get it:            lightcnn fetch {name}\n  \
             to use another file:  --model FILE\n  \
             to try the tool:      --model demo (untrained)",
            path = path.display()
        );
    }
    Ok(Source::Cached { name: name.to_string(), path })
}

/// The weights that `name` names, without the classifier head unless asked for, and the SHA-256 of their file.
pub fn weights(
    name: Option<&str>,
    network: Option<Network>,
    head: bool,
) -> anyhow::Result<(Weights, String)> {
    let path = match find(name)? {
        Source::Demo => return Ok(lightcnn::demo_weights()),
        Source::File(path) | Source::Cached { path, .. } => path,
    };
    let file = checkpoint::load(&path, &LoadOptions { network, head })?;
    Ok((file.weights, file.sha256))
}

/// Opens the model that `args` names.
pub fn open(args: &ModelArgs, report: &Report) -> anyhow::Result<Model> {
    let options = ModelOptions {
        network: args.network,
        threads: args.threads.map(usize::from),
        ..placed(&args.place)?
    };
    open_with(args.model.as_deref(), &options, report)
}

/// Where and how a model runs, of any network and with any number of threads.
pub fn placed(args: &PlaceArgs) -> anyhow::Result<ModelOptions> {
    Ok(ModelOptions {
        device: args.device.clone(),
        streams: args.streams.map(usize::from),
        limit: args.limit.map(|seconds| Duration::from_secs(seconds.get().into())),
        precision: precision(args.precision, args.calibration.as_deref())?,
        ..ModelOptions::default()
    })
}

/// What --precision and --calibration mean together.
fn precision(asked: Option<CpuPrecision>, calibration: Option<&Path>) -> anyhow::Result<Option<Precision>> {
    Ok(match (asked, calibration) {
        (None, _) => None,
        (Some(CpuPrecision::F32), None) => Some(Precision::F32),
        (Some(CpuPrecision::F32), Some(_)) => bail!("--calibration has no use with --precision f32"),
        (Some(CpuPrecision::Int16), Some(file)) => Some(Precision::Int16(Calibration::read(file)?)),
        (Some(CpuPrecision::Int16), None) => bail!(
            "--precision int16 needs --calibration FILE\n  \
             to make one:  lightcnn calibrate FACES --model MODEL -o FILE"
        ),
    })
}

/// Opens the model of this name, or the one that is used when none is named.
pub fn open_with(name: Option<&str>, options: &ModelOptions, report: &Report) -> anyhow::Result<Model> {
    let say = &mut |line: &str| report.say(line);
    let model = match find(name)? {
        Source::Demo => Model::demo(options, say)?,
        Source::File(path) => Model::open(&path, options, say)?,
        Source::Cached { name, path } => Model::open(&path, options, say)
            .with_context(|| format!("the cached model {name} is unusable"))?,
    };
    if let Some(reason) = model.cpu_reason() {
        report.say(format_args!(
            "notice: on the CPU, as Ascend cannot be used: {reason} (`lightcnn doctor` says more)"
        ));
    }
    match model.origin() {
        WeightsOrigin::UntrainedDemo => {
            report.say("notice: model 'demo' is untrained: for trying the tool, not for recognising people")
        }
        WeightsOrigin::Unknown => report.detail("the weights are not among those in `models/`"),
        WeightsOrigin::Known(name) => report.detail(format_args!("the weights are {name}, as published")),
    }
    Ok(model)
}
