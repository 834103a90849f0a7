//! The partition `MODEL_DEF` (`ge.proto.ModelDef`): versions, chip, sizes, and, where there is no
//! `MODEL_INOUT_INFO`, inputs, outputs and gears as the loader derives them from the graph.
//!
//! Source: CANN's `ge_ir.proto`, `model_introduction.cc` and `ge_attr_define.cc`. What is kept is small
//! and bounded; everything else is walked over in place.

use super::attribute::{Attribute, Names, entries, integers};
use super::error::Malformed;
use super::tensor::{MOST_DIMS, Tensor, format_of_layout, type_in_definition};
use crate::protobuf::{Fields, Value, repeated};
use ascend_sys::{DataType, Format};
use serde::Serialize;
use std::collections::BTreeMap;

/// Model attributes that are taken over; others may hold paths of the machine that compiled the model.
const SHOWN: [&str; 22] = [
    "arch_type",
    "atc_version",
    "compiler_version",
    "core_type",
    "event_num",
    "framework_type",
    "host_env_cpu",
    "host_env_os",
    "label_num",
    "memory_size",
    "om_compress_version",
    "opp_version",
    "p2p_memory_size",
    "session_graph_id",
    "soc_version",
    "stream_num",
    "target_type",
    "task_gen_base_addr",
    "task_gen_variable_addr",
    "task_gen_weight_addr",
    "weight_size",
    "zero_copy_memory_size",
];
/// Longest attribute text, and longest name of a tensor, that is taken over, in bytes.
const LONGEST_TEXT: usize = 4096;
/// Most inputs or outputs.
const MOST_TENSORS: usize = 4096;

/// What the model description says.
#[derive(Default)]
pub(super) struct Definition {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) command_line: Option<String>,
    pub(super) inputs: Vec<Tensor>,
    pub(super) outputs: Vec<Tensor>,
    /// Batch sizes; empty if the batch is fixed.
    pub(super) gears: Vec<u64>,
    /// Whether other dimensions than the batch are chosen when the model runs.
    pub(super) other_gears: bool,
    pub(super) aipp: Option<Aipp>,
}

/// Numbers of `aclAippInputFormat`.
pub(super) const RGB888_U8: i64 = 3;
pub(super) const YUV400_U8: i64 = 4;

/// What the device does to the pixels before the network: `(pixel - mean) * factor` per channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Aipp {
    /// Number of `aclAippInputFormat`: 3 is `RGB888_U8`, 4 is `YUV400_U8` (gray); nothing if not recorded.
    pub input_format: Option<i64>,
    /// Width of the pictures, in pixels.
    pub width: Option<i64>,
    /// Height of the pictures, in pixels.
    pub height: Option<i64>,
    /// Factor per channel (`var_reci_chn`), as far as recorded.
    pub factors: Vec<f32>,
}

pub(super) fn read(model: &[u8]) -> Result<Definition, Malformed> {
    let mut definition = Definition::default();
    let mut names = Names::default();
    let mut output_names = Vec::new();
    for entry in entries(model, 11) {
        let (key, attribute) = entry?;
        names.take(key, attribute)?;
        match key {
            b"attr_model_out_nodes_name" => output_names = attribute.texts()?,
            b"atc_cmdline" => definition.command_line = shown(attribute),
            _ => {
                if let Some(name) = SHOWN.iter().find(|name| name.as_bytes() == key)
                    && let Some(text) = shown(attribute)
                {
                    definition.attributes.insert((*name).to_string(), text);
                }
            }
        }
    }
    let mut data = Vec::new();
    for (number, graph) in repeated(model, 7).enumerate() {
        for op in repeated(graph?, 6) {
            let op = op?;
            match op_type(op)? {
                b"Data" | b"AippData" | b"RefData" if number == 0 => {
                    if data.len() == MOST_TENSORS {
                        return Err(Malformed("more than 4096 inputs"));
                    }
                    let input = input(op, &names)?;
                    if input.aipp {
                        definition.aipp.get_or_insert_default();
                    }
                    data.push((input.index.unwrap_or(data.len() as i64), input.tensor));
                }
                b"NetOutput" if number == 0 => definition.outputs = outputs(op, &output_names)?,
                b"Case" => definition.take_gears(op, &names)?,
                b"Aipp" => definition.aipp = Some(aipp(op, &names)?),
                _ => {}
            }
        }
    }
    data.sort_by_key(|(index, _)| *index);
    definition.inputs = data.into_iter().map(|(_, tensor)| tensor).collect();
    Ok(definition)
}

