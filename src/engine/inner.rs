//! An open engine.

#[cfg(feature = "ascend")]
use super::ascend::Devices;
use super::info::Info;
use super::lanes::Lanes;
use crate::contract::WeightsOrigin;
use crate::network::Network;
use std::fmt;

/// An open engine; its last handle or ticket ends it.
pub(super) struct Inner {
    pub(super) lanes: Lanes,
    pub(super) depth: usize,
    pub(super) model: Model,
    pub(super) info: Info,
    #[cfg(feature = "ascend")]
    pub(super) devices: Option<Devices>,
}

/// What an engine computes.
pub(super) struct Model {
    pub(super) network: Network,
    pub(super) origin: WeightsOrigin,
    pub(super) weights_sha256: String,
    pub(super) calibration_sha256: Option<String>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { lanes, model, info, .. } = self;
        f.debug_struct("Engine")
            .field("network", &model.network)
            .field("origin", &model.origin)
            .field("info", info)
            .field("lanes", &lanes.count())
            .finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.lanes.end();
        #[cfg(feature = "ascend")]
        if let Some(devices) = &self.devices {
            devices.after_close();
        }
        log::debug!("closed: {} on {}", self.model.network, self.info.kernels);
    }
}
