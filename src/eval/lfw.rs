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

/// The accuracy of each of `count` folds; `fold` and `weight` are of the pair at a place of the list.
pub(super) fn folds(
    ranked: &Ranked,
    count: usize,
    fold: impl Fn(usize) -> usize,
    weight: impl Fn(usize) -> u64,
) -> Vec<Fold> {
    let mut of_one = vec![0u64; count];
    let mut of_two = vec![0u64; count];
    for (_, same, at) in &ranked.pairs {
        (if *same { &mut of_one } else { &mut of_two })[fold(*at)] += weight(*at);
    }
    let all_of_two: u64 = of_two.iter().sum();
    (0..count)
        .map(|tested| {
            let threshold =
                best(
                    ranked,
                    all_of_two - of_two[tested],
                    |at| {
                        if fold(at) == tested { 0 } else { weight(at) }
                    },
                );
            let mut right = of_two[tested];
            for (score, same, at) in &ranked.pairs {
                if threshold.is_none_or(|threshold| *score < threshold) {
                    break;
                }
                if fold(*at) == tested {
                    // An accepted pair of two persons was counted as right above.
                    right = if *same { right + weight(*at) } else { right - weight(*at) };
                }
            }
            let accuracy = right as f64 / (of_one[tested] + of_two[tested]) as f64;
            Fold { accuracy, threshold }
        })
        .collect()
}

/// The threshold that tells most pairs right; nothing if accepting none is best. `rejected` pairs are right then.
fn best(ranked: &Ranked, rejected: u64, weight: impl Fn(usize) -> u64) -> Option<f64> {
    let (mut right, mut most, mut threshold) = (rejected, rejected, None);
    let mut at = 0;
    while at < ranked.pairs.len() {
        let score = ranked.pairs[at].0;
        while let Some((_, same, place)) = ranked.pairs.get(at).filter(|pair| pair.0 == score) {
            let count = weight(*place);
            right = if *same { right + count } else { right - count };
            at += 1;
        }
        if right > most {
            (most, threshold) = (right, Some(score));
        }
    }
    threshold
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
        let folds = folds(&ranked, 2, |at| at / 2, |_| 1);
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
        assert_eq!(best(&ranked, 2, |_| 1), None);
    }
}
