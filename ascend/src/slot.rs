//! The buffers of one run of a model.

use std::fmt;
use std::rc::Rc;

use ascend_sys::bindings::{ACL_MEMCPY_DEVICE_TO_HOST, ACL_MEMCPY_HOST_TO_DEVICE};

use crate::dataset::{Dataset, Memory};
use crate::description::{Role, Tensor};
use crate::error::Error;
use crate::memory::DeviceBuffer;
use crate::model::{Model, ModelInner};
use crate::pinned::PinnedBuffer;
use crate::transfer::enqueue_copy;

/// All buffers one run of a model needs, allocated once and used again and again: pinned memory to fill and read,
/// device memory, and ACL's lists of it. Between runs nothing is allocated.
///
/// Belongs to one load of a model. [`Model::start`] takes it, waiting gives it back. On the chip itself
/// ([`Device::memory_is_shared`](crate::Device::memory_is_shared)) the model works on the pinned memory and nothing
/// is copied.
pub struct Slot {
    // Datasets go before the model they were made for.
    inputs: Dataset,
    outputs: Dataset,
    /// By input; `None` where the model works on pinned memory itself, or this layer fills the input.
    staged_inputs: Vec<Option<PinnedBuffer>>,
    /// By output; `None` where the model works on pinned memory itself, or the output is not wanted.
    staged_outputs: Vec<Option<PinnedBuffer>>,
    wanted: Vec<bool>,
    gear: Option<u64>,
    model: Rc<ModelInner>,
}

impl Slot {
    /// Allocates buffers for `model`, of which the outputs `wanted` are copied back. The batch size is the largest.
    ///
    /// # Errors
    /// [`Error::NoTensor`] for an output that is not there; [`Error::Unsuitable`] for a model with dynamic AIPP;
    /// [`Error::Call`] when memory is short.
    pub fn new(model: &Model, wanted: &[usize]) -> Result<Self, Error> {
        let model = Rc::clone(model.inner());
        let description = model.description();
        let count = description.outputs.len();
        if let Some(&index) = wanted.iter().find(|&&index| index >= count) {
            return Err(Error::NoTensor { what: "output", index, count });
        }
        if description.inputs.iter().any(|input| input.role == Role::AippParameters) {
            return Err(Error::Unsuitable {
                model: "this model".to_owned(),
                why: "it has dynamic AIPP; compile with static AIPP (aipp_mode: static)".to_owned(),
            });
        }
        let wanted: Vec<bool> = (0..count).map(|index| wanted.contains(&index)).collect();
        let context = model.stream().context();
        let shared = context.device().memory_is_shared();
        let memory = |tensor: &Tensor, staged: bool| -> Result<(Memory, Option<PinnedBuffer>), Error> {
            let pinned = || PinnedBuffer::with_inner(context, tensor.size);
            let device = || DeviceBuffer::with_inner(context, tensor.size);
            match (staged, shared) {
                (true, true) => Ok((Memory::Shared(pinned()?), None)),
                (true, false) => Ok((Memory::Device(device()?), Some(pinned()?))),
                (false, _) => Ok((Memory::Device(device()?), None)),
            }
        };
        let (input_memory, staged_inputs) = description
            .inputs
            .iter()
            .map(|input| memory(input, input.role == Role::Data))
            .collect::<Result<(Vec<_>, Vec<_>), _>>()?;
        let (output_memory, staged_outputs) = description
            .outputs
            .iter()
            .zip(&wanted)
            .map(|(output, &wanted)| memory(output, wanted))
            .collect::<Result<(Vec<_>, Vec<_>), _>>()?;
        let inputs = Dataset::new(context, input_memory)?;
        let outputs = Dataset::new(context, output_memory)?;
        let gear = description.largest_gear();
        Ok(Self { inputs, outputs, staged_inputs, staged_outputs, wanted, gear, model })
    }

    /// The batch size of the next run; `None` for a model of one fixed shape.
    pub fn batch(&self) -> Option<u64> {
        self.gear
    }

    /// Chooses the batch size of the next run, one of [`Description::gears`](crate::Description::gears).
    ///
    /// # Errors
    /// [`Error::Batch`] for any other size, and for a model of one fixed shape.
    pub fn set_batch(&mut self, batch: u64) -> Result<(), Error> {
        let compiled = &self.model.description().gears;
        if !compiled.contains(&batch) {
            return Err(Error::Batch { asked: batch, compiled: compiled.clone() });
        }
        self.gear = Some(batch);
        Ok(())
    }

