//! Tests on the data of LIGHTCNN_SHARED; they fail if it is not there.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod ascend;
mod checkpoint;
mod engine;
mod eval;
mod golden;
mod image;
mod int16;
mod om;
#[path = "../backend/suite.rs"]
mod suite;

use std::env;
use std::path::{Path, PathBuf};

/// A file or folder under LIGHTCNN_SHARED.
fn shared(relative: &str) -> PathBuf {
    let root = env::var_os("LIGHTCNN_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    root.join(relative)
}
