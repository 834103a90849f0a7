//! What int16 needs to know of a network besides its weights: the ranges of each layer's inputs on real faces.

mod file;
mod measure;

pub use file::CalibrationError;
pub use measure::Calibrator;

use crate::kernels::integer::InputRange;
use crate::network::Network;
use std::collections::BTreeMap;

/// The ranges of the inputs of all layers but the first, measured on some faces.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    network: Network,
    weights_sha256: String,
    preprocess: String,
    images: usize,
    layers: BTreeMap<String, InputRange>,
    sha256: String,
}

impl Calibration {
    /// The network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// SHA-256 of the weights it was measured with, in hex.
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }

    /// How the pictures had become faces: `eval`, `center` or `aligned`.
    pub fn preprocess(&self) -> &str {
        &self.preprocess
    }

    /// Faces it was measured on.
    pub fn images(&self) -> usize {
        self.images
    }

    /// SHA-256 of the calibration's file, in hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Range of the inputs of the layer of this name; it is there for every layer but the first.
    pub(super) fn layer(&self, name: &str) -> Option<&InputRange> {
        self.layers.get(name)
    }
}
