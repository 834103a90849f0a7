//! `lightcnn eval`: figures of merit of features.

mod input;
mod report;
mod table;

use crate::args::eval::{Blufr, Eval, How, Lfw, Pairs, What};
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use anyhow::{Context, bail};
use lightcnn::contract::WeightsOrigin;
use lightcnn::eval::{
    self, Bootstrap, Definition, EvalOptions, Evaluation, Metric, Protocol, ScoredPairs, Thresholds,
};
use lightcnn::models;
use lightcnn::protocol::{self, ImageList};
use serde_json::json;
use std::io::Write;
use std::num::NonZeroU32;
use std::path::Path;

pub fn run(command: Eval, report: &Report) -> anyhow::Result<Exit> {
    match command {
        Eval::Lfw(Lfw { pairs, what, how }) => verification(&pairs, Protocol::Lfw, &what, &how, report),
        Eval::Pairs(Pairs { pairs, what, how }) => verification(&pairs, Protocol::Pairs, &what, &how, report),
        Eval::Blufr(Blufr { config, what, how }) => blufr(&config, &what, &how, report),
    }
}

fn verification(
    pairs: &Path,
    protocol: Protocol,
    what: &What,
    how: &How,
    report: &Report,
) -> anyhow::Result<Exit> {
    let options = options(how)?;
    let list = match protocol {
        Protocol::Pairs if pairs == Path::new("all") => None,
        _ => Some(protocol::read_pairs(pairs)?),
    };
    let images = images(what)?;
    let scored = match (input::is_given(what), &list) {
        (true, Some(list)) => input::each(what, images.as_ref(), report, |features| {
            Ok(ScoredPairs::new(features, list, images.as_ref())?)
        })?,
        (true, None) => input::each(what, images.as_ref(), report, |features| {
            Ok(ScoredPairs::new(features, &eval::all_pairs(features)?, None)?)
        })?,
        (false, Some(list)) => vec![
            ScoredPairs::of_scores(&pairs.display().to_string(), list)
                .context("give --features, or --images and --model")?,
        ],
        (false, None) => bail!("give --features, or --images and --model"),
    };
    let evaluate = |scored: &ScoredPairs| eval::pairs(scored, protocol, &options);
    let found = scored.iter().map(evaluate).collect::<Result<Vec<_>, _>>();
    finish(found.with_context(|| format!("cannot evaluate on {}", pairs.display()))?, what, how, report)
}

fn blufr(config: &Path, what: &What, how: &How, report: &Report) -> anyhow::Result<Exit> {
    let options = options(how)?;
    let config = protocol::read_blufr(config)?;
    let images = images(what)?;
    if !input::is_given(what) {
        bail!("give --features, or --images and --model");
    }
    let found =
        input::each(what, images.as_ref(), report, |features| Ok(eval::blufr(features, &config, &options)?))?;
    finish(found, what, how, report)
}

fn options(how: &How) -> anyhow::Result<EvalOptions> {
    if !(how.level > 0.0 && how.level < 1.0) {
        bail!("--level must lie between 0 and 100 %; 95% is usual");
    }
    let bootstrap = NonZeroU32::new(how.bootstrap).map(|resamples| Bootstrap {
        resamples,
        level: how.level,
        seed: how.seed,
    });
    let mut options = EvalOptions::default();
    options.bootstrap = bootstrap;
    Ok(options)
}

fn images(what: &What) -> anyhow::Result<Option<ImageList>> {
    Ok(what.list.as_deref().map(protocol::read_images).transpose()?)
}

/// Says what was found, and keeps the thresholds.
fn finish(found: Vec<Evaluation>, what: &What, how: &How, report: &Report) -> anyhow::Result<Exit> {
    let Some(first) = found.first() else { bail!("there is nothing to evaluate") };
    let card = match (&how.card, first.source.contract.as_ref().map(|contract| &contract.weights)) {
        (Some(name), _) => match models::by_name(name) {
            Some(model) => Some(model),
            None => bail!("there is no published model '{name}'; `lightcnn fetch --list` lists them"),
        },
        (None, Some(WeightsOrigin::Known(name))) => models::by_name(name),
        (None, _) => None,
    };
    let mut out = terminal::out();
    if how.json {
        let card = card.map(
            |model| json!({ "name": model.name, "model_card": model.published, "authors": model.authors }),
        );
        writeln!(out, "{}", json!({ "v": 1, "evaluations": found, "published": card }))?;
    } else {
        table::write(&mut out, &found, card)?;
    }
    if let Some(folder) = &how.report {
        let mut pictures = how.pictures.clone();
        pictures.extend(what.images.iter().filter(|input| input.is_dir()).cloned());
        let missing = report::write(folder, &found, card, &pictures)?;
        if missing > 0 && first.source.width > 0 {
            report.say(format_args!(
                "{missing} pictures of the hardest pairs were not found; --pictures DIR says where they are"
            ));
        }
        report.say(format_args!("report -> {}", folder.join(report::PAGE).display()));
    }
    if let Some(file) = &how.save_thresholds {
        let thresholds = Thresholds::of(first)?;
        let path = thresholds.keep(file.as_deref())?;
        report.say(format_args!("thresholds -> {}", path.display()));
    }
    let Some(limit) = how.max_drop else { return Ok(Exit::Good) };
    if found.len() < 2 {
        bail!("--max-drop compares: give --features twice, the ones to compare with first");
    }
    let drops: Vec<String> = found[1..].iter().flat_map(|other| drops(first, other, limit)).collect();
    drops.iter().for_each(|drop| report.warn(drop));
    Ok(if drops.is_empty() { Exit::Good } else { Exit::Some })
}

/// The figures of `other` that are more than `limit` below those of `first`.
fn drops(first: &Evaluation, other: &Evaluation, limit: f64) -> Vec<String> {
    let is_judged = |metric: &&Metric| {
        metric.definition == Definition::ModelCard
            || (metric.definition == Definition::Lfw && metric.name == "accuracy")
    };
    let drop = |metric: &Metric| {
        let is_same = |found: &&Metric| found.name == metric.name && found.definition == metric.definition;
        let drop = metric.value - other.metrics.iter().find(is_same)?.value;
        // Figures are shares of whole pairs; a rounding must not make a drop of exactly the limit too large.
        (drop > limit + 1e-12).then(|| {
            format!(
                "{}: {} falls by {:.3} percent points, more than {:.3}",
                other.source.name,
                metric.name,
                100.0 * drop,
                100.0 * limit
            )
        })
    };
    first.metrics.iter().filter(is_judged).filter_map(drop).collect()
}
