//! All scores of all trials of BLUFR, gone through once for everything that is wanted of them.
//!
//! Trials share their images, so a pair is computed once and counted in every trial that has both its images: a fifth of
//! the work of doing trial after trial. Nothing is kept but what figures need, so memory does not grow with the square
//! of the number of images.

use super::gram::{Gram, Real, Tile};
use super::result::Histogram;
use super::selection::{self, BUCKETS, Kept, NONE, bucket};
use crate::protocol::BlufrConfig;
use std::collections::{BTreeMap, HashMap};
use std::ops::{Index, IndexMut, Range};

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

/// Sums of equally long lists.
fn sum<'a>(lists: impl Iterator<Item = &'a [u64]>) -> Vec<u64> {
    let mut sum = vec![0; BUCKETS];
    lists.for_each(|list| sum.iter_mut().zip(list).for_each(|(sum, count)| *sum += count));
    sum
}

/// Which impostor scores of a trial are kept.
struct Wish {
    /// Buckets whose scores are kept.
    wanted: Vec<bool>,
    /// The lowest bucket whose pairs are kept.
    top: usize,
}

impl Wish {
    fn new(counts: &[u64], ranks: &[u64], impostors: u64, top: f64) -> Wish {
        let wanted = selection::wanted(counts, ranks);
        let most = (top * impostors as f64).ceil() as u64 + 100;
        let found = selection::find(counts, most.min(impostors));
        // Very many equal scores are not worth their memory; then only the higher ones are kept.
        let top = found.map_or(0, |(at, above)| if above + counts[at] > 8 * most { at + 1 } else { at });
        Wish { wanted, top }
    }
}

/// A gallery image that a probe matches.
#[derive(Clone, Copy)]
struct Match {
    score: f64,
    gallery: u32,
}

/// The images that any trial uses, numbered from 0 in the order of BLUFR's list.
struct Set {
    /// Their places in the list.
    images: Vec<usize>,
    /// Who is on them.
    persons: Vec<u32>,
    /// The images of each person.
    members: Vec<Vec<u32>>,
    trials: Vec<TrialSet>,
}

/// The images of a trial, each list rising.
struct TrialSet {
    test: Vec<u32>,
    gallery: Vec<u32>,
    genuine_probes: Vec<u32>,
    impostor_probes: Vec<u32>,
    /// What every image is.
    roles: Vec<Role>,
    /// Place of every gallery image in the gallery's own order.
    places: Vec<u32>,
    /// Pairs of two persons.
    impostors: u64,
    /// Persons, and how many test images each has.
    counts: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Absent,
    Test,
    Gallery,
    GenuineProbe,
    ImpostorProbe,
}

/// What a thread has found so far, by trial.
struct State {
    counts: Vec<ByBucket<u64>>,
    kept: Vec<Kept>,
    top: Vec<Vec<(f64, u32, u32)>>,
    /// Of each image that is a genuine probe: gallery scores above its match, and equal ones before and after.
    ranks: Vec<Vec<[u32; 3]>>,
    /// Of each image that is an impostor probe: its highest gallery score.
    highest: Vec<Vec<f64>>,
    buckets: Vec<u16>,
}

/// Those of rising `list` that lie in `range`.
fn within(list: &[u32], range: Range<usize>) -> &[u32] {
    let start = list.partition_point(|i| (*i as usize) < range.start);
    let end = list.partition_point(|i| (*i as usize) < range.end);
    &list[start..end.max(start)]
}

