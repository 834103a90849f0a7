//! The safe ACL layer on the emulator.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allocations;
mod faults;
mod scenarios;
