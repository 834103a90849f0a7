//! The sets of weights in a file, and the one that is meant.
//!
//! A set is a place, its root, below which all parameters of a network are by their names. The root is the keys of
//! the dict and what else all names begin with: `state_dict.module`.

use super::LoadOptions;
use super::entry::Entry;
use super::error::{Fault, Unfit};
use super::fit;
use super::limits::MAX_SETS;
use super::names;
use crate::network::Network;
use std::collections::{BTreeMap, HashMap};

/// Parts of the longest name of a parameter: `block1.0.conv1.filter.weight`.
const MAX_PARTS: usize = 5;

/// Tensors by their full names.
pub(super) type Index<'e, 'a> = BTreeMap<&'e str, &'e Entry<'a>>;

/// The index of `entries`, in which no name may be twice.
pub(super) fn index<'e, 'a>(entries: &'e [Entry<'a>]) -> Result<Index<'e, 'a>, Fault> {
    let mut index = BTreeMap::new();
    for entry in entries {
        if index.insert(&*entry.name, entry).is_some() {
            return Err(Fault::Duplicate { name: entry.name.to_string() });
        }
    }
    Ok(index)
}

/// All parameters of a network below a root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Set<'e> {
    pub root: &'e str,
    pub network: Network,
}

/// The tensors of a file, and the sets among them.
pub(super) struct Sets<'e, 'a> {
    pub index: Index<'e, 'a>,
    /// Whether `<slot>.<parameter>` beside `<parameter>` is an optimizer's state, as MindSpore writes it. Its optimizers
    /// have many slots (`accum.`, `stat.`, `moments.`, `moment1.`); the rule needs no list.
    pub has_slots: bool,
    /// How many parameters of each network are below each root.
    counts: BTreeMap<&'e str, [usize; Network::ALL.len()]>,
    pub complete: Vec<Set<'e>>,
}

