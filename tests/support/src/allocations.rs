//! Counting what a test program allocates.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, which counts the allocations of all threads. The emulator has an allocator of its own and is
/// not counted. The test program declares it, as a static with `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting(AtomicU64);

impl Counting {
    /// Nothing allocated yet.
    #[allow(clippy::new_without_default, reason = "only for a static, which needs a constant")]
    pub const fn new() -> Counting {
        Counting(AtomicU64::new(0))
    }

    /// How many allocations `work` makes, in whatever thread.
    ///
    /// # Panics
    /// If this is not the allocator of the program, which would count nothing.
    pub fn count(&self, work: impl FnOnce()) -> u64 {
        let before = self.0.load(Ordering::Relaxed);
        work();
        let after = self.0.load(Ordering::Relaxed);
        drop(std::hint::black_box(Box::new(7)));
        assert!(self.0.load(Ordering::Relaxed) > after, "the counter counts nothing");
        after - before
    }
}

// SAFETY: hands every request on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(pointer, layout) }
    }
}