fn op_type(op: &[u8]) -> Result<&[u8], Malformed> {
    Ok(repeated(op, 2).next().unwrap_or(Ok(&[]))?)
}

/// A scalar attribute as text.
fn shown(attribute: Attribute<'_>) -> Option<String> {
    match attribute {
        Attribute::Integer(number) => Some(number.to_string()),
        Attribute::Float(number) => Some(number.to_string()),
        Attribute::Bool(flag) => Some(flag.to_string()),
        Attribute::Text(text) => Some(lossy(text)),
        Attribute::List(_) | Attribute::Function(_) | Attribute::Other => None,
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(LONGEST_TEXT)]).into_owned()
}

/// A `Data` op.
struct Input {
    /// Attribute `index`.
    index: Option<i64>,
    /// Whether AIPP stands before it.
    aipp: bool,
    tensor: Tensor,
}

fn input(op: &[u8], names: &Names<'_>) -> Result<Input, Malformed> {
    let name = repeated(op, 1).next().unwrap_or(Ok(&[]))?;
    let description = match repeated(op, 33).next() {
        Some(description) => description?,
        None => repeated(op, 34).next().unwrap_or(Ok(&[]))?,
    };
    let (mut tensor, stored_size) = tensor(description)?;
    tensor.name = lossy(name);
    tensor.bytes = stored_size.unwrap_or(tensor.bytes);
    let (mut index, mut aipp, mut device_dims) = (None, false, None);
    for entry in entries(op, 10) {
        let (key, attribute) = entry?;
        match names.resolve(key, attribute) {
            (b"index", Attribute::Integer(number)) => index = Some(number),
            (b"_mbatch_origin_input_dims", dims) => tensor.dims = dims_of(dims)?,
            (b"_aipp_inputs", _) => aipp = true,
            (b"input_dims", dims) => device_dims = Some(dims_of(dims)?),
            _ => {}
        }
    }
    tensor.device_dims = device_dims.filter(|dims| !dims.is_empty()).unwrap_or_else(|| tensor.dims.clone());
    Ok(Input { index, aipp, tensor })
}

fn dims_of(attribute: Attribute<'_>) -> Result<Vec<i64>, Malformed> {
    let dims = attribute.integers()?;
    if dims.len() > MOST_DIMS { Err(Malformed("more than 128 dimensions")) } else { Ok(dims) }
}

/// The inputs of the `NetOutput` op, which are the model's outputs.
fn outputs(op: &[u8], output_names: &[&[u8]]) -> Result<Vec<Tensor>, Malformed> {
    let (mut outputs, mut sources, mut source_indices) = (Vec::new(), Vec::new(), Vec::new());
    for field in Fields::of(op) {
        match field? {
            (24, Value::Bytes(source)) if sources.len() < MOST_TENSORS => sources.push(source),
            (25, value) => integers(value, MOST_TENSORS, &mut source_indices)?,
            (33, Value::Bytes(description)) => {
                if outputs.len() == MOST_TENSORS {
                    return Err(Malformed("more than 4096 outputs"));
                }
                outputs.push(tensor(description)?.0);
            }
            _ => {}
        }
    }
    for (index, output) in outputs.iter_mut().enumerate() {
        output.name = match (output_names.get(index), sources.get(index)) {
            (Some(name), _) => lossy(name),
            (None, Some(source)) => {
                format!("{}:{}", lossy(source), source_indices.get(index).copied().unwrap_or(0))
            }
            (None, None) => format!("output {index}"),
        };
    }
    Ok(outputs)
}

