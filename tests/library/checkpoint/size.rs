//! The cost of loading: time and resident memory for a checkpoint of the official size, memory for hostile ones.
//!
//! A process of its own, because the peak of resident memory belongs to the process.
#![cfg(target_os = "linux")]

use super::writers;
use lightcnn::checkpoint::{self, LoadOptions};
use lightcnn::network::{Network, seeded};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use test_support::random::fields;
use test_support::scenario;

/// Classes of the model card's network.
const CLASSES: usize = 79_077;

/// Length that `mindspore.save_checkpoint` gives the file of LightCNN-9 with that many classes.
const OFFICIAL_LENGTH: u64 = 103_215_779;

const MIB: u64 = 1 << 20;

/// A field of `/proc/self/status`, in bytes.
fn status(field: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// Resident memory when the process started and at its highest since. What an earlier step freed and the
/// allocator kept counts too, so the difference is never too small.
struct Resident {
    at_start: u64,
}

impl Resident {
    fn peak_of<T>(&self, work: impl FnOnce() -> T) -> (T, u64) {
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let done = work();
        (done, status("VmHWM").saturating_sub(self.at_start))
    }
}

fn write_official(path: &Path) {
    let mut file = File::create(path).unwrap();
    let tensors = writers::of_weights(&seeded(Network::LightCnn9, 9001, CLASSES));
    // The writer of each tensor alone, to keep memory low before the measurement.
    for tensor in tensors {
        file.write_all(&writers::mindspore(&[tensor])).unwrap();
    }
}

fn official_size(resident: &Resident, folder: &Path) {
    let path = folder.join("official.ckpt");
    write_official(&path);
    assert_eq!(fs::metadata(&path).unwrap().len(), OFFICIAL_LENGTH);
    let needed = Network::LightCnn9
        .parameters()
        .iter()
        .map(|parameter| parameter.shape.iter().product::<usize>() as u64 * 4)
        .sum::<u64>();
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let (loaded, peak) = resident.peak_of(|| checkpoint::load(&path, &LoadOptions::default()).unwrap());
        best = best.min(start.elapsed());
        assert_eq!(loaded.weights.network(), Network::LightCnn9);
        assert!(peak <= needed + 64 * MIB, "peak {peak}, weights {needed}");
        println!(
            "official size: {:?}, peak {} MiB for {} MiB of weights",
            start.elapsed(),
            peak / MIB,
            needed / MIB
        );
    }
    assert!(best <= Duration::from_millis(500), "{best:?}");

    let (_, peak) = resident.peak_of(|| checkpoint::inspect(&path, &LoadOptions::default()).unwrap());
    println!("inspect: peak {} MiB", peak / MIB);
    // Far less than the values, which `inspect` has no need to touch.
    assert!(peak <= 32 * MIB, "peak {peak}");
}

fn hostile(resident: &Resident, folder: &Path) {
    let path = folder.join("hostile");
    type Maker = fn() -> Vec<u8>;
    let files: [(&str, Maker); 8] = [
        ("empty records", || [0x0a, 0].repeat(fields())),
        ("unknown fields", || {
            [writers::record("a", &[1], "Float32", &[0; 4]), [0x10, 0].repeat(fields())].concat()
        }),
        ("slices of nothing", || writers::record("a", &[1], "Float32", b"").repeat(fields() / 10)),
        ("a header of braces", || writers::safetensors_of(&r#"{"a":"#.repeat(1 << 20), &[])),
        ("a header of zeros", || {
            writers::safetensors_of(&format!(r#"{{"a":{{"shape":[{}0"#, "0,".repeat(4_000_000)), &[])
        }),
        ("a pickle of containers", || [b"\x80\x02", &b"}0".repeat(fields() / 10)[..]].concat()),
        ("a pickle of values", || [b"\x80\x02", &b"N".repeat(fields())[..]].concat()),
        ("a pickle of tuples", || [b"\x80\x02", &b"N\x85".repeat(fields() / 10)[..]].concat()),
    ];
    for (what, bytes) in files {
        fs::write(&path, bytes()).unwrap();
        let start = Instant::now();
        let (error, peak) =
            resident.peak_of(|| checkpoint::load(&path, &LoadOptions::default()).unwrap_err());
        println!("{what}: {:?}, peak {} MiB, {error:?}", start.elapsed(), peak / MIB);
        assert!(peak <= 128 * MIB, "{what}: peak {peak}");
    }
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_time_and_memory() {
    let resident = Resident { at_start: status("VmRSS") };
    let folder = tempfile::tempdir().unwrap();
    official_size(&resident, folder.path());
    hostile(&resident, folder.path());
}

#[test]
fn time_and_memory() {
    scenario::run("checkpoint::size::scenario_time_and_memory", &[]).passed();
}
