//! The program, with nothing of what this process's environment would tell it.

use crate::child::{self, Ended};
use crate::emulator::{self, Report};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// What begins the name of a variable that the program or the emulator listens to.
const TOLD: &[&str] = &["LIGHTCNN_", "ASCEND_", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID"];

/// What a program wrote, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The program at `path`, with no cache and none of this process's settings.
pub fn command(path: &str) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if TOLD.iter().any(|told| name.to_string_lossy().starts_with(told)) {
            command.env_remove(name);
        }
    }
    command.env("LIGHTCNN_CACHE", "/nonexistent");
    command
}

/// Fails unless the program ended with `code`; gives what it said on standard error.
#[track_caller]
pub fn ends(output: &Output, code: i32) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "stderr: {said}");
    said
}

/// What became of a run of the program on the emulator.
pub struct Run {
    /// The exit code; none if a signal ended the program.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    report: Option<Report>,
}

/// No run takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(600);

/// Runs the program at `path` with `arguments` in `folder`, on the emulator unless `variables` say otherwise.
pub fn on_emulator(path: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    let reports = tempfile::tempdir().unwrap();
    let report = reports.path().join("report.json");
    let mut command = command(path);
    command
        .args(arguments)
        .current_dir(folder)
        .env("LIGHTCNN_ACL_LIBRARY", emulator::library())
        .env("LIGHTCNN_CACHE", folder.join("cache"))
        .env("ASCEND_EMULATOR_REPORT", &report)
        .envs(variables.iter().copied());
    let Ended { code, stdout, stderr } = child::run(&mut command, LIMIT);
    Run { code, stdout, stderr, report: Report::read(&report) }
}

impl Run {
    /// What the emulator reports.
    ///
    /// # Panics
    ///
    /// If the program never opened it.
    #[track_caller]
    pub fn report(&self) -> &Report {
        let Some(report) = &self.report else { panic!("the emulator reported nothing: {}", self.stderr) };
        report
    }

    /// Fails if the run misused ACL or left anything.
    #[track_caller]
    pub fn nothing_left(&self, about: &str) {
        self.report().nothing_left(&format!("{about}: {}", self.stderr));
    }

    /// Fails if the run used the emulator at all.
    #[track_caller]
    pub fn no_device(&self, about: &str) {
        assert!(self.report.is_none(), "{about}: a device was used: {}", self.stderr);
    }
}
