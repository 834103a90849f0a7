//! The manifest beside a compiled model, `<name>.om.json`: what the model was made from and for.

use super::plan::{BatchSizes, Plan, PrecisionMode};
use crate::digest::{sha256, sha256_of_file};
use crate::error::ErrorKind;
use crate::file;
use crate::network::Input;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Version of the manifest's own layout.
const FORMAT: u32 = 1;
/// Longest manifest that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// What a compiled model was made from and for. Two equal recipes give models that compute the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Name of the network.
    pub network: String,
    /// SHA-256 of the weight file, in hex.
    pub weights_sha256: String,
    /// SHA-256 of the exported ONNX file, in hex.
    pub onnx_sha256: String,
    /// What the model takes.
    pub input: Pictures,
    /// Who divides by 255.
    pub preprocess: Scaling,
    /// Batch sizes, ascending; one if the batch is fixed.
    pub batch_sizes: Vec<u32>,
    /// The chip.
    pub soc_version: String,
    /// Arithmetic on the device.
    pub precision_mode: PrecisionMode,
    /// Whether the device takes bytes (AIPP).
    pub aipp: bool,
    /// Version of the CANN toolkit, where it was found.
    pub cann_version: Option<String>,
}

/// What a compiled model takes, per picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pictures {
    /// 128×128 gray bytes.
    GrayBytes,
    /// 128×128×3 packed bytes: blue, green, red.
    BgrBytes,
    /// 1×128×128 float32 in `0.0..=1.0`.
    GrayFloats,
    /// 3×128×128 float32 in `0.0..=1.0`: planes of blue, green, red.
    BgrFloats,
}

/// Who divides pixels by 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scaling {
    /// The device, in float16.
    #[serde(rename = "divide_by_255_on_device")]
    DivideBy255OnDevice,
    /// The program, in float32.
    #[serde(rename = "divide_by_255_on_host")]
    DivideBy255OnHost,
}

impl Recipe {
    /// The recipe of `plan` for these files.
    pub fn new(plan: &Plan, weights_sha256: &str, onnx: &[u8], cann_version: Option<String>) -> Recipe {
        let input = match (plan.network.input(), plan.aipp) {
            (Input::Gray, true) => Pictures::GrayBytes,
            (Input::Bgr, true) => Pictures::BgrBytes,
            (Input::Gray, false) => Pictures::GrayFloats,
            (Input::Bgr, false) => Pictures::BgrFloats,
        };
        Recipe {
            network: plan.network.name().to_string(),
            weights_sha256: weights_sha256.to_string(),
            onnx_sha256: sha256(onnx),
            input,
            preprocess: if plan.aipp { Scaling::DivideBy255OnDevice } else { Scaling::DivideBy255OnHost },
            batch_sizes: BatchSizes::sizes(&plan.batch),
            soc_version: plan.soc.name().to_string(),
            precision_mode: plan.precision,
            aipp: plan.aipp,
            cann_version,
        }
    }

    /// A file name for a cached model of this recipe: equal for equal recipes only, as far as SHA-256 goes.
    pub fn cache_name(&self) -> String {
        let identity = serde_json::json!(self).to_string();
        let digest = sha256(identity);
        format!("{}-{}-{}.om", self.network, self.soc_version, &digest[..16])
    }
}

/// The manifest of a compiled model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the manifest's layout: 1.
    pub format: u32,
    /// What the model was made from and for.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// Version of `atc` as the model records it.
    pub atc_version: Option<String>,
    /// Arguments of `atc`; file names in them are relative.
    pub arguments: Vec<String>,
    /// SHA-256 of the `.om`, in hex.
    pub om_sha256: String,
    /// Size of the `.om` in bytes.
    pub om_bytes: u64,
    /// Version of the program that drove `atc`.
    pub lightcnn_version: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no manifest.
    #[error("{}: not a manifest of a compiled model", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It has a later layout.
    #[error(
        "{}: manifest format {found}, this version knows {FORMAT}: compile the model again or update", path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Format in the file.
        found: u32,
    },
    /// It belongs to another file.
    #[error(
        "{}: the manifest is of a model with SHA-256 {expected}, this one has {found}: the model was replaced or damaged, compile it again",
        om.display()
    )]
    OtherModel {
        /// The model.
        om: PathBuf,
        /// SHA-256 in the manifest.
        expected: String,
        /// SHA-256 of the model.
        found: String,
    },
}

impl ManifestError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ManifestError::Read { source, .. } => source.into(),
            ManifestError::Malformed { .. } => ErrorKind::Damaged,
            ManifestError::Format { .. } => ErrorKind::Unsupported,
            ManifestError::OtherModel { .. } => ErrorKind::Mismatch,
        }
    }
}

impl Manifest {
    pub(super) fn new(
        recipe: Recipe,
        arguments: Vec<String>,
        atc_version: Option<String>,
        om: &[u8],
    ) -> Manifest {
        Manifest {
            format: FORMAT,
            recipe,
            atc_version,
            arguments,
            om_sha256: sha256(om),
            om_bytes: om.len() as u64,
            lightcnn_version: env!("CARGO_PKG_VERSION").to_string(),
        }
    }

    /// Where the manifest of the model at `om` is: `<om>.json`.
    pub fn path_of(om: &Path) -> PathBuf {
        let mut path = om.as_os_str().to_os_string();
        path.push(".json");
        PathBuf::from(path)
    }

    /// The manifest of the model at `om`, proven to be this model's; nothing if there is none.
    ///
    /// # Errors
    /// [`ManifestError`] if either file cannot be read, or they do not belong together.
    pub fn of(om: &Path) -> Result<Option<Manifest>, ManifestError> {
        let path = Manifest::path_of(om);
        let mut text = Vec::new();
        match file::open(&path).and_then(|file| file.take(LONGEST).read_to_end(&mut text)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ManifestError::Read { path, source }),
            Ok(_) => {}
        }
        let format = |value: &serde_json::Value| value.get("format").and_then(serde_json::Value::as_u64);
        let value: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|source| ManifestError::Malformed { path: path.clone(), source })?;
        if let Some(found) = format(&value).and_then(|found| u32::try_from(found).ok())
            && found != FORMAT
        {
            return Err(ManifestError::Format { path, found });
        }
        let manifest: Manifest =
            serde_json::from_value(value).map_err(|source| ManifestError::Malformed { path, source })?;
        let found =
            sha256_of_file(om).map_err(|source| ManifestError::Read { path: om.to_path_buf(), source })?;
        if found != manifest.om_sha256 {
            let expected = manifest.om_sha256;
            return Err(ManifestError::OtherModel { om: om.to_path_buf(), expected, found });
        }
        Ok(Some(manifest))
    }

    /// The manifest as text, one field per line.
    pub(super) fn to_text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }
}
