//! Rows done, and why some of them failed.

use super::files::{Record, Seconds};
use std::collections::BTreeMap;

/// Rows done, and why some of them failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Parts.
    pub parts: usize,
    /// Rows.
    pub rows: u64,
    /// Those among them that failed.
    pub failed: u64,
    /// Failed rows by kind of failure.
    pub kinds: BTreeMap<String, u64>,
    /// Seconds it took, all shards together.
    pub seconds: f64,
    /// What the stages took of them.
    pub times: Seconds,
}

impl Tally {
    pub(super) fn add(&mut self, record: &Record) {
        self.parts += 1;
        self.rows += record.rows;
        self.failed += record.failed;
        for (kind, count) in &record.reasons {
            *self.kinds.entry(kind.clone()).or_default() += count;
        }
        self.seconds += record.seconds;
        self.times.add(record.times);
    }

    pub(super) fn add_tally(&mut self, other: &Tally) {
        self.parts += other.parts;
        self.rows += other.rows;
        self.failed += other.failed;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
        }
        self.seconds += other.seconds;
        self.times.add(other.times);
    }

    /// Takes back what a record that is replaced had added to rows and failures; its time was spent all the same.
    pub(super) fn replace(&mut self, record: &Record) {
        self.parts = self.parts.saturating_sub(1);
        self.rows = self.rows.saturating_sub(record.rows);
        self.failed = self.failed.saturating_sub(record.failed);
        for (kind, count) in &record.reasons {
            if let Some(all) = self.kinds.get_mut(kind) {
                *all = all.saturating_sub(*count);
            }
        }
        self.kinds.retain(|_, count| *count > 0);
    }

    /// Failures by kind in one line, most frequent first.
    #[doc(hidden)]
    pub fn reasons(&self) -> String {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
        kinds.join(", ")
    }
}
