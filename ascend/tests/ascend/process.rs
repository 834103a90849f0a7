//! Scenarios run in a process of their own, as ACL is one thing in a process and the emulator is told by the
//! environment what to be. A scenario is an ignored test of this program; the test that runs it reads what it
//! printed and what the emulator reports about it.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The emulator, which cargo builds beside the test program.
pub fn emulator() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name("libascendcl_emulated.so")
}

/// What became of a scenario.
pub struct Outcome {
    pub succeeded: bool,
    pub printed: String,
    pub report: serde_json::Value,
}

/// No scenario takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs the ignored test `scenario` with `variables` set.
pub fn run(scenario: &str, variables: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", scenario, "--ignored", "--nocapture", "--test-threads=1"])
        .env("LIGHTCNN_ACL_LIBRARY", emulator())
        .env("ASCEND_EMULATOR_REPORT", &report)
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    let mut stdout = child.stdout.take().unwrap();
    let other = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("{scenario} {variables:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let printed = other.join().unwrap().unwrap() + &reader.join().unwrap().unwrap();
    assert!(printed.contains("running 1 test"), "no scenario {scenario}: {printed}");
    let report = std::fs::read(&report)
        .ok()
        .map_or(serde_json::Value::Null, |bytes| serde_json::from_slice(&bytes).expect("the report is JSON"));
    Outcome { succeeded: status.success(), printed, report }
}

impl Outcome {
    /// Fails unless the scenario passed, misused nothing and left nothing.
    #[track_caller]
    pub fn clean(self) -> Self {
        assert!(self.succeeded, "{}", self.printed);
        self.nothing_left()
    }

    /// Fails if the scenario misused anything or left anything.
    #[track_caller]
    pub fn nothing_left(self) -> Self {
        for what in ["violations", "leaks"] {
            assert_eq!(self.report[what], serde_json::json!([]), "{what}: {}", self.printed);
        }
        self
    }

    /// How often a function was called.
    pub fn calls(&self, function: &str) -> u64 {
        self.report["calls"][function].as_u64().unwrap_or(0)
    }
}
