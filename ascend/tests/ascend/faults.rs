//! Failing calls, lost devices, work that hangs.

use std::time::{Duration, Instant};

use ascend::{Class, Code, Context, DeviceBuffer, Error, Left, Model, PinnedBuffer, Runtime, Slot, Stream};

use test_support::arithmetic as onnx;
use test_support::scenario::run;

use crate::scenarios::{check, every_gear, fill};

const LONG: Duration = Duration::from_secs(30);

/// A function whose failure need not be told: the name of the chip may be unknown.
const OPTIONAL: &str = "aclrtGetSocName";

/// What is left when a function fails: its object, if it makes one and says that it did not, or if it was to release one
/// and did not. Nothing is released twice, so nothing can be done about either.
fn leaves(function: &str) -> &'static [&'static str] {
    match function {
        "aclInit" | "aclFinalizeReference" => &["process"],
        "aclrtSetDevice" | "aclrtResetDevice" => &["device"],
        "aclrtCreateContext" | "aclrtDestroyContext" => &["context"],
        "aclrtCreateStream" | "aclrtDestroyStream" => &["stream"],
        "aclmdlLoadFromFile" | "aclmdlUnload" => &["model", "device memory"],
        "aclmdlCreateDesc" | "aclmdlDestroyDesc" => &["model description"],
        "aclmdlCreateDataset" | "aclmdlDestroyDataset" => &["dataset"],
        "aclCreateDataBuffer" | "aclDestroyDataBuffer" => &["data buffer"],
        "aclrtMalloc" | "aclrtFree" => &["device memory"],
        "aclrtMallocHost" | "aclrtFreeHost" => &["pinned memory"],
        _ => &[],
    }
}

fn releases(function: &str) -> bool {
    ["Destroy", "Free", "Unload", "Reset", "Finalize"].iter().any(|verb| function.contains(verb))
}

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

