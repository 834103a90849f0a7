//! The emulator: its library and what it reports of a process.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The emulator's library, which cargo builds beside the test program.
pub fn library() -> PathBuf {
    let library = std::env::current_exe().unwrap().with_file_name("libascendcl_emulated.so");
    assert!(library.exists(), "{} is not there", library.display());
    library
}

/// Runs the emulator's `atc` in this process.
///
/// # Panics
///
/// If it fails.
pub fn atc(arguments: &[String]) {
    assert_eq!(ascendcl_emulated::atc::main(arguments), 0, "atc {arguments:?}");
}

/// What the emulator said of a process that used it: the JSON of `ascend-emulator/src/report.rs`.
pub struct Report(Value);

impl Report {
    /// Reads the report at `path`; none if no process wrote one, as none opened the emulator.
    ///
    /// # Panics
    ///
    /// If what is there is no whole report.
    pub fn read(path: &Path) -> Option<Report> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => panic!("{}: {error}", path.display()),
        };
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            panic!("the emulator's report is damaged: {error}: {}", String::from_utf8_lossy(&bytes))
        });
        assert_eq!(value["version"], 1, "the emulator's report is of another version: {value}");
        Some(Report(value))
    }

    /// A field of the report.
    ///
    /// # Panics
    ///
    /// If there is none of this name.
    pub fn field(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or_else(|| panic!("the emulator's report has no {name}: {}", self.0))
    }

    /// The names of the functions that were called and how often.
    ///
    /// # Panics
    ///
    /// If the report does not say.
    pub fn calls(&self) -> Vec<(String, u64)> {
        let calls = self.field("calls").as_object().expect("calls are an object");
        calls.iter().map(|(name, count)| (name.clone(), count.as_u64().expect("a count"))).collect()
    }

    /// How often `function` was called.
    pub fn count(&self, function: &str) -> u64 {
        self.calls().iter().find(|(name, _)| name == function).map_or(0, |(_, count)| *count)
    }

    /// How many devices were lost.
    ///
    /// # Panics
    ///
    /// If the report does not say.
    pub fn lost_devices(&self) -> usize {
        self.field("lost_devices").as_array().expect("lost_devices is an array").len()
    }

    /// Kinds of what the process left.
    ///
    /// # Panics
    ///
    /// If the report does not say.
    pub fn leaks(&self) -> Vec<String> {
        let leaks = self.field("leaks").as_array().expect("leaks are an array");
        leaks.iter().map(|leak| leak["kind"].as_str().expect("a leak has a kind").to_owned()).collect()
    }

    /// Fails if the process misused ACL.
    #[track_caller]
    pub fn no_violations(&self, about: &str) {
        assert_eq!(*self.field("violations"), json!([]), "{about}: violations");
    }

    /// Fails if the process misused ACL, left anything behind, or called what the emulator cannot do.
    #[track_caller]
    pub fn nothing_left(&self, about: &str) {
        for (what, nothing) in [("violations", json!([])), ("leaks", json!([])), ("unsupported", json!({}))] {
            assert_eq!(*self.field(what), nothing, "{about}: {what}");
        }
    }
}