    /// The bytes of input `index` at the chosen batch size, to be filled: row-major, in the element type and
    /// dimensions of the description. Keeps what was written, also over runs.
    ///
    /// # Errors
    /// [`Error::NoTensor`] when there is none, or it is the batch-size input, which is not the caller's.
    pub fn input_mut(&mut self, index: usize) -> Result<&mut [u8], Error> {
        let description = self.model.description();
        let count = description.inputs.len();
        let absent = Error::NoTensor { what: "input to fill", index, count };
        let Some(tensor) = description.inputs.get(index).filter(|tensor| tensor.role == Role::Data) else {
            return Err(absent);
        };
        let bytes = description.bytes_at(tensor, self.gear);
        match (self.staged_inputs[index].as_mut(), &mut self.inputs.memory_mut()[index]) {
            (Some(pinned), _) | (None, Memory::Shared(pinned)) => Ok(&mut pinned[..bytes]),
            (None, Memory::Device(_)) => Err(absent),
        }
    }

    /// The bytes of output `index` of the last run, at the chosen batch size: row-major, in the
    /// element type and dimensions of the description.
    ///
    /// # Errors
    /// [`Error::NoTensor`] when there is none, or it is not wanted.
    pub fn output(&self, index: usize) -> Result<&[u8], Error> {
        let description = self.model.description();
        let count = description.outputs.len();
        let absent = Error::NoTensor { what: "wanted output", index, count };
        let Some(tensor) = description.outputs.get(index).filter(|_| self.wanted[index]) else {
            return Err(absent);
        };
        let bytes = description.bytes_at(tensor, self.gear);
        match (self.staged_outputs[index].as_ref(), &self.outputs.memory()[index]) {
            (Some(pinned), _) | (None, Memory::Shared(pinned)) => Ok(&pinned[..bytes]),
            (None, Memory::Device(_)) => Err(absent),
        }
    }

    pub(crate) fn is_for(&self, model: &Rc<ModelInner>) -> bool {
        Rc::ptr_eq(&self.model, model)
    }

    /// Queues the run. The caller owns `self` and hands it out again only after waiting for the stream.
    pub(crate) fn enqueue(&self, model: &ModelInner) -> Result<(), Error> {
        let stream = model.stream();
        let description = model.description();
        for (index, input) in description.inputs.iter().enumerate() {
            if let (Some(pinned), Memory::Device(device)) =
                (&self.staged_inputs[index], &self.inputs.memory()[index])
            {
                let bytes = description.bytes_at(input, self.gear);
                enqueue_copy(stream, pinned, device, bytes, ACL_MEMCPY_HOST_TO_DEVICE)?;
            }
        }
        let functions = stream.enter()?;
        let device = stream.context().device();
        let batch_input = description.inputs.iter().position(|input| input.role == Role::BatchSize);
        if let (Some(gear), Some(index)) = (self.gear, batch_input) {
            // SAFETY: model and dataset live; the batch-size buffer is this slot's own, and no run is using it, as
            // that would own the slot.
            let code =
                unsafe { (functions.aclmdlSetDynamicBatchSize)(model.id(), self.inputs.raw(), index, gear) };
            device.check("aclmdlSetDynamicBatchSize", code, || format!("batch size {gear}"))?;
        }
        // SAFETY: model, datasets and all memory they list live until the stream was waited for; the stream is the
        // only one this load runs on.
        let code = unsafe {
            (functions.aclmdlExecuteAsync)(model.id(), self.inputs.raw(), self.outputs.raw(), stream.raw())
        };
        device.check("aclmdlExecuteAsync", code, || match self.gear {
            Some(gear) => format!("batch size {gear}"),
            None => String::new(),
        })?;
        for (index, output) in description.outputs.iter().enumerate() {
            if let (Some(pinned), Memory::Device(device)) =
                (&self.staged_outputs[index], &self.outputs.memory()[index])
            {
                let bytes = description.bytes_at(output, self.gear);
                enqueue_copy(stream, pinned, device, bytes, ACL_MEMCPY_DEVICE_TO_HOST)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").field("batch", &self.gear).finish_non_exhaustive()
    }
}
