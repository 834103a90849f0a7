//! How an engine is opened.

use super::Engine;
use super::device::Device;
use super::error::{ComputeError, Error};
use super::host::{Compute, work};
use super::info::Info;
use super::inner::{Inner, Model};
use super::notice::{Listener, Notice};
use super::settings::Settings;
use super::source::{Found, LoadedWeights, ModelSource};
use crate::checkpoint::LoadOptions;
#[cfg(feature = "ascend")]
use crate::environment;
use crate::error::chain;
use crate::network::Network;
use lightcnn_cpu::cpu::{self, CpuNetwork, Precision};
use std::sync::Arc;
use std::time::Duration;

/// Opens an [`Engine`]; see [`Engine::builder`].
#[derive(Clone, Debug)]
#[must_use = "nothing is opened until `open`"]
pub struct Builder {
    source: ModelSource,
    /// Where in a file the weights are, and whether others may be beside them.
    key: Option<String>,
    strict: bool,
    settings: Settings,
}

impl Engine {
    /// Sets out to open `source`: the path of a weight file or an offline model, the name of a published model that was
    /// fetched, `demo`, or the bytes of either file.
    pub fn builder(source: impl Into<ModelSource>) -> Builder {
        Builder { source: source.into(), key: None, strict: false, settings: Settings::default() }
    }
}

impl Builder {
    /// The network of the model; recognised from the file, or told by its manifest, if not named.
    pub fn network(mut self, network: Network) -> Builder {
        self.settings.network = Some(network);
        self
    }

    /// Where in the file the weights are, if it has several sets of them; see [`LoadOptions::key`].
    pub fn key(mut self, key: impl Into<String>) -> Builder {
        self.key = Some(key.into());
        self
    }

    /// Whether to refuse a file with tensors beside the weights; see [`LoadOptions::strict`].
    pub fn strict(mut self, strict: bool) -> Builder {
        self.strict = strict;
        self
    }

    /// Where to compute: a [`Device`], or a word for one: `auto` (the default), `cpu`, `ascend`, `ascend:0,1`.
    ///
    /// # Errors
    /// If the word names no device.
    pub fn device<D: TryInto<Device>>(mut self, device: D) -> Result<Builder, Error>
    where
        Error: From<D::Error>,
    {
        self.settings.device = device.try_into()?;
        Ok(self)
    }

    /// Arithmetic of the CPU engine, float32 if not named. Naming one means the CPU: devices have their own.
    pub fn precision(mut self, precision: Precision) -> Builder {
        self.settings.precision = Some(precision);
        self
    }

    /// Threads of the CPU engine, 1 to 1024; one per processor this process may use if not named.
    pub fn threads(mut self, threads: usize) -> Builder {
        self.settings.threads = Some(threads);
        self
    }

    /// Lanes per Ascend device, each with a stream and a load of the model of its own; 2 if not named.
    pub fn streams(mut self, streams: usize) -> Builder {
        self.settings.streams = Some(streams);
        self
    }

    /// How long one run on an Ascend device may take before it counts as hanging; 60 s if not named.
    pub fn limit(mut self, limit: Duration) -> Builder {
        self.settings.limit = Some(limit);
        self
    }

    /// Most faces that may wait to be computed; 1,024 or 256 per lane, whichever is more, if not named.
    pub fn queue_bound(mut self, faces: usize) -> Builder {
        self.settings.bound = Some(faces);
        self
    }

    /// How long faces that fill no run may wait for others while all lanes compute; 1 ms if not named. A lane that has
    /// nothing to do never waits for this.
    pub fn max_delay(mut self, delay: Duration) -> Builder {
        self.settings.max_delay = delay;
        self
    }

    /// Told of what happens, on whatever thread it happens. Must not wait for the engine.
    pub fn on_notice(mut self, listener: impl Fn(&Notice) + Send + Sync + 'static) -> Builder {
        self.settings.listener = Listener(Some(Arc::new(listener)));
        self
    }

    /// Opens the engine.
    ///
    /// On an Ascend device, weights are compiled the first time, which takes minutes, and kept in the cache.
    ///
    /// # Errors
    /// If the model is not there, is damaged or fits no network (all misfits are listed by name), or if the device asked
    /// for cannot be used.
    pub fn open(self) -> Result<Engine, Error> {
        if self.settings.precision.is_some() && matches!(self.settings.device, Device::Ascend(_)) {
            return Err(Error::CpuPrecision);
        }
        let options = LoadOptions {
            network: self.settings.network,
            head: false,
            key: self.key.clone(),
            strict: self.strict,
        };
        let found = self.source.find(&options)?;
        if let Found::Weights(LoadedWeights { set: Some(set), .. }) = &found {
            self.settings.listener.tell(&Notice::Weights(set.clone()));
        }
        let inner = match found {
            Found::Offline(model) => open_offline(&model, &self.settings)?,
            Found::Weights(loaded) => match (&self.settings.device, &self.settings.precision) {
                (Device::Cpu, _) | (Device::Auto, Some(_)) => self.open_on_cpu(loaded)?,
                (Device::Ascend(_), _) => open_on_ascend(&loaded, &self.settings)?,
                (Device::Auto, None) => match open_on_ascend(&loaded, &self.settings) {
                    Ok(inner) => inner,
                    Err(error) => {
                        self.settings.listener.tell(&Notice::OnCpu { reason: brief(&error) });
                        self.open_on_cpu(loaded)?
                    }
                },
            },
        };
        log::info!("open: {inner:?}");
        Ok(Engine { inner: Arc::new(inner) })
    }

