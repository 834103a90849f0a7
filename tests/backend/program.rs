//! The program itself on emulated devices.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::process::emulator;
use crate::tiny;

/// What became of a run of the program.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub report: serde_json::Value,
}

/// No run takes longer on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs `lightcnn` with `arguments` in `folder`, on the emulator unless `variables` say otherwise.
pub fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
    let report = tempfile::NamedTempFile::new_in(folder).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_lightcnn"))
        .args(arguments)
        .current_dir(folder)
        .env("LIGHTCNN_ACL_LIBRARY", emulator())
        .env("LIGHTCNN_CACHE", folder.join("cache"))
        .env("ASCEND_EMULATOR_REPORT", report.path())
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (stdout, stderr) = (reader(child.stdout.take().unwrap()), reader(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill().unwrap();
            panic!("{arguments:?} {variables:?} hangs");
        }
        thread::sleep(Duration::from_millis(2));
    };
    let (stdout, stderr) = (stdout.join().unwrap().unwrap(), stderr.join().unwrap().unwrap());
    let report = serde_json::from_slice(&std::fs::read(report.path()).unwrap()).unwrap_or_default();
    Ended { code: status.code(), stdout, stderr, report }
}

/// Reads a pipe to its end beside everything else, as a full one would stop the program.
fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<String>> {
    thread::spawn(move || {
        let mut text = Vec::new();
        pipe.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    })
}

impl Ended {
    /// Fails if the run misused ACL or left anything.
    #[track_caller]
    pub fn nothing_left(&self, about: &str) {
        for what in ["violations", "leaks"] {
            let none = self.report.is_null() || self.report[what] == serde_json::json!([]);
            assert!(none, "{about}: {what}: {}\n{}", self.report[what], self.stderr);
        }
    }
}

/// Writes `count` pictures to `folder/faces`.
pub fn pictures(folder: &Path, count: u64) {
    std::fs::create_dir(folder.join("faces")).unwrap();
    for id in 0..count {
        tiny::write_picture(&folder.join(format!("faces/{id:04}.pgm")), &tiny::face(id));
    }
}

/// The rows of a JSON lines file of [`pictures`]: checks that row `i` is picture `i` and its feature the right one;
/// gives their number.
#[track_caller]
pub fn right_rows(path: &Path, about: &str) -> u64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut rows = 0;
    for line in text.lines() {
        let row: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{about}: {error}: {line}"));
        let Some(feature) = row["feature"].as_array() else { continue };
        let name = row["path"].as_str().unwrap();
        assert!(name.ends_with(&format!("{rows:04}.pgm")), "{about}: row {rows} is {name}");
        let expected = tiny::feature(&tiny::face(rows));
        for (found, expected) in feature.iter().zip(expected) {
            let found = found.as_f64().unwrap();
            assert!((found - f64::from(expected)).abs() < 1e-3, "{about}: row {rows}: {found} {expected}");
        }
        rows += 1;
    }
    rows
}
