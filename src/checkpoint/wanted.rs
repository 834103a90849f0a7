//! The tensors that options ask for.

use super::entry::Entry;
use super::error::Unfit;
use super::fit;
use super::names;
use super::sets::{Set, Sets};
use super::{Checkpoint, CheckpointFormat, LoadOptions, PassedOver, WeightSet};
use crate::digest::sha256;
use crate::network::Weights;

/// The set of weights that options mean, whose tensors fit the network.
pub(super) struct Chosen<'e> {
    set: Set<'e>,
    pub described: WeightSet,
}

impl<'e> Chosen<'e> {
    pub fn of(sets: &Sets<'e, '_>, options: &LoadOptions) -> Result<Self, Unfit> {
        let set = sets.choose(options)?;
        if options.head && set.network.head().is_none() {
            return Err(Unfit::NoHead(set.network));
        }
        let misfits = fit::misfits(sets, set, options.head);
        if !misfits.all.is_empty() {
            return Err(Unfit::Misfits { key: set.root.to_string(), misfits });
        }
        let passed_over = fit::passed_over(sets, set);
        if options.strict && passed_over.iter().any(PassedOver::may_matter) {
            let passed_over = passed_over.into_iter().filter(PassedOver::may_matter).collect();
            return Err(Unfit::Beside { passed_over });
        }
        let (key, prefix) = fit::key_and_prefix(sets, set);
        let (key, prefix) = (key.to_string(), prefix.to_string());
        Ok(Chosen { set, described: WeightSet { network: set.network, key, prefix, passed_over } })
    }
}

/// The tensors to load.
pub(super) struct Wanted<'e, 'a> {
    entries: Vec<(String, &'e Entry<'a>)>,
    set: WeightSet,
    /// The place of the weights, if they are not those that are taken when no key is given.
    elsewhere: Option<String>,
}

impl<'e, 'a> Wanted<'e, 'a> {
    pub fn of(sets: &Sets<'e, 'a>, options: &LoadOptions) -> Result<Self, Unfit> {
        let Chosen { set, described } = Chosen::of(sets, options)?;
        let head = if options.head { set.network.head_parameters(0) } else { Vec::new() };
        let names = set.network.parameters().into_iter().chain(head).map(|parameter| parameter.name);
        let entry = |name: &str| sets.index.get(names::join(set.root, name).as_str()).copied();
        let entries = names.filter_map(|name| entry(&name).map(|entry| (name, entry))).collect();
        let usual = sets.choose(&LoadOptions { key: None, ..options.clone() });
        let is_usual = usual.is_ok_and(|usual| usual == set || sets.is_same(usual, set));
        Ok(Wanted { entries, set: described, elsewhere: (!is_usual).then(|| set.root.to_string()) })
    }

    pub fn weights(&self) -> Result<Weights, Unfit> {
        let tensors = self.entries.iter().map(|(name, entry)| (name.clone(), entry.to_tensor())).collect();
        let place = names::join(&self.set.key, &self.set.prefix);
        Weights::new(self.set.network, tensors).map_err(|misfits| Unfit::Misfits { key: place, misfits })
    }

    pub fn checkpoint(self, weights: Weights, sha256: String, format: CheckpointFormat) -> Checkpoint {
        let weights_sha256 = match &self.elsewhere {
            Some(place) => sha256_at(&sha256, place),
            None => sha256.clone(),
        };
        Checkpoint { weights, set: self.set, sha256, weights_sha256, format }
    }
}

/// What names the weights at a place of a file that has others, too.
fn sha256_at(file: &str, place: &str) -> String {
    sha256(format!("{file}\0{place}").as_bytes())
}
