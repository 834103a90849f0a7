//! LFW's accuracy: the threshold of each fold is chosen on the others.
//!
//! G. B. Huang et al., UMass Amherst TR 07-49 (2007), section "View 2", and LFW's README: the mean accuracy over the
//! folds, and its standard error, the standard deviation (divisor n - 1) over the root of the number of folds. How a
//! threshold is chosen is left open there. Here it is the score that tells most pairs of the other folds right, the
//! highest of equally good ones.

use super::result::Fold;
use super::roc::Ranked;

/// Accuracies, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Accuracy {
    pub(super) mean: f64,
    /// Over the folds, divisor n - 1.
    pub(super) deviation: f64,
    pub(super) standard_error: f64,
}

/// The accuracy of each of `count` folds. `weights` says how often each pair of `ranked` counts, `fold` which one it is
/// in.
pub(super) fn folds(ranked: &Ranked, weights: &[u64], fold: &[usize], count: usize) -> Vec<Fold> {
    /// The best threshold for a fold so far: pairs of the other folds that it tells right, and pairs of this one.
    #[derive(Clone, Copy)]
    struct Best {
        others: u64,
        own: u64,
        threshold: Option<f64>,
    }
    let (mut all, mut own) = (vec![0u64; count], vec![0u64; count]);
    for (((_, same, _), weight), fold) in ranked.pairs.iter().zip(weights).zip(fold) {
        all[*fold] += weight;
        // Nothing is accepted yet, so pairs of two persons are told right.
        own[*fold] += if *same { 0 } else { *weight };
    }
    let mut right: u64 = own.iter().sum();
    let mut best: Vec<Best> =
        own.iter().map(|own| Best { others: right - own, own: *own, threshold: None }).collect();
    let mut at = 0;
    while at < ranked.pairs.len() {
        let score = ranked.pairs[at].0;
        while let Some((_, same, _)) = ranked.pairs.get(at).filter(|pair| pair.0 == score) {
            for right in [&mut right, &mut own[fold[at]]] {
                *right = if *same { *right + weights[at] } else { *right - weights[at] };
            }
            at += 1;
        }
        for (best, own) in best.iter_mut().zip(&own) {
            if right - own > best.others {
                *best = Best { others: right - own, own: *own, threshold: Some(score) };
            }
        }
    }
    let fold = |(best, all): (&Best, &u64)| Fold {
        accuracy: best.own as f64 / *all as f64,
        threshold: best.threshold,
    };
    best.iter().zip(&all).map(fold).collect()
}

pub(super) fn accuracy(folds: &[Fold]) -> Accuracy {
    let accuracies: Vec<f64> = folds.iter().map(|fold| fold.accuracy).collect();
    let n = accuracies.len() as f64;
    let mean = accuracies.iter().sum::<f64>() / n;
    let squares: f64 = accuracies.iter().map(|a| (a - mean) * (a - mean)).sum();
    let deviation = (squares / (n - 1.0)).sqrt();
    Accuracy { mean, deviation, standard_error: deviation / n.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_does_not_choose_its_own_threshold() {
        // Two folds of two pairs: 0.6 separates the first, 0.2 the second.
        let scores = [(0.6, true), (0.5, false), (0.2, true), (0.1, false)];
        let ranked = Ranked::new(scores.into_iter());
        let folds = folds(&ranked, &[1; 4], &[0, 0, 1, 1], 2);
        assert_eq!(folds[0], Fold { accuracy: 0.5, threshold: Some(0.2) });
        assert_eq!(folds[1], Fold { accuracy: 0.5, threshold: Some(0.6) });
        let sum =
            accuracy(&[Fold { accuracy: 0.5, threshold: None }, Fold { accuracy: 1.0, threshold: None }]);
        assert_eq!(sum.mean, 0.75);
        assert!((sum.deviation - 0.125f64.sqrt()).abs() < 1e-15);
        assert!((sum.standard_error - 0.25).abs() < 1e-15);
    }

    #[test]
    fn accepting_nothing_may_be_best() {
        let ranked = Ranked::new([(0.9, false), (0.8, false), (0.7, true)].into_iter());
        let folds = folds(&ranked, &[1; 3], &[0, 0, 1], 2);
        assert_eq!(folds[1], Fold { accuracy: 0.0, threshold: None });
    }
}
