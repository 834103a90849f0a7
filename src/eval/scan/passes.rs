//! The passes over all scores, tile by tile: what each thread finds in them, and what that comes to.

use super::super::gram::{Gram, Real, Tile};
use super::super::selection::{Kept, NONE, bucket};
use super::buckets::{ByBucket, TOP, WANTED, Wish, flags, sum};
use super::probes::Match;
use super::set::{Role, Set, TrialSet, within};
use super::{GenuinePair, GenuineProbe, ImpostorProbe, Scan, TopPair, TrialScan};
use std::collections::{BTreeMap, HashMap};

/// What a thread has found so far, by trial.
pub(super) struct State {
    pub(super) counts: Vec<ByBucket<u64>>,
    pub(super) kept: Vec<Kept>,
    top: Vec<Vec<(f64, u32, u32)>>,
    /// Of each image that is a genuine probe: gallery scores above its match, and equal ones before and after.
    ranks: Vec<Vec<[u32; 3]>>,
    /// Of each image that is an impostor probe: its highest gallery score.
    highest: Vec<Vec<f64>>,
    buckets: Vec<u16>,
}

impl Set {
    /// The buckets of a tile's scores; pairs of one person and those that another tile has are marked as such.
    fn buckets<T: Real + Into<f64>>(&self, tile: &Tile<'_, T>, into: &mut Vec<u16>) {
        into.clear();
        into.extend(tile.scores.iter().map(|score| bucket((*score).into())));
        for i in 0..tile.rows {
            let row = tile.row + i;
            let line = &mut into[i * tile.columns..(i + 1) * tile.columns];
            line[..(row + 1).saturating_sub(tile.column).min(tile.columns)].fill(NONE);
            let members = &self.members[self.persons[row] as usize];
            for j in within(members, tile.column..tile.column + tile.columns) {
                line[*j as usize - tile.column] = NONE;
            }
        }
    }

    /// Counts impostor scores by trial and bucket.
    pub(super) fn count<T: Real + Into<f64>, const N: usize>(&self, gram: &Gram<T, N>) -> Vec<Vec<u64>> {
        let begin = || (vec![ByBucket::<u64>::new(); self.trials.len()], Vec::new());
        let states = gram.each_tile(begin, |(counts, buckets), tile| {
            self.buckets(tile, buckets);
            for (trial, counts) in self.trials.iter().zip(counts) {
                trial.each_line(tile, |i, columns| {
                    let line = &buckets[i * tile.columns..(i + 1) * tile.columns];
                    for j in columns {
                        counts[line[*j as usize - tile.column]] += 1;
                    }
                });
            }
        });
        (0..self.trials.len()).map(|t| sum(states.iter().map(|(counts, _)| counts[t].0.as_slice()))).collect()
    }

    /// Everything that is wanted of the scores.
    pub(super) fn gather(
        &self,
        gram: &Gram<f64, 4>,
        wishes: &[Wish],
        matches: &[HashMap<u32, Match>],
    ) -> Vec<State> {
        let (trials, images) = (self.trials.len(), self.images.len());
        let flags: Vec<ByBucket<u8>> = wishes.iter().map(flags).collect();
        // By image, as it is looked up for every score of a probe.
        let own: Vec<Vec<(f64, u32)>> = matches
            .iter()
            .map(|matches| {
                let of = |i| matches.get(&i).map_or((f64::INFINITY, 0), |found| (found.score, found.gallery));
                (0..images as u32).map(of).collect()
            })
            .collect();
        let begin = || State {
            counts: vec![ByBucket::new(); trials],
            kept: (0..trials).map(|_| Kept::default()).collect(),
            top: vec![Vec::new(); trials],
            ranks: vec![vec![[0; 3]; images]; trials],
            highest: vec![vec![f64::NEG_INFINITY; images]; trials],
            buckets: Vec::new(),
        };
        gram.each_tile(begin, |state, tile| {
            self.buckets(tile, &mut state.buckets);
            for (t, trial) in self.trials.iter().enumerate() {
                let (counts, flags) = (&mut state.counts[t], &flags[t]);
                let (kept, top) = (&mut state.kept[t], &mut state.top[t]);
                let buckets = &state.buckets;
                trial.each_line(tile, |i, columns| {
                    let line = &buckets[i * tile.columns..(i + 1) * tile.columns];
                    let scores = &tile.scores[i * tile.columns..(i + 1) * tile.columns];
                    for j in columns {
                        let at = *j as usize - tile.column;
                        let bucket = line[at];
                        counts[bucket] += 1;
                        let flags = flags[bucket];
                        if flags != 0 {
                            if flags & WANTED != 0 {
                                kept.push(scores[at]);
                            }
                            if flags & TOP != 0 {
                                top.push((scores[at], (tile.row + i) as u32, *j));
                            }
                        }
                    }
                });
                trial.identify(tile, &own[t], &mut state.ranks[t], &mut state.highest[t]);
            }
        })
    }

