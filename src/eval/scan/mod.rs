//! All scores of all trials of BLUFR, gone through once for everything that is wanted of them.
//!
//! Trials share their images, so a pair is computed once and counted in every trial that has both its images: a fifth of
//! the work of doing trial after trial. Nothing is kept but what figures need, so memory does not grow with the square
//! of the number of images.

mod buckets;
mod passes;
mod probes;
mod set;

use super::gram::Gram;
use super::result::Histogram;
use super::selection::{self, Kept, NONE};
use crate::protocol::BlufrConfig;
use buckets::{Wish, sum};
use probes::Match;
use set::Set;
use std::collections::{BTreeMap, HashMap};

/// What was found in all trials.
pub(super) struct Scan {
    pub(super) trials: Vec<TrialScan>,
    /// Number of persons.
    pub(super) persons: usize,
}

/// What was found in a trial.
pub(super) struct TrialScan {
    /// Persons, and how many test images each has.
    pub(super) images: Vec<(u32, u32)>,
    /// Pairs of two persons.
    pub(super) impostors: u64,
    /// Their scores, counted by bucket.
    counts: Vec<u64>,
    /// The impostor scores of the wanted ranks.
    ranked: BTreeMap<u64, f64>,
    /// Pairs of one person, by rising score.
    pub(super) genuine: Vec<GenuinePair>,
    /// The pairs of two persons with the highest scores, by falling score.
    pub(super) top: Vec<TopPair>,
    /// Probes whose person is in the gallery.
    pub(super) genuine_probes: Vec<GenuineProbe>,
    /// Other probes, by falling score.
    pub(super) impostor_probes: Vec<ImpostorProbe>,
}

/// A pair of one person. Images are places in BLUFR's list.
#[derive(Clone, Copy, Debug)]
pub(super) struct GenuinePair {
    pub(super) score: f64,
    pub(super) images: [u32; 2],
    pub(super) person: u32,
}

/// A pair of two persons.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopPair {
    pub(super) score: f64,
    pub(super) images: [u32; 2],
    pub(super) persons: [u32; 2],
}

/// A probe whose person is in the gallery.
#[derive(Clone, Copy, Debug)]
pub(super) struct GenuineProbe {
    /// Its highest score with an image of its person.
    pub(super) score: f64,
    pub(super) person: u32,
    /// Gallery images with a higher score.
    pub(super) above: u32,
    /// Gallery images with the same score, before the matching one.
    pub(super) before: u32,
    /// Likewise, after it.
    pub(super) after: u32,
}

/// A probe whose person is not in the gallery.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImpostorProbe {
    /// Its highest score in the gallery.
    pub(super) score: f64,
    pub(super) person: u32,
}

impl TrialScan {
    /// The impostor score of a rank that was asked for, from 1 for the highest.
    pub(super) fn of_rank(&self, rank: u64) -> f64 {
        self.ranked.get(&rank).copied().unwrap_or(f64::NAN)
    }
}

impl Scan {
    /// Goes through the scores of `config`. `direction` gives the direction of an image that a trial uses, `ranks_of`
    /// the ranks whose impostor scores are wanted of so many, and `top` is the share of the highest impostor scores
    /// that is kept with its pairs.
    pub(super) fn new<'a>(
        config: &BlufrConfig,
        width: usize,
        direction: impl Fn(usize) -> &'a [f64],
        ranks_of: impl Fn(u64) -> Vec<u64>,
        top: f64,
    ) -> Scan {
        let set = Set::new(config);
        let guess = {
            let gram =
                Gram::<f32, 8>::new(set.images.len(), width, |i, k| direction(set.images[i])[k] as f32);
            set.count(&gram)
        };
        let gram = Gram::<f64, 4>::new(set.images.len(), width, |i, k| direction(set.images[i])[k]);
        let ranks: Vec<Vec<u64>> = set.trials.iter().map(|trial| ranks_of(trial.impostors)).collect();
        let matches: Vec<HashMap<u32, Match>> =
            set.trials.iter().map(|trial| trial.matches(&set, &gram)).collect();
        let mut wishes: Vec<Wish> = set
            .trials
            .iter()
            .zip(&guess)
            .zip(&ranks)
            .map(|((trial, counts), ranks)| Wish::new(counts, ranks, trial.impostors, top))
            .collect();
        loop {
            let mut states = set.gather(&gram, &wishes, &matches);
            let counts: Vec<Vec<u64>> = (0..set.trials.len())
                .map(|t| sum(states.iter().map(|state| state.counts[t].0.as_slice())))
                .collect();
            let mut found = Vec::new();
            for (t, counts) in counts.iter().enumerate() {
                let kept = Kept::merge(states.iter_mut().map(|state| std::mem::take(&mut state.kept[t])));
                let of_rank = |rank: &u64| Some((*rank, kept.of_rank(counts, &wishes[t].wanted, *rank)?));
                found.push(ranks[t].iter().map(of_rank).collect::<Option<BTreeMap<u64, f64>>>());
            }
            if let Some(ranked) = found.into_iter().collect::<Option<Vec<_>>>() {
                return set.finish(states, counts, ranked, &matches, &gram);
            }
            // The first pass, in float32, guessed a wrong bucket. The counts are exact now.
            for (((wish, counts), ranks), trial) in
                wishes.iter_mut().zip(&counts).zip(&ranks).zip(&set.trials)
            {
                *wish = Wish::new(counts, ranks, trial.impostors, top);
            }
        }
    }

    /// Impostor scores of all trials; a score counts in the middle of its bucket.
    pub(super) fn histogram(&self) -> Histogram {
        let mut histogram = Histogram::empty();
        for trial in &self.trials {
            let counts = trial.counts[..usize::from(NONE)].iter().enumerate();
            counts.for_each(|(bucket, count)| histogram.add(selection::middle(bucket), *count));
        }
        histogram
    }
}
