//! 1.11 and 1.13b: dynamic batch sizes, and the other dynamic kinds, of which there are none here.

use super::arguments::{In, Out};
use super::description::{get, out_of_range};
use super::dims::{Batch, Dims, Sizes, set_batches, set_no_sizes};
use super::{Needs, call};
use crate::failure::{Outcome, failure};
use crate::handles::Handle;
use crate::memory::{Located, Place};
use crate::{codes, om, report, state};

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDynamicBatch(desc: Handle, mut batch: Out<Batch>) -> i32 {
    const NAME: &str = "aclmdlGetDynamicBatch";
    call(NAME, Needs::Nothing, || set_batches(&mut batch, &get(NAME, desc)?.om.gears))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlSetDynamicBatchSize(id: u32, dataset: Handle, index: usize, batch: u64) -> i32 {
    const NAME: &str = "aclmdlSetDynamicBatchSize";
    call(NAME, Needs::Model, || {
        if batch == 0 {
            return Err(failure(codes::INVALID_PARAM, "EH0002: a batch size of 0"));
        }
        let mut state = state::lock();
        let buffers = state.objects.datasets.object(NAME, dataset)?.buffers.clone();
        let current = state.current(NAME)?;
        let description = state.models.find(id)?.description.clone();
        let buffer = *buffers.get(index).ok_or_else(|| out_of_range(index, buffers.len()))?;
        let buffer = *state.objects.buffers.object(NAME, buffer)?;
        if buffer.address == 0 {
            return Err(failure(
                codes::GE_DYNAMIC_INPUT_ADDR_INVALID,
                "E19999: the batch size's buffer is NULL",
            ));
        }
        if buffer.size < 4 {
            return Err(failure(
                codes::GE_DYNAMIC_INPUT_LENGTH_INVALID,
                format!("E19999: the batch size's buffer has {} bytes, 4 are needed", buffer.size),
            ));
        }
        if !description.om.gears.contains(&batch) {
            return Err(failure(
                codes::GE_DYNAMIC_BATCH_SIZE_INVALID,
                format!("E19999: batch size {batch} is none of {:?}", description.om.gears),
            ));
        }
        if description.om.inputs.get(index).is_none_or(|input| input.name != om::BATCH_INPUT) {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EH0002: input {index} is not {}", om::BATCH_INPUT),
            ));
        }
        write(&mut state, current.device, buffer.address, buffer.size, batch)?;
        state.objects.datasets.object_mut(NAME, dataset)?.batch = Some(batch);
        state.models.find_mut(id)?.batch = Some(batch);
        Ok(())
    })
}

/// Copies the batch size to the device at once: 8 bytes if the buffer holds them, else 4.
fn write(state: &mut state::State, device: usize, address: usize, size: usize, batch: u64) -> Outcome {
    const NAME: &str = "aclmdlSetDynamicBatchSize";
    let length = if size >= 8 { 8 } else { 4 };
    let place = match state.memory.locate(address) {
        Located::Live(place @ Place::Device { device: found, .. }, left)
            if found == device && left >= length =>
        {
            place
        }
        _ => {
            report::violation(41, NAME, "the batch size's buffer is no memory of this device");
            return Err(failure(
                codes::GE_DYNAMIC_INPUT_ADDR_INVALID,
                "E19999: the batch size's buffer is no memory of this device",
            ));
        }
    };
    let mut region = state.memory.region(place, address, length, true);
    if state.memory.races(&region) {
        report::violation(
            46,
            NAME,
            "a queued execution has yet to read the batch size; use one buffer for each",
        );
    }
    region.bytes_mut().copy_from_slice(&batch.to_le_bytes()[..length]);
    Ok(())
}

fn input(name: &str, desc: Handle, index: usize) -> Outcome {
    let count = get(name, desc)?.om.inputs.len();
    if index < count || index == usize::MAX { Ok(()) } else { Err(out_of_range(index, count)) }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDynamicHW(desc: Handle, index: usize, mut sizes: Out<Sizes>) -> i32 {
    const NAME: &str = "aclmdlGetDynamicHW";
    call(NAME, Needs::Nothing, || {
        input(NAME, desc, index)?;
        set_no_sizes(&mut sizes)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputDynamicGearCount(desc: Handle, index: usize, count: Out<usize>) -> i32 {
    const NAME: &str = "aclmdlGetInputDynamicGearCount";
    call(NAME, Needs::Nothing, || {
        input(NAME, desc, index)?;
        count.set("gearCount", 0)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputDynamicDims(
    desc: Handle,
    index: usize,
    _dims: Out<Dims>,
    count: usize,
) -> i32 {
    const NAME: &str = "aclmdlGetInputDynamicDims";
    call(NAME, Needs::Nothing, || {
        input(NAME, desc, index)?;
        if count == 0 {
            return Ok(());
        }
        Err(failure(
            codes::INVALID_PARAM,
            format!("EH0002: the model has no dynamic dims, {count} were asked for"),
        ))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlSetDynamicHWSize(id: u32, dataset: Handle, _index: usize, _h: u64, _w: u64) -> i32 {
    const NAME: &str = "aclmdlSetDynamicHWSize";
    call(NAME, Needs::Model, || no_such_kind(NAME, id, dataset, "image size"))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlSetInputDynamicDims(id: u32, dataset: Handle, _index: usize, _dims: In<Dims>) -> i32 {
    const NAME: &str = "aclmdlSetInputDynamicDims";
    call(NAME, Needs::Model, || no_such_kind(NAME, id, dataset, "dims"))
}

fn no_such_kind(name: &str, id: u32, dataset: Handle, kind: &str) -> Outcome {
    let state = state::lock();
    state.objects.datasets.object(name, dataset)?;
    state.models.find(id)?;
    Err(failure(codes::GE_PARAM_INVALID, format!("E19999: model {id} has no dynamic {kind}")))
}
