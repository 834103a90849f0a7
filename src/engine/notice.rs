//! What an engine tells while it opens and runs.

use super::error::Loss;
use crate::checkpoint::WeightSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Something that the user of an engine may want to know. Nothing has to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Weights were loaded from a file: these tensors of it.
    Weights(WeightSet),
    /// The device was left to choice, and Ascend devices cannot be used, so the CPU computes.
    OnCpu {
        /// Why they cannot, in one line.
        reason: String,
    },
    /// Compiled models cannot be kept, so they are compiled by every run again.
    NotKept {
        /// Why not, and what to do, in one line.
        reason: String,
    },
    /// Weights are being compiled for the chip of this machine, which takes minutes; it is done once if it can be kept.
    Compiling {
        /// The chip.
        chip: String,
        /// Where the compiled model is kept; nowhere if it is compiled for this run alone.
        kept: Option<PathBuf>,
        /// The compiler's command line.
        command: String,
    },
    /// A line that the compiler printed.
    Compiler(String),
    /// CANN does not take the list of visible devices as it is written, and may show fewer.
    VisibleDevices {
        /// What is wrong, and what CANN makes of it.
        mistake: String,
    },
    /// A device does not open. All faces are computed by those that do.
    DeviceNotOpened(Loss),
    /// A device was lost. Its faces are computed by those that are left.
    DeviceLost(Loss),
}

/// What is called with each notice.
type Call = dyn Fn(&Notice) + Send + Sync;

/// Who is told.
#[derive(Clone, Default)]
pub(super) struct Listener(pub(super) Option<Arc<Call>>);

impl Listener {
    pub(super) fn tell(&self, notice: &Notice) {
        match notice {
            Notice::Weights(set) => log::info!("weights: {set:?}"),
            Notice::OnCpu { reason } => log::info!("on the CPU, as Ascend cannot be used: {reason}"),
            Notice::NotKept { reason } => log::warn!("compiled models cannot be kept: {reason}"),
            Notice::Compiling { chip, kept, .. } => log::info!("compiling for {chip} -> {kept:?}"),
            Notice::Compiler(line) => log::debug!("atc: {line}"),
            Notice::VisibleDevices { mistake } => log::warn!("{mistake}"),
            Notice::DeviceNotOpened(loss) => {
                log::warn!("device {} does not open: {}", loss.device, loss.reason)
            }
            Notice::DeviceLost(loss) => log::warn!("device {} is lost: {}", loss.device, loss.reason),
        }
        if let Some(listener) = &self.0 {
            listener(notice);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener").field(&self.0.is_some()).finish()
    }
}