    fn open_on_cpu(&self, loaded: LoadedWeights) -> Result<Inner, Error> {
        let LoadedWeights { weights, origin, sha256, .. } = loaded;
        let default = cpu::Options::default();
        let threads = self.settings.threads.unwrap_or(default.threads);
        let precision = self.settings.precision.clone().unwrap_or_default();
        let mut calibration_sha256 = None;
        if let Precision::Int16(calibration) = &precision {
            if calibration.weights_sha256() != sha256 {
                let found = calibration.weights_sha256().to_string();
                return Err(Error::OtherCalibration { found, weights: sha256 });
            }
            calibration_sha256 = Some(calibration.sha256().to_string());
        }
        let model = Model { network: weights.network(), origin, weights_sha256: sha256, calibration_sha256 };
        let network = CpuNetwork::new(weights, cpu::Options { threads, precision, ..default })?;
        let info = Info {
            backend: "cpu",
            kernels: network.kernels().to_string(),
            precision: network.precision().name().to_string(),
            devices: Vec::new(),
        };
        Ok(self.open_on_host(model, info, vec![Box::new(network)])?)
    }

    /// Opens an engine that computes with `lanes`, for measuring and testing what is around computing.
    ///
    /// # Errors
    /// If a thread cannot be started.
    #[doc(hidden)]
    pub fn open_on(self, network: Network, lanes: Vec<Box<dyn Compute>>) -> Result<Engine, Error> {
        let model = Model {
            network,
            origin: crate::contract::WeightsOrigin::Unknown,
            weights_sha256: String::new(),
            calibration_sha256: None,
        };
        let info = Info {
            backend: "cpu",
            kernels: "none".to_string(),
            precision: "f32".to_string(),
            devices: Vec::new(),
        };
        let inner = self.open_on_host(model, info, lanes)?;
        Ok(Engine { inner: Arc::new(inner) })
    }

    fn open_on_host(
        &self,
        model: Model,
        info: Info,
        computes: Vec<Box<dyn Compute>>,
    ) -> Result<Inner, ComputeError> {
        let mut lanes = self.settings.lanes(computes.len());
        let planes = model.network.input().channels();
        for (number, mut compute) in (0..).zip(computes) {
            lanes.largest = compute.largest();
            let listener = self.settings.listener.clone();
            lanes.start(format!("compute {number}"), move |queue| {
                work(&mut *compute, planes, number, queue, &listener);
            })?;
        }
        // One run is computed while the next is gathered.
        let depth = 2 * lanes.count();
        let inner = Inner {
            lanes,
            depth,
            model,
            info,
            #[cfg(feature = "ascend")]
            devices: None,
        };
        Ok(inner)
    }
}

#[cfg(not(feature = "ascend"))]
use super::offline_model::OfflineModel;

#[cfg(feature = "ascend")]
use super::offline::{open as open_offline, open_weights as open_on_ascend};

#[cfg(not(feature = "ascend"))]
fn open_offline(model: &OfflineModel, _: &Settings) -> Result<Inner, Error> {
    Err(Error::NeedsDevice { model: model.to_string() })
}

#[cfg(not(feature = "ascend"))]
fn open_on_ascend(_: &LoadedWeights, _: &Settings) -> Result<Inner, Error> {
    Err(Error::NoAscend)
}

/// Why Ascend cannot be used, in one line: without the lists of places looked at.
fn brief(error: &Error) -> String {
    match error {
        #[cfg(feature = "ascend")]
        Error::Compute(error) if matches!(**error, ComputeError::Ascend(::ascend::Error::Load(_))) => {
            let named = environment::text("LIGHTCNN_ACL_LIBRARY");
            let place =
                named.map_or_else(String::new, |path| format!(" where LIGHTCNN_ACL_LIBRARY says: {path}"));
            format!("no usable ACL library was found{place}")
        }
        Error::NoCompiler(error) => error.missing(),
        error => chain(error).lines().next().unwrap_or_default().to_string(),
    }
}
