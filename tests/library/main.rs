//! The library on files: checkpoints, pictures; and the order of its modules.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod checkpoint;
mod layering;
mod mat;
mod pictures;
