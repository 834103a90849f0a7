//! The program as a user meets it: its words, its files, its exit codes; and the kinds of errors, by which it decides.

#![allow(clippy::unwrap_used, clippy::expect_used)]

/// The program's own definition of what may be typed.
#[path = "../../src/bin/lightcnn/args/mod.rs"]
#[allow(dead_code)]
mod args;
mod bench;
mod book;
mod compare;
mod escapes;
mod eval;
mod extract;
mod fetch;
mod hangs;
mod inputs;
mod int16;
mod interrupted;
mod job;
mod kinds;
mod report;
mod search;
mod variables;
mod weights;
mod words;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program's file.
const LIGHTCNN: &str = env!("CARGO_BIN_EXE_lightcnn");

/// The program.
fn lightcnn() -> Command {
    test_support::program::command(LIGHTCNN)
}

/// The faces for trying the tool.
fn faces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/faces")
}

/// Features of the demo for the pictures of `input`.
fn extract(input: impl AsRef<OsStr>, output: &Path) -> Command {
    let mut command = lightcnn();
    command.arg("extract").arg(input).args(["--model", "demo", "-o"]).arg(output);
    command
}

/// The rows of a file of JSON lines.
fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
