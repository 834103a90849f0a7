//! How an engine is to compute.

use super::device::Device;
use super::lanes::Lanes;
use super::notice::Listener;
use crate::network::Network;
use lightcnn_cpu::cpu::Precision;
use std::time::Duration;

/// How long an idle moment is waited for before a lane that has work takes few faces more, unless said otherwise.
const MAX_DELAY: Duration = Duration::from_millis(1);

/// What was asked of an engine, apart from its model; `None` leaves the choice to it.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) network: Option<Network>,
    pub(super) device: Device,
    pub(super) precision: Option<Precision>,
    pub(super) threads: Option<usize>,
    #[cfg_attr(not(feature = "ascend"), allow(dead_code, reason = "what devices alone obey"))]
    pub(super) streams: Option<usize>,
    #[cfg_attr(not(feature = "ascend"), allow(dead_code, reason = "what devices alone obey"))]
    pub(super) limit: Option<Duration>,
    pub(super) bound: Option<usize>,
    pub(super) max_delay: Duration,
    pub(super) listener: Listener,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            network: None,
            device: Device::Auto,
            precision: None,
            threads: None,
            streams: None,
            limit: None,
            bound: None,
            max_delay: MAX_DELAY,
            listener: Listener::default(),
        }
    }
}

impl Settings {
    /// A queue for `count` lanes, which are to be started.
    pub(super) fn lanes(&self, count: usize) -> Lanes {
        Lanes::new(count, self.bound, self.max_delay)
    }
}
