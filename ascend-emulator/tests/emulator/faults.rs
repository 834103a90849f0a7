//! Scripted faults: calls that fail, executions that fail or hang, devices that are lost.

use crate::support::{Bench, pixels};

fn bench() -> Bench {
    let bench = Bench::with_models();
    bench.build("inference");
    let images: Vec<u8> = (0..8).flat_map(pixels).collect();
    std::fs::write(bench.path("in"), images).unwrap();
    bench
}

fn failing(bench: &Bench, faults: &str) -> String {
    let run = bench.run("inference", &["gray.om", "in", "out", "async", "1"], &[("FAULTS", faults)]);
    assert_eq!(run.output.status.code(), Some(1), "{faults}: {}", run.all());
    assert!(run.rows().is_empty(), "{}", run.all());
    String::from_utf8_lossy(&run.output.stderr).into_owned()
}

#[test]
fn the_scripted_call_fails_with_its_code() {
    let bench = bench();
    for (faults, says) in [
        ("aclInit:1=500000", "aclInit(NULL) = 500000"),
        ("aclrtMalloc:3=207001", "aclrtMalloc(&device[i], size[i], ACL_MEM_MALLOC_HUGE_FIRST) = 207001"),
        ("aclmdlLoadFromFile:1=245000", "= 245000"),
        ("aclmdlExecuteAsync:4=507002", "aclmdlExecuteAsync(model, in, out, stream) = 507002"),
        ("aclFinalize:1=507899", "aclFinalize() = 507899"),
    ] {
        let text = failing(&bench, faults);
        assert!(text.contains(says) && text.contains("as scripted"), "{faults}: {text}");
    }
}

#[test]
fn failures_of_queued_work_show_at_the_synchronise() {
    let bench = bench();
    for (faults, code) in
        [("execute:3=507011", "507011"), ("copy:2=507052", "507052"), ("device:0@2=507901", "507901")]
    {
        let text = failing(&bench, faults);
        assert!(
            text.contains(&format!("aclrtSynchronizeStreamWithTimeout(stream, 60000) = {code}")),
            "{text}"
        );
    }
}

#[test]
fn a_slow_call_succeeds_late() {
    let bench = bench();
    let start = std::time::Instant::now();
    let settings = [("FAULTS", "aclrtSetDevice:1=slow:300")];
    let run = bench.run("inference", &["gray.om", "in", "out", "sync", "4"], &settings);
    assert!(run.output.status.success(), "{}", run.all());
    assert!(start.elapsed().as_millis() >= 300);
    assert_eq!(run.report["executions"], serde_json::json!([2]));
    assert_eq!(run.report["calls"]["aclmdlExecute"], 2);
}

#[test]
fn a_lost_device_is_reported_and_what_lay_on_it_is_no_leak() {
    let bench = bench();
    let settings = [("FAULTS", "device:0@2=507901")];
    let run = bench.run("inference", &["gray.om", "in", "out", "async", "1"], &settings);
    assert_eq!(run.report["lost_devices"], serde_json::json!([0]));
    assert_eq!(run.report["executions"], serde_json::json!([2]));
    assert!(!run.leaks().iter().any(|kind| kind == "device memory" || kind == "stream"), "{}", run.all());
}

#[test]
fn nonsense_in_the_settings_ends_the_process() {
    let bench = bench();
    let run = bench.run("inference", &["gray.om", "in", "out", "sync", "1"], &[("FAULTS", "everything")]);
    assert_eq!(run.output.status.code(), Some(3), "{}", run.all());
}
