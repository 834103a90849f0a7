//! BLUFR: verification and open-set identification over trials.
//!
//! S. Liao, Z. Lei, D. Yi, S. Z. Li, "A benchmark study of large-scale unconstrained face recognition", IJCB 2014, and the
//! toolkit's `EvalROC.m`, `OpenSetROC.m` and `demo_pca.m`: all pairs of a trial's test images are compared; the threshold
//! for a false accept rate is the impostor score of rank round(FAR × impostors), and a score equal to it is accepted; for
//! FAR = 0 it lies half-way between the highest impostor score and the next genuine one. Reported is mu - sigma over the
//! trials. The official MindSpore port differs in what [`Convention`] lists.

use super::error::{EvalError, Problems};
use super::images::{self, Directions, Lookup};
use super::result::{
    Definition, Evaluation, Hard, Hardest, Histogram, Identification, Interval, Metric, Protocol, RocPoint,
    Source, Trial,
};
use super::scan::{Scan, TrialScan};
use super::thresholds::{OperatingPoint, RATES};
use super::{Bootstrap, Options, pairs};
use crate::features::Features;
use crate::protocol::BlufrConfig;
use std::collections::HashSet;

/// The false accept rates of the reported figures.
const VERIFICATION_FAR: f64 = 0.001;
const IDENTIFICATION_FAR: f64 = 0.01;

/// Where the official port and the toolkit differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Convention {
    /// `eval_blufr.py` of the MindSpore model: sigma with divisor n; halves rounded to even (numpy); and ranks counted
    /// from 0 but compared with ranks from 1, so that its rank 1 takes rank 2, too. Of equal scores the later one in
    /// the gallery comes first.
    Port,
    /// The toolkit: sigma with divisor n - 1, halves rounded up, ranks from 1, the earlier of equal scores first
    /// (MATLAB's `std`, `round` and `sort`).
    Toolkit,
}

impl Convention {
    /// Number of false alarms of `impostors` at `far`.
    fn alarms(self, far: f64, impostors: u64) -> u64 {
        let exact = far * impostors as f64;
        match self {
            Convention::Port => exact.round_ties_even() as u64,
            Convention::Toolkit => exact.round() as u64,
        }
    }

    /// Mean less standard deviation.
    fn mu_minus_sigma(self, values: &[f64]) -> f64 {
        let divisor = match self {
            Convention::Port => values.len() as f64,
            Convention::Toolkit => values.len() as f64 - 1.0,
        };
        let mean = mean(values);
        mean - (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / divisor).sqrt()
    }
}

/// What a genuine score must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bar {
    Score(f64),
    /// Everything is accepted.
    All,
}

/// `sqrt(eps)`: how far above the highest impostor score the threshold for FAR = 0 lies if no genuine score is higher.
const ABOVE: f64 = 1.490_116_119_384_765_6e-8;

/// The threshold with `alarms` false alarms of `impostors`. `of_rank` gives impostor scores from rank 1 on, `higher` the
/// lowest genuine score above a score.
fn bar(
    alarms: u64,
    impostors: u64,
    of_rank: impl Fn(u64) -> f64,
    higher: impl Fn(f64) -> Option<f64>,
) -> Bar {
    match alarms {
        0 => {
            let highest = of_rank(1);
            Bar::Score(higher(highest).map_or(highest + ABOVE, |genuine| (highest + genuine) / 2.0))
        }
        alarms if alarms >= impostors => Bar::All,
        alarms => Bar::Score(of_rank(alarms)),
    }
}

/// Rates from 10^-`digits` to 9 × 10^-1, with 0 before and 1 after them.
fn rates(digits: i32) -> Vec<f64> {
    let decades = (1..=digits).rev();
    let steps = decades.flat_map(|digit| (1..=9).map(move |n| f64::from(n) / 10f64.powi(digit)));
    std::iter::once(0.0).chain(steps).chain([1.0]).collect()
}

/// BLUFR's ranks.
fn ranks() -> Vec<usize> {
    (1..=9).chain((1..=10).map(|ten| 10 * ten)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A trial's impostor scores by rank, and its sorted genuine scores.
struct Verification<'a> {
    scan: &'a TrialScan,
}

impl Verification<'_> {
    fn bar(&self, convention: Convention, far: f64) -> Bar {
        let impostors = self.scan.impostors;
        let genuine = &self.scan.genuine;
        let higher = |score: f64| {
            let at = genuine.partition_point(|pair| pair.score <= score);
            genuine.get(at).map(|pair| pair.score)
        };
        bar(convention.alarms(far, impostors), impostors, |rank| self.scan.of_rank(rank), higher)
    }

    /// Share of genuine scores that are accepted.
    fn rate(&self, bar: Bar) -> f64 {
        self.accepted(bar) as f64 / self.scan.genuine.len() as f64
    }

    fn accepted(&self, bar: Bar) -> usize {
        let genuine = &self.scan.genuine;
        match bar {
            Bar::Score(bar) => genuine.len() - genuine.partition_point(|pair| pair.score < bar),
            Bar::All => genuine.len(),
        }
    }
}

/// A trial's identification: probes with their scores and ranks.
struct OpenSet<'a> {
    scan: &'a TrialScan,
    /// Highest score of each impostor probe, falling.
    impostors: Vec<f64>,
}

impl<'a> OpenSet<'a> {
    fn new(scan: &'a TrialScan) -> OpenSet<'a> {
        let mut impostors: Vec<f64> = scan.impostor_probes.iter().map(|probe| probe.score).collect();
        impostors.sort_by(|a, b| b.total_cmp(a));
        OpenSet { scan, impostors }
    }

    fn bar(&self, convention: Convention, far: f64) -> Bar {
        let count = self.impostors.len() as u64;
        let higher = |score: f64| {
            let above =
                self.scan.genuine_probes.iter().map(|probe| probe.score).filter(|other| *other > score);
            above.min_by(f64::total_cmp)
        };
        bar(convention.alarms(far, count), count, |rank| self.impostors[rank as usize - 1], higher)
    }

    /// Detection and identification rate: share of genuine probes with an accepted score and rank.
    fn rate(&self, convention: Convention, bar: Bar, rank: usize) -> f64 {
        let probes = &self.scan.genuine_probes;
        let found = probes.iter().filter(|probe| {
            let is_accepted = match bar {
                Bar::Score(bar) => probe.score >= bar,
                Bar::All => true,
            };
            is_accepted && is_within(convention, probe.above, probe.before, probe.after, rank)
        });
        found.count() as f64 / probes.len() as f64
    }
}

/// Whether a match counts as one of rank `rank`, with so many gallery scores above it and equal to it, before and
/// after it in the gallery.
fn is_within(convention: Convention, above: u32, before: u32, after: u32, rank: usize) -> bool {
    match convention {
        Convention::Port => (above + after) as usize <= rank,
        // Ranks from 1: as many are before it as its rank, less one.
        Convention::Toolkit => ((above + before) as usize) < rank,
    }
}

/// BLUFR's figures.
///
/// # Errors
/// If an image has no usable feature, all of which are named, or a trial has no pairs or probes of one kind.
pub fn blufr(features: &Features, config: &BlufrConfig, options: &Options) -> Result<Evaluation, EvalError> {
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

fn evaluate(features: &Features, config: &BlufrConfig, scan: &Scan, options: &Options) -> Evaluation {
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

/// Intervals of the model card's VR and DIR. Persons are drawn; the gallery stays.
fn intervals(config: &BlufrConfig, scan: &Scan, bootstrap: &Bootstrap) -> [Option<Interval>; 2] {
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
