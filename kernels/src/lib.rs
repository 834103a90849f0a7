//! The LightCNN networks as data, their weights, and what computes them on the CPU.
//!
//! This crate is a part of `lightcnn` and promises nothing to others. It is a crate of its own so that tests of
//! everything else can be built without optimisation and still compute features quickly.

pub mod cpu;
pub mod kernels;
pub mod network;