impl<'e, 'a> Sets<'e, 'a> {
    pub fn of(entries: &'e [Entry<'a>], has_slots: bool) -> Result<Self, Fault> {
        let index = index(entries)?;
        let parameters = Network::ALL.map(|network| network.parameters());
        let mut shapes: HashMap<&str, [Option<&[usize]>; Network::ALL.len()]> = HashMap::new();
        for (number, parameters) in parameters.iter().enumerate() {
            for parameter in parameters {
                shapes.entry(&parameter.name).or_default()[number] = Some(&parameter.shape);
            }
        }
        let mut counts: BTreeMap<&str, [usize; Network::ALL.len()]> = BTreeMap::new();
        for (&name, entry) in &index {
            let starts =
                name.rmatch_indices('.').take(MAX_PARTS).map(|(dot, _)| (&name[..dot], &name[dot + 1..]));
            for (root, own) in starts.chain([("", name)]) {
                let Some(shapes) = shapes.get(own) else { continue };
                let count = counts.entry(root).or_default();
                for (count, shape) in count.iter_mut().zip(shapes) {
                    let fits = entry.dtype.is_float() && *shape == Some(entry.shape.as_slice());
                    *count += usize::from(fits);
                }
            }
        }
        let complete = counts.iter().flat_map(|(root, counts)| {
            let all = Network::ALL.into_iter().zip(counts).zip(&parameters);
            all.filter(|((_, count), parameters)| **count == parameters.len())
                .map(|((network, _), _)| Set { root, network })
        });
        let complete: Vec<Set> = complete.collect();
        if complete.len() > MAX_SETS {
            return Err(Fault::TooMany { offset: 0, what: "sets of weights", limit: MAX_SETS as u64 });
        }
        Ok(Sets { index, has_slots, counts, complete })
    }

    /// The set that is meant: the one below the key asked for; without one, the only one of the file. Averaged weights
    /// count only if there are no others, an optimizer's state does not count.
    ///
    /// # Errors
    /// If there are several, or none; then the misfits of the network that comes closest.
    pub fn choose(&self, options: &LoadOptions) -> Result<Set<'e>, Unfit> {
        let key = options.key.as_deref();
        if let Some(key) = key
            && !self.index.keys().any(|name| names::below(name, key).is_some())
        {
            return Err(Unfit::NoKey { key: key.to_string(), keys: self.keys() });
        }
        let mut found: Vec<Set> = self
            .complete
            .iter()
            .filter(|set| options.network.is_none_or(|network| network == set.network))
            .filter(|set| match key {
                None => !self.is_state(set.root),
                Some(key) => is_meant(set.root, key),
            })
            .copied()
            .collect();
        if key.is_some_and(|key| found.iter().any(|set| set.root == key)) {
            found.retain(|set| Some(set.root) == key);
        }
        let mut distinct: Vec<Set> = Vec::new();
        for set in found {
            if !distinct.iter().any(|other| self.is_same(*other, set)) {
                distinct.push(set);
            }
        }
        if distinct.iter().any(|set| !names::is_average(set.root)) {
            distinct.retain(|set| !names::is_average(set.root));
        }
        match distinct[..] {
            [] => Err(self.closest(options)),
            [set] => Ok(set),
            _ => Err(Unfit::Ambiguous {
                sets: distinct.iter().map(|set| (set.root.to_string(), set.network)).collect(),
            }),
        }
    }

    /// Whether two sets are the same values of the file under two names.
    pub fn is_same(&self, a: Set, b: Set) -> bool {
        a.network == b.network
            && a.network.parameters().iter().all(|parameter| {
                let entry = |set: Set| self.index.get(names::join(set.root, &parameter.name).as_str());
                matches!((entry(a), entry(b)), (Some(a), Some(b)) if a.has_values_of(b))
            })
    }

    /// Whether what is below `root` is an optimizer's state.
    pub fn is_state(&self, root: &str) -> bool {
        if names::is_optimizers(root) {
            return true;
        }
        let (slot, rest) = root.split_once('.').unwrap_or((root, ""));
        self.has_slots
            && is_slot(slot)
            && self.complete.iter().any(|set| set.root == rest && set.root.len() < root.len())
    }

    /// Why there is no set: the misfits of the network asked for, or of the one of whose parameters most are below one
    /// root.
    fn closest(&self, options: &LoadOptions) -> Unfit {
        let is_asked = |network| options.network.is_none_or(|asked| asked == network);
        let most = |counts: &[usize; Network::ALL.len()]| {
            let asked = Network::ALL.into_iter().zip(counts).filter(|(network, _)| is_asked(*network));
            asked.map(|(_, count)| *count).max().unwrap_or(0)
        };
        let meant = self.counts.iter().filter(|(root, _)| match options.key.as_deref() {
            None => !names::is_optimizers(root),
            Some(key) => is_meant(root, key),
        });
        // Of several such, the one with the shortest root: an optimizer's state is below a longer one.
        let best = meant.max_by_key(|(root, counts)| (most(counts), usize::MAX - root.len()));
        let root = match (best, options.key.as_deref()) {
            (Some((root, _)), _) => root,
            (None, Some(key)) => key,
            (None, None) => self.fullest(),
        };
        let counts = best.map(|(_, counts)| *counts).unwrap_or_default();
        let tried = Network::ALL.into_iter().zip(counts).filter(|(network, _)| is_asked(*network));
        let tried =
            tried.map(|(network, count)| (count, fit::misfits(self, Set { root, network }, options.head)));
        let best = tried.min_by_key(|(count, misfits)| (usize::MAX - count, misfits.all.len()));
        match best {
            Some((_, misfits)) => Unfit::Misfits { key: root.to_string(), misfits },
            None => Unfit::NoKey { key: root.to_string(), keys: self.keys() },
        }
    }

    /// The dict with the most tensors of floats.
    fn fullest(&self) -> &'e str {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in self.index.values().filter(|entry| entry.dtype.is_float()) {
            *counts.entry(entry.key()).or_default() += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(key, count)| (*count, usize::MAX - key.len()))
            .map_or("", |(key, _)| key)
    }

    /// The keys of all dicts of tensors, or what names begin with if there are none.
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .index
            .values()
            .map(|entry| match entry.key() {
                "" => names::first_part(&entry.name),
                key => key,
            })
            .map(str::to_string)
            .collect();
        keys.dedup();
        keys
    }
}

/// Whether the key that was asked for means what is below `root`.
fn is_meant(root: &str, key: &str) -> bool {
    root == key || !key.is_empty() && names::below(root, key).is_some()
}

/// Whether `<slot>.<parameter>` may be an optimizer's state of the parameter.
pub(super) fn is_slot(slot: &str) -> bool {
    slot != "module" && !names::is_average(slot)
}
