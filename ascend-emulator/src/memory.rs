//! Device and pinned memory.
//!
//! A device's memory is two views of equal size: the addresses a program gets, which fault when the host touches
//! them, and the emulator's own view at a fixed distance. Pinned host memory lies in one reserved range of which
//! only live allocations are accessible, each ending at a page that faults. With `ACL_DEVICE` run mode there is
//! one memory for both, as on the SoC.
//!
//! Every queued task notes the bytes it will touch, so freeing or racing with them is seen.

use crate::arena::{ALIGNMENT, Arena, Block, PAGE, Use, map, reserve};
use crate::codes;
use crate::failure::{Outcome, failure};

/// Extra bytes behind every device allocation; the vendor's allocator adds them too.
pub const PADDING: usize = 32;
/// Page size of huge-only allocations, bytes.
const HUGE_PAGE: usize = 2 << 20;
/// Address range of pinned memory, bytes.
const PINNED_SPACE: usize = 16 << 30;

/// Where a range lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an allocation of a device.
    Device {
        /// Which device.
        device: usize,
        /// Start of the allocation.
        base: usize,
    },
    /// In a pinned allocation.
    Pinned {
        /// Start of the allocation.
        base: usize,
    },
    /// In memory the emulator does not manage: the program's own.
    Host,
}

/// What an address turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Located {
    /// In a live allocation (or unmanaged host memory); so many bytes from the address to its end.
    Live(Place, usize),
    /// In managed memory, but in no live allocation.
    Freed,
}

/// A range a task or call touches.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Where it lies.
    pub place: Place,
    /// First byte, as the program names it.
    pub address: usize,
    /// First byte, as the emulator reaches it.
    pub view: usize,
    /// Bytes.
    pub length: usize,
    /// Whether they are written.
    pub writes: bool,
}

impl Region {
    /// The bytes, to read.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `view..view + length` lies in a live allocation that cannot be unmapped while this region is
        // noted in it (or in host memory that the program promised to keep); other tasks writing to it now is
        // the program's race, as on a card.
        unsafe { std::slice::from_raw_parts(self.view as *const u8, self.length) }
    }

    /// The bytes, to write.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; the region was noted as written.
        unsafe { std::slice::from_raw_parts_mut(self.view as *mut u8, self.length) }
    }
}

/// How a device allocation is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// `aclrtMalloc`: to 32 bytes, and 32 more.
    Padded,
    /// `aclrtMallocAlign32`: to 32 bytes.
    Exact,
    /// Whole 2 MiB pages.
    Huge,
}

/// All managed memory.
#[derive(Debug, Default)]
pub struct Memory {
    devices: Vec<Option<Arena>>,
    pinned: Option<Arena>,
}

impl Memory {
    /// Makes `device` have `size` bytes; `shared` lets the host touch them.
    pub fn open_device(&mut self, device: usize, size: usize, shared: bool) {
        if self.devices.len() <= device {
            self.devices.resize_with(device + 1, || None);
        }
        let size = size.next_multiple_of(PAGE);
        if self.devices[device].as_ref().is_none_or(|arena| arena.size != size) {
            let view = map(size, libc::PROT_READ | libc::PROT_WRITE);
            let base = if shared { view } else { reserve(size) };
            self.devices[device] = Some(Arena::new(base, view, size, false));
        }
    }

    /// Device memory: at least `size` bytes, or 207001.
    pub fn allocate(&mut self, device: usize, size: usize, rounding: Rounding, host: bool) -> Outcome<usize> {
        let full =
            || failure(codes::RT_MEMORY_ALLOCATION, format!("EE1023: device {device} has no {size} bytes"));
        let arena = self.devices.get_mut(device).and_then(Option::as_mut).ok_or_else(full)?;
        let rounded = match rounding {
            Rounding::Padded => size.checked_next_multiple_of(32).and_then(|s| s.checked_add(PADDING)),
            Rounding::Exact => size.checked_next_multiple_of(32),
            Rounding::Huge => size.checked_next_multiple_of(HUGE_PAGE),
        };
        let span = rounded.and_then(|s| s.checked_next_multiple_of(ALIGNMENT)).ok_or_else(full)?;
        let address = arena.take(size, span, host).ok_or_else(full)?;
        crate::report::memory_used(device, arena.used);
        Ok(address)
    }

