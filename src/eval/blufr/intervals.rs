//! Confidence intervals: VR and DIR of trials whose persons are drawn again.

use super::super::Bootstrap;
use super::super::result::Interval;
use super::super::scan::{Scan, TrialScan};
use super::definitions::{Convention, IDENTIFICATION_FAR, VERIFICATION_FAR, is_within};
use crate::protocol::BlufrConfig;

/// Intervals of the model card's VR and DIR. Persons are drawn; the gallery stays.
pub(super) fn intervals(config: &BlufrConfig, scan: &Scan, bootstrap: &Bootstrap) -> [Option<Interval>; 2] {
    bootstrap.intervals(scan.persons, |counts| {
        let trial = |trial: &TrialScan| (resampled_vr(trial, counts), resampled_dir(trial, counts));
        let (vr, dir): (Vec<f64>, Vec<f64>) = scan.trials.iter().map(trial).unzip();
        debug_assert_eq!(vr.len(), config.trials.len());
        [Convention::Port.mu_minus_sigma(&vr), Convention::Port.mu_minus_sigma(&dir)]
    })
}

/// VR at FAR = 0.1 % where person `p` counts `counts[p]` times; NaN if it needs more impostor scores than were kept.
fn resampled_vr(trial: &TrialScan, counts: &[u32]) -> f64 {
    let count = |person: u32| u64::from(counts[person as usize]);
    let (mut images, mut squares, mut genuine) = (0, 0, 0);
    for (person, n) in &trial.images {
        let weight = count(*person) * u64::from(*n);
        images += weight;
        squares += weight * weight;
        genuine += count(*person) * u64::from(*n) * u64::from(n - 1) / 2;
    }
    let alarms = Convention::Port.alarms(VERIFICATION_FAR, (images * images - squares) / 2);
    let mut seen = 0;
    let bar = trial.top.iter().find(|pair| {
        seen += count(pair.persons[0]) * count(pair.persons[1]);
        seen >= alarms.max(1)
    });
    let (Some(bar), true) = (bar, genuine > 0) else { return f64::NAN };
    let missed = trial.genuine.iter().take_while(|pair| pair.score < bar.score);
    let missed: u64 = missed.map(|pair| count(pair.person)).sum();
    1.0 - missed as f64 / genuine as f64
}

/// The port's DIR at FAR = 1 %, likewise.
fn resampled_dir(trial: &TrialScan, counts: &[u32]) -> f64 {
    let count = |person: u32| u64::from(counts[person as usize]);
    let impostors: u64 = trial.impostor_probes.iter().map(|probe| count(probe.person)).sum();
    let alarms = Convention::Port.alarms(IDENTIFICATION_FAR, impostors).max(1);
    let mut seen = 0;
    let bar = trial.impostor_probes.iter().find(|probe| {
        seen += count(probe.person);
        seen >= alarms
    });
    let Some(bar) = bar else { return f64::NAN };
    let (mut found, mut all) = (0, 0);
    for probe in &trial.genuine_probes {
        let weight = count(probe.person);
        all += weight;
        let is_within = is_within(Convention::Port, probe.above, probe.before, probe.after, 1);
        found += if probe.score >= bar.score && is_within { weight } else { 0 };
    }
    found as f64 / all as f64
}
