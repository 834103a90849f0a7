//! What the layer does when all is well, and when a caller does odd things.

use std::path::Path;
use std::time::Duration;

use ascend::{
    Class, Code, Context, DeviceBuffer, Error, Event, InFlight, Left, Model, PinnedBuffer, Role, Runtime,
    Slot, Stream,
};

use test_support::arithmetic as onnx;
use test_support::scenario::run;

const LONG: Duration = Duration::from_secs(30);

/// Fills input 0 of `slot` with `rows` samples, starting at the value `start`.
pub fn fill(slot: &mut Slot, start: f32) {
    let bytes = slot.input_mut(0).unwrap();
    for (at, value) in bytes.chunks_exact_mut(4).enumerate() {
        value.copy_from_slice(&(start + at as f32).to_le_bytes());
    }
}

/// Compares output `index` with `expected` of what [`fill`] wrote, exactly.
pub fn check(slot: &Slot, index: usize, start: f32, rows: usize, expected: impl Fn(f32) -> f32) {
    let bytes = slot.output(index).unwrap();
    let values: Vec<f32> =
        bytes.chunks_exact(4).map(|value| f32::from_le_bytes(value.try_into().unwrap())).collect();
    let wanted: Vec<f32> = (0..rows * onnx::INPUTS).map(|at| expected(start + at as f32)).collect();
    assert_eq!(values, wanted);
}

/// Runs every gear of a model twice with both outputs.
pub fn every_gear(context: &Context, om: &Path) -> Result<(), Error> {
    let stream = Stream::new(context)?;
    let model = Model::load(&stream, om)?;
    let mut slot = Slot::new(&model, &[0, 1])?;
    let gears = model.description().gears.clone();
    for round in 0..2 {
        for &gear in &gears {
            slot.set_batch(gear)?;
            let start = (round * 100 + gear) as f32;
            fill(&mut slot, start);
            slot = model.start(slot)?.wait(LONG)?;
            check(&slot, 0, start, gear as usize, onnx::scaled);
            check(&slot, 1, start, gear as usize, onnx::shifted);
        }
    }
    Ok(())
}

#[test]
#[ignore = "a scenario, run by the tests below"]
fn scenario_every_gear() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 2, 4]);
    let runtime = Runtime::open().unwrap();
    assert_eq!(runtime.soc_name(), Some("Ascend310P3"));
    let device = runtime.device(0).unwrap();
    let context = Context::new(&device).unwrap();
    assert!(context.memory().unwrap().total > 0);
    every_gear(&context, &om).unwrap();
    context.close().unwrap();
    device.close().unwrap();
    assert!(runtime.take_unreported().is_empty());
    runtime.close().unwrap();
}

#[test]
fn every_gear_computes() {
    let outcome = run("scenarios::scenario_every_gear", &[]).clean();
    assert_eq!(*outcome.report().field("batch_sizes"), serde_json::json!({"1": 2, "2": 2, "4": 2}));
    assert!(outcome.report().count("aclrtMemcpyAsync") > 0);
}

#[test]
fn on_the_chip_itself_nothing_is_copied() {
    let outcome = run("scenarios::scenario_every_gear", &[("ASCEND_EMULATOR_RUN_MODE", "device")]).clean();
    assert_eq!(outcome.report().count("aclrtMemcpyAsync"), 0);
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_descriptions() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&context).unwrap();

    let om = onnx::om(folder.path(), &[4, 1]);
    let model = Model::load(&stream, &om).unwrap();
    let description = model.description();
    assert_eq!(description.gears, [1, 4]);
    assert_eq!(description.inputs[0].name, "data");
    assert_eq!(description.inputs[0].dims, [-1, 1, 2, 3]);
    assert_eq!(description.inputs[0].size, 4 * onnx::INPUTS * 4);
    assert_eq!(description.inputs[1].role, Role::BatchSize);
    assert_eq!(description.outputs.len(), 2);
    assert!(description.outputs[0].name.ends_with("scaled"), "{}", description.outputs[0].name);
    assert_eq!(description.outputs[0].dims, [4, 1, 2, 3]);
    assert_eq!(description.outputs[0].data_type.to_string(), "FLOAT");

    let mut slot = Slot::new(&model, &[1]).unwrap();
    assert_eq!(slot.batch(), Some(4));
    let error = slot.set_batch(3).unwrap_err();
    assert_eq!(error.to_string(), "batch size 3 is not one the model was compiled for; choose one of [1, 4]");
    assert!(matches!(slot.output(0), Err(Error::NoTensor { index: 0, .. })));
    assert!(matches!(slot.input_mut(1), Err(Error::NoTensor { index: 1, .. })));
    assert!(matches!(Slot::new(&model, &[2]), Err(Error::NoTensor { count: 2, .. })));

    // Another load of the same model does not run this slot, and gives it back.
    let bytes = std::fs::read(&om).unwrap();
    let other = Model::load_bytes(&stream, &bytes).unwrap();
    let interrupted = other.start(slot).unwrap_err();
    assert!(matches!(interrupted.error, Error::ForeignSlot));
    let Left::Ended(mut slot) = interrupted.left else { panic!("nothing was started") };
    fill(&mut slot, 1.0);
    let slot = model.start(slot).unwrap().wait(LONG).unwrap();
    check(&slot, 1, 1.0, 4, onnx::shifted);

    let fixed = Model::load(&stream, onnx::om(folder.path(), &[])).unwrap();
    assert!(fixed.description().gears.is_empty());
    let mut slot = Slot::new(&fixed, &[0]).unwrap();
    assert!(matches!(slot.set_batch(1), Err(Error::Batch { .. })));
    fill(&mut slot, -2.0);
    let slot = fixed.start(slot).unwrap().wait(LONG).unwrap();
    check(&slot, 0, -2.0, 1, onnx::scaled);

    let missing = Model::load(&stream, folder.path().join("none.om")).unwrap_err();
    assert_eq!(missing.code(), Some(Code(145_002)));
    assert!(missing.to_string().contains("none.om"), "{missing}");
    let text = Model::load_bytes(&stream, b"not an om").unwrap_err().to_string();
    assert!(text.contains("145006") && text.contains("9 bytes"), "{text}");
    assert!(matches!(fixed.close(), Err(Error::StillInUse { what: "model", users: 1 })));
}

