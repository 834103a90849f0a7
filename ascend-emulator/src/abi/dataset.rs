//! 1.10: data buffers and datasets.

use super::{Needs, call, value};
use crate::failure::{Outcome, failure};
use crate::handles::{Handle, refuse};
use crate::objects::{DataBuffer, Dataset};
use crate::{codes, report, state};

#[unsafe(no_mangle)]
pub extern "C" fn aclCreateDataBuffer(address: usize, size: usize) -> Handle {
    value("aclCreateDataBuffer", Needs::Nothing, 0, || {
        Ok(state::lock().objects.buffers.insert(DataBuffer { address, size, in_flight: 0 }))
    })
}

/// Refuses to touch what a queued execution uses.
fn unused(name: &str, kind: &str, in_flight: u32) -> Outcome {
    if in_flight == 0 {
        return Ok(());
    }
    report::violation(49, name, &format!("a queued execution uses the {kind}"));
    Err(failure(codes::INVALID_PARAM, format!("EE1018: a queued execution uses the {kind}")))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclDestroyDataBuffer(buffer: Handle) -> i32 {
    const NAME: &str = "aclDestroyDataBuffer";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        unused(NAME, "data buffer", state.objects.buffers.object(NAME, buffer)?.in_flight)?;
        state
            .objects
            .buffers
            .remove(buffer)
            .map(drop)
            .map_err(|stale| refuse(NAME, "data buffer", buffer, stale, codes::INVALID_PARAM))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclUpdateDataBuffer(buffer: Handle, address: usize, size: usize) -> i32 {
    const NAME: &str = "aclUpdateDataBuffer";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        let buffer = state.objects.buffers.object_mut(NAME, buffer)?;
        (buffer.address, buffer.size) = (address, size);
        Ok(())
    })
}

fn buffer<T>(name: &'static str, handle: Handle, none: T, f: impl FnOnce(&DataBuffer) -> T) -> T {
    value(name, Needs::Nothing, none, || Ok(f(state::lock().objects.buffers.object(name, handle)?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetDataBufferAddr(handle: Handle) -> usize {
    buffer("aclGetDataBufferAddr", handle, 0, |buffer| buffer.address)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetDataBufferSize(handle: Handle) -> u32 {
    buffer("aclGetDataBufferSize", handle, 0, |buffer| buffer.size as u32)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetDataBufferSizeV2(handle: Handle) -> usize {
    buffer("aclGetDataBufferSizeV2", handle, 0, |buffer| buffer.size)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlCreateDataset() -> Handle {
    value("aclmdlCreateDataset", Needs::Nothing, 0, || {
        Ok(state::lock().objects.datasets.insert(Dataset::default()))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlDestroyDataset(dataset: Handle) -> i32 {
    const NAME: &str = "aclmdlDestroyDataset";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        unused(NAME, "dataset", state.objects.datasets.object(NAME, dataset)?.in_flight)?;
        state
            .objects
            .datasets
            .remove(dataset)
            .map(drop)
            .map_err(|stale| refuse(NAME, "dataset", dataset, stale, codes::INVALID_PARAM))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlAddDatasetBuffer(dataset: Handle, buffer: Handle) -> i32 {
    const NAME: &str = "aclmdlAddDatasetBuffer";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        state.objects.buffers.object(NAME, buffer)?;
        let dataset = state.objects.datasets.object_mut(NAME, dataset)?;
        unused(NAME, "dataset", dataset.in_flight)?;
        dataset.buffers.push(buffer);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDatasetNumBuffers(dataset: Handle) -> usize {
    const NAME: &str = "aclmdlGetDatasetNumBuffers";
    value(NAME, Needs::Nothing, 0, || Ok(state::lock().objects.datasets.object(NAME, dataset)?.buffers.len()))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDatasetBuffer(dataset: Handle, index: usize) -> Handle {
    const NAME: &str = "aclmdlGetDatasetBuffer";
    value(NAME, Needs::Nothing, 0, || {
        let state = state::lock();
        let buffers = &state.objects.datasets.object(NAME, dataset)?.buffers;
        buffers.get(index).copied().ok_or_else(|| {
            failure(codes::INVALID_PARAM, format!("EH0002: the dataset has {} buffers", buffers.len()))
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlSetDatasetTensorDesc(dataset: Handle, tensor: Handle, index: usize) -> i32 {
    const NAME: &str = "aclmdlSetDatasetTensorDesc";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        state.objects.tensors.object(NAME, tensor)?;
        let dataset = state.objects.datasets.object_mut(NAME, dataset)?;
        if index >= dataset.buffers.len() {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EH0002: the dataset has {} buffers", dataset.buffers.len()),
            ));
        }
        dataset.tensors.retain(|(at, _)| *at != index);
        dataset.tensors.push((index, tensor));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDatasetTensorDesc(dataset: Handle, index: usize) -> Handle {
    const NAME: &str = "aclmdlGetDatasetTensorDesc";
    value(NAME, Needs::Nothing, 0, || {
        let state = state::lock();
        let tensors = &state.objects.datasets.object(NAME, dataset)?.tensors;
        tensors
            .iter()
            .find(|(at, _)| *at == index)
            .map(|(_, tensor)| *tensor)
            .ok_or_else(|| failure(codes::INVALID_PARAM, format!("EH0002: no tensor description at {index}")))
    })
}
