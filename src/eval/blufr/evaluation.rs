//! The figures of all trials, as one evaluation.

use super::super::result::{
    Definition, Evaluation, Hard, Hardest, Histogram, Identification, Interval, Metric, Protocol, RocPoint,
    Source, Trial,
};
use super::super::scan::Scan;
use super::super::thresholds::{OperatingPoint, RATES};
use super::super::{EvalOptions, pairs};
use super::definitions::{
    Bar, Convention, IDENTIFICATION_FAR, OpenSet, VERIFICATION_FAR, Verification, mean, ranks, rates,
};
use super::intervals::intervals;
use crate::features::Features;
use crate::protocol::BlufrConfig;
use std::collections::HashSet;

pub(super) fn evaluate(
    features: &Features,
    config: &BlufrConfig,
    scan: &Scan,
    options: &EvalOptions,
) -> Evaluation {
    let (far, osi_far, ranks) = (rates(8), rates(4), ranks());
    let mut trials = Vec::new();
    // Rates of identification by trial, rank, and false accept rate.
    let mut identification: Vec<Vec<Vec<f64>>> = Vec::new();
    let mut port_vr = Vec::new();
    let mut fewest = [u64::MAX; 2];
    for (config, scan) in config.trials.iter().zip(&scan.trials) {
        let verification = Verification { scan };
        let open = OpenSet::new(scan);
        let point = |far: &f64| {
            let bar = verification.bar(Convention::Toolkit, *far);
            let threshold = match bar {
                Bar::Score(bar) => Some(bar),
                Bar::All => None,
            };
            let alarms = Convention::Toolkit.alarms(*far, scan.impostors);
            RocPoint { far: alarms as f64 / scan.impostors as f64, tpr: verification.rate(bar), threshold }
        };
        let port = verification.bar(Convention::Port, VERIFICATION_FAR);
        port_vr.push(verification.rate(port));
        let missed = (scan.genuine.len() - verification.accepted(port)) as u64;
        fewest[0] = fewest[0].min(missed).min(Convention::Port.alarms(VERIFICATION_FAR, scan.impostors));
        let dir = |convention| open.rate(convention, open.bar(convention, IDENTIFICATION_FAR), 1);
        let dir_model_card = dir(Convention::Port);
        let missed = ((1.0 - dir_model_card) * scan.genuine_probes.len() as f64).round() as u64;
        let alarms = Convention::Port.alarms(IDENTIFICATION_FAR, scan.impostor_probes.len() as u64);
        fewest[1] = fewest[1].min(missed).min(alarms);
        let bars: Vec<Bar> = osi_far.iter().map(|far| open.bar(Convention::Toolkit, *far)).collect();
        let of_rank =
            |rank: &usize| bars.iter().map(|bar| open.rate(Convention::Toolkit, *bar, *rank)).collect();
        identification.push(ranks.iter().map(of_rank).collect());
        trials.push(Trial {
            images: config.test.len(),
            genuine: scan.genuine.len() as u64,
            impostors: scan.impostors,
            gallery: config.gallery.len(),
            genuine_probes: scan.genuine_probes.len(),
            impostor_probes: scan.impostor_probes.len(),
            verification: far.iter().map(point).collect(),
            vr: verification.rate(verification.bar(Convention::Toolkit, VERIFICATION_FAR)),
            dir: dir(Convention::Toolkit),
            dir_model_card,
        });
    }
    let intervals = options.bootstrap.map(|bootstrap| intervals(config, scan, &bootstrap));
    let interval = |at: usize| intervals.and_then(|all| all[at]);
    let metrics = metrics(&trials, &port_vr, interval, fewest);
    let notes = pairs::fragile(&metrics).into_iter().collect();
    let roc = (0..far.len()).map(|at| {
        let of = |value: fn(&RocPoint) -> f64| {
            mean(&trials.iter().map(|trial| value(&trial.verification[at])).collect::<Vec<_>>())
        };
        RocPoint { far: of(|point| point.far), tpr: of(|point| point.tpr), threshold: None }
    });
    let roc = roc.collect();
    let over_trials = |figure: fn(&[f64]) -> f64| -> Vec<Vec<f64>> {
        let one = |rank: usize, at: usize| {
            figure(&identification.iter().map(|trial| trial[rank][at]).collect::<Vec<_>>())
        };
        (0..ranks.len()).map(|rank| (0..osi_far.len()).map(|at| one(rank, at)).collect()).collect()
    };
    let deviation = |values: &[f64]| match values.len() {
        0 | 1 => 0.0,
        _ => mean(values) - Convention::Toolkit.mu_minus_sigma(values),
    };
    let identification =
        Identification { mean: over_trials(mean), deviation: over_trials(deviation), far: osi_far, ranks };
    let mut genuine_scores = Histogram::empty();
    for trial in &scan.trials {
        trial.genuine.iter().for_each(|pair| genuine_scores.add(pair.score, 1));
    }
    Evaluation {
        v: 1,
        protocol: Protocol::Blufr,
        source: Source {
            name: features.path().display().to_string(),
            rows: features.rows(),
            width: features.width(),
            contract: features.contract().cloned(),
        },
        metrics,
        notes,
        genuine: trials.iter().map(|trial| trial.genuine).sum(),
        impostors: trials.iter().map(|trial| trial.impostors).sum(),
        roc,
        genuine_scores,
        impostor_scores: scan.histogram(),
        operating_points: operating_points(scan),
        folds: Vec::new(),
        trials,
        identification: Some(identification),
        hardest: hardest(config, scan, options.hardest),
    }
}

