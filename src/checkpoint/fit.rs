//! Whether the tensors of a file are a network's weights.

use super::entry::Entry;
use super::error::{ContentError, Fault};
use super::names;
use crate::network::{Misfit, Misfits, Network, Parameter, shape_misfits};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Tensors by their names without `module.`.
pub(super) type Index<'e, 'a> = BTreeMap<&'e str, &'e Entry<'a>>;

/// The index of `entries`, in which no name may be twice.
pub(super) fn index<'e, 'a>(entries: &'e [Entry<'a>]) -> Result<Index<'e, 'a>, Fault> {
    let mut index = BTreeMap::new();
    for entry in entries {
        let name = names::plain(&entry.name);
        if index.insert(name, entry).is_some() {
            return Err(Fault::Duplicate { name: name.to_string() });
        }
    }
    Ok(index)
}

/// The network whose weights are in the file: the one asked for, or the one that fits.
///
/// # Errors
/// The misfits of the network asked for, or of the one that comes closest.
pub(super) fn choose(index: &Index, asked: Option<Network>, head: bool) -> Result<Network, ContentError> {
    let network = match asked {
        Some(network) => network,
        None => recognise(index)?,
    };
    if head && network.head().is_none() {
        return Err(ContentError::NoHead(network));
    }
    let all = misfits(index, network, head);
    if all.is_empty() { Ok(network) } else { Err(Misfits { network, all }.into()) }
}

/// The network that fits, or the misfits of the one of whose parameters the file has most; of several such, the
/// one with the fewest misfits.
pub(super) fn recognise(index: &Index) -> Result<Network, Misfits> {
    let [first, others @ ..] = Network::ALL.map(|network| {
        let has = |p: &Parameter| index.get(p.name.as_str()).is_some_and(|entry| entry.shape == p.shape);
        let fitting = network.parameters().iter().filter(|parameter| has(parameter)).count();
        (fitting, Misfits { network, all: misfits(index, network, false) })
    });
    let (_, closest) = others.into_iter().fold(first, |best, other| {
        let rank = |(fitting, misfits): &(usize, Misfits)| (Reverse(*fitting), misfits.all.len());
        if rank(&other) < rank(&best) { other } else { best }
    });
    if closest.all.is_empty() { Ok(closest.network) } else { Err(closest) }
}

/// All misfits of names, shapes and types.
///
/// A tensor is unexpected if it looks like a weight: floats of more than one element, under a layer of the
/// network or named as a layer's parameters are. Counters, learning rates, an optimizer's state and a head that
/// was not asked for are passed over, whatever their shape.
fn misfits(index: &Index, network: Network, head: bool) -> Vec<Misfit> {
    let parameters: BTreeSet<String> = network.parameters().into_iter().map(|p| p.name).collect();
    let layers: BTreeSet<&str> = parameters.iter().map(|name| names::first_part(name)).collect();
    let is_weight = |name: &str, entry: &Entry| {
        if parameters.contains(name) {
            return true;
        }
        if names::is_head(name) {
            return head;
        }
        entry.dtype.is_float()
            && entry.elements() > 1
            && (names::is_of_a_layer(name) || name.contains('.') && layers.contains(names::first_part(name)))
            && !names::is_state(name, |other| index.contains_key(other))
    };
    let weights: Index =
        index.iter().filter(|(name, entry)| is_weight(name, entry)).map(|(n, e)| (*n, *e)).collect();
    let shapes = weights.iter().map(|(name, entry)| (*name, entry.shape.as_slice())).collect();
    let mut all = shape_misfits(network, head, &shapes);
    all.extend(
        weights.iter().filter(|(_, entry)| !entry.dtype.is_float()).map(|(name, entry)| Misfit::Type {
            name: name.to_string(),
            found: entry.dtype.word.to_string(),
        }),
    );
    all
}
