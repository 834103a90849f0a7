//! One lane: a thread with a stream and a load of the model of its own.

use super::super::{BackendError, Batch, Loss};
use super::Options;
use super::faces::Faces;
use super::gears::Gears;
use super::queue::{Job, Queue};
use crate::ascend::{Class, Context, Description, Error, Left, Model, Role, Runtime, Slot, Stream};
use crate::network::FEATURE_LENGTH;
use std::time::{Duration, Instant};

/// How often a batch may fail on devices that are not lost for it.
const MOST_FAILURES: u32 = 3;

/// Everything a lane owns on its device. The slot is `None` only while a run has it.
struct Worker {
    model: Model,
    slot: Option<Slot>,
    faces: Faces,
    gears: Gears,
    /// Whether the model has gears to choose from; one of fixed shape has not.
    choose: bool,
    limit: Duration,
}

/// What a lane found out when it opened its model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) faces: Faces,
    pub(super) largest: usize,
}

/// Opens the lane, says so, and computes until the queue is closed or the device fails.
pub(super) fn run(
    runtime: &Runtime,
    device: i32,
    options: &Options,
    queue: &Queue,
    opened: &dyn Fn(Result<Opened, BackendError>),
) {
    let mut worker = match Worker::open(runtime, device, options) {
        Ok(worker) => worker,
        Err(error) => {
            queue.lose(Loss { device, reason: error.to_string() });
            return opened(Err(error));
        }
    };
    opened(Ok(Opened { faces: worker.faces, largest: worker.gears.largest() }));
    while let Some(mut job) = queue.take() {
        let error = match worker.compute(&mut job.batch) {
            Ok(()) => {
                queue.answer(job, Ok(()));
                continue;
            }
            Err(error) => error,
        };
        let reason = error.to_string();
        match error.class() {
            Class::DeviceFatal => {
                queue.give_back(job);
                return queue.lose(Loss { device, reason });
            }
            Class::Programming => queue.answer(job, Err(error.into())),
            _ => {
                try_elsewhere(queue, job, error);
                // The failure took the stream, and may have taken the run's buffers.
                drop(worker);
                match Worker::open(runtime, device, options) {
                    Ok(again) => worker = again,
                    Err(error) => {
                        let reason = format!("{reason}; and opening it again: {error}");
                        return queue.lose(Loss { device, reason });
                    }
                }
            }
        }
    }
}

/// Gives a batch whose run failed to the next lane, or tells its owner when that was done often enough.
fn try_elsewhere(queue: &Queue, mut job: Job, error: Error) {
    job.failures += 1;
    if job.failures < MOST_FAILURES {
        queue.give_back(job);
    } else {
        queue.answer(job, Err(error.into()));
    }
}

impl Worker {
    /// Opens device and model and runs every batch size twice: the first time is slow, the second is measured.
    fn open(runtime: &Runtime, device: i32, options: &Options) -> Result<Worker, BackendError> {
        let context = Context::new(&runtime.device(device)?)?;
        let model = Model::load(&Stream::new(&context)?, &options.model)?;
        let description = model.description();
        let choose = !description.gears.is_empty();
        let largest = largest_batch(description);
        let sizes: Vec<usize> = if choose {
            description.gears.iter().filter_map(|gear| usize::try_from(*gear).ok()).collect()
        } else {
            vec![largest]
        };
        let unsuitable = |why| BackendError::Unsuitable { model: options.model.clone(), why };
        let faces = Faces::of(description, largest).map_err(unsuitable)?;
        let slot = Some(Slot::new(&model, &[faces.output])?);
        let limit = options.limit;
        let gears = Gears::new(&[(largest, 1.0)]);
        let mut worker = Worker { model, slot, faces, gears, choose, limit };
        let mut costs = Vec::with_capacity(sizes.len());
        for size in sizes {
            worker.once(size, &[], &mut [])?;
            let start = Instant::now();
            worker.once(size, &[], &mut [])?;
            costs.push((size, start.elapsed().as_secs_f64()));
        }
        worker.gears = Gears::new(&costs);
        Ok(worker)
    }

    /// Computes a batch of any size.
    fn compute(&mut self, batch: &mut Batch) -> Result<(), Error> {
        let face = self.faces.face_bytes();
        let count = batch.faces.len() / face;
        batch.features.resize(count * FEATURE_LENGTH, 0.0);
        let mut done = 0;
        while done < count {
            let gear = self.gears.next(count - done);
            let end = count.min(done + gear);
            let features = &mut batch.features[done * FEATURE_LENGTH..end * FEATURE_LENGTH];
            self.once(gear, &batch.faces[done * face..end * face], features)?;
            done = end;
        }
        Ok(())
    }

    /// One run. What is behind `faces` in the model's input stays from earlier runs, and its features are ignored.
    fn once(&mut self, gear: usize, faces: &[u8], features: &mut [f32]) -> Result<(), Error> {
        let mut slot = match self.slot.take() {
            Some(slot) => slot,
            None => Slot::new(&self.model, &[self.faces.output])?,
        };
        if self.choose {
            slot.set_batch(gear as u64)?;
        }
        self.faces.write(faces, slot.input_mut(self.faces.input)?);
        let ended = match self.model.start(slot) {
            Ok(run) => run.wait(self.limit),
            Err(interrupted) => Err(interrupted),
        };
        match ended {
            Ok(slot) => {
                self.faces.read(slot.output(self.faces.output)?, features);
                self.slot = Some(slot);
                Ok(())
            }
            Err(interrupted) => {
                if let Left::Running(run) = interrupted.left {
                    // What cannot even be aborted keeps its buffers.
                    let _lost = run.abort(self.limit);
                }
                Err(interrupted.error)
            }
        }
    }
}

/// The largest batch a model takes: its largest gear, or the first dimension of its pictures.
pub(super) fn largest_batch(model: &Description) -> usize {
    let fixed = || {
        let pictures = model.inputs.iter().find(|input| input.role == Role::Data)?;
        usize::try_from(*pictures.dims.first()?).ok()
    };
    let gear = model.largest_gear().and_then(|gear| usize::try_from(gear).ok());
    gear.or_else(fixed).unwrap_or(1).max(1)
}
