//! The library and the compiler as programs meet them: C programs run against the one, command lines against the
//! other.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "set-up that fails fails the test")]

mod atc;
mod faults;
mod functions;
mod inference;
mod lanes;
mod misuse;
mod support;
