//! The library on files: checkpoints, pictures; and the order of its modules.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod checkpoint;
mod circles;
mod layering;
mod mat;
mod opening;
mod parquet;
mod paths;
mod pictures;
mod printing;
mod tiff;
mod tokens;
mod words;
