//! Once warm, a batch allocates nothing on the host, in no thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use lightcnn::network::Network;
use lightcnn::{Batch, Engine, Ticket};
use std::collections::VecDeque;

use test_support::scenario::run;
use test_support::tiny;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

/// Counts the allocations of all threads. The emulator has an allocator of its own and is not counted.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: hands every request on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_steady_state() {
    let folder = tempfile::tempdir().unwrap();
    let model = tiny::om(folder.path(), "tiny", &[1, 4], true, false);
    let engine = Engine::builder(model).network(Network::LightCnn9).streams(2).open().unwrap();
    let faces: Vec<u8> = (0..7).flat_map(tiny::face).collect();
    let mut tickets = VecDeque::with_capacity(engine.depth());
    for _ in 0..engine.depth() {
        tickets.push_back(engine.submit_batch(Batch::from(faces.clone())).unwrap());
    }
    let mut cycle = || {
        let batch = tickets.pop_front().map(Ticket::wait_batch).unwrap().unwrap();
        tickets.push_back(engine.submit_batch(batch).unwrap());
    };
    // Every batch, and every lane, has to have been used.
    for _ in 0..50 {
        cycle();
    }
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..200 {
        cycle();
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    drop(Box::new(7));
    assert!(ALLOCATIONS.load(Ordering::Relaxed) > before + allocations, "the counter counts");
    assert_eq!(allocations, 0);
}

#[test]
fn batches_allocate_nothing_once_warm() {
    run("allocations::scenario_steady_state", &[("ASCEND_EMULATOR_DEVICES", "2")]).clean();
}
