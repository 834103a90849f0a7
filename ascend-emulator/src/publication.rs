//! Results kept from the host until it synchronises.

use crate::memory::{Memory, Region};
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

    /// Shows the bytes in `memory`; later calls do nothing.
    pub fn show(&self, memory: &mut Memory) {
        let Some(bytes) = self.bytes.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if memory.alive(&self.target) {
            let mut target = self.target;
            target.bytes_mut().copy_from_slice(&bytes);
        }
        memory.release(self.target.place, self.ticket);
    }

    /// Whether it will change what `region` reads.
    pub fn concerns(&self, region: &Region) -> bool {
        let (start, end) = (region.address, region.address + region.length);
        self.target.address < end && start < self.target.address + self.target.length
    }
}
