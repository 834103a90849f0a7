//! 1.13b: tensor descriptions.

use super::arguments::{In, Out, Text};
use super::{Needs, call, value};
use crate::failure::failure;
use crate::handles::{Handle, refuse};
use crate::objects::TensorDescription;
use crate::{codes, state};
use std::ffi::{CString, c_char};

#[unsafe(no_mangle)]
pub extern "C" fn aclCreateTensorDesc(data_type: i32, count: i32, dims: In<i64>, format: i32) -> Handle {
    value("aclCreateTensorDesc", Needs::Nothing, 0, || {
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= 128)
            .ok_or_else(|| failure(codes::INVALID_PARAM, format!("EH0002: {count} dimensions")))?;
        let dims = if count == 0 { Vec::new() } else { dims.slice("dims", count)?.to_vec() };
        Ok(state::lock().objects.tensors.insert(TensorDescription {
            data_type,
            format,
            dims,
            name: CString::default(),
        }))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclDestroyTensorDesc(tensor: Handle) {
    value("aclDestroyTensorDesc", Needs::Nothing, (), || {
        state::lock().objects.tensors.remove(tensor).map(drop).map_err(|stale| {
            refuse("aclDestroyTensorDesc", "tensor description", tensor, stale, codes::INVALID_PARAM)
        })
    });
}

fn read<T>(name: &'static str, tensor: Handle, none: T, f: impl FnOnce(&TensorDescription) -> T) -> T {
    value(name, Needs::Nothing, none, || Ok(f(state::lock().objects.tensors.object(name, tensor)?)))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescType(tensor: Handle) -> i32 {
    read("aclGetTensorDescType", tensor, -1, |t| t.data_type)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescFormat(tensor: Handle) -> i32 {
    read("aclGetTensorDescFormat", tensor, -1, |t| t.format)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescSize(tensor: Handle) -> usize {
    read("aclGetTensorDescSize", tensor, 0, |t| {
        let count = t.dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(usize::try_from(*dim).ok()?));
        count.unwrap_or(0) * crate::network::type_size(t.data_type)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescNumDims(tensor: Handle) -> usize {
    read("aclGetTensorDescNumDims", tensor, 0, |t| t.dims.len())
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescElementCount(tensor: Handle) -> usize {
    read("aclGetTensorDescElementCount", tensor, 0, |t| {
        t.dims.iter().try_fold(1_usize, |n, dim| n.checked_mul(usize::try_from(*dim).ok()?)).unwrap_or(0)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescDimV2(tensor: Handle, index: usize, dim: Out<i64>) -> i32 {
    call("aclGetTensorDescDimV2", Needs::Nothing, || {
        dim.check("dimSize")?;
        let state = state::lock();
        let tensor = state.objects.tensors.object("aclGetTensorDescDimV2", tensor)?;
        let size = tensor.dims.get(index).ok_or_else(|| {
            failure(codes::INVALID_PARAM, format!("EH0002: dimension {index} of {}", tensor.dims.len()))
        })?;
        dim.set("dimSize", *size)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescDim(tensor: Handle, index: usize) -> i64 {
    read("aclGetTensorDescDim", tensor, -1, |t| t.dims.get(index).copied().unwrap_or(-1))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclSetTensorDescName(tensor: Handle, name: Text) {
    const NAME: &str = "aclSetTensorDescName";
    value(NAME, Needs::Nothing, (), || {
        let name = CString::new(name.optional().unwrap_or_default()).unwrap_or_default();
        state::lock().objects.tensors.object_mut(NAME, tensor)?.name = name;
        Ok(())
    });
}

/// The pointer is good until the name changes or the description is destroyed.
#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescName(tensor: Handle) -> *const c_char {
    read("aclGetTensorDescName", tensor, c"".as_ptr(), |t| t.name.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescAddress(tensor: Handle) -> usize {
    value("aclGetTensorDescAddress", Needs::Nothing, 0, || {
        state::lock().objects.tensors.object("aclGetTensorDescAddress", tensor)?;
        Err(failure(codes::API_NOT_SUPPORT, "EH0001: the emulator's tensor descriptions hold no address"))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetTensorDescByIndex(tensor: Handle, index: usize) -> Handle {
    value("aclGetTensorDescByIndex", Needs::Nothing, 0, || {
        state::lock().objects.tensors.object("aclGetTensorDescByIndex", tensor)?;
        Err(failure(
            codes::API_NOT_SUPPORT,
            format!("EH0001: no tensor description list to take {index} from"),
        ))
    })
}

#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the vendor's signature")]
pub extern "C" fn aclmdlCreateAndGetOpDesc(
    _device: u32,
    _stream: u32,
    _task: u32,
    _name: usize,
    _name_length: usize,
    _inputs: usize,
    _input_count: usize,
    _outputs: usize,
    _output_count: usize,
) -> i32 {
    call("aclmdlCreateAndGetOpDesc", Needs::Model, || {
        Err(failure(
            codes::API_NOT_SUPPORT,
            "EH0001: the emulator runs networks whole and knows no operators",
        ))
    })
}
