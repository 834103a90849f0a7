//! Ascend devices as a backend: several devices, on each several lanes, so that copying in, computing and copying
//! out overlap.
//!
//! Every lane is a thread with a context, a stream, a load of the model and buffers of its own, and takes the next
//! batch when it is done with one. A batch stays in its lane's hands until its features are there; when its run
//! fails or its device is lost, it is computed again by a lane that is left.

mod faces;
mod gears;
mod lane;
mod queue;
mod stages;
mod worker;

use super::{Backend, BackendError, Batch, Info, Loss, Stages};
use crate::network::Input;
use ascend::Runtime;
use queue::Queue;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How a model is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The `.om` file.
    pub model: PathBuf,
    /// Numbers of the devices; all there are if empty.
    pub devices: Vec<i32>,
    /// Lanes per device, at least 1.
    pub streams: usize,
    /// How long one run of the model may take before it counts as hanging.
    pub limit: Duration,
    /// Arithmetic on the device, for the contract.
    pub precision: String,
}

/// Lanes per device that let copies and computing overlap.
pub const STREAMS: usize = 2;
/// How long a run may take unless said otherwise: far longer than any should.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Ascend devices that run one model.
pub struct Ascend {
    queue: Arc<Queue>,
    lanes: Vec<JoinHandle<()>>,
    options: Options,
    info: Info,
    batch: usize,
    face: usize,
    runtime: Runtime,
}

impl Ascend {
    /// Opens the devices, loads the model for every lane and runs each of its batch sizes.
    ///
    /// # Errors
    /// If a device or the model cannot be used; then nothing stays open.
    pub fn open(runtime: &Runtime, options: &Options) -> Result<Ascend, BackendError> {
        let devices = if options.devices.is_empty() {
            (0..runtime.device_count()?).filter_map(|id| i32::try_from(id).ok()).collect()
        } else {
            options.devices.clone()
        };
        if devices.is_empty() {
            return Err(ascend::Error::NoDevice { device: 0, count: 0 }.into());
        }
        let count = devices.len() * options.streams.max(1);
        let queue = Arc::new(Queue::new(count, 3 * count));
        let (tell, told) = mpsc::channel();
        let mut ascend = Ascend {
            queue,
            lanes: Vec::with_capacity(count),
            options: Options { devices, ..options.clone() },
            info: Info {
                backend: "ascend",
                kernels: runtime.soc_name().unwrap_or("unnamed chip").to_string(),
                precision: options.precision.clone(),
                input: Input::Gray,
            },
            batch: 1,
            face: 1,
            runtime: runtime.clone(),
        };
        for index in 0..count {
            let devices = &ascend.options.devices;
            let device = devices[index % devices.len()];
            let (runtime, options) = (runtime.clone(), ascend.options.clone());
            let (queue, tell) = (Arc::clone(&ascend.queue), tell.clone());
            let body = move || {
                let _end = queue.lane();
                lane::run(&runtime, device, &options, &queue, &|opened| {
                    // Nobody listens any more when another lane has failed.
                    let _unheard = tell.send(opened);
                });
            };
            let thread = thread::Builder::new().name(format!("ascend {device}"));
            ascend.lanes.push(thread.spawn(body).map_err(BackendError::Thread)?);
        }
        drop(tell);
        for opened in told.iter().take(count) {
            let lane = opened?;
            ascend.info.input = lane.faces.planes;
            ascend.face = lane.faces.face_bytes();
            ascend.batch = lane.largest;
        }
        Ok(ascend)
    }

    /// The devices, by number.
    pub fn devices(&self) -> &[i32] {
        &self.options.devices
    }
}

impl Backend for Ascend {
    fn info(&self) -> &Info {
        &self.info
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn depth(&self) -> usize {
        3 * self.lanes.len()
    }

    fn submit(&mut self, batch: Batch) {
        let bytes = batch.faces.len();
        if bytes == 0 {
            self.queue.submit_answered(Ok(Batch { features: Vec::new(), ..batch }));
        } else if bytes.is_multiple_of(self.face) {
            self.queue.submit(batch);
        } else {
            self.queue.submit_answered(Err(BackendError::Faces { bytes, face: self.face }));
        }
    }

    fn is_ready(&self) -> bool {
        self.queue.is_ready()
    }

    fn next(&mut self) -> Option<Result<Batch, BackendError>> {
        self.queue.next()
    }

    fn take_losses(&mut self) -> Vec<Loss> {
        self.queue.take_losses()
    }

    fn stages(&self, rounds: usize) -> Result<Option<Stages>, BackendError> {
        stages::stages(&self.runtime, &self.options, rounds).map(Some)
    }
}

impl Drop for Ascend {
    fn drop(&mut self) {
        self.queue.close();
        for lane in self.lanes.drain(..) {
            // A lane that panicked has said so on its own.
            let _ended = lane.join();
        }
        // What could not be released is of no use to a caller who is done; the device's reset takes it.
        let _unheard = self.runtime.take_unreported();
    }
}
