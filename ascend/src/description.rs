//! What a model takes and gives.

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use ascend_sys::bindings::*;
use ascend_sys::{Code, DataType, Format, Functions};

use crate::context::ContextInner;
use crate::error::Error;
use crate::library::text;

/// A model's inputs, outputs and batch sizes, read once when it is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// In the model's order.
    pub inputs: Vec<Tensor>,
    /// In the model's order.
    pub outputs: Vec<Tensor>,
    /// The batch sizes (gears) the model was compiled for, ascending; empty for a model of one fixed shape.
    pub gears: Vec<u64>,
}

/// One input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name in the compiled model; after a compilation from ONNX the original name is behind the last `:`.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Element type.
    pub data_type: DataType,
    /// Order of the dimensions.
    pub format: Format,
    /// Dimensions. For an input, −1 where a gear decides; for an output, those of the largest gear.
    pub dims: Vec<i64>,
    /// For an input with static AIPP, what must be fed, `n, h, w, c`; else the same as `dims`.
    pub fed_dims: Vec<i64>,
    /// Bytes, for the largest gear.
    pub size: usize,
    /// Preprocessing compiled into the model.
    pub aipp: Aipp,
}

/// What a tensor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Data.
    Data,
    /// The input the compiler added for the batch size; filled by this layer.
    BatchSize,
    /// The input the compiler added for the parameters of dynamic AIPP.
    AippParameters,
}

/// Preprocessing on the device in front of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aipp {
    /// None: the input is fed as the network takes it.
    None,
    /// With fixed parameters: the input is fed as pixels.
    Static,
    /// With parameters given at run time.
    Dynamic,
    /// The installed ACL cannot tell.
    Unknown,
}

impl Description {
    /// The largest batch size; `None` for a model of one fixed shape.
    pub fn largest_gear(&self) -> Option<u64> {
        self.gears.last().copied()
    }

    /// Bytes of `tensor` at a batch size: its share where the batch decides its first dimension.
    pub(crate) fn bytes_at(&self, tensor: &Tensor, gear: Option<u64>) -> usize {
        let (Some(gear), Some(largest)) = (gear, self.largest_gear()) else { return tensor.size };
        let first = tensor.dims.first().copied();
        let batched = first == Some(-1) || first == i64::try_from(largest).ok();
        match (usize::try_from(gear), usize::try_from(largest)) {
            (Ok(gear), Ok(largest)) if batched && tensor.role == Role::Data => tensor.size / largest * gear,
            _ => tensor.size,
        }
    }

    /// Reads the description of a loaded model. `origin` names it in errors.
    pub(crate) fn read(context: &ContextInner, model: u32, origin: &str) -> Result<Self, Error> {
        let functions = context.enter()?;
        // SAFETY: takes nothing; gives an empty description or null.
        let raw = unsafe { (functions.aclmdlCreateDesc)() };
        let raw = NonNull::new(raw)
            .ok_or_else(|| context.device().no_answer("aclmdlCreateDesc", origin.to_owned()))?;
        let reader = Reader { context, functions, raw, model, origin };
        // SAFETY: the description was made above, the model is loaded under this context.
        let code = unsafe { (functions.aclmdlGetDesc)(raw.as_ptr(), model) };
        context.device().check("aclmdlGetDesc", code, || origin.to_owned())?;
        reader.read()
    }
}

/// A live `aclmdlDesc`, destroyed on drop.
struct Reader<'a> {
    context: &'a ContextInner,
    functions: &'a Functions,
    raw: NonNull<aclmdlDesc>,
    model: u32,
    origin: &'a str,
}

type ReadDims = unsafe extern "C" fn(*const aclmdlDesc, usize, *mut aclmdlIODims) -> aclError;

