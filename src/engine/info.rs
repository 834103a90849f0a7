//! What an engine computes on.

use std::time::Duration;

/// What an engine computes on; goes into the contract of every output.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// `cpu` or `ascend`.
    pub backend: &'static str,
    /// What computes: the kernel set chosen at start, such as `avx512`, or the chip, such as `Ascend310P3`.
    pub kernels: String,
    /// Arithmetic, such as `f32`.
    pub precision: String,
    /// Numbers of the Ascend devices that opened; none on the CPU. [`Engine::losses`] names those that did not, and those
    /// that were lost since.
    ///
    /// [`Engine::losses`]: super::Engine::losses
    pub devices: Vec<i32>,
}

/// What the stages of one run on a device take: medians at the largest batch size, nothing else running.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
#[doc(hidden)]
pub struct Stages {
    /// Faces in the batch.
    pub batch: usize,
    /// Devices that work at the same time.
    pub devices: usize,
    /// Copying the pictures to the device.
    pub copy_in: Duration,
    /// Computing: the whole run without the two copies.
    pub execute: Duration,
    /// Copying the features back.
    pub copy_out: Duration,
}
