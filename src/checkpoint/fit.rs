//! What each tensor of a file is to a network whose weights are in it.

use super::entry::Entry;
use super::names;
use super::passed::{PassedOver, Surplus};
use super::sets::{Set, Sets, is_slot};
use crate::network::{FEATURE_LENGTH, Misfit, Misfits, shape_misfits};
use std::collections::{BTreeMap, BTreeSet};

/// What a tensor is to a set of weights.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Role {
    Parameter,
    /// Of the network's own classifier head, `fc2`.
    Head,
    /// It looks like a layer of the network, and the network has none of this name.
    Unexpected,
    /// It is there and not used.
    PassedOver(Surplus),
    /// A counter, a number, a text: nothing that could be a weight.
    Nothing,
}

struct Roles<'s, 'e, 'a> {
    sets: &'s Sets<'e, 'a>,
    set: Set<'s>,
    parameters: BTreeSet<String>,
    layers: BTreeSet<String>,
    /// Keys of the dicts that hold the parameters.
    keys: BTreeSet<&'e str>,
    /// Further layers in these dicts that compute before the features are there.
    before: BTreeSet<&'e str>,
}

/// All misfits of names, shapes and types between the network and the tensors below the root of `set`.
pub(super) fn misfits(sets: &Sets, set: Set, head: bool) -> Misfits {
    let roles = Roles::of(sets, set);
    let weights: BTreeMap<&str, &Entry> = sets
        .index
        .iter()
        .filter(|(name, entry)| match roles.of_tensor(name, entry) {
            Role::Parameter | Role::Unexpected => true,
            Role::Head => head,
            Role::PassedOver(_) | Role::Nothing => false,
        })
        .filter_map(|(name, entry)| Some((names::below(name, set.root)?, *entry)))
        .collect();
    let shapes = weights.iter().map(|(name, entry)| (*name, entry.shape.as_slice())).collect();
    let mut all = shape_misfits(set.network, head, &shapes);
    all.extend(
        weights.iter().filter(|(_, entry)| !entry.dtype.is_float()).map(|(name, entry)| Misfit::Type {
            name: name.to_string(),
            found: entry.dtype.word.to_string(),
        }),
    );
    Misfits { network: set.network, all }
}

/// The tensors that are not used, those of one kind and place together.
pub(super) fn passed_over(sets: &Sets, set: Set) -> Vec<PassedOver> {
    let roles = Roles::of(sets, set);
    let mut groups: BTreeMap<(Surplus, String), PassedOver> = BTreeMap::new();
    for (name, entry) in &sets.index {
        let Role::PassedOver(what) = roles.of_tensor(name, entry) else { continue };
        let group = roles.group(name);
        groups
            .entry((what, group.clone()))
            .and_modify(|passed| {
                passed.tensors += 1;
                passed.name.clone_from(&group);
            })
            .or_insert(PassedOver { name: name.to_string(), tensors: 1, what });
    }
    groups.into_values().collect()
}

/// The keys and what else all names of the set begin with.
pub(super) fn key_and_prefix<'s>(sets: &Sets<'s, '_>, set: Set<'s>) -> (&'s str, &'s str) {
    let roles = Roles::of(sets, set);
    match roles.keys.first() {
        Some(&key) if roles.keys.len() == 1 => match names::below(set.root, key) {
            Some(prefix) => (key, prefix),
            None => (set.root, ""),
        },
        _ => (set.root, ""),
    }
}

impl<'s, 'e, 'a> Roles<'s, 'e, 'a> {
    fn of(sets: &'s Sets<'e, 'a>, set: Set<'s>) -> Self {
        let parameters: BTreeSet<String> = set.network.parameters().into_iter().map(|p| p.name).collect();
        let layers = parameters.iter().map(|name| names::first_part(name).to_string()).collect();
        let found = parameters.iter().filter_map(|p| sets.index.get(names::join(set.root, p).as_str()));
        let mut keys: BTreeSet<&str> = found.map(|entry| entry.key()).collect();
        if keys.is_empty() {
            keys.extend(sets.index.values().map(|entry| entry.key()).find(|key| *key == set.root));
        }
        let mut roles = Roles { sets, set, parameters, layers, keys, before: BTreeSet::new() };
        roles.before = roles.layers_before();
        roles
    }

