//! How a model is run on devices.

use super::super::offline_model::OfflineModel;
use std::time::Duration;

/// How a model is run.
#[derive(Clone, Debug)]
pub(in super::super) struct DeviceOptions {
    /// The `.om` file.
    pub(in super::super) model: OfflineModel,
    /// Numbers of the devices; all there are if empty.
    pub(in super::super) devices: Vec<i32>,
    /// Lanes per device, at least 1.
    pub(in super::super) streams: usize,
    /// How long one run of the model may take before it counts as hanging.
    pub(in super::super) limit: Duration,
    /// Arithmetic on the device, for the contract.
    pub(in super::super) precision: String,
}

/// Lanes per device that let copies and computing overlap.
pub(in super::super) const STREAMS: usize = 2;
/// How long a run may take unless said otherwise: far longer than any should.
pub(in super::super) const LIMIT: Duration = Duration::from_secs(60);
