//! Scenarios run in a process of their own, as ACL and the peak of memory are one thing in a process, and the emulator
//! is told by the environment what to be. A scenario is an ignored test of the running test program; the test that
//! runs it reads what it printed and what the emulator reports about it.

use crate::child::{self, Ended};
use crate::emulator::{self, Report};
use std::process::Command;
use std::time::Duration;

/// What became of a scenario.
pub struct Outcome {
    /// Whether the scenario, as a test, passed.
    pub succeeded: bool,
    /// What it printed, standard output first.
    pub printed: String,
    report: Option<Report>,
}

/// No scenario takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs the ignored test `scenario` with `variables` set.
pub fn run(scenario: &str, variables: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", scenario, "--ignored", "--nocapture", "--test-threads=1"])
        .env("LIGHTCNN_ACL_LIBRARY", emulator::library())
        .env("ASCEND_EMULATOR_REPORT", &report)
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied());
    let Ended { code, stdout, stderr } = child::run(&mut command, LIMIT);
    let printed = stdout + &stderr;
    assert!(printed.contains("running 1 test"), "no scenario {scenario}: {printed}");
    Outcome { succeeded: code == Some(0), printed, report: Report::read(&report) }
}

impl Outcome {
    /// What the emulator reports.
    ///
    /// # Panics
    ///
    /// If the scenario never opened it.
    #[track_caller]
    pub fn report(&self) -> &Report {
        let Some(report) = &self.report else { panic!("the emulator reported nothing: {}", self.printed) };
        report
    }

    /// Fails unless the scenario passed.
    #[track_caller]
    pub fn passed(self) -> Self {
        assert!(self.succeeded, "{}", self.printed);
        self
    }

    /// Fails unless the scenario passed, misused nothing and left nothing.
    #[track_caller]
    pub fn clean(self) -> Self {
        self.passed().nothing_left()
    }

    /// Fails if the scenario misused anything or left anything.
    #[track_caller]
    pub fn nothing_left(self) -> Self {
        self.report().nothing_left(&self.printed);
        self
    }

    /// The number after `word` on the only line that begins with it.
    #[track_caller]
    pub fn number(&self, word: &str) -> f64 {
        let numbers: Vec<&str> = self
            .printed
            .lines()
            .filter_map(|line| line.split_once(word))
            .map(|(_, rest)| rest.trim())
            .collect();
        let [number] = numbers[..] else { panic!("no single line with {word}: {}", self.printed) };
        number.parse().unwrap_or_else(|error| panic!("{word} {number}: {error}"))
    }
}
