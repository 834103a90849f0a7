//! What the stages of one run cost, each measured alone.

use super::super::error::ComputeError;
use super::super::info::Stages;
use super::faces::Faces;
use super::options::DeviceOptions;
use ascend::{Context, DeviceBuffer, Error, PinnedBuffer, Runtime, Slot, Stream};
use std::time::{Duration, Instant};

/// How long a stage is measured, if `rounds` take longer.
const TIME: Duration = Duration::from_secs(2);
/// The fewest rounds that have a median.
const FEWEST: usize = 3;

/// Measures the stages on the first device of `options`, `rounds` times each, fewer on a slow device.
///
/// # Errors
/// If the device or the model cannot be used.
pub(super) fn stages(
    runtime: &Runtime,
    options: &DeviceOptions,
    rounds: usize,
) -> Result<Stages, ComputeError> {
    let device = runtime.device(options.devices.first().copied().unwrap_or(0))?;
    let context = Context::new(&device)?;
    let stream = Stream::new(&context)?;
    let model = options.model.load(&stream)?;
    let batch = super::worker::largest_batch(model.description());
    let faces = Faces::of(model.description(), batch)
        .map_err(|why| ComputeError::Unsuitable { model: options.model.to_string(), why })?;
    let limit = options.limit;
    let copied = |bytes: usize, into: bool| -> Result<Duration, Error> {
        if device.memory_is_shared() {
            return Ok(Duration::ZERO);
        }
        let mut pair = (PinnedBuffer::new(&context, bytes)?, DeviceBuffer::new(&context, bytes)?);
        let mut times = Times::new(rounds);
        while times.are_wanted() {
            let (host, memory) = pair;
            let start = Instant::now();
            let copy = if into {
                stream.copy_in(host, memory, bytes)?
            } else {
                stream.copy_out(host, memory, bytes)?
            };
            pair = copy.wait(limit)?;
            times.taken.push(start.elapsed());
        }
        Ok(times.median())
    };
    let copy_in = copied(model.description().inputs[faces.input].size, true)?;
    let copy_out = copied(model.description().outputs[faces.output].size, false)?;
    let mut slot = Slot::new(&model, &[faces.output])?;
    // The first run is slow.
    slot = model.start(slot).map_err(Error::from)?.wait(limit).map_err(Error::from)?;
    let mut times = Times::new(rounds);
    while times.are_wanted() {
        let start = Instant::now();
        slot = model.start(slot).map_err(Error::from)?.wait(limit).map_err(Error::from)?;
        times.taken.push(start.elapsed());
    }
    let execute = times.median().saturating_sub(copy_in + copy_out);
    Ok(Stages { batch, devices: options.devices.len().max(1), copy_in, execute, copy_out })
}

/// Times of one stage.
struct Times {
    begun: Instant,
    rounds: usize,
    taken: Vec<Duration>,
}

impl Times {
    fn new(rounds: usize) -> Times {
        Times { begun: Instant::now(), rounds, taken: Vec::with_capacity(rounds) }
    }

    fn are_wanted(&self) -> bool {
        let count = self.taken.len();
        count < self.rounds && (count < FEWEST || self.begun.elapsed() < TIME)
    }

    fn median(mut self) -> Duration {
        self.taken.sort_unstable();
        self.taken.get(self.taken.len() / 2).copied().unwrap_or_default()
    }
}
