//! The front door: open a model, embed faces, get features.

use crate::backend::{Backend, Cpu};
use crate::checkpoint::{self, LoadOptions};
use crate::contract::{Contract, WeightsOrigin};
use crate::cpu::{self, Engine};
use crate::error::Error;
use crate::image::{Face, Preprocess};
use crate::models;
use crate::network::{DEMO_SEED, FEATURE_LENGTH, Input, Network, Weights, seeded};
use ndarray::Array2;
use sha2::{Digest, Sha256};
use std::path::Path;

/// A network with its weights, ready to embed.
pub struct Model {
    backend: Box<dyn Backend>,
    network: Network,
    origin: WeightsOrigin,
    weights_sha256: String,
}

/// How a model is set up.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// The network of the weights; recognised from the file if absent.
    pub network: Option<Network>,
    /// Threads of the CPU engine; one per processor this process may use if absent.
    pub threads: Option<usize>,
}

impl Model {
    /// Opens a weight file: MindSpore `.ckpt`, PyTorch `.pth` or safetensors, told apart by content.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged or fits no network; all misfits are listed by name.
    pub fn open(path: &Path, options: &ModelOptions) -> Result<Model, Error> {
        let load = LoadOptions { network: options.network, head: false };
        let file = checkpoint::load(path, &load)?;
        let origin = match models::by_sha256(&file.sha256) {
            Some(known) => WeightsOrigin::Known(known.name.clone()),
            None => WeightsOrigin::Unknown,
        };
        Model::with_weights(file.weights, origin, file.sha256, options)
    }

    /// LightCNN-9 with weights generated from a seed: for trying the tool, not for recognising people.
    ///
    /// # Errors
    /// If the engine cannot be set up.
    pub fn demo(options: &ModelOptions) -> Result<Model, Error> {
        let (weights, sha256) = demo_weights();
        Model::with_weights(weights, WeightsOrigin::UntrainedDemo, sha256, options)
    }

    fn with_weights(
        weights: Weights,
        origin: WeightsOrigin,
        weights_sha256: String,
        options: &ModelOptions,
    ) -> Result<Model, Error> {
        let network = weights.network();
        let default = cpu::Options::default();
        let threads = options.threads.unwrap_or(default.threads);
        let engine = Engine::new(weights, cpu::Options { threads, ..default })?;
        Ok(Model { backend: Box::new(Cpu::new(engine)), network, origin, weights_sha256 })
    }

    /// The network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The planes of a face that [`Model::embed`] takes.
    pub fn input(&self) -> Input {
        self.network.input()
    }

    /// What is known of the weights.
    pub fn origin(&self) -> &WeightsOrigin {
        &self.origin
    }

    /// The contract of features made with this model.
    pub fn contract(&self, preprocess: Preprocess, normalized: bool) -> Contract {
        let info = self.backend.info();
        Contract {
            network: self.network.name().to_string(),
            weights: self.origin.clone(),
            weights_sha256: self.weights_sha256.clone(),
            preprocess: preprocess.to_string(),
            backend: info.backend.to_string(),
            kernels: info.kernels.clone(),
            precision: info.precision.to_string(),
            normalized,
            version: env!("CARGO_PKG_VERSION").to_string(),
        }
    }

    /// The backend, for runs over many pictures.
    pub fn backend(&mut self) -> &mut dyn Backend {
        &mut *self.backend
    }

    /// Features of `faces`, `N×256`, row-major; row `i` belongs to face `i` and depends on no other face.
    ///
    /// # Errors
    /// If a face has other planes than the network takes, or the computation failed.
    pub fn embed(&mut self, faces: &[Face]) -> Result<Array2<f32>, Error> {
        let expected = self.input().channels() * crate::network::SIDE * crate::network::SIDE;
        let mut bytes = Vec::with_capacity(faces.len() * expected);
        for (index, face) in faces.iter().enumerate() {
            let found = face.as_bytes().len();
            if found != expected {
                return Err(Error::Face { index, found, expected, network: self.network.name() });
            }
            bytes.extend_from_slice(face.as_bytes());
        }
        let mut features = Array2::zeros((faces.len(), FEATURE_LENGTH));
        // A fresh array is contiguous, so the slice is always there.
        if let Some(rows) = features.as_slice_mut() {
            self.backend.run(&bytes, rows)?;
        }
        Ok(features)
    }
}

/// The weights of [`Model::demo`], and the SHA-256 of their names and little-endian values, in hex.
pub fn demo_weights() -> (Weights, String) {
    let weights = seeded(Network::LightCnn9, DEMO_SEED, 0);
    let mut hash = Sha256::new();
    for (name, tensor) in weights.iter() {
        hash.update(name.as_bytes());
        tensor.data.iter().for_each(|value| hash.update(value.to_le_bytes()));
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    (weights, sha256)
}