fn metrics(
    trials: &[Trial],
    port_vr: &[f64],
    interval: impl Fn(usize) -> Option<Interval>,
    fewest: [u64; 2],
) -> Vec<Metric> {
    let (vr, dir) = ("VR@FAR=0.1%", "DIR@FAR=1%");
    let of = |value: fn(&Trial) -> f64| trials.iter().map(value).collect::<Vec<f64>>();
    let (toolkit_vr, toolkit_dir, port_dir) =
        (of(|trial| trial.vr), of(|trial| trial.dir), of(|trial| trial.dir_model_card));
    let mut metrics = Vec::new();
    let mut add = |name: &str, definition, value, interval, errors| {
        metrics.push(Metric { name: name.into(), definition, value, interval, errors });
    };
    let port = |values: &[f64]| Convention::Port.mu_minus_sigma(values);
    add(vr, Definition::ModelCard, port(port_vr), interval(0), Some(fewest[0]));
    add(dir, Definition::ModelCard, port(&port_dir), interval(1), Some(fewest[1]));
    // One trial has no standard deviation with divisor n - 1.
    if trials.len() > 1 {
        add(vr, Definition::Blufr, Convention::Toolkit.mu_minus_sigma(&toolkit_vr), None, Some(fewest[0]));
        add(dir, Definition::Blufr, Convention::Toolkit.mu_minus_sigma(&toolkit_dir), None, Some(fewest[1]));
    }
    add("VR@FAR=0.1%, mean", Definition::Blufr, mean(&toolkit_vr), None, None);
    add("DIR@FAR=1%, mean", Definition::Blufr, mean(&toolkit_dir), None, None);
    metrics
}

/// Thresholds that no trial exceeds the rate with: the highest of the trials'.
fn operating_points(scan: &Scan) -> Vec<OperatingPoint> {
    let total: usize = scan.trials.iter().map(|trial| trial.genuine.len()).sum();
    let at = |far: f64| {
        let mut threshold = f64::NEG_INFINITY;
        let mut false_accepts = 0;
        for scan in &scan.trials {
            false_accepts += Convention::Toolkit.alarms(far, scan.impostors);
            if let Bar::Score(bar) = (Verification { scan }).bar(Convention::Toolkit, far) {
                threshold = threshold.max(bar);
            }
        }
        let accepted = scan.trials.iter().map(|scan| Verification { scan }.accepted(Bar::Score(threshold)));
        let tpr = accepted.sum::<usize>() as f64 / total as f64;
        OperatingPoint { far, threshold, false_accepts, tpr }
    };
    RATES.into_iter().map(at).filter(|point| point.threshold.is_finite()).collect()
}

fn hardest(config: &BlufrConfig, scan: &Scan, count: usize) -> Hardest {
    // Trials share pairs.
    let distinct = |mut all: Vec<(f64, [u32; 2])>| {
        let mut seen = HashSet::new();
        all.retain(|(_, images)| seen.insert(*images));
        let name = |image: u32| config.images[image as usize].clone();
        let hard =
            |(score, [left, right]): (f64, [u32; 2])| Hard { score, left: name(left), right: name(right) };
        all.into_iter().take(count).map(hard).collect()
    };
    let mut genuine: Vec<(f64, [u32; 2])> = Vec::new();
    let mut impostors: Vec<(f64, [u32; 2])> = Vec::new();
    for trial in &scan.trials {
        genuine.extend(trial.genuine.iter().take(count).map(|pair| (pair.score, pair.images)));
        impostors.extend(trial.top.iter().take(count).map(|pair| (pair.score, pair.images)));
    }
    genuine.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    impostors.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    Hardest { genuine: distinct(genuine), impostors: distinct(impostors) }
}
