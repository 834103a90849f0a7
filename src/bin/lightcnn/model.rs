//! Which model a command uses.

use crate::args::ModelArgs;
use crate::report::Report;
use anyhow::{Context, bail};
use lightcnn::contract::WeightsOrigin;
use lightcnn::models;
use lightcnn::{Model, ModelOptions};
use std::path::Path;

/// The model used when none is named.
const DEFAULT: &str = "lightcnn9";

/// Opens the model that `args` names: `demo`, a file, or a name of `models/` that is in the cache.
pub fn open(args: &ModelArgs, report: &Report) -> anyhow::Result<Model> {
    let options = ModelOptions { network: args.network, threads: args.threads.map(usize::from) };
    let model = match args.model.as_deref() {
        Some("demo") => Model::demo(&options)?,
        Some(name) if Path::new(name).exists() => Model::open(Path::new(name), &options)?,
        name => {
            let name = name.unwrap_or(DEFAULT);
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
            Model::open(&path, &options).with_context(|| format!("the cached model {name} is unusable"))?
        }
    };
    match model.origin() {
        WeightsOrigin::UntrainedDemo => {
            report.say("notice: model 'demo' is untrained: for trying the tool, not for recognising people")
        }
        WeightsOrigin::Unknown => report.detail("the weights are not among those in `models/`"),
        WeightsOrigin::Known(name) => report.detail(format_args!("the weights are {name}, as published")),
    }
    Ok(model)
}
