//! BLUFR: verification and open-set identification over trials.
//!
//! S. Liao, Z. Lei, D. Yi, S. Z. Li, "A benchmark study of large-scale unconstrained face recognition", IJCB 2014, and the
//! toolkit's `EvalROC.m`, `OpenSetROC.m` and `demo_pca.m`: all pairs of a trial's test images are compared; the threshold
//! for a false accept rate is the impostor score of rank round(FAR × impostors), and a score equal to it is accepted; for
//! FAR = 0 it lies half-way between the highest impostor score and the next genuine one. Reported is mu - sigma over the
//! trials. The official MindSpore port differs in what [`Convention`] lists.

mod definitions;
mod evaluation;
mod intervals;

use super::EvalOptions;
use super::error::{EvalError, Problems};
use super::images::{self, Directions, Lookup};
use super::result::Evaluation;
use super::scan::Scan;
use crate::features::Features;
use crate::protocol::BlufrConfig;
use definitions::{Convention, VERIFICATION_FAR, rates};
use evaluation::evaluate;
use std::collections::HashSet;

/// BLUFR's figures.
///
/// # Errors
/// If an image has no usable feature, all of which are named, or a trial has no pairs or probes of one kind.
pub fn blufr(
    features: &Features,
    config: &BlufrConfig,
    options: &EvalOptions,
) -> Result<Evaluation, EvalError> {
    let rows = rows(features, config)?;
    let mut problems = Problems::default();
    let directions = Directions::new(features, rows.iter().flatten().copied(), &mut problems);
    images::check(features, problems)?;
    check_kinds(config)?;
    let far = rates(8);
    let conventions = [Convention::Port, Convention::Toolkit];
    let ranks_of = |impostors: u64| {
        let alarms = conventions.iter().flat_map(|convention| {
            far.iter().map(move |far| convention.alarms(*far, impostors).clamp(1, impostors))
        });
        alarms.collect::<Vec<u64>>()
    };
    let direction = |image: usize| rows[image].map_or(&[][..], |row| directions.of(row));
    // Resamples may weigh the highest impostor scores up, so more of them are kept than the rate itself needs.
    let top = 4.0 * VERIFICATION_FAR;
    let scan = Scan::new(config, features.width(), direction, ranks_of, top);
    Ok(evaluate(features, config, &scan, options))
}

/// The row of every image that some trial compares.
fn rows(features: &Features, config: &BlufrConfig) -> Result<Vec<Option<usize>>, EvalError> {
    let mut is_used = vec![false; config.images.len()];
    config.trials.iter().flat_map(|trial| &trial.test).for_each(|image| is_used[*image] = true);
    let Some(lookup) = Lookup::new(features) else {
        let (rows, images) = (features.rows(), config.images.len());
        return match rows == images {
            true => Ok(is_used.into_iter().enumerate().map(|(row, used)| used.then_some(row)).collect()),
            false => Err(EvalError::Rows { path: features.path().to_path_buf(), rows, images }),
        };
    };
    let mut problems = Problems::default();
    let row = |(name, used): (&String, bool)| match used.then(|| lookup.row(name)) {
        Some(Err(problem)) => {
            problems.all.push(problem);
            None
        }
        found => found.and_then(Result::ok),
    };
    let rows = config.images.iter().zip(is_used).map(row).collect();
    images::check(features, problems)?;
    Ok(rows)
}

/// Every trial needs pairs and probes of both kinds.
fn check_kinds(config: &BlufrConfig) -> Result<(), EvalError> {
    for (at, trial) in config.trials.iter().enumerate() {
        let label = |image: &usize| config.labels[*image];
        let mut counts = std::collections::HashMap::new();
        trial.test.iter().for_each(|image| *counts.entry(label(image)).or_insert(0u64) += 1);
        let all = trial.test.len() as u64;
        let genuine: u64 = counts.values().map(|n| n * (n - 1) / 2).sum();
        let impostors = (all * all.saturating_sub(1) / 2).saturating_sub(genuine);
        let place = format!(" in trial {}", at + 1);
        if genuine == 0 || impostors == 0 {
            return Err(EvalError::OneKind { genuine, impostors, place });
        }
        let known: HashSet<usize> = trial.gallery.iter().map(label).collect();
        let found = trial.probe.iter().filter(|image| known.contains(&label(image))).count();
        if found == 0 || found == trial.probe.len() {
            let (genuine, impostors) = (found as u64, (trial.probe.len() - found) as u64);
            return Err(EvalError::OneKind { genuine, impostors, place: place + " (probes)" });
        }
    }
    Ok(())
}
