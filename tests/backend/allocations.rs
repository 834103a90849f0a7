//! Once warm, a batch allocates nothing on the host, in no thread.

use lightcnn::network::Network;
use lightcnn::{Batch, Engine, Ticket};
use std::collections::VecDeque;

use test_support::allocations::Counting;
use test_support::scenario::run;
use test_support::tiny;

#[global_allocator]
static COUNTING: Counting = Counting::new();

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
    let allocations = COUNTING.count(|| {
        for _ in 0..200 {
            cycle();
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn batches_allocate_nothing_once_warm() {
    run("allocations::scenario_steady_state", &[("ASCEND_EMULATOR_DEVICES", "2")]).clean();
}
