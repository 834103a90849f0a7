//! Which engine a command uses.

use crate::args::{CpuPrecision, MODEL_VARIABLE, ModelArgs, PlaceArgs, SetArgs};
use crate::report::Report;
use anyhow::{Context, bail};
use lightcnn::checkpoint::{LoadOptions, PassedOver, WeightSet};
use lightcnn::contract::WeightsOrigin;
use lightcnn::engine::{Builder, Info, LoadedWeights, Notice};
use lightcnn::network::Network;
use lightcnn::{Device, Engine, ModelSource, Precision, environment};
use lightcnn_cpu::cpu::Calibration;
use std::time::Duration;

/// The model of this name, or the one that is used when none is named.
pub fn source(name: Option<&str>) -> ModelSource {
    name.map_or_else(ModelSource::default, ModelSource::from)
}

/// What the options of the command line say about weights to load.
pub fn load_options(network: Option<Network>, set: &SetArgs) -> LoadOptions {
    LoadOptions { network, key: set.key.clone(), strict: set.strict_weights, ..LoadOptions::default() }
}

/// Loads the weights of `source`, and says which tensors of its file they are.
pub fn weights(
    source: &ModelSource,
    options: &LoadOptions,
    report: &Report,
) -> anyhow::Result<LoadedWeights> {
    let loaded = source.weights(options)?;
    if let Some(set) = &loaded.set {
        tell_set(set, report);
    }
    Ok(loaded)
}

/// Sets which tensors of its file an engine computes with.
pub fn chosen(builder: Builder, set: &SetArgs) -> Builder {
    let builder = builder.strict(set.strict_weights);
    match &set.key {
        Some(key) => builder.key(key),
        None => builder,
    }
}

/// What became of the model called `name`; says so, if it failed and a variable named it.
pub fn named<T, E: Into<anyhow::Error>>(name: Option<&str>, outcome: Result<T, E>) -> anyhow::Result<T> {
    let outcome = outcome.map_err(Into::into);
    match (name, environment::text(MODEL_VARIABLE)) {
        (Some(name), Some(value)) if name == value => outcome
            .with_context(|| format!("{MODEL_VARIABLE} names the model '{name}', which cannot be used")),
        _ => outcome,
    }
}

/// Opens the engine that `args` names.
pub fn open(args: &ModelArgs, report: &Report) -> anyhow::Result<Engine> {
    let builder = chosen(Engine::builder(source(args.model.as_deref())), &args.set);
    let mut builder = placed(builder, &args.place)?;
    if let Some(network) = args.network {
        builder = builder.network(network);
    }
    if let Some(threads) = args.threads {
        builder = builder.threads(threads.get());
    }
    named(args.model.as_deref(), open_with(builder, report))
}

/// Sets where and how the engine computes.
pub fn placed(builder: Builder, args: &PlaceArgs) -> anyhow::Result<Builder> {
    let mut builder = builder.device(args.device.clone())?;
    if let Some(streams) = args.streams {
        builder = builder.streams(streams.get());
    }
    if let Some(seconds) = args.limit {
        builder = builder.limit(Duration::from_secs(seconds.get().into()));
    }
    if let Some(precision) = precision(args)? {
        builder = builder.precision(precision);
    }
    Ok(builder)
}

/// What --precision and --calibration mean together.
pub fn precision(args: &PlaceArgs) -> anyhow::Result<Option<Precision>> {
    Ok(match (args.precision, args.calibration.as_deref()) {
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

/// Opens an engine, and says what it is.
pub fn open_with(builder: Builder, report: &Report) -> anyhow::Result<Engine> {
    let listener = *report;
    let engine = builder.on_notice(move |notice| tell(notice, &listener)).open()?;
    if !engine.losses(0).is_empty() {
        report.say(format_args!(
            "  to use the others alone:  --device {}",
            Device::Ascend(engine.info().devices.clone())
        ));
    }
    match engine.origin() {
        WeightsOrigin::UntrainedDemo => {
            report.say("notice: model 'demo' is untrained: for trying the tool, not for recognising people")
        }
        WeightsOrigin::Unknown => report.detail("the weights are not among those in `models/`"),
        WeightsOrigin::Known(name) => report.detail(format_args!("the weights are {name}, as published")),
    }
    Ok(engine)
}

/// What `engine` computes on, for a summary: `cpu avx2`, or `ascend Ascend310P3, 1 of 2 devices`.
pub fn place(engine: &Engine) -> String {
    let Info { backend, kernels, .. } = engine.info();
    let (left, lost) = devices(engine);
    let count = match (left, lost) {
        (0, 0) => String::new(),
        (1, 0) => ", 1 device".to_string(),
        (left, 0) => format!(", {left} devices"),
        (left, lost) => format!(", {left} of {} devices", left + lost),
    };
    format!("{backend} {kernels}{count}")
}

/// How many Ascend devices compute, and how many do not, as they did not open or were lost.
pub fn devices(engine: &Engine) -> (usize, usize) {
    let losses = engine.losses(0);
    let is_left = |device: &&i32| losses.iter().all(|loss| loss.device != **device);
    (engine.info().devices.iter().filter(is_left).count(), losses.len())
}

fn tell(notice: &Notice, report: &Report) {
    match notice {
        Notice::Weights(set) => tell_set(set, report),
        Notice::OnCpu { reason } => report.say(format_args!(
            "notice: on the CPU, as Ascend cannot be used: {reason} (`lightcnn doctor` says more)"
        )),
        Notice::NotKept { reason } => report.warn(format_args!(
            "the compiled model cannot be kept, so every run compiles it again: {reason}"
        )),
        Notice::VisibleDevices { mistake } => report.warn(mistake),
        Notice::DeviceNotOpened(loss) => {
            report
                .warn(format_args!("device {} does not open and is not used: {}", loss.device, loss.reason));
        }
        Notice::Compiling { chip, kept, command } => {
            match kept {
                Some(kept) => {
                    report.say(format_args!("compiling for {chip}, once; kept as {}", kept.display()))
                }
                None => report.say(format_args!("compiling for {chip}, for this run")),
            }
            report.say(command);
        }
        Notice::Compiler(line) => report.say(line),
        // Runs over many pictures say this themselves, between their progress.
        _ => {}
    }
}

/// Says where in its file a set of weights is, unless it is where trainers put it, and what of the file is not used.
fn tell_set(set: &WeightSet, report: &Report) {
    let WeightSet { key, prefix, passed_over, .. } = set;
    if !matches!(key.as_str(), "" | "state_dict") {
        report.say(format_args!(
            "notice: the weights are under the key '{}' of their file",
            key.escape_debug()
        ));
    }
    if !matches!(prefix.as_str(), "" | "module") {
        report.say(format_args!(
            "notice: all names of the weights begin with '{}.', which is taken off",
            prefix.escape_debug()
        ));
    }
    const SHOWN: usize = 10;
    let (matter, state): (Vec<_>, Vec<_>) = passed_over.iter().partition(|passed| passed.may_matter());
    if !matter.is_empty() {
        let more = match matter.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        report.say(format_args!(
            "notice: of the file of weights this is not used: {}{more}",
            listed(&matter[..matter.len().min(SHOWN)])
        ));
    }
    if !state.is_empty() {
        report.detail(format_args!("of the file of weights this is not used: {}", listed(&state)));
    }
}

fn listed(passed: &[&PassedOver]) -> String {
    let words: Vec<String> = passed.iter().map(ToString::to_string).collect();
    words.join(", ")
}
