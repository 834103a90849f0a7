//! A device as its streams see it.

use crate::failure::{Outcome, failure};
use crate::report;
use crate::timing::Engines;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

/// The parts of a device that streams use without the state's lock.
#[derive(Debug, Default)]
pub struct Card {
    /// Its number.
    pub id: usize,
    /// Its schedule in timing mode.
    pub engines: Engines,
    /// Batches executed.
    pub batches: AtomicU64,
    lost: AtomicI32,
}

impl Card {
    /// Device `id`, unused.
    pub fn new(id: usize) -> Card {
        Card { id, ..Card::default() }
    }

    /// The code with which everything on a lost device fails.
    pub fn check(&self) -> Outcome {
        match self.lost.load(Ordering::Acquire) {
            0 => Ok(()),
            code => Err(failure(code, format!("EE9999: device {} is lost", self.id))),
        }
    }

    /// Loses the device.
    pub fn lose(&self, code: i32) {
        if self.lost.swap(code, Ordering::AcqRel) == 0 {
            report::device_lost(self.id, code);
        }
    }

    /// Whether it is lost.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire) != 0
    }
}
