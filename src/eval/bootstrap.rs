//! Confidence intervals by bootstrap over persons.
//!
//! Pairs that share a person are not independent, so it is persons that are drawn, with replacement: a pair of one
//! person counts as often as the person was drawn, a pair of two as often as the product says. The interval is that of
//! percentiles (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).

use super::Interval;
use std::num::NonZeroU32;
use std::thread;

/// How confidence intervals are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Resamples.
    pub resamples: NonZeroU32,
    /// Share of them inside the interval, 0.0..1.0.
    pub level: f64,
    /// The same seed gives the same interval, on any machine and any number of threads.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Bootstrap {
        const RESAMPLES: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);
        Bootstrap { resamples: RESAMPLES, level: 0.95, seed: 0 }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), a generator whose whole state is one number.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, by the high half of a product: off by less than 2^-40 for any number of persons.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

impl Bootstrap {
    /// How often each of `persons` is drawn in resample `number`.
    fn draw(&self, number: u32, persons: usize) -> Vec<u32> {
        // The first number of a generator seeded with the seed and the resample; a resample needs no other.
        let mut generator = SplitMix(self.seed ^ (u64::from(number) << 32));
        generator = SplitMix(generator.next());
        let mut counts = vec![0; persons];
        for _ in 0..persons {
            counts[generator.below(persons)] += 1;
        }
        counts
    }

    /// Intervals of the figures that `figures` makes of how often each person counts. A figure that is NaN for one
    /// of the resamples has none.
    pub(super) fn intervals<const N: usize>(
        &self,
        persons: usize,
        figures: impl Fn(&[u32]) -> [f64; N] + Sync,
    ) -> [Option<Interval>; N] {
        let resamples = self.resamples.get();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(resamples as usize);
        let mut found: Vec<[f64; N]> = Vec::with_capacity(resamples as usize);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads as u32)
                .map(|worker| {
                    let figures = &figures;
                    scope.spawn(move || {
                        let numbers = (worker..resamples).step_by(threads);
                        numbers.map(|number| figures(&self.draw(number, persons))).collect::<Vec<_>>()
                    })
                })
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(part) => found.extend(part),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        std::array::from_fn(|figure| self.interval(found.iter().map(|all| all[figure]).collect()))
    }

    fn interval(&self, mut values: Vec<f64>) -> Option<Interval> {
        if values.iter().any(|value| value.is_nan()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let outside = (1.0 - self.level) / 2.0;
        let (low, high) = (quantile(&values, outside), quantile(&values, 1.0 - outside));
        Some(Interval { low, high, level: self.level })
    }
}

/// The `share` quantile of sorted values, straight between neighbours as numpy's default has it.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = share * (sorted.len() - 1) as f64;
    let below = (at.floor() as usize).min(sorted.len() - 1);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the reference implementation for seed 1234567.
    #[test]
    fn splitmix_is_the_published_one() {
        let mut generator = SplitMix(1_234_567);
        let first = [generator.next(), generator.next(), generator.next()];
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn every_resample_draws_as_many_persons_as_there_are() {
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.draw(3, 50).iter().sum::<u32>(), 50);
        assert_ne!(bootstrap.draw(3, 50), bootstrap.draw(4, 50));
        assert_eq!(bootstrap.draw(3, 50), bootstrap.draw(3, 50));
    }

    #[test]
    fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
        // Mean of 400 persons with values 0 and 1: standard error 0.025, so 95 % is ±0.049.
        let bootstrap = Bootstrap { resamples: NonZeroU32::new(2000).unwrap(), ..Bootstrap::default() };
        let [mean, broken] = bootstrap.intervals(400, |counts| {
            let ones: u32 = counts.iter().step_by(2).sum();
            [f64::from(ones) / 400.0, f64::NAN]
        });
        let mean = mean.unwrap();
        assert!((mean.low - 0.451).abs() < 0.005 && (mean.high - 0.549).abs() < 0.005, "{mean:?}");
        assert_eq!(broken, None);
    }

    #[test]
    fn quantiles_lie_straight_between_values() {
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.1), 0.4);
        assert_eq!(quantile(&[7.0], 0.9), 7.0);
    }
}