#[test]
fn models_are_described_and_misuse_is_told() {
    run("scenarios::scenario_descriptions", &[]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_wrong_chip() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[]);
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let text = Model::load(&Stream::new(&context).unwrap(), om).unwrap_err().to_string();
    assert!(text.contains("compiled for another chip"), "{text}");
}

#[test]
fn a_model_for_another_chip_is_named_as_such() {
    run("scenarios::scenario_wrong_chip", &[("ASCEND_EMULATOR_SOC", "Ascend910B4")]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_drop_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let runtime = Runtime::open().unwrap();
    let device = runtime.device(0).unwrap();
    let context = Context::new(&device).unwrap();
    let stream = Stream::new(&context).unwrap();
    let model = Model::load(&stream, om).unwrap();
    let slot = Slot::new(&model, &[0]).unwrap();
    let idle = Slot::new(&model, &[0]).unwrap();
    let pinned = PinnedBuffer::new(&context, 100).unwrap();
    let event = Event::new(&context).unwrap();
    assert!(matches!(runtime.clone().close(), Err(Error::StillInUse { what: "runtime", .. })));
    drop(runtime);
    drop(device);
    drop(context);
    event.record(&stream).unwrap();
    let in_flight = model.start(slot).unwrap();
    drop(event);
    drop(stream);
    drop(model);
    // Waits by itself.
    drop(in_flight);
    drop(idle);
    // The last user; another thread may be it.
    std::thread::spawn(move || drop(pinned)).join().unwrap();
}

#[test]
fn what_is_dropped_first_does_not_matter() {
    let outcome = run("scenarios::scenario_drop_in_any_order", &[]).clean();
    assert_eq!(*outcome.report().field("finalized"), true);
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_copies_and_events() {
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&context).unwrap();
    let second = Stream::new(&context).unwrap();
    let mut host = PinnedBuffer::new(&context, 256).unwrap();
    assert!(host.iter().all(|&byte| byte == 0), "pinned memory starts as zeros");
    // Pinned memory may be filled on any thread.
    let host = std::thread::spawn(move || {
        host.iter_mut().enumerate().for_each(|(at, byte)| *byte = at as u8);
        host
    })
    .join()
    .unwrap();
    let device = DeviceBuffer::new(&context, 256).unwrap();
    let (start, end) = (Event::new(&context).unwrap(), Event::new(&context).unwrap());
    start.record(&stream).unwrap();
    let (host, mut device) = stream.copy_in(host, device, 256).unwrap().wait(LONG).unwrap();
    end.record(&stream).unwrap();
    second.wait_for(&end).unwrap();
    second.synchronize(LONG).unwrap();
    assert!(stream.is_idle().unwrap());
    end.synchronize(LONG).unwrap();
    assert!(end.since(&start).unwrap() < LONG);

    let mut bytes = [0; 256];
    device.read(&mut bytes).unwrap();
    assert_eq!(bytes[..], host[..]);
    device.write(&[9; 4]).unwrap();
    let (host, device) = second.copy_out(host, device, 8).unwrap().wait(LONG).unwrap();
    assert_eq!(host[..10], [9, 9, 9, 9, 4, 5, 6, 7, 8, 9]);

    let interrupted = stream.copy_in(host, device, 257).unwrap_err();
    assert!(matches!(interrupted.error, Error::Size { needed: 257, available: 256, .. }));
    let Left::Ended((host, device)) = interrupted.left else { panic!("nothing was started") };
    let elsewhere = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&elsewhere).unwrap();
    let interrupted = stream.copy_in(host, device, 8).unwrap_err();
    assert!(matches!(interrupted.error, Error::ForeignContext { .. }));
    assert!(matches!(DeviceBuffer::new(&context, 0), Err(Error::Size { .. })));
}