    /// Pinned host memory of `size` bytes.
    pub fn allocate_pinned(&mut self, size: usize) -> Outcome<usize> {
        let arena = self.pinned.get_or_insert_with(|| {
            let base = reserve(PINNED_SPACE);
            Arena::new(base, base, PINNED_SPACE, true)
        });
        size.checked_next_multiple_of(PAGE)
            .and_then(|span| span.checked_add(PAGE))
            .and_then(|span| arena.take(size, span, true))
            .ok_or_else(|| failure(codes::RT_MEMORY_ALLOCATION, format!("EE1023: no {size} bytes to pin")))
    }

    /// Frees the allocation that starts at `address`; `host` says which function asked. `Ok(true)` means queued
    /// work still uses it: it is dead at once, its bytes stay mapped until that work is gone.
    pub fn free(&mut self, address: usize, host: bool) -> Outcome<bool> {
        let wrong =
            |why: &str| failure(codes::RT_PARAM_INVALID, format!("EE1001: pointer {address:#x} {why}"));
        let arena = self.arena_of_mut(address).ok_or_else(|| wrong("was not allocated by ACL"))?;
        let Some(block) = arena.blocks.get_mut(&address).filter(|block| !block.freed) else {
            return Err(wrong("is no start of a live allocation (freed before, or inside one)"));
        };
        if block.host != host {
            return Err(wrong(if host { "is device memory" } else { "is host memory" }));
        }
        if block.uses.is_empty() {
            arena.give_back(address);
            return Ok(false);
        }
        block.freed = true;
        Ok(true)
    }

    /// What lies at `address`.
    pub fn locate(&self, address: usize) -> Located {
        for (device, arena) in self.devices.iter().enumerate() {
            if let Some(arena) = arena.as_ref().filter(|arena| arena.contains(address)) {
                return match arena.around(address) {
                    Some((base, block)) => {
                        Located::Live(Place::Device { device, base }, base + block.size - address)
                    }
                    None => Located::Freed,
                };
            }
        }
        match self.pinned.as_ref().filter(|arena| arena.contains(address)) {
            None => Located::Live(Place::Host, usize::MAX),
            Some(arena) => match arena.around(address) {
                Some((base, block)) => Located::Live(Place::Pinned { base }, base + block.size - address),
                None => Located::Freed,
            },
        }
    }

    /// The region of `length` bytes at `address`, which [`Memory::locate`] found in `place`.
    pub fn region(&self, place: Place, address: usize, length: usize, writes: bool) -> Region {
        let view = match place {
            Place::Device { device, .. } => match self.devices.get(device) {
                Some(Some(arena)) => address - arena.base + arena.view,
                _ => address,
            },
            Place::Pinned { .. } | Place::Host => address,
        };
        Region { place, address, view, length, writes }
    }

    /// Notes that the task `ticket` will touch `region`.
    pub fn note(&mut self, region: &Region, ticket: u64) {
        if let Some(block) = self.block_mut(region.place) {
            let (start, end) = (region.address, region.address + region.length);
            block.uses.push(Use { ticket, start, end, writes: region.writes });
        }
    }

    /// Whether the allocation of `region` is still there.
    pub fn alive(&mut self, region: &Region) -> bool {
        region.place == Place::Host || self.block_mut(region.place).is_some_and(|block| !block.freed)
    }

    /// Whether queued work writes what `region` touches, or reads what it writes.
    pub fn races(&mut self, region: &Region) -> bool {
        let (start, end) = (region.address, region.address + region.length);
        self.block_mut(region.place).is_some_and(|block| {
            block.uses.iter().any(|u| u.start < end && start < u.end && (u.writes || region.writes))
        })
    }

    /// Whether queued work touches anything of the allocation of `region`.
    pub fn busy(&mut self, region: &Region) -> bool {
        self.block_mut(region.place).is_some_and(|block| !block.uses.is_empty())
    }

    /// Forgets the note of `ticket` on the allocation at `place`; a freed allocation goes with its last note.
    pub fn release(&mut self, place: Place, ticket: u64) {
        let Some(block) = self.block_mut(place) else { return };
        block.uses.retain(|u| u.ticket != ticket);
        if block.freed && block.uses.is_empty() {
            match place {
                Place::Device { device, base } => {
                    if let Some(Some(arena)) = self.devices.get_mut(device) {
                        arena.give_back(base);
                    }
                }
                Place::Pinned { base } => {
                    if let Some(arena) = &mut self.pinned {
                        arena.give_back(base);
                    }
                }
                Place::Host => {}
            }
        }
    }

