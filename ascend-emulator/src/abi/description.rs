//! 1.9: model descriptions.

use super::arguments::{In, Out, Text};
use super::dims::{Dims, MAX, Ranges, set_ranges};
use super::{Needs, call, value};
use crate::failure::{Failure, Outcome, failure};
use crate::handles::{Handle, refuse};
use crate::model::{self, Description};
use crate::om::Tensor;
use crate::{codes, state};
use std::ffi::c_char;
use std::sync::Arc;

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlCreateDesc() -> Handle {
    value("aclmdlCreateDesc", Needs::Nothing, 0, || Ok(state::lock().objects.descriptions.insert(None)))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlDestroyDesc(desc: Handle) -> i32 {
    const NAME: &str = "aclmdlDestroyDesc";
    call(NAME, Needs::Nothing, || {
        state::lock()
            .objects
            .descriptions
            .remove(desc)
            .map(drop)
            .map_err(|stale| refuse(NAME, "model description", desc, stale, codes::INVALID_PARAM))
    })
}

fn fill(name: &str, desc: Handle, description: Arc<Description>) -> Outcome {
    *state::lock().objects.descriptions.object_mut(name, desc)? = Some(description);
    Ok(())
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDesc(desc: Handle, id: u32) -> i32 {
    const NAME: &str = "aclmdlGetDesc";
    call(NAME, Needs::Model, || {
        let mut state = state::lock();
        state.objects.descriptions.object(NAME, desc)?;
        state.current(NAME)?;
        let description = Arc::clone(&state.models.find(id)?.description);
        drop(state);
        fill(NAME, desc, description)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDescFromFile(desc: Handle, path: Text) -> i32 {
    const NAME: &str = "aclmdlGetDescFromFile";
    call(NAME, Needs::Nothing, || {
        let path = path.get("modelPath")?;
        let model = model::read(&super::model::file(path)?, false)?;
        fill(NAME, desc, Arc::new(Description::new(&model, None)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetDescFromMem(desc: Handle, model: In<u8>, size: usize) -> i32 {
    const NAME: &str = "aclmdlGetDescFromMem";
    call(NAME, Needs::Nothing, || {
        let model = model::read(&super::model::bytes(NAME, &model, size)?, false)?;
        fill(NAME, desc, Arc::new(Description::new(&model, None)))
    })
}

/// The description behind a handle, which must have been filled.
pub fn get(name: &str, desc: Handle) -> Outcome<Arc<Description>> {
    let state = state::lock();
    let description = state.objects.descriptions.object(name, desc)?;
    description
        .clone()
        .ok_or_else(|| failure(codes::INVALID_PARAM, "EH0002: the description was never filled"))
}

/// The refusal of an index.
pub fn out_of_range(index: usize, count: usize) -> Failure {
    failure(codes::INVALID_PARAM, format!("EH0002: index {index} is out of range; there are {count}"))
}

fn input<T>(name: &str, desc: Handle, index: usize, f: impl FnOnce(&Tensor) -> T) -> Outcome<T> {
    let description = get(name, desc)?;
    let inputs = &description.om.inputs;
    inputs.get(index).map(f).ok_or_else(|| out_of_range(index, inputs.len()))
}

fn output<T>(name: &str, desc: Handle, index: usize, f: impl FnOnce(&Tensor) -> T) -> Outcome<T> {
    let description = get(name, desc)?;
    let outputs = &description.om.outputs;
    outputs.get(index).map(f).ok_or_else(|| out_of_range(index, outputs.len()))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetNumInputs(desc: Handle) -> usize {
    const NAME: &str = "aclmdlGetNumInputs";
    value(NAME, Needs::Nothing, 0, || Ok(get(NAME, desc)?.om.inputs.len()))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetNumOutputs(desc: Handle) -> usize {
    const NAME: &str = "aclmdlGetNumOutputs";
    value(NAME, Needs::Nothing, 0, || Ok(get(NAME, desc)?.om.outputs.len()))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputSizeByIndex(desc: Handle, index: usize) -> usize {
    const NAME: &str = "aclmdlGetInputSizeByIndex";
    value(NAME, Needs::Nothing, 0, || input(NAME, desc, index, |t| t.size as usize))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOutputSizeByIndex(desc: Handle, index: usize) -> usize {
    const NAME: &str = "aclmdlGetOutputSizeByIndex";
    value(NAME, Needs::Nothing, 0, || output(NAME, desc, index, |t| t.size as usize))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputFormat(desc: Handle, index: usize) -> i32 {
    const NAME: &str = "aclmdlGetInputFormat";
    value(NAME, Needs::Nothing, -1, || input(NAME, desc, index, |t| t.format))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOutputFormat(desc: Handle, index: usize) -> i32 {
    const NAME: &str = "aclmdlGetOutputFormat";
    value(NAME, Needs::Nothing, -1, || output(NAME, desc, index, |t| t.format))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputDataType(desc: Handle, index: usize) -> i32 {
    const NAME: &str = "aclmdlGetInputDataType";
    value(NAME, Needs::Nothing, -1, || input(NAME, desc, index, |t| t.data_type))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOutputDataType(desc: Handle, index: usize) -> i32 {
    const NAME: &str = "aclmdlGetOutputDataType";
    value(NAME, Needs::Nothing, -1, || output(NAME, desc, index, |t| t.data_type))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputNameByIndex(desc: Handle, index: usize) -> *const c_char {
    const NAME: &str = "aclmdlGetInputNameByIndex";
    value(NAME, Needs::Nothing, std::ptr::null(), || {
        let names = &get(NAME, desc)?.input_names;
        names.get(index).map(|name| name.as_ptr()).ok_or_else(|| out_of_range(index, names.len()))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOutputNameByIndex(desc: Handle, index: usize) -> *const c_char {
    const NAME: &str = "aclmdlGetOutputNameByIndex";
    value(NAME, Needs::Nothing, std::ptr::null(), || {
        let names = &get(NAME, desc)?.output_names;
        names.get(index).map(|name| name.as_ptr()).ok_or_else(|| out_of_range(index, names.len()))
    })
}

/// The name as it stands in `aclmdlIODims`: one that is too long is replaced.
fn short(name: &str, id: Option<u32>, side: &str, index: usize) -> String {
    if name.len() < MAX {
        return name.to_string();
    }
    format!("acl_modelId_{}_{side}_{index}", id.unwrap_or(0))
}

fn input_dims(name: &str, desc: Handle, index: usize, second: bool, dims: &Out<Dims>) -> Outcome {
    dims.check("dims")?;
    let description = get(name, desc)?;
    let inputs = &description.om.inputs;
    let tensor = inputs.get(index).ok_or_else(|| out_of_range(index, inputs.len()))?;
    let shown = if second && !tensor.dims_v2.is_empty() { &tensor.dims_v2 } else { &tensor.dims };
    let label = short(&tensor.name, description.id, "input", index);
    dims.set("dims", Dims::new(label.as_bytes(), shown)?)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputDims(desc: Handle, index: usize, dims: Out<Dims>) -> i32 {
    const NAME: &str = "aclmdlGetInputDims";
    call(NAME, Needs::Nothing, || input_dims(NAME, desc, index, false, &dims))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputDimsV2(desc: Handle, index: usize, dims: Out<Dims>) -> i32 {
    const NAME: &str = "aclmdlGetInputDimsV2";
    call(NAME, Needs::Nothing, || input_dims(NAME, desc, index, true, &dims))
}

fn output_dims(name: &str, desc: Handle, index: usize, batch: Option<u64>, dims: &Out<Dims>) -> Outcome {
    dims.check("dims")?;
    let description = get(name, desc)?;
    let outputs = &description.om.outputs;
    let tensor = outputs.get(index).ok_or_else(|| out_of_range(index, outputs.len()))?;
    let mut shown = tensor.dims.clone();
    if let (Some(batch), Some(first)) = (batch, shown.first_mut()) {
        *first = *first / description.om.largest_batch() as i64 * batch as i64;
    }
    let label = short(&tensor.name, description.id, "output", index);
    dims.set("dims", Dims::new(label.as_bytes(), &shown)?)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOutputDims(desc: Handle, index: usize, dims: Out<Dims>) -> i32 {
    const NAME: &str = "aclmdlGetOutputDims";
    call(NAME, Needs::Nothing, || output_dims(NAME, desc, index, None, &dims))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetCurOutputDims(desc: Handle, index: usize, dims: Out<Dims>) -> i32 {
    const NAME: &str = "aclmdlGetCurOutputDims";
    call(NAME, Needs::Model, || {
        let id = get(NAME, desc)?
            .id
            .ok_or_else(|| failure(codes::INVALID_PARAM, "EH0002: the description is of no loaded model"))?;
        let batch = state::lock().models.find(id)?.batch;
        output_dims(NAME, desc, index, batch, &dims)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputDimsRange(desc: Handle, index: usize, mut ranges: Out<Ranges>) -> i32 {
    const NAME: &str = "aclmdlGetInputDimsRange";
    call(NAME, Needs::Nothing, || {
        let description = get(NAME, desc)?;
        let smallest = description.om.gears.iter().min().map_or(1, |gear| *gear as i64);
        let largest = description.om.largest_batch() as i64;
        let range = |dim: &i64| if *dim == -1 { [smallest, largest] } else { [*dim, *dim] };
        let list: Vec<[i64; 2]> = input(NAME, desc, index, |t| t.dims.iter().map(range).collect())?;
        set_ranges(&mut ranges, &list)
    })
}

/// Index of the tensor with this name.
fn by_name(list: &[Tensor], name: &Text, index: &Out<usize>) -> Outcome {
    index.check("index")?;
    let name = name.get("name")?;
    let found = list.iter().position(|tensor| tensor.name.as_bytes() == name).ok_or_else(|| {
        failure(codes::INVALID_PARAM, format!("EH0002: no tensor is named {}", String::from_utf8_lossy(name)))
    })?;
    index.set("index", found)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetInputIndexByName(desc: Handle, name: Text, index: Out<usize>) -> i32 {
    const NAME: &str = "aclmdlGetInputIndexByName";
    call(NAME, Needs::Nothing, || by_name(&get(NAME, desc)?.om.inputs, &name, &index))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOutputIndexByName(desc: Handle, name: Text, index: Out<usize>) -> i32 {
    const NAME: &str = "aclmdlGetOutputIndexByName";
    call(NAME, Needs::Nothing, || by_name(&get(NAME, desc)?.om.outputs, &name, &index))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetTensorRealName(desc: Handle, name: Text) -> *const c_char {
    const NAME: &str = "aclmdlGetTensorRealName";
    value(NAME, Needs::Nothing, std::ptr::null(), || {
        let asked = name.get("name")?;
        let description = get(NAME, desc)?;
        for (side, names) in [("input", &description.input_names), ("output", &description.output_names)] {
            for (index, name) in names.iter().enumerate() {
                let real = name.to_string_lossy();
                if name.as_bytes() == asked || short(&real, description.id, side, index).as_bytes() == asked {
                    return Ok(name.as_ptr());
                }
            }
        }
        Err(failure(codes::INVALID_PARAM, format!("EH0002: no tensor {}", String::from_utf8_lossy(asked))))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetOpAttr(desc: Handle, _operator: Text, _attribute: Text) -> *const c_char {
    const NAME: &str = "aclmdlGetOpAttr";
    value(NAME, Needs::Nothing, std::ptr::null(), || {
        get(NAME, desc)?;
        Err(failure(codes::API_NOT_SUPPORT, "EH0001: the emulator's models keep no operator attributes"))
    })
}
