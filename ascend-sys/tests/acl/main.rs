//! The bindings against headers and libraries of every kind.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(target_pointer_width = "64")]
mod abi;
mod headers;
mod loader;
