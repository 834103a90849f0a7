//! Tensors of a file that are not used.

use super::names::Escaped;
use std::fmt;

/// Tensors that are in the file and are not among the weights. Those of one place are told together.
///
/// The name is the file's own: escape it before it reaches a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Full name of the tensor, or what the names of several begin with.
    pub name: String,
    /// How many tensors.
    pub tensors: usize,
    /// What they are.
    pub what: Surplus,
}

/// What a tensor is that is not among the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Surplus {
    /// A layer that the network does not have, made of vectors and matrices or for 256 numbers: a head of another kind,
    /// which works on the features.
    Head,
    /// Weights once more: averaged ones, those of another model, or the same.
    Copy,
    /// What training keeps: an optimizer's moments, learning rates.
    State,
    /// Something else.
    Other,
}

impl PassedOver {
    /// Whether these may be weights that somebody misses: all but what training keeps.
    pub fn may_matter(&self) -> bool {
        self.what != Surplus::State
    }
}

impl Surplus {
    /// A word for it: `head`, `copy`, `state`, `other`.
    pub fn name(self) -> &'static str {
        match self {
            Surplus::Head => "head",
            Surplus::Copy => "copy",
            Surplus::State => "state",
            Surplus::Other => "other",
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.what {
            Surplus::Head => "not a layer of the network",
            Surplus::Copy => "weights once more",
            Surplus::State => "state of the training",
            Surplus::Other => "not of the network",
        };
        match self.tensors {
            1 => write!(f, "{} ({words})", Escaped(&self.name)),
            count => write!(f, "{} ({count} tensors, {words})", Escaped(&self.name)),
        }
    }
}

/// A list of them in one line.
pub(super) struct Listed<'a>(pub &'a [PassedOver]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 20;
        for (number, passed) in self.0.iter().take(SHOWN).enumerate() {
            write!(f, "{}{passed}", if number == 0 { "" } else { ", " })?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}