#[test]
fn copies_and_events_keep_their_order() {
    run("scenarios::scenario_copies_and_events", &[]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_workers() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 2, 4]);
    let runtime = Runtime::open().unwrap();
    assert_eq!(runtime.device_count().unwrap(), 2);
    assert!(matches!(runtime.device(2), Err(Error::NoDevice { device: 2, count: 2 })));
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (runtime, om) = (&runtime, &om);
            scope.spawn(move || {
                let context = Context::new(&runtime.device(worker % 2).unwrap()).unwrap();
                every_gear(&context, om).unwrap();
            });
        }
    });
    // A lane keeps several slots in flight on one stream.
    let context = Context::new(&runtime.device(1).unwrap()).unwrap();
    let model = Model::load(&Stream::new(&context).unwrap(), &om).unwrap();
    let started: Vec<InFlight<Slot>> = (0..3)
        .map(|at| {
            let mut slot = Slot::new(&model, &[0]).unwrap();
            fill(&mut slot, at as f32 * 10.0);
            model.start(slot).unwrap()
        })
        .collect();
    for (at, in_flight) in started.into_iter().enumerate() {
        check(&in_flight.wait(LONG).unwrap(), 0, at as f32 * 10.0, 4, onnx::scaled);
    }
}

#[test]
fn threads_and_devices_work_side_by_side() {
    run("scenarios::scenario_workers", &[("ASCEND_EMULATOR_DEVICES", "2")]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_somebody_else_initialised() {
    let acl = ascend_sys::Acl::open().unwrap();
    // SAFETY: a null path asks for the defaults.
    assert_eq!(unsafe { (acl.functions().aclInit)(std::ptr::null()) }, 0);
    let runtime = Runtime::open().unwrap();
    let again = Runtime::open().unwrap();
    drop(again);
    assert_eq!(runtime.device_count().unwrap(), 1);
    runtime.close().unwrap();
    let mut count = 0;
    // SAFETY: `count` is live.
    let code = unsafe { (acl.functions().aclrtGetDeviceCount)(&mut count) };
    assert_eq!(code, 0, "ACL was ended under its owner");
    // SAFETY: nothing is left that uses ACL.
    assert_eq!(unsafe { (acl.functions().aclFinalize)() }, 0);

    // And from the start.
    let runtime = Runtime::open().unwrap();
    drop(Context::new(&runtime.device(0).unwrap()).unwrap());
    runtime.close().unwrap();
}

#[test]
fn an_acl_somebody_else_initialised_is_shared_and_left_running() {
    run("scenarios::scenario_somebody_else_initialised", &[]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_fork() {
    let runtime = Runtime::open().unwrap();
    let device = runtime.device(0).unwrap();
    let context = Context::new(&device).unwrap();
    let buffer = DeviceBuffer::new(&context, 64).unwrap();
    // SAFETY: the child only looks at values of this thread and leaves by `_exit`.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let told = matches!(Stream::new(&context), Err(Error::Forked { .. }))
            && matches!(runtime.device_count(), Err(Error::Forked { .. }))
            && matches!(Runtime::open(), Err(Error::Forked { .. }));
        drop((buffer, context, device, runtime));
        // SAFETY: ends the child without running what belongs to its parent.
        unsafe { libc::_exit(if told { 0 } else { 1 }) };
    }
    let mut status = -1;
    // SAFETY: `status` is live.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
}

#[test]
fn a_forked_child_is_told() {
    run("scenarios::scenario_fork", &[]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_short_of_memory() {
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let error = DeviceBuffer::new(&context, 8 << 20).unwrap_err();
    assert_eq!(error.class(), Class::Retryable);
    let text = error.to_string();
    assert!(
        text.starts_with(
            "aclrtMalloc failed with ACL_ERROR_RT_MEMORY_ALLOCATION (207001) on device 0, 8388608 bytes"
        ),
        "{text}"
    );
    DeviceBuffer::new(&context, 1 << 20).unwrap().close().unwrap();
}

#[test]
fn too_little_device_memory_is_told_with_the_size() {
    run("scenarios::scenario_short_of_memory", &[("ASCEND_EMULATOR_MEMORY", "4M")]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_stub() {
    let text = Runtime::open().unwrap_err().to_string();
    assert!(text.contains("a stub for building programs"), "{text}");
}

#[test]
fn a_stub_library_is_refused() {
    run("scenarios::scenario_stub", &[("ASCEND_EMULATOR_STUB", "1")]).passed();
}