    /// The further layers that compute before the features are there: they have convolutions or statistics, and nothing
    /// of them works on the 256 numbers of a feature, as a head does. Nothing is a head if the network is not there.
    fn layers_before(&self) -> BTreeSet<&'e str> {
        let is_complete = self.sets.complete.contains(&self.set);
        let (mut before, mut heads) = (BTreeSet::new(), BTreeSet::new());
        for (&name, entry) in &self.sets.index {
            let Some(own) = names::below(name, self.set.root) else { continue };
            if !self.keys.contains(entry.key()) || !names::is_of_a_layer(own) {
                continue;
            }
            let layer = names::first_part(own);
            if !is_complete || entry.shape.len() > 2 || names::is_statistic(own) {
                before.insert(layer);
            }
            if is_complete && works_on_features(&entry.shape) {
                heads.insert(layer);
            }
        }
        before.retain(|layer| !heads.contains(layer));
        before
    }

    fn of_tensor(&self, name: &str, entry: &Entry) -> Role {
        let own = names::below(name, self.set.root);
        match own {
            Some(own) if self.parameters.contains(own) => return Role::Parameter,
            Some(own) if names::is_head(own) => return Role::Head,
            _ => {}
        }
        if !entry.dtype.is_float() || entry.elements() <= 1 {
            return Role::Nothing;
        }
        if let Some(root) = self.other(name) {
            let is_state = self.sets.is_state(root) && !self.sets.is_state(self.set.root);
            return Role::PassedOver(if is_state { Surplus::State } else { Surplus::Copy });
        }
        if names::is_optimizers(entry.key()) || names::is_optimizers(names::first_part(name)) {
            return Role::PassedOver(Surplus::State);
        }
        if let Some(slot) = self.slot(name, "").or_else(|| self.slot(own?, self.set.root)) {
            let is_state = self.sets.has_slots && is_slot(slot);
            return Role::PassedOver(if is_state { Surplus::State } else { Surplus::Copy });
        }
        // Averaged weights in a form of their own: a list, or names without dots.
        if names::is_average(&self.group(name)) && !names::is_average(self.set.root) {
            return Role::PassedOver(Surplus::Copy);
        }
        let is_of_a_layer = names::is_of_a_layer(own.unwrap_or(name));
        if let Some(own) = own
            && self.keys.contains(entry.key())
        {
            let layer = names::first_part(own);
            let is_inside = own.contains('.') && self.layers.contains(layer);
            if is_inside || is_of_a_layer && self.before.contains(layer) {
                return Role::Unexpected;
            }
        }
        Role::PassedOver(match entry.shape.len() {
            0 | 1 if !is_of_a_layer => Surplus::State,
            0..=2 => Surplus::Head,
            _ if works_on_features(&entry.shape) => Surplus::Head,
            _ => Surplus::Other,
        })
    }

    /// The root of another set that the tensor belongs to, the longest there is.
    fn other(&self, name: &str) -> Option<&'e str> {
        let others = self.sets.complete.iter().map(|set| set.root).filter(|root| *root != self.set.root);
        // A set around this one is not another for what is below this one's root.
        let is_around =
            |root: &str| names::below(name, self.set.root).is_some() && root.len() < self.set.root.len();
        others
            .filter(|root| names::below(name, root).is_some() && !is_around(root))
            .max_by_key(|root| root.len())
    }

    /// The part of `name` before the first dot, if what follows is a tensor below `root` or would be the network's head.
    fn slot<'n>(&self, name: &'n str, root: &str) -> Option<&'n str> {
        let (slot, rest) = name.split_once('.')?;
        let full = names::join(root, rest);
        let is_head = names::below(&full, self.set.root).is_some_and(names::is_head);
        (is_head || self.sets.index.contains_key(full.as_str())).then_some(slot)
    }

    /// What a tensor is listed under if others are listed with it: the root of its set, or the first part of its name
    /// that is not the root's.
    fn group(&self, name: &str) -> String {
        if let Some(root) = self.other(name) {
            return root.to_string();
        }
        let shared = name.split('.').zip(self.set.root.split('.')).take_while(|(a, b)| a == b).count();
        name.split('.').take(shared + 1).collect::<Vec<_>>().join(".")
    }
}

/// Whether a parameter of this shape works on the 256 numbers of a feature. No convolution of a network has so many
/// channels.
fn works_on_features(shape: &[usize]) -> bool {
    match shape {
        [length] => *length == FEATURE_LENGTH,
        // A convolution of one pixel is a matrix, too.
        [_, inputs, rest @ ..] if rest.len() > 1 => {
            *inputs == FEATURE_LENGTH && rest.iter().all(|&side| side == 1)
        }
        shape => shape.contains(&FEATURE_LENGTH),
    }
}
