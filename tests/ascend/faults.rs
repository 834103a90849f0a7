//! Failing calls, lost devices, work that hangs.

use std::time::{Duration, Instant};

use lightcnn::ascend::{Class, Context, Error, Left, Model, Runtime, Slot, Stream};

use test_support::arithmetic as onnx;
use test_support::scenario::run;

use crate::scenarios::{check, every_gear, fill};

const LONG: Duration = Duration::from_secs(30);

/// Functions whose single failure need not be told: releases, which are tried again, and a name that may be unknown.
const MADE_GOOD: &[&str] = &[
    "aclDestroyDataBuffer",
    "aclFinalizeReference",
    "aclmdlDestroyDataset",
    "aclmdlDestroyDesc",
    "aclmdlUnload",
    "aclrtDestroyContext",
    "aclrtDestroyStream",
    "aclrtFree",
    "aclrtFreeHost",
    "aclrtGetSocName",
    "aclrtResetDevice",
];

/// Everything a worker does, from opening ACL to closing it; prints the failure.
#[test]
#[ignore = "a scenario, run by the tests below"]
fn scenario_all_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let work = || -> Result<(), Error> {
        let runtime = Runtime::open()?;
        let device = runtime.device(0)?;
        let context = Context::new(&device)?;
        every_gear(&context, &om)?;
        context.close()?;
        device.close()?;
        let mut unreported = runtime.take_unreported();
        runtime.close()?;
        unreported.pop().map_or(Ok(()), Err)
    };
    if let Err(error) = work() {
        println!("FAILED {error}");
    }
}

/// For every function the clean run calls, and each of its first five uses: the call fails once, with a code of each
/// kind. Nothing hangs, nothing is left, nothing is misused, and the failure names the call, unless a second try
/// made it good.
#[test]
fn every_call_may_fail() {
    let clean = run("faults::scenario_all_or_an_error", &[]).clean();
    assert!(!clean.printed.contains("FAILED"), "{}", clean.printed);
    let calls = clean.report().calls();
    assert!(calls.len() > 25, "{calls:?}");
    let mut cases = Vec::new();
    for (function, count) in &calls {
        // Without ACL's words an error is only shorter.
        if function == "aclGetRecentErrMsg" {
            continue;
        }
        for nth in 1..=(*count).min(5) {
            for code in ["107000", "500001", "507899"] {
                cases.push((function.clone(), nth, code));
            }
        }
    }
    let next = std::sync::Mutex::new(cases.into_iter());
    let worker = || {
        loop {
            let Some((function, nth, code)) = next.lock().unwrap().next() else { return };
            let script = format!("{function}:{nth}={code}");
            let outcome = run("faults::scenario_all_or_an_error", &[("ASCEND_EMULATOR_FAULTS", &script)]);
            assert!(outcome.succeeded, "{script}: {}", outcome.printed);
            println!("{script}");
            let outcome = outcome.nothing_left();
            let Some((_, failure)) = outcome.printed.split_once("FAILED ") else {
                assert!(MADE_GOOD.contains(&function.as_str()), "{script} was not told");
                continue;
            };
            // The emulator's words name the call too; ours must without them.
            let ours = failure.split("; ACL says").next().unwrap().split("\nok").next().unwrap();
            assert!(ours.contains(&function), "{script}: {failure}");
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(worker);
        scope.spawn(worker);
    });
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_failed_run() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&context).unwrap();
    let model = Model::load(&stream, &om).unwrap();
    let first = model.start(Slot::new(&model, &[0]).unwrap()).unwrap();
    let second = model.start(Slot::new(&model, &[0]).unwrap()).unwrap();
    // The first wait waits for the whole stream, so it is told of the failure; the others are told it is lost.
    let interrupted = first.wait(LONG).unwrap_err();
    assert_eq!(interrupted.error.class(), Class::StreamFatal);
    assert!(matches!(interrupted.left, Left::Ended(_)));
    let interrupted = second.wait(LONG).unwrap_err();
    assert!(matches!(interrupted.error, Error::StreamLost { .. }));
    let Left::Ended(slot) = interrupted.left else { panic!("a lost stream runs nothing") };
    assert!(matches!(model.start(slot).unwrap_err().error, Error::StreamLost { .. }));
    drop((model, stream));
    // The context is still good.
    every_gear(&context, &om).unwrap();
}

#[test]
fn a_failed_run_takes_its_stream_and_nothing_else() {
    run("faults::scenario_failed_run", &[("ASCEND_EMULATOR_FAULTS", "execute:2=507011")]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_hang() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&context).unwrap();
    let model = Model::load(&stream, &om).unwrap();
    let in_flight = model.start(Slot::new(&model, &[0]).unwrap()).unwrap();
    let start = Instant::now();
    let interrupted = in_flight.wait(Duration::from_millis(50)).unwrap_err();
    assert!(interrupted.error.is_timeout());
    assert!(start.elapsed() < Duration::from_secs(10));
    let Left::Running(in_flight) = interrupted.left else { panic!("it hangs") };
    let slot = in_flight.abort(LONG).unwrap();
    assert!(matches!(model.start(slot).unwrap_err().error, Error::StreamLost { .. }));
    drop((model, stream));
    // A new stream and load go on.
    let model = Model::load(&Stream::new(&context).unwrap(), &om).unwrap();
    let mut slot = Slot::new(&model, &[0]).unwrap();
    fill(&mut slot, 7.0);
    check(&model.start(slot).unwrap().wait(LONG).unwrap(), 0, 7.0, 4, onnx::scaled);
}

#[test]
fn work_that_hangs_is_timed_out_and_aborted() {
    run("faults::scenario_hang", &[("ASCEND_EMULATOR_FAULTS", "execute:1=hang")]).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_lost_device() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 2, 4]);
    let runtime = Runtime::open().unwrap();
    let device = runtime.device(1).unwrap();
    let context = Context::new(&device).unwrap();
    let error = every_gear(&context, &om).unwrap_err();
    assert_eq!(error.class(), Class::DeviceFatal, "{error}");
    assert!(error.to_string().contains("on device 1"), "{error}");
    assert!(device.is_lost());
    assert!(matches!(Stream::new(&context), Err(Error::DeviceLost { device: 1 })));
    // The other device does not mind.
    every_gear(&Context::new(&runtime.device(0).unwrap()).unwrap(), &om).unwrap();
}

#[test]
fn a_lost_device_is_known_and_the_other_goes_on() {
    for batches in ["1", "2", "4"] {
        let script = format!("device:1@{batches}=507901");
        let variables = [("ASCEND_EMULATOR_DEVICES", "2"), ("ASCEND_EMULATOR_FAULTS", script.as_str())];
        run("faults::scenario_lost_device", &variables).clean();
    }
}
