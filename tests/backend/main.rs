//! Whole runs on emulated Ascend devices: the engine, its policy, its faults and its speed.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod allocations;
mod atc;
mod commands;
mod contract;
mod faults;
mod losses;
mod opening;
mod pictures;
mod policy;
mod program;
mod storm;
mod suite;
