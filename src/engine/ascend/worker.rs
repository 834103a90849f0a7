//! Everything a lane owns on its device, and single runs on it.

use super::super::error::ComputeError;
use super::super::queue::Run;
use super::faces::Faces;
use super::gears::Gears;
use super::options::DeviceOptions;
use ::ascend::{
    Context, Description, Error, InFlight, Interrupted, Left, Model, Role, Runtime, Slot, Stream,
};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A run of this length is told from others without a second one.
const LONG: Duration = Duration::from_secs(1);

/// Context, stream, a load of the model and two slots.
pub(super) struct Worker {
    slots: Vec<Slot>,
    model: Model,
    faces: Faces,
    gears: Gears,
    /// Whether the model has gears to choose from; one of fixed shape has not.
    choose: bool,
    limit: Duration,
}

impl Worker {
    /// Opens device and model. The first to do so measures what every batch size costs and leaves that in `measured`
    /// for all others, also those of other devices: they run the same model, and a cost only decides how faces are
    /// split.
    pub(super) fn open(
        runtime: &Runtime,
        device: i32,
        options: &DeviceOptions,
        measured: &Mutex<Option<Gears>>,
    ) -> Result<Worker, ComputeError> {
        let context = Context::new(&runtime.device(device)?)?;
        let model = options.model.load(&Stream::new(&context)?)?;
        let description = model.description();
        let choose = !description.gears.is_empty();
        let largest = largest_batch(description);
        let sizes: Vec<usize> = if choose {
            description.gears.iter().filter_map(|gear| usize::try_from(*gear).ok()).collect()
        } else {
            vec![largest]
        };
        let unsuitable = |why| ComputeError::Unsuitable { model: options.model.to_string(), why };
        let faces = Faces::of(description, largest).map_err(unsuitable)?;
        let slots = vec![Slot::new(&model, &[faces.output])?, Slot::new(&model, &[faces.output])?];
        let gears = Gears::new(&[(largest, 1.0)]);
        let mut worker = Worker { slots, model, faces, gears, choose, limit: options.limit };
        // Held while the first measures, so that nothing else disturbs it.
        let mut measured = measured.lock().unwrap_or_else(PoisonError::into_inner);
        match &*measured {
            Some(gears) => {
                worker.gears = gears.clone();
                drop(measured);
                // A lane's first run is slow, so it is not left to the first faces.
                worker.time(sizes.iter().copied().min().unwrap_or(largest))?;
            }
            None => {
                let costs = sizes.into_iter().map(|size| Ok((size, worker.cost(size)?.as_secs_f64())));
                worker.gears = Gears::new(&costs.collect::<Result<Vec<_>, Error>>()?);
                *measured = Some(worker.gears.clone());
            }
        }
        Ok(worker)
    }

    /// What a run of a batch size costs. The first one is slow, so the second counts, but where one alone takes long.
    fn cost(&mut self, size: usize) -> Result<Duration, Error> {
        let first = self.time(size)?;
        if first > LONG { Ok(first) } else { self.time(size) }
    }

    /// How long one run of a batch size takes.
    fn time(&mut self, size: usize) -> Result<Duration, Error> {
        let mut slot = self.slot()?;
        if self.choose {
            slot.set_batch(size as u64)?;
        }
        let start = Instant::now();
        let run = self.start(slot)?;
        let slot = self.wait(run)?;
        let time = start.elapsed();
        self.put_back(slot);
        Ok(time)
    }

    pub(super) fn faces(&self) -> Faces {
        self.faces
    }

    /// The largest batch of one run.
    pub(super) fn largest(&self) -> usize {
        self.gears.largest()
    }

    fn slot(&mut self) -> Result<Slot, Error> {
        self.slots.pop().map_or_else(|| Slot::new(&self.model, &[self.faces.output]), Ok)
    }

    /// Keeps a slot for another run.
    pub(super) fn put_back(&mut self, slot: Slot) {
        self.slots.push(slot);
    }

    /// How many of `waiting` faces, at least 1, the next run takes so that all of them cost least.
    pub(super) fn cheapest(&self, waiting: usize) -> usize {
        self.gears.next(waiting).min(waiting)
    }

    /// Puts the faces of `run`, at most [`Worker::largest`], into a slot. What is behind them in the model's input stays
    /// from earlier runs, and its features are never read.
    pub(super) fn fill(&mut self, run: &Run) -> Result<Slot, Error> {
        let mut slot = self.slot()?;
        if self.choose {
            slot.set_batch(self.gears.holding(run.faces()) as u64)?;
        }
        let input = slot.input_mut(self.faces.input)?;
        let mut at = 0;
        run.read(self.faces.face_bytes(), |faces| at += self.faces.write(faces, &mut input[at..]));
        Ok(slot)
    }

    /// Starts a run.
    pub(super) fn start(&self, slot: Slot) -> Result<InFlight<Slot>, Error> {
        self.model.start(slot).map_err(|interrupted| self.end(interrupted))
    }

    /// Waits for a run.
    pub(super) fn wait(&self, run: InFlight<Slot>) -> Result<Slot, Error> {
        run.wait(self.limit).map_err(|interrupted| self.end(interrupted))
    }

    /// Reads the features of a run that has ended.
    pub(super) fn read(&self, slot: &Slot, features: &mut [f32]) -> Result<(), Error> {
        self.faces.read(slot.output(self.faces.output)?, features);
        Ok(())
    }

    fn end(&self, interrupted: Interrupted<Slot>) -> Error {
        if let Left::Running(run) = interrupted.left {
            // What cannot even be aborted keeps its buffers.
            let _lost = run.abort(self.limit);
        }
        interrupted.error
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
