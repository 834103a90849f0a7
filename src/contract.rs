//! The embedding contract: everything that must be equal before two features may be compared.

use serde::{Deserialize, Serialize};

/// What made a feature. Written with every output; features of unequal contracts are not comparable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Name of the network, such as `lightcnn9`.
    pub network: String,
    /// What the weights are.
    pub weights: WeightsOrigin,
    /// SHA-256 of the weight file, in hex; of the generated float32 values for the demo.
    pub weights_sha256: String,
    /// How pictures became faces: `eval`, `center` or `aligned`.
    pub preprocess: String,
    /// What computed: `cpu`.
    pub backend: String,
    /// Kernel set of the backend, such as `avx512`.
    pub kernels: String,
    /// Arithmetic: `f32`.
    pub precision: String,
    /// Whether features were scaled to length 1.
    pub normalized: bool,
    /// Version of this crate.
    pub version: String,
}

/// What is known of the weights.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightsOrigin {
    /// A published file, by its name in `models/`; recognised by its SHA-256.
    Known(String),
    /// A file that is not in `models/`.
    Unknown,
    /// Generated from a seed and never trained: for trying the tool, not for recognising people.
    UntrainedDemo,
}