    pub(super) fn finish(
        &self,
        mut states: Vec<State>,
        counts: Vec<Vec<u64>>,
        ranked: Vec<BTreeMap<u64, f64>>,
        matches: &[HashMap<u32, Match>],
        gram: &Gram<f64, 4>,
    ) -> Scan {
        let image = |i: u32| self.images[i as usize] as u32;
        let person = |i: u32| self.persons[i as usize];
        let mut trials = Vec::new();
        for (t, ((trial, counts), ranked)) in self.trials.iter().zip(counts).zip(ranked).enumerate() {
            let mut top: Vec<TopPair> = Vec::new();
            for state in &mut states {
                top.extend(std::mem::take(&mut state.top[t]).into_iter().map(|(score, i, j)| TopPair {
                    score,
                    images: [image(i), image(j)],
                    persons: [person(i), person(j)],
                }));
            }
            top.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.images.cmp(&b.images)));
            let rank = |i: u32, part: usize| states.iter().map(|s| s.ranks[t][i as usize][part]).sum::<u32>();
            let genuine_probe = |i: &u32| {
                let score = matches[t].get(i)?.score;
                let (above, before, after) = (rank(*i, 0), rank(*i, 1), rank(*i, 2));
                Some(GenuineProbe { score, person: person(*i), above, before, after })
            };
            let impostor_probe = |i: &u32| ImpostorProbe {
                score: states.iter().map(|s| s.highest[t][*i as usize]).fold(f64::NEG_INFINITY, f64::max),
                person: person(*i),
            };
            let mut impostor_probes: Vec<_> = trial.impostor_probes.iter().map(impostor_probe).collect();
            impostor_probes.sort_by(|a, b| b.score.total_cmp(&a.score));
            trials.push(TrialScan {
                images: trial.counts.clone(),
                impostors: trial.impostors,
                counts,
                ranked,
                genuine: self.genuine(trial, gram),
                top,
                genuine_probes: trial.genuine_probes.iter().filter_map(genuine_probe).collect(),
                impostor_probes,
            });
        }
        Scan { trials, persons: self.members.len() }
    }

    /// The pairs of one person of a trial, by rising score.
    fn genuine(&self, trial: &TrialSet, gram: &Gram<f64, 4>) -> Vec<GenuinePair> {
        let mut pairs = Vec::new();
        for (person, members) in (0..).zip(&self.members) {
            let tested: Vec<u32> =
                members.iter().copied().filter(|i| trial.roles[*i as usize] != Role::Absent).collect();
            for (at, i) in tested.iter().enumerate() {
                for j in &tested[at + 1..] {
                    let score = gram.score(*i as usize, *j as usize);
                    let images = [*i, *j].map(|i| self.images[i as usize] as u32);
                    pairs.push(GenuinePair { score, images, person });
                }
            }
        }
        pairs.sort_by(|a, b| a.score.total_cmp(&b.score).then(a.images.cmp(&b.images)));
        pairs
    }
}

impl TrialSet {
    /// Calls `visit` with each row of the tile that is a test image, and the test images among its columns.
    fn each_line(&self, tile: &Tile<'_, impl Real>, mut visit: impl FnMut(usize, &[u32])) {
        let columns = within(&self.test, tile.column..tile.column + tile.columns);
        if columns.is_empty() {
            return;
        }
        for i in (0..tile.rows).filter(|i| self.roles[tile.row + i] != Role::Absent) {
            visit(i, columns);
        }
    }
}
