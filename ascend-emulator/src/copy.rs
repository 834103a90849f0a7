//! Copies, and results kept from the host until it synchronises.

use crate::memory::{Place, Region};
use crate::state;
use std::sync::{Mutex, PoisonError};

/// Bytes a queued copy brought to the host, not visible to it yet.
///
/// A card may finish a copy any time between queueing and synchronising. Showing the bytes at the latest moment
/// makes a missing wait show every time instead of now and then.
#[derive(Debug)]
pub struct Publication {
    target: Region,
    ticket: u64,
    bytes: Mutex<Option<Vec<u8>>>,
}

impl Publication {
    /// Holds `bytes` for `target`, which `ticket` noted.
    pub fn new(target: Region, ticket: u64, bytes: Vec<u8>) -> Publication {
        Publication { target, ticket, bytes: Mutex::new(Some(bytes)) }
    }

    /// Shows the bytes; later calls do nothing.
    pub fn publish(&self) {
        let Some(bytes) = self.bytes.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let mut state = state::lock();
        if state.memory.alive(&self.target) {
            let mut target = self.target;
            target.bytes_mut().copy_from_slice(&bytes);
        }
        state.end([self.target.place], self.ticket);
    }

    /// Whether it will change what `region` reads.
    pub fn concerns(&self, region: &Region) -> bool {
        let (start, end) = (region.address, region.address + region.length);
        self.target.address < end && start < self.target.address + self.target.length
    }
}

/// Copies `from` to `to`, of equal length, at once.
pub fn copy(from: &Region, to: &mut Region) {
    // SAFETY: both regions are as long as `from.length` (the caller made them so) and lie in live memory; they
    // may overlap, which `copy` allows.
    unsafe { std::ptr::copy(from.view as *const u8, to.view as *mut u8, from.length) };
}

/// Whether `place` is memory that ACL handed out.
pub fn managed(place: Place) -> bool {
    place != Place::Host
}

/// A short sum of bytes, to see whether they changed.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    crate::timing::hash(bytes)
}