/// For every function the clean run calls, and each of its first five uses: the call fails once, before or after its
/// work, with a code of each kind. Nothing hangs, nothing is misused, nothing is left but what the call itself left, and
/// the failure names the call.
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
            for when in ["", "after:"] {
                for code in ["107000", "500001", "507899"] {
                    cases.push((function.clone(), nth, when, code));
                }
            }
        }
    }
    let next = std::sync::Mutex::new(cases.into_iter());
    let worker = || {
        loop {
            let Some((function, nth, when, code)) = next.lock().unwrap().next() else { return };
            let script = format!("{function}:{nth}={when}{code}");
            let outcome = run("faults::scenario_all_or_an_error", &[("ASCEND_EMULATOR_FAULTS", &script)]);
            assert!(outcome.succeeded, "{script}: {}", outcome.printed);
            println!("{script}");
            outcome.report().no_violations(&format!("{script}: {}", outcome.printed));
            let left = if releases(&function) == when.is_empty() { leaves(&function) } else { &[] };
            for kind in outcome.report().leaks() {
                assert!(
                    left.contains(&kind.as_str()),
                    "{script} leaves {kind}: {}",
                    outcome.report().field("leaks")
                );
            }
            let Some((_, failure)) = outcome.printed.split_once("FAILED ") else {
                assert_eq!(function, OPTIONAL, "{script} was not told");
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

/// CANN reports errors of earlier work wherever it can, also from a release that has done its own. What was released is
/// not released again.
#[test]
fn a_release_that_reports_an_error_is_not_repeated() {
    let releases: &[(&str, &str)] = &[
        ("aclrtFree", "aclrtMalloc"),
        ("aclrtFreeHost", "aclrtMallocHost"),
        ("aclrtDestroyStream", "aclrtCreateStream"),
        ("aclrtDestroyContext", "aclrtCreateContext"),
        ("aclrtResetDevice", "aclrtSetDevice"),
        ("aclmdlUnload", "aclmdlLoadFromFile"),
        ("aclmdlDestroyDesc", "aclmdlCreateDesc"),
        ("aclmdlDestroyDataset", "aclmdlCreateDataset"),
        ("aclDestroyDataBuffer", "aclCreateDataBuffer"),
        ("aclFinalizeReference", "aclInit"),
    ];
    let script: Vec<String> =
        releases.iter().map(|(release, _)| format!("{release}:*=after:507000")).collect();
    let variables = [("ASCEND_EMULATOR_FAULTS", script.join(";"))];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let outcome = run("faults::scenario_all_or_an_error", &variables).clean();
    assert!(outcome.printed.contains("FAILED"), "{}", outcome.printed);
    for (release, make) in releases {
        assert_eq!(outcome.report().count(release), outcome.report().count(make), "{release}");
    }
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_copy_that_was_queued() {
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&context).unwrap();
    let host = PinnedBuffer::new(&context, 256).unwrap();
    let device = DeviceBuffer::new(&context, 256).unwrap();
    let interrupted = stream.copy_in(host, device, 256).unwrap_err();
    assert_eq!(interrupted.error.code(), Some(Code(507_000)));
    let Left::Ended((mut host, mut device)) = interrupted.left else { panic!("the stream is idle") };
    host.fill(7);
    device.write(&host).unwrap();
}

/// A copy whose submission reports an error may have been queued, so its buffers come back after it.
#[test]
fn a_copy_that_reports_an_error_is_waited_for() {
    let variables = [
        ("ASCEND_EMULATOR_FAULTS", "aclrtMemcpyAsync:1=after:507000"),
        ("ASCEND_EMULATOR_DELAY_US", "200000"),
    ];
    run("faults::scenario_copy_that_was_queued", &variables).clean();
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_forced_end() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let runtime = Runtime::open().unwrap();
    let context = Context::new(&runtime.device(0).unwrap()).unwrap();
    let stream = Stream::new(&context).unwrap();
    let model = Model::load(&stream, &om).unwrap();
    let first = model.start(Slot::new(&model, &[0]).unwrap()).unwrap();
    let interrupted = first.abort(Duration::from_millis(50)).unwrap_err();
    assert_eq!(interrupted.error.code(), Some(Code(500_001)));
    // Whether anything of it runs, nobody knows: it is neither waited for, nor are its buffers given back.
    let Left::Running(work) = interrupted.left else { panic!("it hangs") };
    let interrupted = work.wait(LONG).unwrap_err();
    assert!(matches!(interrupted.error, Error::StreamLost { .. }), "{}", interrupted.error);
    let Left::Running(work) = interrupted.left else { panic!("it hangs") };
    assert!(matches!(
        model.start(Slot::new(&model, &[0]).unwrap()).unwrap_err().error,
        Error::StreamLost { .. }
    ));
    drop(work);
    drop((model, stream));
}

/// A stream that was destroyed by force is not named again, also if that reports an error.
#[test]
fn a_stream_is_destroyed_by_force_once() {
    for when in ["", "after:"] {
        let script =
            format!("execute:1=hang;aclrtStreamAbort:*=500001;aclrtDestroyStreamForce:1={when}500001");
        let outcome = run("faults::scenario_forced_end", &[("ASCEND_EMULATOR_FAULTS", &script)]);
        assert!(outcome.succeeded, "{}", outcome.printed);
        outcome.report().no_violations(&outcome.printed);
        assert_eq!(outcome.report().count("aclrtDestroyStreamForce"), 1);
        assert_eq!(outcome.report().count("aclrtDestroyStream"), 0);
    }
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
    assert!(matches!(Stream::new(&context), Err(Error::DeviceLost { device: 1, .. })));
    // The other device does not mind.
    every_gear(&Context::new(&runtime.device(0).unwrap()).unwrap(), &om).unwrap();
}

#[test]
#[ignore = "a scenario, run by the tests below"]
fn scenario_lost_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let om = onnx::om(folder.path(), &[1, 4]);
    let runtime = Runtime::open().unwrap();
    let device = runtime.device(0).unwrap();
    let context = Context::new(&device).unwrap();
    let model = Model::load(&Stream::new(&context).unwrap(), &om).unwrap();
    let first = model.start(Slot::new(&model, &[0]).unwrap()).unwrap();
    let second = model.start(Slot::new(&model, &[0]).unwrap()).unwrap();
    for work in [first, second] {
        let interrupted = work.wait(LONG).unwrap_err();
        assert_eq!(interrupted.error.class(), Class::DeviceFatal);
        let Left::Running(work) = interrupted.left else { panic!("a lost device may still write") };
        let interrupted = work.abort(LONG).unwrap_err();
        assert!(matches!(interrupted.left, Left::Running(_)), "a lost device may still write");
    }
    assert!(device.is_lost());
}

/// What work on a lost device may still write to comes back to nobody, and is freed when the device was reset.
#[test]
fn buffers_of_a_lost_device_wait_for_its_reset() {
    let lost = "device:0@1=507901";
    let outcome = run("faults::scenario_lost_at_work", &[("ASCEND_EMULATOR_FAULTS", lost)]).clean();
    assert_eq!(outcome.report().count("aclrtFreeHost"), outcome.report().count("aclrtMallocHost"));
    assert_eq!(outcome.report().count("aclrtFree"), 0);

    let script = format!("{lost};aclrtResetDeviceForce:1=507901");
    let outcome = run("faults::scenario_lost_at_work", &[("ASCEND_EMULATOR_FAULTS", &script)]);
    assert!(outcome.succeeded, "{}", outcome.printed);
    outcome.report().no_violations(&outcome.printed);
    assert_eq!(outcome.report().count("aclrtFreeHost"), 0, "freed under a device that was not reset");
    assert!(
        outcome.report().leaks().contains(&"pinned memory".to_owned()),
        "{}",
        outcome.report().field("leaks")
    );
}

#[test]
fn a_lost_device_is_known_and_the_other_goes_on() {
    for batches in ["1", "2", "4"] {
        let script = format!("device:1@{batches}=507901");
        let variables = [("ASCEND_EMULATOR_DEVICES", "2"), ("ASCEND_EMULATOR_FAULTS", script.as_str())];
        run("faults::scenario_lost_device", &variables).clean();
    }
}
