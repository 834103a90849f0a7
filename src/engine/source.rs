//! Which model is meant, and its weights.

use super::error::Error;
use super::offline_model::OfflineModel;
use crate::checkpoint::{self, CheckpointError, ContentError, LoadOptions, WeightSet};
use crate::contract::WeightsOrigin;
use crate::digest::hex;
use crate::models;
use crate::network::{DEMO_SEED, Network, Weights, seeded};
use crate::om;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A model: a file, a published one by its name, bytes, or the demo.
///
/// Text names the demo (`demo`), else a file if there is one of that name, else a published
/// model in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelSource {
    /// LightCNN-9 with weights generated from a seed and never trained: for trying the engine, not for recognising
    /// people.
    Demo,
    /// A published model, fetched to the cache before.
    Published(String),
    /// A weight file (MindSpore `.ckpt`, PyTorch `.pth` or safetensors) or an Ascend offline model (`.om`), told apart
    /// by content.
    File(PathBuf),
    /// The bytes of a weight file, or of an offline model, whose network must then be named: bytes have no manifest.
    Bytes(Vec<u8>),
}

impl Default for ModelSource {
    /// The published LightCNN-9.
    fn default() -> ModelSource {
        ModelSource::Published("lightcnn9".to_string())
    }
}

impl From<&str> for ModelSource {
    fn from(name: &str) -> ModelSource {
        match name {
            "demo" => ModelSource::Demo,
            file if Path::new(file).exists() => ModelSource::File(PathBuf::from(file)),
            name => ModelSource::Published(name.to_string()),
        }
    }
}

impl From<&String> for ModelSource {
    fn from(name: &String) -> ModelSource {
        name.as_str().into()
    }
}

impl From<&Path> for ModelSource {
    fn from(path: &Path) -> ModelSource {
        ModelSource::File(path.to_path_buf())
    }
}

impl From<&PathBuf> for ModelSource {
    fn from(path: &PathBuf) -> ModelSource {
        ModelSource::File(path.clone())
    }
}

impl From<PathBuf> for ModelSource {
    fn from(path: PathBuf) -> ModelSource {
        ModelSource::File(path)
    }
}

impl From<Vec<u8>> for ModelSource {
    fn from(bytes: Vec<u8>) -> ModelSource {
        ModelSource::Bytes(bytes)
    }
}

/// Weights, and what is known of them.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct LoadedWeights {
    /// The weights.
    pub weights: Weights,
    /// What they are.
    pub origin: WeightsOrigin,
    /// SHA-256 of their file, in hex; of the generated values for the demo. Weights under a key of a file that has
    /// others have one of their own, see [`checkpoint::Checkpoint::weights_sha256`].
    pub sha256: String,
    /// Which tensors of their file they are; nothing for the demo.
    pub set: Option<WeightSet>,
}

/// What a source leads to.
pub(super) enum Found {
    Weights(LoadedWeights),
    Offline(OfflineModel),
}

impl ModelSource {
    /// The weights that `options` name.
    ///
    /// # Errors
    /// If the model is not there, is damaged, holds no weights or fits no network (all misfits are listed by name), or
    /// if a key was named and the model is no file with keys.
    #[doc(hidden)]
    pub fn weights(&self, options: &LoadOptions) -> Result<LoadedWeights, Error> {
        match self.find(options)? {
            Found::Weights(loaded) => Ok(loaded),
            Found::Offline(model) => Err(Error::NoWeights { model: model.to_string() }),
        }
    }

    /// Finds the model, and loads it if it is weights.
    pub(super) fn find(&self, options: &LoadOptions) -> Result<Found, Error> {
        match self {
            ModelSource::Demo => {
                if let Some(key) = &options.key {
                    return Err(Error::NoKeys { key: key.clone(), model: "the demo".to_string() });
                }
                let (weights, sha256) = demo();
                let origin = WeightsOrigin::UntrainedDemo;
                Ok(Found::Weights(LoadedWeights { weights, origin, sha256, set: None }))
            }
            ModelSource::Bytes(bytes) if om::starts_one(bytes) => {
                if let Some(key) = &options.key {
                    return Err(Error::NoKeys { key: key.clone(), model: "an offline model".to_string() });
                }
                Ok(Found::Offline(OfflineModel::Bytes(bytes.as_slice().into())))
            }
            ModelSource::Bytes(bytes) => checkpoint::read(bytes, options).map_err(Error::from).map(loaded),
            ModelSource::File(path) => file(path, options),
            ModelSource::Published(name) => {
                let Some(known) = models::by_name(name) else {
                    let known = models::all().iter().map(|model| model.name.clone()).collect();
                    return Err(Error::UnknownModel { name: name.clone(), known });
                };
                let path = models::cache_folder()?.join(known.file_name());
                if !path.exists() {
                    return Err(Error::NotFetched { name: name.clone(), path });
                }
                let found = file(&path, options).map_err(|error| match error {
                    // The file is sound; it is not what the options ask for.
                    Error::Checkpoint(CheckpointError::Content {
                        source: ContentError::Unfit(_), ..
                    }) => error,
                    error => Error::Cached { name: name.clone(), source: Box::new(error) },
                })?;
                match &found {
                    Found::Weights(loaded) if loaded.sha256 != known.sha256 => {
                        let (name, found, expected) =
                            (name.clone(), loaded.sha256.clone(), known.sha256.clone());
                        Err(Error::OtherWeights { name, path, found, expected })
                    }
                    _ => Ok(found),
                }
            }
        }
    }
}

fn file(path: &Path, options: &LoadOptions) -> Result<Found, Error> {
    if path.is_file() && om::is_om(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })? {
        return match &options.key {
            Some(key) => Err(Error::NoKeys { key: key.clone(), model: format!("'{}'", path.display()) }),
            None => Ok(Found::Offline(OfflineModel::File(path.to_path_buf()))),
        };
    }
    Ok(loaded(checkpoint::load(path, options)?))
}

fn loaded(file: checkpoint::Checkpoint) -> Found {
    let origin = match models::by_sha256(&file.weights_sha256) {
        Some(known) => WeightsOrigin::Known(known.name.clone()),
        None => WeightsOrigin::Unknown,
    };
    Found::Weights(LoadedWeights {
        weights: file.weights,
        origin,
        sha256: file.weights_sha256,
        set: Some(file.set),
    })
}

/// What the weights are that an offline model of `network` was made from, by their SHA-256.
#[cfg(feature = "ascend")]
pub(super) fn origin(network: Network, sha256: &str) -> WeightsOrigin {
    match models::by_sha256(sha256) {
        Some(known) => WeightsOrigin::Known(known.name.clone()),
        None if network == Network::LightCnn9 && sha256 == demo().1 => WeightsOrigin::UntrainedDemo,
        None => WeightsOrigin::Unknown,
    }
}

/// The weights of the demo, and the SHA-256 of their names and little-endian values, in hex.
fn demo() -> (Weights, String) {
    let weights = seeded(Network::LightCnn9, DEMO_SEED, 0);
    let mut hash = Sha256::new();
    for (name, tensor) in weights.iter() {
        hash.update(name.as_bytes());
        tensor.data.iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    (weights, hex(&hash.finalize()))
}
