//! The images that trials use, and what each of them is to a trial.

use crate::protocol::BlufrConfig;
use std::collections::HashMap;
use std::ops::Range;

/// The images that any trial uses, numbered from 0 in the order of BLUFR's list.
pub(super) struct Set {
    /// Their places in the list.
    pub(super) images: Vec<usize>,
    /// Who is on them.
    pub(super) persons: Vec<u32>,
    /// The images of each person.
    pub(super) members: Vec<Vec<u32>>,
    pub(super) trials: Vec<TrialSet>,
}

/// The images of a trial, each list rising.
pub(super) struct TrialSet {
    pub(super) test: Vec<u32>,
    pub(super) gallery: Vec<u32>,
    pub(super) genuine_probes: Vec<u32>,
    pub(super) impostor_probes: Vec<u32>,
    /// What every image is.
    pub(super) roles: Vec<Role>,
    /// Place of every gallery image in the gallery's own order.
    pub(super) places: Vec<u32>,
    /// Pairs of two persons.
    pub(super) impostors: u64,
    /// Persons, and how many test images each has.
    pub(super) counts: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Absent,
    Test,
    Gallery,
    GenuineProbe,
    ImpostorProbe,
}

/// Those of rising `list` that lie in `range`.
pub(super) fn within(list: &[u32], range: Range<usize>) -> &[u32] {
    let start = list.partition_point(|i| (*i as usize) < range.start);
    let end = list.partition_point(|i| (*i as usize) < range.end);
    &list[start..end.max(start)]
}

impl Set {
    pub(super) fn new(config: &BlufrConfig) -> Set {
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
}
