//! What the tests share: the program, the emulator and its reports, scenarios in processes of their own, small
//! networks.

#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod allocations;
pub mod arithmetic;
pub mod child;
pub mod emulator;
pub mod pictures;
pub mod program;
mod protobuf;
pub mod random;
pub mod scenario;
pub mod tiny;
