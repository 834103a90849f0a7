//! What went wrong in a run: violations, leaks and counts, written as JSON to `ASCEND_EMULATOR_REPORT` (`%p` in
//! the path becomes the process id) at `aclFinalize` and again when the process exits, and in words to stderr.
//!
//! ```json
//! {"version":1,"pid":7,"strict":true,"finalized":true,
//!  "violations":[{"row":21,"call":"aclrtFree","text":"...","count":1}],
//!  "leaks":[{"kind":"stream","device":0,"text":"..."}],
//!  "unsupported":{"aclopExecuteV2":1},"calls":{"aclrtMalloc":4},"executions":[12],"batch_sizes":{"16":12},
//!  "peak_memory":[1048576],"lost_devices":[]}
//! ```
//! `row` is the row of the misuse table (see the README); `unsupported` are calls of functions that the emulator
//! cannot do; `executions` and `peak_memory` have one number per device.

use crate::settings::Settings;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// Something a run left behind.
#[derive(Clone, Debug)]
pub struct Leak {
    /// `stream`, `device memory`, `model`, ...
    pub kind: &'static str,
    /// The device it belongs to, if any.
    pub device: Option<usize>,
    /// Which one.
    pub text: String,
}

#[derive(Default)]
struct Report {
    violations: Vec<(u32, String, String, u64)>,
    leaks: Vec<Leak>,
    unsupported: BTreeMap<&'static str, u64>,
    calls: BTreeMap<&'static str, u64>,
    executions: BTreeMap<usize, u64>,
    batch_sizes: BTreeMap<u64, u64>,
    peak_memory: BTreeMap<usize, usize>,
    lost_devices: BTreeMap<usize, i32>,
    finalized: bool,
}

static REPORT: Mutex<Option<Report>> = Mutex::new(None);

fn with<T>(f: impl FnOnce(&mut Report) -> T) -> T {
    f(REPORT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Report::default))
}

/// Counts a call.
pub fn called(name: &'static str) {
    with(|report| *report.calls.entry(name).or_default() += 1);
}

/// Records a call of something the emulator cannot do; the same one again only counts.
pub fn unsupported(name: &'static str) {
    let count = with(|report| {
        let count = report.unsupported.entry(name).or_default();
        *count += 1;
        *count
    });
    if count == 1 {
        eprintln!("ascend-emulator: {name} is not supported");
    }
}

/// Records a misuse; the same one again only counts.
pub fn violation(row: u32, call: &str, text: &str) {
    let first = with(|report| {
        match report.violations.iter_mut().find(|(r, c, t, _)| *r == row && c == call && t == text) {
            Some(known) => {
                known.3 += 1;
                false
            }
            None => {
                report.violations.push((row, call.to_string(), text.to_string(), 1));
                true
            }
        }
    });
    if first {
        eprintln!("ascend-emulator: misuse (row {row}) in {call}: {text}");
    }
}

/// Records something left behind.
pub fn leak(leak: Leak) {
    eprintln!("ascend-emulator: leak: {}: {}", leak.kind, leak.text);
    with(|report| report.leaks.push(leak));
}

/// Counts an execution on `device`; returns how many there were, this one included.
pub fn executed(device: usize, batch: u64) -> u64 {
    with(|report| {
        *report.batch_sizes.entry(batch).or_default() += 1;
        let count = report.executions.entry(device).or_default();
        *count += 1;
        *count
    })
}

/// Notes how much memory of `device` is in use.
pub fn memory_used(device: usize, bytes: usize) {
    with(|report| {
        let peak = report.peak_memory.entry(device).or_default();
        *peak = bytes.max(*peak);
    });
}

/// Notes that `device` is lost.
pub fn device_lost(device: usize, code: i32) {
    eprintln!("ascend-emulator: device {device} is lost (code {code}, as scripted)");
    with(|report| report.lost_devices.insert(device, code));
}

/// Starts a run: counts of devices and executions begin again, findings stay.
pub fn started() {
    with(|report| {
        report.executions.clear();
        report.lost_devices.clear();
        report.finalized = false;
    });
}

/// Notes that the run ended in order.
pub fn finalized() {
    with(|report| report.finalized = true);
}

/// Writes the report where `settings` says.
pub fn write(settings: &Settings) {
    let Some(path) = &settings.report else { return };
    let text = with(|report| document(report, settings.strict).to_string());
    if let Err(error) = replace(path, &text) {
        eprintln!("ascend-emulator: the report could not be written to {}: {error}", path.display());
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    std::fs::write(&part, text)?;
    std::fs::rename(&part, path)
}

fn document(report: &Report, strict: bool) -> Value {
    let violations: Vec<Value> = report
        .violations
        .iter()
        .map(|(row, call, text, count)| json!({"row": row, "call": call, "text": text, "count": count}))
        .collect();
    let leaks: Vec<Value> = report
        .leaks
        .iter()
        .map(|leak| json!({"kind": leak.kind, "device": leak.device, "text": leak.text}))
        .collect();
    let batch_sizes: serde_json::Map<String, Value> =
        report.batch_sizes.iter().map(|(size, count)| (size.to_string(), json!(count))).collect();
    json!({
        "version": 1,
        "pid": std::process::id(),
        "strict": strict,
        "finalized": report.finalized,
        "violations": violations,
        "leaks": leaks,
        "unsupported": report.unsupported,
        "calls": report.calls,
        "executions": per_device(&report.executions),
        "batch_sizes": batch_sizes,
        "peak_memory": per_device(&report.peak_memory),
        "lost_devices": report.lost_devices.keys().collect::<Vec<_>>(),
    })
}

fn per_device<T: Copy + Default>(values: &BTreeMap<usize, T>) -> Vec<T> {
    let count = values.keys().last().map_or(0, |last| last + 1);
    (0..count).map(|device| values.get(&device).copied().unwrap_or_default()).collect()
}
