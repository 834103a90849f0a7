//! What the stages of one run cost, each measured alone.

use super::super::{BackendError, Stages};
use super::Options;
use super::faces::Faces;
use crate::ascend::{Context, DeviceBuffer, Error, Model, PinnedBuffer, Runtime, Slot, Stream};
use std::time::{Duration, Instant};

/// Measures the stages on the first device of `options`, `rounds` times each.
///
/// # Errors
/// If the device or the model cannot be used.
pub(super) fn stages(runtime: &Runtime, options: &Options, rounds: usize) -> Result<Stages, BackendError> {
    let device = runtime.device(options.devices.first().copied().unwrap_or(0))?;
    let context = Context::new(&device)?;
    let stream = Stream::new(&context)?;
    let model = Model::load(&stream, &options.model)?;
    let batch = super::worker::largest_batch(model.description());
    let faces = Faces::of(model.description(), batch)
        .map_err(|why| BackendError::Unsuitable { model: options.model.clone(), why })?;
    let limit = options.limit;
    let copied = |bytes: usize, into: bool| -> Result<Duration, Error> {
        if device.memory_is_shared() {
            return Ok(Duration::ZERO);
        }
        let mut pair = (PinnedBuffer::new(&context, bytes)?, DeviceBuffer::new(&context, bytes)?);
        let mut times = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let (host, memory) = pair;
            let start = Instant::now();
            let copy = if into {
                stream.copy_in(host, memory, bytes)?
            } else {
                stream.copy_out(host, memory, bytes)?
            };
            pair = copy.wait(limit)?;
            times.push(start.elapsed());
        }
        Ok(median(&mut times))
    };
    let copy_in = copied(model.description().inputs[faces.input].size, true)?;
    let copy_out = copied(model.description().outputs[faces.output].size, false)?;
    let mut slot = Slot::new(&model, &[faces.output])?;
    // The first run is slow.
    slot = model.start(slot).map_err(Error::from)?.wait(limit).map_err(Error::from)?;
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        slot = model.start(slot).map_err(Error::from)?.wait(limit).map_err(Error::from)?;
        times.push(start.elapsed());
    }
    let execute = median(&mut times).saturating_sub(copy_in + copy_out);
    Ok(Stages { batch, devices: options.devices.len().max(1), copy_in, execute, copy_out })
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