impl Reader<'_> {
    fn read(&self) -> Result<Description, Error> {
        let functions = self.functions;
        let raw = self.raw.as_ptr();
        // SAFETY: the description lives as long as `self`.
        let inputs = unsafe { (functions.aclmdlGetNumInputs)(raw) };
        let inputs = self.answered("aclmdlGetNumInputs", inputs, 0)?;
        // SAFETY: as above.
        let outputs = unsafe { (functions.aclmdlGetNumOutputs)(raw) };
        let outputs = self.answered("aclmdlGetNumOutputs", outputs, 0)?;
        Ok(Description {
            inputs: (0..inputs).map(|index| self.input(index)).collect::<Result<_, _>>()?,
            outputs: (0..outputs).map(|index| self.output(index)).collect::<Result<_, _>>()?,
            gears: self.gears()?,
        })
    }

    fn input(&self, index: usize) -> Result<Tensor, Error> {
        let functions = self.functions;
        let raw = self.raw.as_ptr();
        // SAFETY: the description lives; gives a string of the description, or null.
        let name = unsafe { (functions.aclmdlGetInputNameByIndex)(raw, index) };
        // SAFETY: the string lives as long as the description, which `self` destroys when it is dropped.
        let name = unsafe { text(name) };
        let name = self.answered("aclmdlGetInputNameByIndex", name, None)?.unwrap_or_default();
        // SAFETY: the description lives; a bad index gives -1.
        let format = unsafe { (functions.aclmdlGetInputFormat)(raw, index) };
        // SAFETY: as above.
        let data_type = unsafe { (functions.aclmdlGetInputDataType)(raw, index) };
        let dims = self.dims("aclmdlGetInputDims", functions.aclmdlGetInputDims, index)?;
        let fed_dims = self.dims("aclmdlGetInputDimsV2", functions.aclmdlGetInputDimsV2, index)?;
        // SAFETY: the description lives; a bad index gives 0.
        let size = unsafe { (functions.aclmdlGetInputSizeByIndex)(raw, index) };
        let role = match format!("{name}\0").as_bytes() {
            name if name == ACL_DYNAMIC_TENSOR_NAME => Role::BatchSize,
            name if name == ACL_DYNAMIC_AIPP_NAME => Role::AippParameters,
            _ => Role::Data,
        };
        Ok(Tensor {
            role,
            data_type: DataType(self.answered("aclmdlGetInputDataType", data_type, ACL_DT_UNDEFINED)?),
            format: Format(self.answered("aclmdlGetInputFormat", format, ACL_FORMAT_UNDEFINED)?),
            size: self.size("aclmdlGetInputSizeByIndex", size, &name)?,
            dims,
            fed_dims,
            aipp: if role == Role::Data { self.aipp(index)? } else { Aipp::None },
            name,
        })
    }

    fn output(&self, index: usize) -> Result<Tensor, Error> {
        let functions = self.functions;
        let raw = self.raw.as_ptr();
        // SAFETY: the description lives; gives a string of the description, or null.
        let name = unsafe { (functions.aclmdlGetOutputNameByIndex)(raw, index) };
        // SAFETY: the string lives as long as the description, which `self` destroys when it is dropped.
        let name = unsafe { text(name) };
        let name = self.answered("aclmdlGetOutputNameByIndex", name, None)?.unwrap_or_default();
        // SAFETY: the description lives; a bad index gives -1.
        let format = unsafe { (functions.aclmdlGetOutputFormat)(raw, index) };
        // SAFETY: as above.
        let data_type = unsafe { (functions.aclmdlGetOutputDataType)(raw, index) };
        let dims = self.dims("aclmdlGetOutputDims", functions.aclmdlGetOutputDims, index)?;
        // SAFETY: the description lives; a bad index gives 0.
        let size = unsafe { (functions.aclmdlGetOutputSizeByIndex)(raw, index) };
        Ok(Tensor {
            role: Role::Data,
            data_type: DataType(self.answered("aclmdlGetOutputDataType", data_type, ACL_DT_UNDEFINED)?),
            format: Format(self.answered("aclmdlGetOutputFormat", format, ACL_FORMAT_UNDEFINED)?),
            size: self.size("aclmdlGetOutputSizeByIndex", size, &name)?,
            fed_dims: dims.clone(),
            dims,
            aipp: Aipp::None,
            name,
        })
    }

    /// What a function gave, unless it is what means failure.
    fn answered<T: PartialEq>(&self, call: &'static str, given: T, failure: T) -> Result<T, Error> {
        if given == failure {
            return Err(self.context.device().no_answer(call, self.origin.to_owned()));
        }
        Ok(given)
    }

    /// A tensor's bytes. Zero means failure, or shapes that are open in more than the batch.
    fn size(&self, call: &'static str, size: usize, name: &str) -> Result<usize, Error> {
        if size == 0 {
            return Err(Error::Unsuitable {
                model: self.origin.to_owned(),
                why: format!(
                    "{name} has no fixed size ({call} gave 0); compile with fixed shapes or --dynamic_batch_size"
                ),
            });
        }
        Ok(size)
    }

    fn dims(&self, call: &'static str, read: ReadDims, index: usize) -> Result<Vec<i64>, Error> {
        let mut dims = MaybeUninit::<aclmdlIODims>::zeroed();
        // SAFETY: the description lives, and `dims` is room for the struct.
        let code = unsafe { read(self.raw.as_ptr(), index, dims.as_mut_ptr()) };
        self.context.device().check(call, code, || format!("tensor {index} of {}", self.origin))?;
        // SAFETY: plain numbers and bytes, for which zeros are values too.
        let dims = unsafe { dims.assume_init() };
        Ok(dims.dims.iter().take(dims.dimCount).copied().collect())
    }

    fn aipp(&self, index: usize) -> Result<Aipp, Error> {
        let Some(call) = self.functions.aclmdlGetAippType else { return Ok(Aipp::Unknown) };
        let (mut kind, mut attached) = (ACL_DATA_WITHOUT_AIPP, 0);
        // SAFETY: both numbers are live, the model is loaded.
        let code = unsafe { call(self.model, index, &mut kind, &mut attached) };
        self.context
            .device()
            .check("aclmdlGetAippType", code, || format!("input {index} of {}", self.origin))?;
        Ok(match kind {
            ACL_DATA_WITHOUT_AIPP => Aipp::None,
            ACL_DATA_WITH_STATIC_AIPP => Aipp::Static,
            ACL_DATA_WITH_DYNAMIC_AIPP => Aipp::Dynamic,
            _ => Aipp::Unknown,
        })
    }

    fn gears(&self) -> Result<Vec<u64>, Error> {
        let mut index = 0;
        // SAFETY: the description and the NUL-ended name live, `index` is live.
        let code = unsafe {
            (self.functions.aclmdlGetInputIndexByName)(
                self.raw.as_ptr(),
                ACL_DYNAMIC_TENSOR_NAME.as_ptr().cast(),
                &mut index,
            )
        };
        if Code(code) == Code::INVALID_PARAM {
            return Ok(Vec::new());
        }
        let device = self.context.device();
        device.check("aclmdlGetInputIndexByName", code, || self.origin.to_owned())?;
        let mut batch = MaybeUninit::<aclmdlBatch>::zeroed();
        // SAFETY: the description lives, and `batch` is room for the struct.
        let code = unsafe { (self.functions.aclmdlGetDynamicBatch)(self.raw.as_ptr(), batch.as_mut_ptr()) };
        device.check("aclmdlGetDynamicBatch", code, || self.origin.to_owned())?;
        // SAFETY: plain numbers, for which zeros are values too.
        let batch = unsafe { batch.assume_init() };
        let mut gears: Vec<u64> =
            batch.batch.iter().take(batch.batchCount).copied().filter(|&gear| gear > 0).collect();
        gears.sort_unstable();
        gears.dedup();
        if gears.is_empty() {
            return Err(Error::Unsuitable {
                model: self.origin.to_owned(),
                why: "its shape is dynamic in more than the batch; compile with --dynamic_batch_size"
                    .to_owned(),
            });
        }
        Ok(gears)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        // SAFETY: made by aclmdlCreateDesc, and destroyed here only; what was read of it was copied.
        let code = unsafe { (self.functions.aclmdlDestroyDesc)(self.raw.as_ptr()) };
        let device = self.context.device();
        device.keep_unreported(device.check("aclmdlDestroyDesc", code, String::new));
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    fn tensor(role: Role, dims: &[i64], size: usize) -> Tensor {
        Tensor {
            name: "x".to_owned(),
            role,
            data_type: DataType::FLOAT,
            format: Format(0),
            dims: dims.to_vec(),
            fed_dims: dims.to_vec(),
            size,
            aipp: Aipp::None,
        }
    }

    #[test]
    fn only_batched_tensors_shrink_with_the_gear() {
        let description = Description {
            inputs: vec![tensor(Role::Data, &[-1, 4], 128), tensor(Role::BatchSize, &[1], 8)],
            outputs: vec![tensor(Role::Data, &[8, 2], 64), tensor(Role::Data, &[3, 2], 24)],
            gears: vec![1, 8],
        };
        let bytes = |tensor: &Tensor, gear| description.bytes_at(tensor, gear);
        assert_eq!(bytes(&description.inputs[0], Some(1)), 16);
        assert_eq!(bytes(&description.inputs[0], Some(8)), 128);
        assert_eq!(bytes(&description.inputs[1], Some(1)), 8);
        assert_eq!(bytes(&description.outputs[0], Some(1)), 8);
        assert_eq!(bytes(&description.outputs[1], Some(1)), 24);
        assert_eq!(bytes(&description.outputs[0], None), 64);
    }
}
