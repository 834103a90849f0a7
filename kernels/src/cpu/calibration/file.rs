//! The calibration file: JSON, its own version, checked against the network it names.

use super::Calibration;
use crate::kernels::integer::InputRange;
use crate::kernels::winograd::POINTS;
use crate::network::{Convolution, Layer, Network};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The form of the file; changes when a reader would misunderstand it.
const VERSION: u32 = 1;

/// No calibration is as large as this many bytes.
const LARGEST: u64 = 16 << 20;

/// What is in the file.
#[derive(Serialize, Deserialize)]
struct Document {
    lightcnn_calibration: u32,
    network: Network,
    weights_sha256: String,
    preprocess: String,
    images: usize,
    layers: BTreeMap<String, InputRange>,
}

/// A calibration could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// The file cannot be read or written.
    #[error("the calibration {} cannot be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is too large to be a calibration.
    #[error("{} has {bytes} bytes and is no calibration; measure one", path.display())]
    Large {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The file is no JSON of the expected form.
    #[error("{} is no calibration; measure one", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The file was written by another version.
    #[error("{}: this calibration has version {found}, and {VERSION} is needed; measure it again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// A layer's range is missing or cannot be one.
    #[error("{}: the range of {layer} does not fit {network}: {reason}; measure it again", path.display())]
    Layer {
        /// The file.
        path: PathBuf,
        /// The network it names.
        network: Network,
        /// The layer.
        layer: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There was nothing to measure.
    #[error("a calibration needs faces, and there are none")]
    NoFaces,
}

impl Calibration {
    /// Reads a calibration file.
    ///
    /// # Errors
    /// If it cannot be read, or does not fit the network it names.
    pub fn read(path: &Path) -> Result<Calibration, CalibrationError> {
        let unreadable = |source| CalibrationError::File { path: path.to_path_buf(), source };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        // To open a named pipe is to wait for its writer.
        if !metadata.is_file() {
            return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "not a file")));
        }
        let bytes = metadata.len();
        if bytes > LARGEST {
            return Err(CalibrationError::Large { path: path.to_path_buf(), bytes });
        }
        let text = fs::read(path).map_err(unreadable)?;
        let document: Document = serde_json::from_slice(&text)
            .map_err(|source| CalibrationError::Json { path: path.to_path_buf(), source })?;
        if document.lightcnn_calibration != VERSION {
            let found = document.lightcnn_calibration;
            return Err(CalibrationError::Version { path: path.to_path_buf(), found });
        }
        if let Err((layer, reason)) = fits(document.network, &document.layers) {
            let (path, network) = (path.to_path_buf(), document.network);
            return Err(CalibrationError::Layer { path, network, layer, reason });
        }
        Ok(Calibration::of(document, &text))
    }

    /// The text of the calibration file.
    pub fn to_json(&self) -> String {
        document_text(&Document {
            lightcnn_calibration: VERSION,
            network: self.network,
            weights_sha256: self.weights_sha256.clone(),
            preprocess: self.preprocess.clone(),
            images: self.images,
            layers: self.layers.clone(),
        })
    }

    /// A calibration that was just measured.
    pub(super) fn measured(
        network: Network,
        weights_sha256: String,
        preprocess: String,
        images: usize,
        layers: BTreeMap<String, InputRange>,
    ) -> Calibration {
        let document =
            Document { lightcnn_calibration: VERSION, network, weights_sha256, preprocess, images, layers };
        let text = document_text(&document);
        Calibration::of(document, text.as_bytes())
    }

    fn of(document: Document, text: &[u8]) -> Calibration {
        let sha256 = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let Document { network, weights_sha256, preprocess, images, layers, .. } = document;
        Calibration { network, weights_sha256, preprocess, images, layers, sha256 }
    }
}

fn document_text(document: &Document) -> String {
    // Strings, finite numbers and maps with text as keys always have a JSON form.
    let mut text = serde_json::to_string(document).unwrap_or_else(|error| unreachable!("{error}"));
    text.push('\n');
    text
}

/// Whether every layer that needs one has a range, with a value per channel, that can be divided by.
fn fits(network: Network, layers: &BTreeMap<String, InputRange>) -> Result<(), (String, &'static str)> {
    let check = |name: &str, channels: usize, points: usize| {
        let wrong = |reason| Err((name.to_string(), reason));
        let Some(range) = layers.get(name) else { return wrong("it is missing") };
        if range.mean.len() != channels || range.spread.len() != channels || range.points.len() != points {
            return wrong("it has another number of channels or points");
        }
        if range.mean.iter().any(|mean| !mean.is_finite()) {
            return wrong("a mean is not finite");
        }
        if range
            .spread
            .iter()
            .chain(&range.points)
            .any(|&value| !value.is_finite() || value < f32::MIN_POSITIVE)
        {
            return wrong("a spread is not a positive number");
        }
        Ok(())
    };
    let convolution = |layer: &Convolution| match layer.kernel {
        _ if layer.input == network.input().channels() => Ok(()),
        3 => check(&layer.name, layer.input, POINTS),
        _ => check(&layer.name, layer.input, 0),
    };
    let mut channels = network.input().channels();
    for layer in network.layers() {
        match layer {
            Layer::Convolution(layer) => {
                convolution(&layer)?;
                channels = layer.output;
            }
            Layer::Residual(first, second) => {
                convolution(&first)?;
                convolution(&second)?;
            }
            Layer::Pool(_) => {}
            Layer::Dense(layer) => check(&layer.name, channels, 0)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Calibrator;
    use crate::network::{SIDE, seeded};

    fn calibration() -> Calibration {
        let mut calibrator = Calibrator::new(seeded(Network::LightCnn9, 1, 0), 1).unwrap();
        let face: Vec<u8> = (0..SIDE * SIDE).map(|at| (at * 7 % 251) as u8).collect();
        calibrator.add(&face).unwrap();
        calibrator.finish("ab", "eval").unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let path = std::env::temp_dir().join(format!("lightcnn-calibration-{}.json", std::process::id()));
        let written = calibration();
        fs::write(&path, written.to_json()).unwrap();
        let read = Calibration::read(&path);
        fs::remove_file(&path).unwrap();
        assert_eq!(read.unwrap(), written);
    }

    fn range<'a>(layers: &'a mut BTreeMap<String, InputRange>, name: &str) -> &'a mut InputRange {
        layers.get_mut(name).unwrap()
    }

    #[test]
    fn ranges_that_cannot_be_are_errors() {
        type Change = fn(&mut BTreeMap<String, InputRange>);
        let changes: [Change; 5] = [
            |layers| {
                layers.remove("features.2.conv.filter");
            },
            |layers| {
                range(layers, "fc1.filter").mean.pop();
            },
            |layers| range(layers, "features.4.conv.filter").points[3] = 0.0,
            |layers| range(layers, "features.4.conv_a.filter").spread[0] = f32::NAN,
            |layers| range(layers, "features.6.conv_a.filter").mean[0] = f32::INFINITY,
        ];
        let good = calibration();
        assert_eq!(fits(Network::LightCnn9, &good.layers), Ok(()));
        for change in changes {
            let mut layers = good.layers.clone();
            change(&mut layers);
            assert!(fits(Network::LightCnn9, &layers).is_err());
        }
        let nothing = Calibrator::new(seeded(Network::LightCnn9, 1, 0), 1).unwrap().finish("", "eval");
        assert!(matches!(nothing, Err(CalibrationError::NoFaces)));
    }
}