impl Set {
    fn new(config: &BlufrConfig) -> Set {
        let mut number = vec![u32::MAX; config.images.len()];
        config.trials.iter().flat_map(|trial| &trial.test).for_each(|image| number[*image] = 0);
        let images: Vec<usize> = (0..config.images.len()).filter(|image| number[*image] == 0).collect();
        (0..).zip(&images).for_each(|(next, image)| number[*image] = next);
        let mut labels: HashMap<usize, u32> = HashMap::new();
        let mut persons = Vec::with_capacity(images.len());
        let mut members: Vec<Vec<u32>> = Vec::new();
        for (i, image) in (0..).zip(&images) {
            let person = *labels.entry(config.labels[*image]).or_insert(members.len() as u32);
            if person as usize == members.len() {
                members.push(Vec::new());
            }
            members[person as usize].push(i);
            persons.push(person);
        }
        let numbered = |list: &[usize]| list.iter().map(|image| number[*image]).collect::<Vec<u32>>();
        let trials = config.trials.iter().map(|trial| {
            let (gallery, probes) = (numbered(&trial.gallery), numbered(&trial.probe));
            TrialSet::new(numbered(&trial.test), gallery, &probes, &persons, members.len())
        });
        Set { trials: trials.collect(), images, persons, members }
    }

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
    fn count<T: Real + Into<f64>, const N: usize>(&self, gram: &Gram<T, N>) -> Vec<Vec<u64>> {
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
    fn gather(&self, gram: &Gram<f64, 4>, wishes: &[Wish], matches: &[HashMap<u32, Match>]) -> Vec<State> {
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

    fn finish(
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

/// A bucket's scores are kept; its pairs are kept.
const WANTED: u8 = 1;
const TOP: u8 = 2;

fn flags(wish: &Wish) -> ByBucket<u8> {
    let mut flags = ByBucket::new();
    for (bucket, wanted) in (0..NONE).zip(&wish.wanted) {
        flags[bucket] = u8::from(*wanted) * WANTED + u8::from(usize::from(bucket) >= wish.top) * TOP;
    }
    flags
}

/// A value for each bucket, whose number needs no check as it is always below [`BUCKETS`].
#[derive(Clone)]
struct ByBucket<T>(Box<[T; BUCKETS]>);

impl<T: Copy + Default> ByBucket<T> {
    fn new() -> ByBucket<T> {
        ByBucket(Box::new([T::default(); BUCKETS]))
    }
}

impl<T> Index<u16> for ByBucket<T> {
    type Output = T;

    fn index(&self, bucket: u16) -> &T {
        &self.0[usize::from(bucket) % BUCKETS]
    }
}

impl<T> IndexMut<u16> for ByBucket<T> {
    fn index_mut(&mut self, bucket: u16) -> &mut T {
        &mut self.0[usize::from(bucket) % BUCKETS]
    }
}

impl TrialSet {
    fn new(
        mut test: Vec<u32>,
        mut gallery: Vec<u32>,
        probes: &[u32],
        persons: &[u32],
        count: usize,
    ) -> TrialSet {
        let mut roles = vec![Role::Absent; persons.len()];
        let mut places = vec![0; persons.len()];
        let mut images = vec![0u32; count];
        let mut is_known = vec![false; count];
        let person = |i: u32| persons[i as usize] as usize;
        for i in &test {
            roles[*i as usize] = Role::Test;
            images[person(*i)] += 1;
        }
        for (place, i) in (0..).zip(&gallery) {
            roles[*i as usize] = Role::Gallery;
            places[*i as usize] = place;
            is_known[person(*i)] = true;
        }
        let (mut genuine_probes, mut impostor_probes): (Vec<u32>, Vec<u32>) =
            probes.iter().partition(|i| is_known[person(**i)]);
        genuine_probes.iter().for_each(|i| roles[*i as usize] = Role::GenuineProbe);
        impostor_probes.iter().for_each(|i| roles[*i as usize] = Role::ImpostorProbe);
        for list in [&mut test, &mut gallery, &mut genuine_probes, &mut impostor_probes] {
            list.sort_unstable();
        }
        let counts: Vec<(u32, u32)> = (0..).zip(images).filter(|(_, n)| *n > 0).collect();
        let all = test.len() as u64;
        let genuine: u64 = counts.iter().map(|(_, n)| u64::from(*n) * u64::from(n - 1) / 2).sum();
        let impostors = all * all.saturating_sub(1) / 2 - genuine;
        TrialSet { test, gallery, genuine_probes, impostor_probes, roles, places, impostors, counts }
    }

    /// The best match of each genuine probe in the gallery: of equally good ones, the first.
    fn matches(&self, set: &Set, gram: &Gram<f64, 4>) -> HashMap<u32, Match> {
        let mut matches: HashMap<u32, Match> = HashMap::new();
        for i in &self.genuine_probes {
            let members = &set.members[set.persons[*i as usize] as usize];
            let mut known: Vec<u32> =
                members.iter().copied().filter(|j| self.roles[*j as usize] == Role::Gallery).collect();
            known.sort_by_key(|j| self.places[*j as usize]);
            let mut best: Option<Match> = None;
            for gallery in known {
                let score = gram.score(*i as usize, gallery as usize);
                if best.is_none_or(|best| score > best.score) {
                    best = Some(Match { score, gallery });
                }
            }
            matches.extend(best.map(|best| (*i, best)));
        }
        matches
    }

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

    /// Ranks the matches of probes among the gallery scores of a tile, and takes the highest scores of the others.
    fn identify(
        &self,
        tile: &Tile<'_, f64>,
        own: &[(f64, u32)],
        ranks: &mut [[u32; 3]],
        highest: &mut [f64],
    ) {
        let end = tile.column + tile.columns;
        let mut rank = |probe: usize, gallery: usize, score: f64| {
            let (match_score, matched) = own[probe];
            if score >= match_score && gallery != matched as usize {
                let part = match score > match_score {
                    true => 0,
                    false if self.places[gallery] < self.places[matched as usize] => 1,
                    false => 2,
                };
                ranks[probe][part] += 1;
            }
        };
        for i in 0..tile.rows {
            let row = tile.row + i;
            let right = tile.column.max(row + 1)..end;
            let score = |column: &u32| tile.scores[i * tile.columns + *column as usize - tile.column];
            match self.roles[row] {
                Role::Gallery => {
                    for j in within(&self.genuine_probes, right.clone()) {
                        rank(*j as usize, row, score(j));
                    }
                    for j in within(&self.impostor_probes, right) {
                        let highest = &mut highest[*j as usize];
                        *highest = highest.max(score(j));
                    }
                }
                Role::GenuineProbe => {
                    for j in within(&self.gallery, right) {
                        rank(row, *j as usize, score(j));
                    }
                }
                Role::ImpostorProbe => {
                    let all = within(&self.gallery, right).iter().map(score);
                    highest[row] = all.fold(highest[row], f64::max);
                }
                Role::Absent | Role::Test => {}
            }
        }
    }
}
