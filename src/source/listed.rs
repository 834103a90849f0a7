//! The pictures that inputs name, one after the other.

use super::{Item, Items, LeftOut, SourceError};
use std::fmt;

/// The pictures that inputs name, numbered from 0, each listed when it is asked for.
pub struct Listed {
    items: Items,
    left_out: LeftOut,
}

impl Listed {
    pub(super) fn new(
        items: impl Iterator<Item = Result<Item, SourceError>> + Send + 'static,
        left_out: LeftOut,
    ) -> Listed {
        Listed { items: Box::new(items), left_out }
    }

    /// What is left out while these are listed.
    pub fn left_out(&self) -> LeftOut {
        self.left_out.clone()
    }
}

impl Iterator for Listed {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.items.next()
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("left_out", &self.left_out).finish_non_exhaustive()
    }
}
