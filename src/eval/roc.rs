//! The ROC of scored pairs, exactly, with ties, and the figures that are read off it.

use super::RocPoint;

/// Scores in falling order, each with what it is of.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Ranked {
    /// Score, whether it is of one person, and its place in the list it came from.
    pub(super) pairs: Vec<(f64, bool, usize)>,
}

impl Ranked {
    /// Sorts scores; `true` marks pairs of one person. Scores are numbers, not NaN.
    pub fn new(scores: impl Iterator<Item = (f64, bool)>) -> Ranked {
        let mut pairs: Vec<(f64, bool, usize)> =
            scores.enumerate().map(|(at, (score, same))| (score, same, at)).collect();
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        Ranked { pairs }
    }

    /// `value` of the place of every pair, in the order of the scores.
    pub(super) fn each<T>(&self, value: impl Fn(usize) -> T) -> Vec<T> {
        self.pairs.iter().map(|(_, _, at)| value(*at)).collect()
    }
}

/// Accepted pairs at every threshold.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub struct Curve {
    /// Distinct scores, falling.
    thresholds: Vec<f64>,
    /// Pairs of two persons with at least this score.
    false_accepts: Vec<u64>,
    /// Pairs of one person with at least this score.
    true_accepts: Vec<u64>,
}

impl Curve {
    /// The curve with a point for every distinct score.
    pub fn new(ranked: &Ranked) -> Curve {
        Curve::weighted(ranked, &vec![1; ranked.pairs.len()])
    }

    /// As [`Curve::new`], pair `i` of `ranked` counted `weights[i]` times. Scores of no weight make no point.
    pub(super) fn weighted(ranked: &Ranked, weights: &[u64]) -> Curve {
        let mut curve = Curve { thresholds: Vec::new(), false_accepts: Vec::new(), true_accepts: Vec::new() };
        let (mut false_accepts, mut true_accepts) = (0, 0);
        for ((score, same, _), count) in ranked.pairs.iter().zip(weights) {
            if *count == 0 {
                continue;
            }
            *(if *same { &mut true_accepts } else { &mut false_accepts }) += count;
            // -0.0 and 0.0 are one score.
            if curve.thresholds.last() != Some(score) {
                curve.thresholds.push(*score);
                curve.false_accepts.push(0);
                curve.true_accepts.push(0);
            }
            let last = curve.thresholds.len() - 1;
            curve.false_accepts[last] = false_accepts;
            curve.true_accepts[last] = true_accepts;
        }
        curve
    }

    /// Pairs of one person.
    pub fn genuine(&self) -> u64 {
        self.true_accepts.last().copied().unwrap_or(0)
    }

    /// Pairs of two persons.
    pub fn impostors(&self) -> u64 {
        self.false_accepts.last().copied().unwrap_or(0)
    }

    /// The points that scikit-learn's `roc_curve(drop_intermediate=True)` keeps: without those where neither count's
    /// step changes, as `diff(counts, 2)` is 0 there.
    pub fn thinned(&self) -> Curve {
        let last = self.thresholds.len().saturating_sub(1);
        let bends = |counts: &[u64], at: usize| counts[at + 1] - counts[at] != counts[at] - counts[at - 1];
        let kept = (0..self.thresholds.len()).filter(|at| {
            *at == 0 || *at == last || bends(&self.false_accepts, *at) || bends(&self.true_accepts, *at)
        });
        let mut thin = Curve { thresholds: Vec::new(), false_accepts: Vec::new(), true_accepts: Vec::new() };
        for at in kept {
            thin.thresholds.push(self.thresholds[at]);
            thin.false_accepts.push(self.false_accepts[at]);
            thin.true_accepts.push(self.true_accepts[at]);
        }
        thin
    }

