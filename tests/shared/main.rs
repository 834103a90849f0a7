//! Tests on the data of LIGHTCNN_SHARED.

#![allow(clippy::unwrap_used)]

mod image;

use std::path::PathBuf;

/// A path below the folder LIGHTCNN_SHARED, by default `../shared`.
fn shared(path: &str) -> PathBuf {
    let folder = std::env::var_os("LIGHTCNN_SHARED").map(PathBuf::from);
    folder.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared")).join(path)
}
