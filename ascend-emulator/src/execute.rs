//! Executing a model: what is checked when asked, and what runs later.

use crate::card::Card;
use crate::codes;
use crate::failure::{Failure, Outcome, failure};
use crate::faults::{EXECUTE, Fault};
use crate::handles::Handle;
use crate::memory::{Located, PADDING, Place, Region, Rounding};
use crate::model::{Description, Mode};
use crate::network::{Network, type_size};
use crate::settings::settings;
use crate::state::State;
use crate::stream::Stream;
use crate::timing::{self, Engine};
use crate::{om, report};
use half::f16;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Bytes by which a buffer may be too small and still be accepted, as the vendor's loader does.
const TOLERATED: usize = 64;

/// One execution, checked and ready.
#[derive(Debug)]
pub struct Execution {
    id: u32,
    description: Arc<Description>,
    network: Option<Arc<Network>>,
    inputs: Vec<Region>,
    outputs: Vec<Region>,
    /// Where the card reads the batch size when the program set one.
    batch: Option<Region>,
    datasets: [Handle; 2],
    buffers: Vec<Handle>,
    doomed: Option<Failure>,
    /// What the script says of it. Executions count when they are asked for: the program does not see when they begin.
    fault: Option<Fault>,
    /// Set to make a running execution give up.
    pub cancelled: Arc<AtomicBool>,
}

/// What the program asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The function.
    pub call: &'static str,
    /// Model id.
    pub id: u32,
    /// Dataset of inputs.
    pub input: Handle,
    /// Dataset of outputs.
    pub output: Handle,
    /// Mode of execution.
    pub mode: Mode,
    /// The stream, if asynchronous.
    pub stream: Handle,
}

/// Checks `request` and notes model, datasets and buffers as in use; returns the memory it will touch too.
pub fn prepare(state: &mut State, request: &Request) -> Outcome<(Execution, Vec<Region>)> {
    let Request { call, id, input, output, mode, stream } = *request;
    let inputs = state.objects.datasets.object(call, input)?.clone();
    let outputs = state.objects.datasets.object(call, output)?.clone();
    let current = state.current(call)?;
    let model = state.models.find(id)?;
    if model.context != current.context {
        return Err(failure(
            codes::RT_MODEL_CONTEXT,
            format!("EE1010: model {id} was loaded in another context than this thread's current one"),
        ));
    }
    if model.mode.is_some_and(|before| before != mode) {
        return Err(failure(codes::GE_FAILURE, "E19999: NnExecute not support mix execute (sync and async)"));
    }
    let (description, network) = (Arc::clone(&model.description), model.network.clone());
    if model.outstanding > 0 && (mode == Mode::Synchronous || model.stream != stream) {
        report::violation(
            43,
            call,
            "the model runs already, for another thread or stream; load it once for each",
        );
        return Err(failure(codes::RT_MODEL_EXECUTE, format!("EZ9999: model {id} is running already")));
    }
    for (what, found, wanted) in [
        ("input", inputs.buffers.len(), description.om.inputs.len()),
        ("output", outputs.buffers.len(), description.om.outputs.len()),
    ] {
        if found != wanted {
            return Err(failure(
                codes::GE_PARAM_INVALID,
                format!("E13025: the {what} dataset has {found} buffers, the model {wanted} {what}s"),
            ));
        }
    }
    let dynamic = !description.om.gears.is_empty();
    let set = inputs.batch.filter(|_| dynamic);
    let batch = set.unwrap_or(description.om.largest_batch());
    let mut collector = Collector { call, device: current.device, set: set.is_some(), doomed: None };
    let mut regions = Vec::new();
    for (index, buffer) in inputs.buffers.iter().enumerate() {
        let need = description.input_bytes(index, batch);
        regions.push(collector.region(state, *buffer, need, false)?);
    }
    for (index, buffer) in outputs.buffers.iter().enumerate() {
        let need = description.output_bytes(index, batch);
        if mode == Mode::Synchronous {
            provide(state, current.device, *buffer, description.output_bytes(index, batch), call)?;
        }
        regions.push(collector.region(state, *buffer, need, true)?);
    }
    let model = state.models.find_mut(id)?;
    model.mode = Some(mode);
    model.stream = stream;
    model.outstanding += 1;
    let buffers: Vec<Handle> = inputs.buffers.iter().chain(&outputs.buffers).copied().collect();
    in_flight(state, [input, output], &buffers, 1);
    let batch_input = description.om.inputs.iter().position(|tensor| tensor.name == om::BATCH_INPUT);
    let outputs = regions.split_off(inputs.buffers.len());
    let execution = Execution {
        id,
        description,
        network,
        batch: batch_input.filter(|_| set.is_some()).map(|index| regions[index]),
        inputs: regions
            .iter()
            .enumerate()
            .filter(|(i, _)| Some(*i) != batch_input)
            .map(|(_, r)| *r)
            .collect(),
        outputs: outputs.clone(),
        datasets: [input, output],
        buffers,
        doomed: collector.doomed,
        fault: settings().script.next(EXECUTE),
        cancelled: Arc::default(),
    };
    let mut touched: Vec<Region> = regions.into_iter().chain(outputs).collect();
    if execution.doomed.is_some() {
        touched.clear();
    }
    Ok((execution, touched))
}

