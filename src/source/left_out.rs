//! What lies among the pictures and is not used, counted by reason: nothing is passed over in silence.

use super::{SourceError, escape};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Why something in a folder or an archive is not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// The ending of its name, in lower case, is not that of a picture; empty if it has none.
    Ending(String),
    /// Its name begins with a dot, or is `__MACOSX`: it was not meant to be seen.
    Hidden,
    /// A folder that a pattern matches; a pattern names files.
    FolderOfPattern,
    /// A link to a folder above it.
    Loop,
    /// Bytes behind the end of an archive that are no member.
    BehindEnd,
    /// So many zeros at the end of an archive that members may have been lost.
    Zeros,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Ending(ending) if ending.is_empty() => f.write_str("without an ending"),
            Reason::Ending(ending) => write!(f, "ending .{ending}"),
            Reason::Hidden => f.write_str("hidden"),
            Reason::FolderOfPattern => f.write_str("folders, where a pattern names files"),
            Reason::Loop => f.write_str("links to a folder above them"),
            Reason::BehindEnd => f.write_str("with bytes behind the end of the archive"),
            Reason::Zeros => {
                f.write_str("with zeros at the end of the archive, where members may be missing")
            }
        }
    }
}

/// Files of one kind that were not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Omitted {
    /// Why, in words.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// The first of them, escaped.
    pub first: String,
}

impl fmt::Display for Omitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.count > 1 { ", …" } else { "" };
        write!(f, "{} {} ({}{more})", self.count, self.reason, self.first)
    }
}

/// Counts what is not used while inputs are listed; a handle that may be kept when the listing has gone elsewhere.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    counts: Arc<Mutex<BTreeMap<Reason, (u64, String)>>>,
    strict: bool,
}

impl LeftOut {
    pub(super) fn new(strict: bool) -> LeftOut {
        LeftOut { strict, ..LeftOut::default() }
    }

    /// What was not used so far.
    pub fn all(&self) -> Vec<Omitted> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let omitted = counts.iter().map(|(reason, (count, first))| Omitted {
            reason: reason.to_string(),
            count: *count,
            first: first.clone(),
        });
        omitted.collect()
    }

    /// Counts what lies at `path`. Where nothing may be left out, that is an error, but for what is hidden.
    pub(super) fn add(&self, reason: Reason, path: &Path) -> Option<SourceError> {
        let error = (self.strict && reason != Reason::Hidden)
            .then(|| SourceError::LeftOut { path: escape(path), reason: reason.to_string() });
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(reason).or_insert_with(|| (0, escape(path))).0 += 1;
        error
    }

    /// As [`LeftOut::add`], for a file whose ending is not that of a picture.
    pub(super) fn add_file(&self, path: &Path) -> Option<SourceError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        self.add(Reason::Ending(ending.unwrap_or_default()), path)
    }
}
