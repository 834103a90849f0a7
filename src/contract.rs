//! The embedding contract: everything that must be equal before two features may be compared.

use crate::error::ErrorKind;
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// What computed: `cpu` or `ascend`.
    pub backend: String,
    /// Kernel set of the CPU, such as `avx512`, or the chip, such as `Ascend310P3`.
    pub kernels: String,
    /// Arithmetic: `f32`, `int16`, or that of a device.
    pub precision: String,
    /// SHA-256 of the calibration that `int16` used, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_sha256: Option<String>,
    /// What decoded those of the pictures that are QOI, TGA, ICO, Radiance HDR or farbfeld, such as `image 0.25`; nothing
    /// if the build refuses them. All others are decoded by the rules of OpenCV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_decoder: Option<String>,
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

impl Contract {
    /// The fields in which `self` and `other` differ so that their features cannot be compared, with both
    /// values. Backend, kernels and version are not among them: they change a feature by rounding only, which
    /// the golden tests bound. Neither is `normalized`: a cosine does not see length. Nor is `other_decoder`: it says
    /// what read some formats, where the other contract read none of their pictures.
    pub fn conflicts(&self, other: &Contract) -> Vec<Conflict> {
        let calibration =
            |contract: &Contract| contract.calibration_sha256.clone().unwrap_or_else(|| "none".to_string());
        let fields = [
            ("network", self.network.clone(), other.network.clone()),
            ("weights_sha256", self.weights_sha256.clone(), other.weights_sha256.clone()),
            ("preprocess", self.preprocess.clone(), other.preprocess.clone()),
            ("precision", self.precision.clone(), other.precision.clone()),
            ("calibration_sha256", calibration(self), calibration(other)),
        ];
        fields
            .into_iter()
            .filter(|(_, left, right)| left != right)
            .map(|(field, left, right)| Conflict { field, left, right })
            .collect()
    }
}

/// Features that cannot be compared with others.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAlike {
    /// They were made in different ways.
    #[error("{left} and {right} were not made alike and cannot be compared{}", lines(conflicts))]
    Conflicts {
        /// The ones.
        left: String,
        /// The others.
        right: String,
        /// In what they differ.
        conflicts: Vec<Conflict>,
    },
    /// Nothing says how one of them was made.
    #[error("nothing says how the features of {unknown} were made; they cannot be compared with {other}")]
    Unknown {
        /// The ones that nothing is known of.
        unknown: String,
        /// The others.
        other: String,
    },
}

impl NotAlike {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Mismatch
    }
}

fn lines(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(|conflict| format!("\n  {conflict}")).collect()
}

/// Whether two sets of features, each with a name, may be compared. Two of which nothing says how they were made may:
/// whoever made them knows.
///
/// # Errors
/// [`NotAlike`] if not.
pub fn check_alike(
    (left_name, left): (&str, Option<&Contract>),
    (right_name, right): (&str, Option<&Contract>),
) -> Result<(), NotAlike> {
    let unknown = |unknown: &str, other: &str| NotAlike::Unknown {
        unknown: unknown.to_string(),
        other: other.to_string(),
    };
    match (left, right) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(unknown(left_name, right_name)),
        (Some(_), None) => Err(unknown(right_name, left_name)),
        (Some(left), Some(right)) => {
            let conflicts = left.conflicts(right);
            if conflicts.is_empty() {
                return Ok(());
            }
            Err(NotAlike::Conflicts { left: left_name.to_string(), right: right_name.to_string(), conflicts })
        }
    }
}

/// One field in which two contracts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Name of the field.
    pub field: &'static str,
    /// Value on the left.
    pub left: String,
    /// Value on the right.
    pub right: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} against {}", self.field, self.left, self.right)
    }
}