/// A `TensorDescriptor` without its name, and the size stored in it. The tensor's own size is that of its
/// elements: stored sizes of outputs are padded.
fn tensor(description: &[u8]) -> Result<(Tensor, Option<u64>), Malformed> {
    let (mut data_type, mut format, mut size) = (DataType::UNDEFINED, Format::UNDEFINED, None);
    let mut dims = Vec::new();
    for field in Fields::of(description) {
        match field? {
            (2, Value::Varint(number)) => data_type = type_in_definition(number.cast_signed()),
            (3, Value::Bytes(shape)) => {
                for dim in Fields::of(shape) {
                    if let (1, value) = dim? {
                        integers(value, MOST_DIMS, &mut dims)?;
                    }
                }
            }
            (4, Value::Bytes(layout)) => format = format_of_layout(layout),
            (10, Value::Varint(number)) => {
                size = Some(number).filter(|size| *size <= i64::MAX.cast_unsigned())
            }
            _ => {}
        }
    }
    let elements = dims
        .iter()
        .try_fold(1_u64, |product, dim| u64::try_from(*dim).ok().and_then(|dim| product.checked_mul(dim)));
    let bytes = elements.zip(data_type.bytes()).and_then(|(count, bytes)| count.checked_mul(bytes as u64));
    let device_dims = dims.clone();
    let bytes = bytes.unwrap_or(0);
    Ok((Tensor { name: String::new(), dims, device_dims, data_type, format, bytes }, size))
}

impl Definition {
    /// A `Case` op chooses among static graphs, one per gear.
    fn take_gears(&mut self, op: &[u8], names: &Names<'_>) -> Result<(), Malformed> {
        let (mut dynamic_type, mut gears) = (None, BTreeMap::new());
        for entry in entries(op, 10) {
            let (key, attribute) = entry?;
            let (key, attribute) = names.resolve(key, attribute);
            if key == b"mbatch_dynamic_type" {
                dynamic_type = attribute.integers()?.first().copied();
            } else if let Some(index) = key.strip_prefix(b"_pred_value_")
                && let Some(index) = std::str::from_utf8(index).ok().and_then(|text| text.parse::<u32>().ok())
            {
                gears.insert(index, attribute.integers()?.first().copied());
            }
        }
        match dynamic_type {
            Some(1) => {
                let sizes = gears.into_values().flatten();
                self.gears = sizes.filter_map(|size| u64::try_from(size).ok()).collect();
            }
            Some(_) => self.other_gears = true,
            None => {}
        }
        Ok(())
    }
}

/// The configuration inside an `Aipp` op: a function attribute `aipp`.
fn aipp(op: &[u8], names: &Names<'_>) -> Result<Aipp, Malformed> {
    let mut aipp = Aipp::default();
    for entry in entries(op, 10) {
        let (key, attribute) = entry?;
        let (b"aipp", Attribute::Function(function)) = names.resolve(key, attribute) else { continue };
        for entry in entries(function, 2) {
            let (key, attribute) = entry?;
            let (key, attribute) = names.resolve(key, attribute);
            match (key, attribute) {
                (b"input_format", Attribute::Integer(number)) => aipp.input_format = Some(number),
                (b"src_image_size_w", Attribute::Integer(number)) => aipp.width = Some(number),
                (b"src_image_size_h", Attribute::Integer(number)) => aipp.height = Some(number),
                _ if key.starts_with(b"var_reci_chn_") && aipp.factors.len() < 4 => {
                    aipp.factors.extend(attribute.floats()?.first());
                }
                _ => {}
            }
        }
    }
    let channels = match aipp.input_format {
        Some(RGB888_U8) => 3,
        Some(YUV400_U8) => 1,
        _ => 4,
    };
    aipp.factors.truncate(channels);
    Ok(aipp)
}
