//! Ascend devices: several, on each several lanes, so that copying in, computing and copying out overlap.
//!
//! Every lane is a thread with a context, a stream, a load of the model and buffers of its own, and takes the next run
//! when it is done with one. Faces stay in their lane's hands until their features are there; when their run fails or
//! the device is lost, they are computed again by a lane that is left.

mod faces;
mod gears;
mod lane;
pub(super) mod options;
mod stages;
mod worker;

use super::error::ComputeError;
use super::info::{Info, Stages};
use super::lanes::Lanes;
use super::notice::Listener;
use crate::network::Input;
use ::ascend::{Error, Runtime};
use lane::Place;
use options::DeviceOptions;
use std::sync::{Arc, Mutex, mpsc};

/// Devices that run one model.
pub(super) struct Devices {
    pub(super) info: Info,
    /// The planes of a face.
    pub(super) input: Input,
    options: DeviceOptions,
    runtime: Runtime,
}

impl Devices {
    /// Opens the devices, loads the model for every lane, and measures each of its batch sizes on the first. `lanes`
    /// makes the queue for a number of lanes.
    ///
    /// # Errors
    /// If a device or the model cannot be used; then nothing stays open.
    pub(super) fn open(
        runtime: &Runtime,
        options: DeviceOptions,
        lanes: impl FnOnce(usize) -> Lanes,
        listener: &Listener,
    ) -> Result<(Devices, Lanes), ComputeError> {
        let devices: Vec<i32> = if options.devices.is_empty() {
            (0..runtime.device_count()?).filter_map(|id| i32::try_from(id).ok()).collect()
        } else {
            options.devices.clone()
        };
        if devices.is_empty() {
            return Err(Error::NoDevice { device: 0, count: 0 }.into());
        }
        let count = devices.len() * options.streams.max(1);
        let mut lanes = lanes(count);
        let options = DeviceOptions { devices, ..options };
        let measured = Arc::new(Mutex::new(None));
        let (tell, told) = mpsc::channel();
        for index in 0..count {
            let device = options.devices[index % options.devices.len()];
            let (runtime, options, listener) = (runtime.clone(), options.clone(), listener.clone());
            let (tell, measured) = (tell.clone(), Arc::clone(&measured));
            lanes.start(format!("ascend {device}"), move |queue| {
                let place = Place {
                    runtime: &runtime,
                    device,
                    options: &options,
                    measured: &measured,
                    queue,
                    listener: &listener,
                };
                place.work(&|opened| {
                    // Nobody listens any more when another lane has failed, or all are open.
                    let _unheard = tell.send(opened);
                });
            })?;
        }
        drop(tell);
        let mut input = Input::Gray;
        for opened in told.iter().take(count) {
            let lane = opened?;
            input = lane.faces.planes;
            lanes.largest = lane.largest;
        }
        let info = Info {
            backend: "ascend",
            kernels: runtime.soc_name().unwrap_or("unnamed chip").to_string(),
            precision: options.precision.clone(),
        };
        Ok((Devices { info, input, options, runtime: runtime.clone() }, lanes))
    }

    /// Measures the stages of a run on the first device, `rounds` times each, fewer on a slow device.
    ///
    /// # Errors
    /// If the device cannot be used.
    pub(super) fn stages(&self, rounds: usize) -> Result<Stages, ComputeError> {
        stages::stages(&self.runtime, &self.options, rounds)
    }

    /// What could not be released is of no use to a caller who is done; the device's reset takes it.
    pub(super) fn after_close(&self) {
        for error in self.runtime.take_unreported() {
            log::warn!("on closing: {error}");
        }
    }
}
