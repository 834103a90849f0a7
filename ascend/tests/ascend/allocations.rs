//! Once warm, a run allocates nothing on the host.

use std::time::Duration;

use ascend::{Context, Model, Runtime, Slot, Stream};

use test_support::allocations::Counting;
use test_support::arithmetic as onnx;
use test_support::scenario::run;

#[global_allocator]
static COUNTING: Counting = Counting::new();

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_steady_state() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let model = Model::load(&Stream::new(&context).unwrap(), om).unwrap();
    let mut slot = Slot::new(&model, &[0]).unwrap();
    let cycle = |slot: Slot, batch| {
        let mut slot = slot;
        slot.set_batch(batch).unwrap();
        slot.input_mut(0).unwrap().fill(1);
        let slot = model.start(slot).unwrap().wait(Duration::from_secs(30)).unwrap();
        assert!(slot.output(0).unwrap().len() >= 24);
        slot
    };
    slot = cycle(slot, 4);
    let allocations = COUNTING.count(|| {
        for batch in [1, 4, 4, 1, 1, 4, 1, 4] {
            slot = cycle(slot, batch);
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn runs_allocate_nothing_once_warm() {
    run("allocations::scenario_steady_state", &[]).clean();
}
