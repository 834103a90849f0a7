//! The definitions: thresholds, rates and ranks, as the official port and the toolkit have them.

use super::super::scan::TrialScan;

/// The false accept rates of the reported figures.
pub(super) const VERIFICATION_FAR: f64 = 0.001;
pub(super) const IDENTIFICATION_FAR: f64 = 0.01;

/// Where the official port and the toolkit differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Convention {
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
    pub(super) fn alarms(self, far: f64, impostors: u64) -> u64 {
        let exact = far * impostors as f64;
        match self {
            Convention::Port => exact.round_ties_even() as u64,
            Convention::Toolkit => exact.round() as u64,
        }
    }

    /// Mean less standard deviation.
    pub(super) fn mu_minus_sigma(self, values: &[f64]) -> f64 {
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
pub(super) enum Bar {
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
pub(super) fn rates(digits: i32) -> Vec<f64> {
    let decades = (1..=digits).rev();
    let steps = decades.flat_map(|digit| (1..=9).map(move |n| f64::from(n) / 10f64.powi(digit)));
    std::iter::once(0.0).chain(steps).chain([1.0]).collect()
}

/// BLUFR's ranks.
pub(super) fn ranks() -> Vec<usize> {
    (1..=9).chain((1..=10).map(|ten| 10 * ten)).collect()
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A trial's impostor scores by rank, and its sorted genuine scores.
pub(super) struct Verification<'a> {
    pub(super) scan: &'a TrialScan,
}

impl Verification<'_> {
    pub(super) fn bar(&self, convention: Convention, far: f64) -> Bar {
        let impostors = self.scan.impostors;
        let genuine = &self.scan.genuine;
        let higher = |score: f64| {
            let at = genuine.partition_point(|pair| pair.score <= score);
            genuine.get(at).map(|pair| pair.score)
        };
        bar(convention.alarms(far, impostors), impostors, |rank| self.scan.of_rank(rank), higher)
    }

    /// Share of genuine scores that are accepted.
    pub(super) fn rate(&self, bar: Bar) -> f64 {
        self.accepted(bar) as f64 / self.scan.genuine.len() as f64
    }

    pub(super) fn accepted(&self, bar: Bar) -> usize {
        let genuine = &self.scan.genuine;
        match bar {
            Bar::Score(bar) => genuine.len() - genuine.partition_point(|pair| pair.score < bar),
            Bar::All => genuine.len(),
        }
    }
}

/// A trial's identification: probes with their scores and ranks.
pub(super) struct OpenSet<'a> {
    scan: &'a TrialScan,
    /// Highest score of each impostor probe, falling.
    impostors: Vec<f64>,
}

impl<'a> OpenSet<'a> {
    pub(super) fn new(scan: &'a TrialScan) -> OpenSet<'a> {
        let mut impostors: Vec<f64> = scan.impostor_probes.iter().map(|probe| probe.score).collect();
        impostors.sort_by(|a, b| b.total_cmp(a));
        OpenSet { scan, impostors }
    }

    pub(super) fn bar(&self, convention: Convention, far: f64) -> Bar {
        let count = self.impostors.len() as u64;
        let higher = |score: f64| {
            let above =
                self.scan.genuine_probes.iter().map(|probe| probe.score).filter(|other| *other > score);
            above.min_by(f64::total_cmp)
        };
        bar(convention.alarms(far, count), count, |rank| self.impostors[rank as usize - 1], higher)
    }

    /// Detection and identification rate: share of genuine probes with an accepted score and rank.
    pub(super) fn rate(&self, convention: Convention, bar: Bar, rank: usize) -> f64 {
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
pub(super) fn is_within(convention: Convention, above: u32, before: u32, after: u32, rank: usize) -> bool {
    match convention {
        Convention::Port => (above + after) as usize <= rank,
        // Ranks from 1: as many are before it as its rank, less one.
        Convention::Toolkit => ((above + before) as usize) < rank,
    }
}
