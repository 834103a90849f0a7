//! What an evaluation found: plain values, for tables, JSON and reports.

use super::OperatingPoint;
use crate::contract::Contract;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything an evaluation found. Rates are 0.0..=1.0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Version of this form: 1.
    pub v: u32,
    /// What was done.
    pub protocol: Protocol,
    /// What it was done with.
    pub source: Source,
    /// The figures, in the order of a table.
    pub metrics: Vec<Metric>,
    /// What a reader of the figures must know: which rest on few errors, what was assumed.
    pub notes: Vec<String>,
    /// Pairs of one person; of BLUFR, those of all trials together.
    pub genuine: u64,
    /// Pairs of two persons; of BLUFR, those of all trials together.
    pub impostors: u64,
    /// The ROC, by falling threshold. Of BLUFR the mean over the trials at its FAR points.
    pub roc: Vec<RocPoint>,
    /// Scores of pairs of one person.
    pub genuine_scores: Histogram,
    /// Scores of pairs of two persons.
    pub impostor_scores: Histogram,
    /// Thresholds for given false accept rates.
    pub operating_points: Vec<OperatingPoint>,
    /// The folds of LFW's accuracy; none if the list has no folds.
    pub folds: Vec<Fold>,
    /// The trials of BLUFR; none for other protocols.
    pub trials: Vec<Trial>,
    /// Open-set identification of BLUFR, the mean over the trials.
    pub identification: Option<Identification>,
    /// The pairs that are furthest on the wrong side.
    pub hardest: Hardest,
}

/// What is done with the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// LFW's view 2: 6,000 pairs in 10 folds.
    Lfw,
    /// BLUFR: verification and open-set identification over trials.
    Blufr,
    /// Any list of pairs.
    Pairs,
}

/// The features of an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The file, or what it was called.
    pub name: String,
    /// Rows it has.
    pub rows: usize,
    /// Values of a row; 0 if there were only scores.
    pub width: usize,
    /// What made the features, if it is known.
    pub contract: Option<Contract>,
}

/// A figure of merit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name, as `models/*.toml` has it: `100%-EER`, `TPR@FAR=0.1%`, `accuracy`.
    pub name: String,
    /// By whose definition.
    pub definition: Definition,
    /// 0.0..=1.0; of BLUFR mu - sigma, which may be below 0.
    pub value: f64,
    /// How far it can be trusted, if that was asked for.
    pub interval: Option<Interval>,
    /// Errors it rests on, the fewer of those of either kind; see [`Metric::is_fragile`].
    pub errors: Option<u64>,
}

/// Figures that rest on fewer errors than this say little.
pub(super) const FEW_ERRORS: u64 = 10;

impl Metric {
    /// Whether the figure rests on fewer than ten errors: a few other pictures would have given quite another one.
    pub fn is_fragile(&self) -> bool {
        self.errors.is_some_and(|errors| errors < FEW_ERRORS)
    }
}

/// Whose definition a figure follows. `docs/figures.md` has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Definition {
    /// As the official MindSpore scripts print it; the model card's figures.
    ModelCard,
    /// As the authors' MATLAB script has it, with VLFeat's `vl_roc`.
    Authors,
    /// The ROC with a point for every threshold, none left out.
    EveryThreshold,
    /// The ROC with straight lines between its points.
    Interpolated,
    /// LFW's own, with a threshold chosen on the other folds.
    Lfw,
    /// As the BLUFR toolkit has it.
    Blufr,
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Definition::ModelCard => "model card",
            Definition::Authors => "authors",
            Definition::EveryThreshold => "every threshold",
            Definition::Interpolated => "interpolated",
            Definition::Lfw => "LFW",
            Definition::Blufr => "BLUFR",
        })
    }
}

/// A confidence interval by bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of the resamples between the ends.
    pub level: f64,
}

/// A point of a ROC.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Share of pairs of two persons that are accepted.
    pub far: f64,
    /// Share of pairs of one person that are accepted.
    pub tpr: f64,
    /// Least score that is accepted; nothing for the point that accepts none, and for a mean over trials.
    pub threshold: Option<f64>,
}

/// How often scores fall where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Lower end of the first bin.
    pub low: f64,
    /// Upper end of the last bin.
    pub high: f64,
    /// Scores in each of the bins of equal width.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Bins over the range of a cosine.
    pub(super) const BINS: usize = 200;

    pub(super) fn empty() -> Histogram {
        Histogram { low: -1.0, high: 1.0, counts: vec![0; Histogram::BINS] }
    }

    /// Counts of `scores`; the range is that of a cosine, or of the scores where that is wider.
    pub(super) fn of(scores: impl Iterator<Item = f64> + Clone) -> Histogram {
        let (low, high) = scores.clone().fold((-1.0, 1.0), |(l, h): (f64, f64), s| (l.min(s), h.max(s)));
        let mut histogram = Histogram { low, high, ..Histogram::empty() };
        scores.for_each(|score| histogram.add(score, 1));
        histogram
    }

    pub(super) fn add(&mut self, score: f64, count: u64) {
        let bins = self.counts.len();
        let at = (score - self.low) / (self.high - self.low) * bins as f64;
        self.counts[(at.max(0.0) as usize).min(bins - 1)] += count;
    }
}

/// A fold of LFW's accuracy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// Share of the fold's pairs that are told right.
    pub accuracy: f64,
    /// Least score that counts as the same person, chosen on the other folds; nothing if none does.
    pub threshold: Option<f64>,
}

/// A trial of BLUFR, by the definition of the toolkit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Test images.
    pub images: usize,
    /// Pairs of one person.
    pub genuine: u64,
    /// Pairs of two persons.
    pub impostors: u64,
    /// Gallery images, probes of persons in the gallery, and other probes.
    pub gallery: usize,
    /// Probes whose person is in the gallery.
    pub genuine_probes: usize,
    /// Probes whose person is not.
    pub impostor_probes: usize,
    /// Verification at each of BLUFR's FAR points: the rate that is reached, VR, threshold.
    pub verification: Vec<RocPoint>,
    /// VR at FAR = 0.1 %.
    pub vr: f64,
    /// DIR at FAR = 1 %, rank 1.
    pub dir: f64,
    /// DIR as the official port reports it for rank 1: it counts ranks from 0 and so takes rank 2, too.
    pub dir_model_card: f64,
}

/// Detection and identification rates over ranks and false accept rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identification {
    /// False accept rates: 0, 0.01 %, ..., 90 %, 100 %.
    pub far: Vec<f64>,
    /// Ranks: 1..=10, 20, ..., 100.
    pub ranks: Vec<usize>,
    /// Mean rate over the trials for each rank, and in it for each false accept rate.
    pub mean: Vec<Vec<f64>>,
    /// Standard deviation over the trials (divisor n - 1), likewise.
    pub deviation: Vec<Vec<f64>>,
}

/// The hardest pairs, the hardest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Hardest {
    /// Of one person, with the lowest scores.
    pub genuine: Vec<Hard>,
    /// Of two persons, with the highest scores.
    pub impostors: Vec<Hard>,
}

/// A pair and its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hard {
    /// The score.
    pub score: f64,
    /// Name of the left picture, or its row.
    pub left: String,
    /// Name of the right picture, or its row.
    pub right: String,
}
