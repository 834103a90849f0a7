//! The library on files: checkpoints, pictures; and the order of its modules.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod checkpoint;
mod circles;
mod layering;
mod mat;
mod opening;
mod paths;
mod pictures;
mod tiff;
mod tokens;
mod words;