    /// The points from the one that accepts nothing on: false accept rate, true accept rate, threshold.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = RocPoint> + '_ {
        let (genuine, impostors) = (self.genuine() as f64, self.impostors() as f64);
        let counted = self.thresholds.iter().zip(&self.false_accepts).zip(&self.true_accepts);
        let rest = counted.map(move |((threshold, fp), tp)| RocPoint {
            far: *fp as f64 / impostors,
            tpr: *tp as f64 / genuine,
            threshold: Some(*threshold),
        });
        let first: &[RocPoint] = &[RocPoint { far: 0.0, tpr: 0.0, threshold: None }];
        first.iter().copied().chain(rest)
    }

    /// `100%-EER` as the official script has it, on [`Curve::thinned`]: the true accept rate of the first point
    /// where it is at least 1 - FAR. With the pairs of one person that are then rejected, and those of two accepted.
    pub fn one_minus_eer(&self) -> f64 {
        let at = self.points().find(|point| point.tpr - (1.0 - point.far) >= 0.0);
        at.map_or(f64::NAN, |point| point.tpr)
    }

    /// 1 - EER where the straight lines between the points cross TPR = 1 - FAR.
    pub fn one_minus_eer_interpolated(&self) -> f64 {
        let mut before = RocPoint { far: 0.0, tpr: 0.0, threshold: None };
        for point in self.points() {
            let (from, to) = (before.tpr + before.far - 1.0, point.tpr + point.far - 1.0);
            if to >= 0.0 {
                let share = if to > from { -from / (to - from) } else { 1.0 };
                return before.tpr + share * (point.tpr - before.tpr);
            }
            before = point;
        }
        f64::NAN
    }

    /// The last point whose false accept rate is at most `far`.
    pub fn at_far(&self, far: f64) -> RocPoint {
        let none = RocPoint { far: 0.0, tpr: 0.0, threshold: None };
        self.points().rev().find(|point| point.far <= far).unwrap_or(none)
    }

    /// Pairs of two persons accepted, and pairs of one rejected, at a point of this curve.
    pub(super) fn errors_at(&self, point: &RocPoint) -> (u64, u64) {
        let accepted = (point.far * self.impostors() as f64).round() as u64;
        let rejected = self.genuine() - (point.tpr * self.genuine() as f64).round() as u64;
        (accepted, rejected)
    }

    /// The true accept rate at `far` as VLFeat's `vl_roc` gives it when pairs of one person come first in the list:
    /// its staircase takes one pair at a time, so those with the score of the first impostor too many are accepted.
    /// Nothing where that impostor does not exist.
    pub fn at_far_authors(&self, far: f64) -> Option<RocPoint> {
        let impostors = self.impostors() as f64;
        let at = self.false_accepts.iter().position(|fp| 1.0 - *fp as f64 / impostors < 1.0 - far)?;
        let accepted = at.checked_sub(1).map_or(0, |before| self.false_accepts[before]);
        Some(RocPoint {
            far: accepted as f64 / impostors,
            tpr: self.true_accepts[at] as f64 / self.genuine() as f64,
            threshold: Some(self.thresholds[at]),
        })
    }

    /// The fewer errors of one kind that a rate of 1 - `error` rests on, where both kinds are at the rate `error`.
    pub(super) fn errors_at_rate(&self, error: f64) -> u64 {
        (error * self.genuine().min(self.impostors()) as f64).round() as u64
    }

    /// `100%-EER` as VLFeat's `vl_roc` gives it: on the staircase, the last point where 1 - FAR is above the true
    /// accept rate.
    pub fn one_minus_eer_authors(&self) -> f64 {
        let (genuine, impostors) = (self.genuine() as f64, self.impostors() as f64);
        let (mut tp, mut fp) = (0, 0);
        for (true_accepts, false_accepts) in self.true_accepts.iter().zip(&self.false_accepts) {
            let tnr = 1.0 - fp as f64 / impostors;
            // Pairs of one person first: if a step reaches 1 - FAR, the rates before it are 1 - FAR above TPR.
            if *true_accepts as f64 / genuine >= tnr && *true_accepts > tp {
                return tnr;
            }
            tp = *true_accepts;
            let tpr = tp as f64 / genuine;
            if 1.0 - *false_accepts as f64 / impostors <= tpr && *false_accepts > fp {
                return tpr;
            }
            fp = *false_accepts;
        }
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(genuine: &[f64], impostors: &[f64]) -> Curve {
        let all = genuine.iter().map(|s| (*s, true)).chain(impostors.iter().map(|s| (*s, false)));
        Curve::new(&Ranked::new(all))
    }

    #[test]
    fn ties_are_one_point() {
        let curve = curve(&[0.9, 0.5, 0.5, 0.1], &[0.5, 0.3, 0.1]);
        let points: Vec<(f64, f64)> = curve.points().map(|p| (p.far * 3.0, p.tpr * 4.0)).collect();
        assert_eq!(points, [(0.0, 0.0), (0.0, 1.0), (1.0, 3.0), (2.0, 3.0), (3.0, 4.0)]);
        assert_eq!((curve.genuine(), curve.impostors()), (4, 3));
        assert_eq!(curve.one_minus_eer(), 0.75);
        assert_eq!(curve.at_far(0.0).tpr, 0.25);
        assert_eq!(curve.at_far(0.34).tpr, 0.75);
        // Pairs of one person come first on the staircase: both 0.5 are accepted before the impostor.
        let point = curve.at_far_authors(0.0).unwrap();
        assert_eq!((point.far, point.tpr, curve.errors_at(&point)), (0.0, 0.75, (0, 1)));
        assert_eq!(curve.at_far_authors(1.0), None);
    }

    /// What scikit-learn 1.7 gives for these scores.
    #[test]
    fn points_are_dropped_as_scikit_learn_does() {
        let curve = curve(&[0.9, 0.8, 0.7, 0.3], &[0.6, 0.5, 0.4, 0.2]).thinned();
        let points: Vec<(f64, f64)> = curve.points().map(|p| (p.far, p.tpr)).collect();
        assert_eq!(points, [(0.0, 0.0), (0.0, 0.25), (0.0, 0.75), (0.75, 0.75), (0.75, 1.0), (1.0, 1.0)]);
        assert_eq!(curve.one_minus_eer(), 0.75);
        assert_eq!(curve.at_far(0.5).tpr, 0.75);
    }

    #[test]
    fn perfect_and_useless_scores() {
        let perfect = curve(&[0.9, 0.8], &[0.1, 0.2]);
        assert_eq!(perfect.one_minus_eer(), 1.0);
        assert_eq!(perfect.one_minus_eer_interpolated(), 1.0);
        assert_eq!(perfect.one_minus_eer_authors(), 1.0);
        let one_score = curve(&[0.5; 4], &[0.5; 4]);
        assert_eq!(one_score.one_minus_eer_interpolated(), 0.5);
        assert_eq!(one_score.one_minus_eer(), 1.0);
        assert_eq!(one_score.at_far(0.9).tpr, 0.0);
    }
}
