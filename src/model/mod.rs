//! The front door: open a model, embed faces, get features.

mod device;
#[cfg(feature = "ascend")]
mod offline;

pub use device::{DeviceChoice, UnknownDevice};

#[cfg(feature = "ascend")]
use crate::backend::BackendError;
use crate::backend::{Backend, Batch, Cpu};
use crate::checkpoint::{self, LoadOptions};
use crate::contract::{Contract, WeightsOrigin};
use crate::cpu::{self, Engine, Precision};
use crate::error::{Error, chain};
use crate::image::{Face, Preprocess};
use crate::models;
use crate::network::{DEMO_SEED, FEATURE_LENGTH, Input, Network, Weights, seeded};
use crate::om;
use ndarray::Array2;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::time::Duration;

/// A network with its weights, ready to embed.
pub struct Model {
    backend: Box<dyn Backend>,
    network: Network,
    origin: WeightsOrigin,
    weights_sha256: String,
    calibration_sha256: Option<String>,
    cpu_reason: Option<String>,
}

/// How a model is set up.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// The network of the weights; recognised from the file if absent.
    pub network: Option<Network>,
    /// Threads of the CPU engine; one per processor this process may use if absent.
    pub threads: Option<usize>,
    /// Where the model is to run.
    pub device: DeviceChoice,
    /// Arithmetic of the CPU engine, float32 if absent. Naming one means the CPU: devices have their own.
    pub precision: Option<Precision>,
    /// Lanes per Ascend device, each with a stream and a load of the model of its own; 2 if absent.
    pub streams: Option<usize>,
    /// How long one run on an Ascend device may take before it counts as hanging; 60 s if absent.
    pub limit: Option<Duration>,
}

impl Model {
    /// Opens a weight file (MindSpore `.ckpt`, PyTorch `.pth` or safetensors) or an Ascend offline model (`.om`),
    /// told apart by content.
    ///
    /// On an Ascend device, weights are compiled the first time and kept in the cache; `say` is given a line now and
    /// then while that takes its minutes.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged or fits no network (all misfits are listed by name), or if the device
    /// asked for cannot be used.
    pub fn open(path: &Path, options: &ModelOptions, say: &mut dyn FnMut(&str)) -> Result<Model, Error> {
        if om::is_om(path).map_err(|source| Error::Read { path: path.to_path_buf(), source })? {
            return open_offline(path, options);
        }
        let load = LoadOptions { network: options.network, head: false };
        let file = checkpoint::load(path, &load)?;
        let origin = match models::by_sha256(&file.sha256) {
            Some(known) => WeightsOrigin::Known(known.name.clone()),
            None => WeightsOrigin::Unknown,
        };
        Model::with_weights(file.weights, origin, file.sha256, options, say)
    }

    /// LightCNN-9 with weights generated from a seed: for trying the tool, not for recognising people.
    ///
    /// # Errors
    /// If the device asked for cannot be used.
    pub fn demo(options: &ModelOptions, say: &mut dyn FnMut(&str)) -> Result<Model, Error> {
        let (weights, sha256) = demo_weights();
        Model::with_weights(weights, WeightsOrigin::UntrainedDemo, sha256, options, say)
    }

    fn with_weights(
        weights: Weights,
        origin: WeightsOrigin,
        weights_sha256: String,
        options: &ModelOptions,
        say: &mut dyn FnMut(&str),
    ) -> Result<Model, Error> {
        let cpu_reason = match &options.device {
            DeviceChoice::Ascend(_) if options.precision.is_some() => return Err(Error::CpuPrecision),
            DeviceChoice::Auto if options.precision.is_some() => None,
            DeviceChoice::Cpu => None,
            DeviceChoice::Ascend(_) => return on_ascend(&weights, &weights_sha256, options, say),
            DeviceChoice::Auto => match on_ascend(&weights, &weights_sha256, options, say) {
                Ok(model) => return Ok(model),
                Err(error) => Some(brief(&error)),
            },
        };
        let network = weights.network();
        let default = cpu::Options::default();
        let threads = options.threads.unwrap_or(default.threads);
        let precision = options.precision.clone().unwrap_or_default();
        let mut calibration_sha256 = None;
        if let Precision::Int16(calibration) = &precision {
            if calibration.weights_sha256() != weights_sha256 {
                let found = calibration.weights_sha256().to_string();
                return Err(Error::OtherCalibration { found, weights: weights_sha256 });
            }
            calibration_sha256 = Some(calibration.sha256().to_string());
        }
        let engine = Engine::new(weights, cpu::Options { threads, precision, ..default })?;
        let backend = Box::new(Cpu::new(engine));
        Ok(Model { backend, network, origin, weights_sha256, calibration_sha256, cpu_reason })
    }

    /// Why the model runs on the CPU although Ascend devices would have been used if possible, in one line.
    pub fn cpu_reason(&self) -> Option<&str> {
        self.cpu_reason.as_deref()
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
            calibration_sha256: self.calibration_sha256.clone(),
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
        self.backend.submit(Batch { faces: bytes, features: Vec::new() });
        let Some(batch) = self.backend.next() else { unreachable!("a batch was submitted") };
        let shape = (faces.len(), FEATURE_LENGTH);
        // A backend answers with one feature per face.
        Ok(Array2::from_shape_vec(shape, batch?.features).unwrap_or_else(|_| unreachable!("{shape:?}")))
    }
}

#[cfg(feature = "ascend")]
use offline::{open as open_offline, open_weights as on_ascend};

#[cfg(not(feature = "ascend"))]
fn open_offline(path: &Path, _: &ModelOptions) -> Result<Model, Error> {
    Err(Error::NeedsDevice { model: path.to_path_buf() })
}

#[cfg(not(feature = "ascend"))]
fn on_ascend(_: &Weights, _: &str, _: &ModelOptions, _: &mut dyn FnMut(&str)) -> Result<Model, Error> {
    Err(Error::NoAscend)
}

/// Why Ascend cannot be used, in one line: without the lists of places looked at.
fn brief(error: &Error) -> String {
    match error {
        #[cfg(feature = "ascend")]
        Error::Backend(BackendError::Ascend(ascend::Error::Load(_))) => {
            "no usable ACL library was found".to_string()
        }
        Error::NoCompiler(_) => "atc, CANN's model compiler, was not found".to_string(),
        error => chain(error).lines().next().unwrap_or_default().to_string(),
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
