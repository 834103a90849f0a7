//! 1.12: what a model's AIPP is.

use super::arguments::Out;
use super::description::out_of_range;
use super::dims::Dims;
use super::{Needs, call};
use crate::aipp::Aipp;
use crate::failure::{Outcome, failure};
use crate::model::Description;
use crate::{codes, state};
use std::sync::Arc;

/// `aclAippDims`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct AippDims {
    source: Dims,
    source_size: usize,
    output: Dims,
    output_size: usize,
}

/// `aclAippInfo`.
#[repr(C)]
pub struct AippInfo {
    format: i32,
    width: i32,
    height: i32,
    crop: i8,
    crop_left: i32,
    crop_top: i32,
    crop_width: i32,
    crop_height: i32,
    resize: i8,
    resize_size: [i32; 2],
    padding: i8,
    padding_size: [i32; 4],
    csc: i8,
    swap: i8,
    ax_swap: i8,
    single_line: i8,
    matrix: [i32; 9],
    output_bias: [i32; 3],
    input_bias: [i32; 3],
    mean: [i32; 4],
    min: [f32; 4],
    scale: [f32; 4],
    source_format: i32,
    source_type: i32,
    source_dims: usize,
    shapes: usize,
    dims: [AippDims; 128],
    extend: usize,
}

fn description(id: u32, index: usize) -> Outcome<Arc<Description>> {
    let description = Arc::clone(&state::lock().models.find(id)?.description);
    let count = description.om.inputs.len();
    if index < count { Ok(description) } else { Err(out_of_range(index, count)) }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetAippType(id: u32, index: usize, kind: Out<i32>, attached: Out<usize>) -> i32 {
    call("aclmdlGetAippType", Needs::Model, || {
        kind.check("type")?;
        attached.check("dynamicAttachedDataIndex")?;
        let description = description(id, index)?;
        kind.set("type", i32::from(index == 0 && description.om.aipp.is_some()))?;
        attached.set("dynamicAttachedDataIndex", 0xFFFF_FFFF)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlGetFirstAippInfo(id: u32, index: usize, mut info: Out<AippInfo>) -> i32 {
    call("aclmdlGetFirstAippInfo", Needs::Model, || {
        info.check("aippInfo")?;
        let description = description(id, index)?;
        match &description.om.aipp {
            Some(aipp) if index == 0 => fill(info.get("aippInfo")?, aipp, &description),
            _ => Err(failure(codes::GE_AIPP_NOT_EXIST, format!("E19999: input {index} has no AIPP"))),
        }
    })
}

fn fill(info: &mut AippInfo, aipp: &Aipp, description: &Description) -> Outcome {
    let [left, top, width, height] = aipp.crop.unwrap_or_default().map(|value| value as i32);
    info.format = aipp.format;
    (info.width, info.height) = (aipp.width as i32, aipp.height as i32);
    info.crop = i8::from(aipp.crop.is_some());
    (info.crop_left, info.crop_top, info.crop_width, info.crop_height) = (left, top, width, height);
    (info.resize, info.resize_size) = (0, [0; 2]);
    (info.padding, info.padding_size) = (0, [0; 4]);
    (info.csc, info.swap, info.ax_swap, info.single_line) = (0, i8::from(aipp.swap), 0, 0);
    (info.matrix, info.output_bias, info.input_bias) = ([0; 9], [0; 3], [0; 3]);
    info.mean = aipp.mean.map(|value| value as i32);
    (info.min, info.scale) = (aipp.min, aipp.scale);
    // The network's own input: NCHW floats of 16 bits.
    (info.source_format, info.source_type) = (0, 1);
    let shape = &description.shapes()[0];
    info.source_dims = shape.len();
    let om = &description.om;
    let batches: Vec<u64> = if om.gears.is_empty() { vec![om.largest_batch()] } else { om.gears.clone() };
    info.shapes = batches.len();
    for (slot, batch) in info.dims.iter_mut().zip(&batches) {
        let with_batch = |dims: &[i64]| {
            let mut dims = dims.to_vec();
            dims[0] = *batch as i64;
            dims
        };
        let (source, output) = (with_batch(&om.inputs[0].dims_v2), with_batch(shape));
        slot.source_size = description.input_bytes(0, *batch);
        slot.output_size = output.iter().product::<i64>() as usize * 2;
        slot.source = Dims::new(om.inputs[0].name.as_bytes(), &source)?;
        slot.output = Dims::new(om.inputs[0].name.as_bytes(), &output)?;
    }
    info.extend = 0;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn structs_have_the_vendors_layout() {
        assert_eq!(size_of::<AippDims>(), 2336);
        assert_eq!(size_of::<AippInfo>(), 299_216);
        assert_eq!(offset_of!(AippInfo, mean), 128);
        assert_eq!(offset_of!(AippInfo, source_format), 176);
        assert_eq!(offset_of!(AippInfo, dims), 200);
        assert_eq!(offset_of!(AippInfo, extend), 299_208);
    }
}
