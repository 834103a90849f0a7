//! Devices lost while a job runs.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::program::{self, right_rows};
use test_support::random::{Choices, seeds};
use test_support::tiny;

/// Jobs in which devices are lost.
const SEEDS: u64 = 20;

/// Pictures of a job.
const PICTURES: u64 = 40;

/// One job in which one device or all but one are lost after a random number of batches; how many were.
fn job(folder: &Path, seed: u64) -> usize {
    let mut choices = Choices(seed);
    let mut random = |below: u64| choices.below(below);
    let devices = 2 + random(3);
    let streams = 1 + random(3);
    let lost = if random(2) == 0 { 1 } else { devices - 1 };
    // At most: one lane runs each of two gears twice, the others one gear once.
    let warm = streams + 3;
    let script: Vec<String> =
        (0..lost).map(|device| format!("device:{device}@{}=507901", warm + 1 + random(6))).collect();
    let (devices, streams, script) = (devices.to_string(), streams.to_string(), script.join(";"));
    let output = format!("seed{seed}.jsonl");
    let arguments = [
        "extract",
        "faces",
        "--model",
        "tiny.om",
        "--network",
        "lightcnn9",
        "--device",
        "ascend",
        "--streams",
        &streams,
        "--batch",
        "1",
        "-o",
        &output,
    ];
    let variables =
        [("ASCEND_EMULATOR_DEVICES", devices.as_str()), ("ASCEND_EMULATOR_FAULTS", script.as_str())];
    let ended = program::run(folder, &arguments, &variables);
    let about = format!("seed {seed}, {devices} devices, {streams} streams, {script}");
    ended.nothing_left(&about);
    let told = ended.stderr.matches("warning: device").count();
    let gone = ended.report().lost_devices();
    // A device may have had too little to do to reach its last batch.
    assert!(told <= gone && gone <= lost as usize, "{about}: {told} told, {gone} gone: {}", ended.stderr);
    let expected = if told == 0 { 0 } else { 1 };
    assert_eq!(ended.code, Some(expected), "{about}: {}", ended.stderr);
    assert_eq!(right_rows(&folder.join(&output), &about), PICTURES, "{about}: {}", ended.stderr);
    std::fs::remove_file(folder.join(output)).unwrap();
    told
}

/// No row is lost or doubled, whatever is lost when.
#[test]
fn random_losses() {
    let folder = tempfile::tempdir().unwrap();
    program::pictures(folder.path(), PICTURES);
    tiny::om(folder.path(), "tiny", &[1, 2], true, false);
    let count = seeds(SEEDS);
    let (next, lost) = (Mutex::new(0..count), AtomicUsize::new(0));
    let worker = || {
        loop {
            let Some(seed) = next.lock().unwrap().next() else { return };
            lost.fetch_add(job(folder.path(), seed), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(worker);
        scope.spawn(worker);
    });
    let lost = lost.into_inner() as u64;
    assert!(lost > count / 2, "{lost} devices were lost");
}

/// With no device left the job stops, says so, and keeps what it has written.
#[test]
fn the_last_device() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, PICTURES);
    tiny::om(folder, "tiny", &[1, 2], true, false);
    let arguments = [
        "extract",
        "faces",
        "--model",
        "tiny.om",
        "--network",
        "lightcnn9",
        "--device",
        "ascend:0,1",
        "--batch",
        "1",
        "-o",
        "out.jsonl",
    ];
    // The pictures take 20 runs at least, more than both devices have left.
    let variables = [
        ("ASCEND_EMULATOR_DEVICES", "2"),
        ("ASCEND_EMULATOR_FAULTS", "device:0@8=507901;device:1@10=507901"),
    ];
    let ended = program::run(folder, &arguments, &variables);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    ended.nothing_left("the last device");
    assert!(ended.stderr.contains("no device is left"), "{}", ended.stderr);
    assert!(ended.stderr.contains("device 0") && ended.stderr.contains("device 1"), "{}", ended.stderr);
    assert!(!folder.join("out.jsonl").exists());
    let rows = right_rows(&folder.join("out.jsonl.partial"), "the last device");
    assert!((1..PICTURES).contains(&rows), "{rows} rows: {}", ended.stderr);
}
