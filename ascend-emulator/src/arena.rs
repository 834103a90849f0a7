//! An address range and the blocks taken from it.

use std::collections::BTreeMap;

/// Alignment of every block, bytes.
pub const ALIGNMENT: usize = 64;
/// Size of the pages that accessibility and guards come in.
pub const PAGE: usize = 4096;
/// What fresh memory is filled with: a NaN as 32-bit and as 16-bit float.
pub const POISON: u8 = 0xFF;
/// Blocks above this size are not filled.
const POISON_LIMIT: usize = 64 << 20;
/// Blocks from this size on give their pages back to the system when freed.
const LARGE: usize = 2 << 20;

/// Address space without access.
pub fn reserve(size: usize) -> usize {
    map(size, libc::PROT_NONE)
}

/// A fresh mapping.
pub fn map(size: usize, protection: i32) -> usize {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a fresh anonymous mapping at an address of the kernel's choice touches nothing existing.
    let base = unsafe { libc::mmap(std::ptr::null_mut(), size, protection, flags, -1, 0) };
    if base == libc::MAP_FAILED {
        eprintln!("ascend-emulator: no address space for {size} bytes; lower ASCEND_EMULATOR_MEMORY");
        std::process::exit(3);
    }
    base as usize
}

/// Bytes a queued task will touch.
#[derive(Debug)]
pub struct Use {
    /// The task.
    pub ticket: u64,
    /// First byte.
    pub start: usize,
    /// Behind the last byte.
    pub end: usize,
    /// Whether it writes them.
    pub writes: bool,
}

/// One allocation.
#[derive(Debug)]
pub struct Block {
    /// Bytes asked for.
    pub size: usize,
    offset: usize,
    span: usize,
    /// Made by `aclrtMallocHost`.
    pub host: bool,
    /// Queued tasks that use it.
    pub uses: Vec<Use>,
    /// Freed by the program, and only kept for the tasks that use it.
    pub freed: bool,
}

/// One managed address range.
#[derive(Debug)]
pub struct Arena {
    /// First address, as the program sees it.
    pub base: usize,
    /// First address, as the emulator reaches it.
    pub view: usize,
    /// Bytes.
    pub size: usize,
    /// Whether accessibility follows the allocations.
    guarded: bool,
    /// Allocations by address.
    pub blocks: BTreeMap<usize, Block>,
    free: BTreeMap<usize, usize>,
    /// Bytes taken.
    pub used: usize,
}

impl Arena {
    /// An empty range; `guarded` makes only live blocks accessible, each with an inaccessible page behind it.
    pub fn new(base: usize, view: usize, size: usize, guarded: bool) -> Arena {
        Arena { base, view, size, guarded, blocks: BTreeMap::new(), free: [(0, size)].into(), used: 0 }
    }

    /// Whether `address` lies in it.
    pub fn contains(&self, address: usize) -> bool {
        (self.base..self.base + self.size).contains(&address)
    }

    /// The program's address of a fresh block, or `None` if there is no room.
    pub fn take(&mut self, size: usize, span: usize, host: bool) -> Option<usize> {
        let (&offset, &room) = self.free.iter().find(|(_, room)| **room >= span)?;
        self.free.remove(&offset);
        if room > span {
            self.free.insert(offset + span, room - span);
        }
        let address = if self.guarded {
            let accessible = span - PAGE;
            protect(self.view + offset, accessible, libc::PROT_READ | libc::PROT_WRITE);
            self.base + offset + accessible - size.next_multiple_of(ALIGNMENT)
        } else {
            self.base + offset
        };
        self.used += span;
        self.blocks.insert(address, Block { size, offset, span, host, uses: Vec::new(), freed: false });
        if size <= POISON_LIMIT {
            let view = address - self.base + self.view;
            // SAFETY: the block was just taken, is accessible and has at least `size` bytes.
            unsafe { std::ptr::write_bytes(view as *mut u8, POISON, size) };
        }
        Some(address)
    }

    /// Takes back the block at `base`.
    pub fn give_back(&mut self, base: usize) {
        let Some(block) = self.blocks.remove(&base) else { return };
        self.used -= block.span;
        if self.guarded {
            protect(self.view + block.offset, block.span - PAGE, libc::PROT_NONE);
        }
        if self.guarded || block.span >= LARGE {
            let start = (self.view + block.offset).next_multiple_of(PAGE);
            let end = (self.view + block.offset + block.span) / PAGE * PAGE;
            if start < end {
                // SAFETY: whole pages inside the block just taken out of the table; nobody uses them any more.
                unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_DONTNEED) };
            }
        }
        let (mut offset, mut span) = (block.offset, block.span);
        if let Some(next) = self.free.remove(&(offset + span)) {
            span += next;
        }
        if let Some((&before, &room)) = self.free.range(..offset).next_back()
            && before + room == offset
        {
            self.free.remove(&before);
            (offset, span) = (before, room + span);
        }
        self.free.insert(offset, span);
    }

    /// Start and block of the live allocation around `address`.
    pub fn around(&self, address: usize) -> Option<(usize, &Block)> {
        let (&base, block) = self.blocks.range(..=address).next_back()?;
        (!block.freed && address < base + block.size.max(1)).then_some((base, block))
    }

    /// Address and size of every live block.
    pub fn live(&self) -> Vec<(usize, usize)> {
        self.blocks
            .iter()
            .filter(|(_, block)| !block.freed)
            .map(|(base, block)| (*base, block.size))
            .collect()
    }

    /// Frees every block; those that queued work still uses stay mapped until it is gone. Returns address and
    /// size of each.
    pub fn clear(&mut self) -> Vec<(usize, usize)> {
        let live = self.live();
        for (base, _) in &live {
            match self.blocks.get_mut(base) {
                Some(block) if !block.uses.is_empty() => block.freed = true,
                _ => self.give_back(*base),
            }
        }
        live
    }
}

fn protect(start: usize, length: usize, protection: i32) {
    // SAFETY: the range lies inside a mapping of ours, on page boundaries (spans are whole pages there).
    let rc = unsafe { libc::mprotect(start as *mut libc::c_void, length, protection) };
    if rc != 0 {
        eprintln!("ascend-emulator: mprotect: {}", std::io::Error::last_os_error());
        std::process::exit(3);
    }
}