fn in_flight(state: &mut State, datasets: [Handle; 2], buffers: &[Handle], change: i32) {
    for dataset in datasets {
        if let Ok(dataset) = state.objects.datasets.find_mut(dataset) {
            dataset.in_flight = dataset.in_flight.saturating_add_signed(change);
        }
    }
    for buffer in buffers {
        if let Ok(buffer) = state.objects.buffers.find_mut(*buffer) {
            buffer.in_flight = buffer.in_flight.saturating_add_signed(change);
        }
    }
}

/// A synchronous execution allocates the output for an empty buffer.
fn provide(state: &mut State, device: usize, buffer: Handle, need: usize, call: &str) -> Outcome {
    let empty = *state.objects.buffers.object(call, buffer)?;
    if empty.address == 0 && empty.size == 0 {
        let address = state.memory.allocate(device, need, Rounding::Padded, false)?;
        let filled = state.objects.buffers.object_mut(call, buffer)?;
        (filled.address, filled.size) = (address, need);
    }
    Ok(())
}

/// Finds the memory behind data buffers; what only the card would notice dooms the task instead of the call.
struct Collector {
    call: &'static str,
    device: usize,
    set: bool,
    doomed: Option<Failure>,
}

impl Collector {
    fn region(&mut self, state: &State, buffer: Handle, need: usize, writes: bool) -> Outcome<Region> {
        let buffer = *state.objects.buffers.object(self.call, buffer)?;
        if buffer.address == 0 {
            return Err(failure(codes::INVALID_PARAM, "EH0002: a data buffer holds NULL"));
        }
        if buffer.size.saturating_add(TOLERATED) < need {
            if self.set {
                report::violation(39, self.call, "a buffer is too small for the batch size that was set");
            }
            return Err(failure(
                codes::GE_FAILURE,
                format!("E19999: a buffer has {} bytes, the model needs {need}", buffer.size),
            ));
        }
        if buffer.size < need {
            report::violation(40, self.call, &format!("a buffer is {} bytes too small", need - buffer.size));
        }
        let length = need.min(buffer.size);
        let (place, room) = match state.memory.locate(buffer.address) {
            Located::Live(place @ Place::Device { device, .. }, left) if device == self.device => {
                (place, left)
            }
            found => {
                let what = match found {
                    Located::Freed => "memory that was freed",
                    Located::Live(Place::Device { .. }, _) => "memory of another device",
                    Located::Live(..) => "host memory",
                };
                return Ok(self.doom(&buffer, what));
            }
        };
        if length > room.saturating_add(PADDING) {
            return Ok(self.doom(&buffer, "more bytes than its allocation has"));
        }
        if length > room {
            report::violation(41, self.call, "a data buffer names a little more than its allocation has");
        }
        Ok(state.memory.region(place, buffer.address, length, writes))
    }

    fn doom(&mut self, buffer: &crate::objects::DataBuffer, what: &str) -> Region {
        report::violation(41, self.call, &format!("a data buffer names {what}"));
        self.doomed.get_or_insert_with(|| {
            failure(codes::RT_AICORE_EXCEPTION, format!("EZ9999: the model read or wrote {what}"))
        });
        Region { place: Place::Host, address: buffer.address, view: 0, length: 0, writes: false }
    }
}

impl Execution {
    /// Runs on `stream`, or on the calling thread; `clock` is the time of the stream.
    pub fn run(&mut self, stream: Option<&Stream>, card: &Card, clock: &mut Instant) -> Outcome {
        let settings = settings();
        let done = card.batches.load(Ordering::Relaxed);
        if let Some(code) = settings.script.loss(card.id, done) {
            card.lose(code);
        }
        card.check()?;
        match self.fault {
            Some(Fault::Code(code)) => {
                return Err(failure(code, "EZ9999: an execution failed, as scripted"));
            }
            Some(Fault::Hang) => {
                self.rest(stream, crate::limits::operator_timeout());
                return Err(failure(codes::RT_AICORE_TIMEOUT, "EZ9999: an execution hung, as scripted"));
            }
            Some(Fault::Slow(time)) => {
                self.rest(stream, time);
            }
            Some(Fault::After(_)) | None => {}
        }
        if let Some(failure) = &self.doomed {
            return Err(failure.clone());
        }
        let batch = self.read_batch()?;
        card.batches.fetch_add(1, Ordering::Relaxed);
        report::executed(card.id, batch);
        match &settings.timing {
            Some(timing) => {
                let end = card.engines.book(Engine::Compute, *clock, timing.execution(batch));
                self.hash(batch);
                self.rest(stream, end.saturating_duration_since(Instant::now()));
                *clock = end;
            }
            None => {
                self.compute(batch)?;
                *clock = Instant::now();
            }
        }
        let given_up = stream.is_some_and(Stream::interrupted) || self.cancelled.load(Ordering::Relaxed);
        if given_up {
            Err(failure(codes::RT_STREAM_ABORT, "EE1018: the execution was given up"))
        } else {
            Ok(())
        }
    }

