//! Identification: the match of each probe in the gallery, and its place among the gallery's scores.

use super::super::gram::{Gram, Tile};
use super::set::{Role, Set, TrialSet, within};
use std::collections::HashMap;

/// A gallery image that a probe matches.
#[derive(Clone, Copy)]
pub(super) struct Match {
    pub(super) score: f64,
    pub(super) gallery: u32,
}

impl TrialSet {
    /// The best match of each genuine probe in the gallery: of equally good ones, the first.
    pub(super) fn matches(&self, set: &Set, gram: &Gram<f64, 4>) -> HashMap<u32, Match> {
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

    /// Ranks the matches of probes among the gallery scores of a tile, and takes the highest scores of the others.
    pub(super) fn identify(
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