    /// Free and total bytes of `device`.
    pub fn info(&self, device: usize) -> (usize, usize) {
        match self.devices.get(device) {
            Some(Some(arena)) => (arena.size - arena.used, arena.size),
            _ => (0, 0),
        }
    }

    /// Address and size of every allocation on `device`.
    pub fn live_on(&self, device: usize) -> Vec<(usize, usize)> {
        match self.devices.get(device) {
            Some(Some(arena)) => arena.live(),
            _ => Vec::new(),
        }
    }

    /// Address and size of every pinned allocation.
    pub fn live_pinned(&self) -> Vec<(usize, usize)> {
        self.pinned.as_ref().map(Arena::live).unwrap_or_default()
    }

    /// Frees everything on `device`; returns address and size of each allocation.
    pub fn clear_device(&mut self, device: usize) -> Vec<(usize, usize)> {
        match self.devices.get_mut(device) {
            Some(Some(arena)) => arena.clear(),
            _ => Vec::new(),
        }
    }

    /// Frees all pinned memory; returns address and size of each allocation.
    pub fn clear_pinned(&mut self) -> Vec<(usize, usize)> {
        self.pinned.as_mut().map(Arena::clear).unwrap_or_default()
    }

    fn arena_of_mut(&mut self, address: usize) -> Option<&mut Arena> {
        self.devices.iter_mut().flatten().chain(&mut self.pinned).find(|arena| arena.contains(address))
    }

    fn block_mut(&mut self, place: Place) -> Option<&mut Block> {
        match place {
            Place::Device { device, base } => self.devices.get_mut(device)?.as_mut()?.blocks.get_mut(&base),
            Place::Pinned { base } => self.pinned.as_mut()?.blocks.get_mut(&base),
            Place::Host => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::POISON;

    fn memory() -> Memory {
        let mut memory = Memory::default();
        memory.open_device(0, 1 << 20, false);
        memory
    }

    #[test]
    fn allocations_are_padded_and_their_space_comes_back() {
        let mut memory = memory();
        let total = memory.info(0).0;
        let first = memory.allocate(0, 1000, Rounding::Padded, false).unwrap();
        let second = memory.allocate(0, 1, Rounding::Padded, false).unwrap();
        assert_eq!((first % 64, second % 64), (0, 0));
        assert_eq!(total - memory.info(0).0, 1088 + 64);
        assert_eq!(memory.locate(first + 999), Located::Live(Place::Device { device: 0, base: first }, 1));
        assert_eq!(memory.locate(first + 1000), Located::Freed);
        assert_eq!(memory.free(first + 64, false).unwrap_err().code, 107_000);
        assert_eq!(memory.free(first, true).unwrap_err().code, 107_000);
        assert_eq!(memory.free(first, false), Ok(false));
        assert_eq!(memory.free(first, false).unwrap_err().code, 107_000);
        memory.free(second, false).unwrap();
        assert_eq!(memory.info(0).0, total);
        assert_eq!(memory.allocate(0, 2 << 20, Rounding::Padded, false).unwrap_err().code, 207_001);
        assert_eq!(memory.allocate(0, usize::MAX, Rounding::Padded, false).unwrap_err().code, 207_001);
    }

    #[test]
    fn freed_memory_stays_while_a_task_uses_it() {
        let mut memory = memory();
        let base = memory.allocate(0, 64, Rounding::Padded, false).unwrap();
        let region = memory.region(Place::Device { device: 0, base }, base, 64, true);
        memory.note(&region, 1);
        assert!(memory.races(&Region { length: 1, writes: false, ..region }));
        assert_eq!(memory.free(base, false), Ok(true));
        assert!(!memory.alive(&region));
        assert_eq!(memory.locate(base), Located::Freed);
        memory.release(region.place, 1);
        assert_eq!(memory.info(0).0, 1 << 20);
    }

    #[test]
    fn pinned_memory_ends_at_a_guard_page() {
        let mut memory = memory();
        let base = memory.allocate_pinned(100).unwrap();
        assert_eq!((base + 128) % PAGE, 0);
        let mut region = memory.region(Place::Pinned { base }, base, 100, true);
        assert!(region.bytes().iter().all(|byte| *byte == POISON));
        region.bytes_mut()[99] = 1;
        assert_eq!(memory.free(base, true), Ok(false));
        assert_eq!(memory.locate(base), Located::Freed);
    }
}