    /// The model, its datasets and buffers are no longer in use.
    pub fn release(&mut self, state: &mut State) {
        if let Ok(model) = state.models.find_mut(self.id) {
            model.outstanding = model.outstanding.saturating_sub(1);
        }
        in_flight(state, self.datasets, &self.buffers, -1);
    }

    /// Lets `time` pass, unless the work is given up first.
    fn rest(&self, stream: Option<&Stream>, time: Duration) {
        let until = Instant::now().checked_add(time);
        loop {
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() || self.cancelled.load(Ordering::Relaxed) {
                return;
            }
            let step = left.min(Duration::from_millis(10));
            match stream {
                Some(stream) if stream.pause(step) => return,
                Some(_) => {}
                None => std::thread::sleep(step),
            }
        }
    }

    fn read_batch(&self) -> Outcome<u64> {
        let om = &self.description.om;
        let Some(region) = &self.batch else { return Ok(om.largest_batch()) };
        let bytes = region.bytes();
        let mut word = [0; 8];
        let length = if bytes.len() >= 8 { 8 } else { 4.min(bytes.len()) };
        word[..length].copy_from_slice(&bytes[..length]);
        let batch = u64::from_le_bytes(word);
        if om.gears.contains(&batch) {
            return Ok(batch);
        }
        Err(failure(
            codes::RT_MODEL_EXECUTE,
            format!("EZ9999: the batch size on the device is {batch}, no gear"),
        ))
    }

    fn hash(&mut self, batch: u64) {
        let Some(sample) = self.inputs.first().map(|input| input.length / batch as usize) else { return };
        for index in 0..batch as usize {
            let h = timing::hash(&self.inputs[0].bytes()[index * sample..(index + 1) * sample]);
            for (number, output) in self.outputs.iter_mut().enumerate() {
                let kind = self.description.om.outputs[number].data_type;
                let width = type_size(kind).max(1);
                let row = output.length / batch as usize;
                let values = output.bytes_mut()[index * row..(index + 1) * row].chunks_exact_mut(width);
                for (k, bytes) in values.enumerate() {
                    let value = timing::value(h, number, k);
                    match kind {
                        0 => bytes.copy_from_slice(&value.to_le_bytes()),
                        1 => bytes.copy_from_slice(&f16::from_f32(value).to_le_bytes()),
                        _ => bytes.fill((value * 127.0) as i8 as u8),
                    }
                }
            }
        }
    }

    fn compute(&mut self, batch: u64) -> Outcome {
        let Some(network) = &self.network else {
            return Err(failure(codes::INTERNAL_ERROR, "EZ9999: the model was loaded in timing mode"));
        };
        let om = &self.description.om;
        let mut inputs: Vec<(i32, Vec<u8>)> = Vec::new();
        for (index, region) in self.inputs.iter().enumerate() {
            let mut bytes = region.bytes().to_vec();
            // A tolerated short buffer: the card reads whatever lies behind it.
            bytes.resize(self.description.input_bytes(index, batch), crate::arena::POISON);
            inputs.push(match &om.aipp {
                Some(aipp) if index == 0 => {
                    (0, aipp.apply(&bytes).into_iter().flat_map(f32::to_le_bytes).collect())
                }
                _ => (om.inputs[index].data_type, bytes),
            });
        }
        let wanted: Vec<i32> = om.outputs.iter().map(|output| output.data_type).collect();
        let planned = if om.gears.is_empty() { 0 } else { batch };
        let results = network
            .run(planned, &self.description.shapes(), &inputs, &wanted)
            .map_err(|e| failure(codes::RT_MODEL_EXECUTE, format!("EZ9999: the network failed: {e}")))?;
        for (index, (region, bytes)) in self.outputs.iter_mut().zip(results).enumerate() {
            let wanted = self.description.output_bytes(index, batch);
            if bytes.len() != wanted {
                let what = format!("output {index} has {} bytes, not {wanted}", bytes.len());
                return Err(failure(
                    codes::RT_MODEL_EXECUTE,
                    format!("EZ9999: the network failed: {what}; its size depends on the inputs' values"),
                ));
            }
            let length = region.length.min(bytes.len());
            region.bytes_mut()[..length].copy_from_slice(&bytes[..length]);
        }
        Ok(())
    }
}
