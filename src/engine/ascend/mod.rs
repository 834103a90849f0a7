//! Ascend devices: several, on each several lanes, so that copying in, computing and copying out overlap.
//!
//! Every lane is a thread with a context, a stream, a load of the model and buffers of its own, and takes the next run
//! when it is done with one. Faces stay in their lane's hands until their features are there; when their run fails or
//! the device is lost, they are computed again by a lane that is left.

mod faces;
mod gears;
mod lane;
mod opening;
pub(super) mod options;
mod stages;
mod worker;

use super::error::ComputeError;
use super::info::{Info, Stages};
use super::lanes::Lanes;
use super::notice::{Listener, Notice};
use crate::atc::Scratch;
use crate::environment::{self, VISIBLE_DEVICES, mistake_in_devices};
use crate::network::Input;
use ::ascend::{Error, Runtime};
use lane::Place;
use opening::{Opening, Outcome};
use options::DeviceOptions;
use std::sync::{Arc, Mutex};

/// Devices that run one model.
pub(super) struct Devices {
    pub(super) info: Info,
    /// The planes of a face.
    pub(super) input: Input,
    options: DeviceOptions,
    runtime: Runtime,
    /// The folder of the model, if it was made for this run: lanes load it again after a failure.
    pub(super) folder: Option<Scratch>,
}

impl Devices {
    /// Opens the devices, loads the model for every lane, and measures each of its batch sizes on the first. `lanes`
    /// makes the queue for a number of lanes. Of all devices, those that do not open are left out, and `listener` is told;
    /// those that `options` names must all open.
    ///
    /// # Errors
    /// If no device, or not each one named, or the model cannot be used; then nothing stays open.
    pub(super) fn open(
        runtime: &Runtime,
        options: DeviceOptions,
        lanes: impl FnOnce(usize) -> Lanes,
        listener: &Listener,
    ) -> Result<(Devices, Lanes), ComputeError> {
        if let Some(list) = environment::text(VISIBLE_DEVICES)
            && let Some(mistake) = mistake_in_devices(&list)
        {
            let mistake = format!("{VISIBLE_DEVICES}='{}' {mistake}", list.escape_debug());
            listener.tell(&Notice::VisibleDevices { mistake });
        }
        let are_named = !options.devices.is_empty();
        let devices: Vec<i32> = if are_named {
            options.devices.clone()
        } else {
            (0..runtime.device_count()?).filter_map(|id| i32::try_from(id).ok()).collect()
        };
        if devices.is_empty() {
            return Err(Error::NoDevice { device: 0, count: 0 }.into());
        }
        let count = devices.len() * options.streams.max(1);
        let mut lanes = lanes(count);
        let mut options = DeviceOptions { devices, ..options };
        let mut opening = Opening::new();
        let measured = Arc::new(Mutex::new(None));
        for index in 0..count {
            let device = options.devices[index % options.devices.len()];
            let (runtime, options, listener) = (runtime.clone(), options.clone(), listener.clone());
            let (door, measured) = (opening.door(device), Arc::clone(&measured));
            lanes.start(format!("ascend {device}"), move |queue| {
                let place = Place {
                    runtime: &runtime,
                    device,
                    options: &options,
                    measured: &measured,
                    queue,
                    listener: &listener,
                };
                place.work(&|opened| door.go_on(opened));
            })?;
        }
        let Outcome { opened, good, losses } = opening.wait(&options.devices, are_named)?;
        for loss in losses {
            lanes.queue().lose(&loss);
            listener.tell(&Notice::DeviceNotOpened(loss));
        }
        lanes.largest = opened.largest;
        let input = opened.faces.planes;
        options.devices = good;
        let info = Info {
            backend: "ascend",
            kernels: runtime.soc_name().unwrap_or("unnamed chip").to_string(),
            precision: options.precision.clone(),
            devices: options.devices.clone(),
        };
        Ok((Devices { info, input, options, runtime: runtime.clone(), folder: None }, lanes))
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
