//! From ONNX and parameters to the `.om` file.

use super::aipp_config;
use super::arguments::Arguments;
use super::refusal::{Refusal, invalid, refusal};
use crate::aipp::Aipp;
use crate::network::{Declared, Network, Onnx, type_size};
use crate::om::{self, BATCH_INPUT, Model, Tensor};
use std::path::Path;

const FLOAT: i32 = 0;
const FLOAT16: i32 = 1;
const INT32: i32 = 3;
const UINT8: i32 = 4;
const NCHW: i32 = 0;
const NHWC: i32 = 1;
const ND: i32 = 2;

/// Operator sets `atc` takes.
const OPSETS: std::ops::RangeInclusive<i64> = 11..=18;

/// Compiles as `arguments` say.
pub fn run(arguments: &Arguments) -> Result<(), Refusal> {
    arguments.check()?;
    let (shapes, gears) = (arguments.shapes()?, arguments.gears()?);
    let path = arguments.need("model")?;
    let bytes =
        std::fs::read(path).map_err(|e| invalid("model", path, &format!("File cannot be read: {e}.")))?;
    let mut onnx =
        Onnx::parse(&bytes).map_err(|e| invalid("model", path, &format!("It is no ONNX model: {e}.")))?;
    if !OPSETS.contains(&onnx.opset()) {
        return Err(refusal(
            "E16005",
            format!(
                "The model's ai.onnx opset {} is not supported; export with opset 11 to 18.",
                onnx.opset()
            ),
        ));
    }
    if let Some(nodes) = arguments.get("out_nodes") {
        keep_outputs(&mut onnx, nodes)?;
    }
    let shaped = inputs(&onnx, &shapes, &gears)?;
    let aipp = match arguments.get("insert_op_conf") {
        None => None,
        Some(path) => Some(aipp(path, &shaped[0])?),
    };
    let model = model(arguments, onnx, shaped, gears, aipp)?;
    let output = format!("{}.om", arguments.need("output")?);
    std::fs::write(&output, om::write(&model))
        .map_err(|e| invalid("output", &output, &format!("The file cannot be written: {e}.")))
}

/// Makes the outputs of the named nodes, `node:index;...`, the graph's outputs.
fn keep_outputs(onnx: &mut Onnx, nodes: &str) -> Result<(), Refusal> {
    let Some(graph) = &mut onnx.proto.graph else { return Ok(()) };
    let mut outputs = Vec::new();
    for part in nodes.split(';').filter(|part| !part.is_empty()) {
        let wrong = || {
            refusal(
                "E10016",
                format!("Opname [{part}] specified in [--out_nodes] is not found in the model."),
            )
        };
        let (name, index) = part.rsplit_once(':').ok_or_else(wrong)?;
        let index: usize = index.parse().map_err(|_| wrong())?;
        let node = graph.node.iter().find(|node| node.name == name).ok_or_else(wrong)?;
        let output = node.output.get(index).ok_or_else(wrong)?;
        let known = graph.output.iter().find(|info| info.name == *output).cloned();
        outputs.push(known.unwrap_or_else(|| tract_onnx::pb::ValueInfoProto {
            name: output.clone(),
            ..Default::default()
        }));
    }
    graph.output = outputs;
    Ok(())
}

/// The network's inputs with the dimensions to compile for; -1 stands for a batch with gears.
fn inputs(onnx: &Onnx, shapes: &[(String, Vec<i64>)], gears: &[u64]) -> Result<Vec<Declared>, Refusal> {
    let mut inputs = onnx.inputs();
    if inputs.is_empty() {
        return Err(refusal("E19999", "The model has no inputs."));
    }
    for (name, dims) in shapes {
        let input = inputs.iter_mut().find(|input| input.name == *name).ok_or_else(|| {
            refusal(
                "E10016",
                format!("Opname [{name}] specified in [--input_shape] is not found in the model."),
            )
        })?;
        let fits = input.dims.is_empty() || input.dims.len() == dims.len();
        let fixed = |(own, asked): (&i64, &i64)| *own == -1 || *asked == -1 || own == asked;
        // The batch may be chosen anew, as the real tool allows.
        let same = input.dims.iter().zip(dims).skip(1).all(fixed);
        if !fits || !same {
            return Err(refusal(
                "E11018",
                format!(
                    "Shape {dims:?} of [{name}] in [--input_shape] does not fit {:?} in the model.",
                    input.dims
                ),
            ));
        }
        input.dims.clone_from(dims);
    }
    let mut open = false;
    for input in &inputs {
        if input.dims.iter().skip(1).any(|dim| *dim == -1) {
            return Err(refusal(
                "E10018",
                format!("Only the first dimension of [{}] in [--input_shape] may be -1.", input.name),
            ));
        }
        open |= input.dims.first() == Some(&-1);
    }
    match (open, gears.is_empty()) {
        (true, true) => Err(refusal(
            "E10002",
            "The batch of an input is -1. Give [--input_shape] a number, or [--dynamic_batch_size] as well.",
        )),
        (false, false) => Err(refusal(
            "E10031",
            "[--dynamic_batch_size] is given, but no shape in [--input_shape] has a batch of -1.",
        )),
        _ => Ok(inputs),
    }
}

fn aipp(path: &str, input: &Declared) -> Result<Aipp, Refusal> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| invalid("insert_op_conf", path, &format!("File cannot be read: {e}.")))?;
    let &[_, channels, height, width] = input.dims.as_slice() else {
        return Err(invalid("insert_op_conf", path, "AIPP needs an input of four dimensions."));
    };
    let aipp = aipp_config::parse(&text, (width, height))?;
    if aipp.channels() as i64 != channels {
        let reason = format!("AIPP makes {} channels, the input has {channels}.", aipp.channels());
        return Err(invalid("insert_op_conf", path, &reason));
    }
    Ok(aipp)
}

fn model(
    arguments: &Arguments,
    onnx: Onnx,
    declared: Vec<Declared>,
    gears: Vec<u64>,
    aipp: Option<Aipp>,
) -> Result<Model, Refusal> {
    let half: Vec<&str> =
        arguments.get("input_fp16_nodes").map_or(Vec::new(), |list| list.split(';').collect());
    if let Some(name) = half.iter().find(|name| !declared.iter().any(|input| input.name == **name)) {
        return Err(refusal(
            "E10016",
            format!("Opname [{name}] specified in [--input_fp16_nodes] is not found in the model."),
        ));
    }
    let largest = gears.iter().copied().max();
    let mut inputs = Vec::new();
    for (index, input) in declared.iter().enumerate() {
        let batch = largest.map_or(input.dims.first().copied().unwrap_or(1), |gear| gear as i64);
        inputs.push(match aipp.as_ref().filter(|_| index == 0) {
            Some(aipp) => {
                let dims = vec![input.dims[0], aipp.height, aipp.width, aipp.channels() as i64];
                tensor(&input.name, UINT8, NHWC, dims.clone(), dims, batch)
            }
            None => {
                let kind = if half.contains(&input.name.as_str()) { FLOAT16 } else { input.data_type };
                let format = if input.dims.len() == 4 { NCHW } else { ND };
                tensor(&input.name, kind, format, input.dims.clone(), input.dims.clone(), batch)
            }
        });
    }
    if largest.is_some() {
        inputs.push(tensor(BATCH_INPUT, INT32, ND, vec![1], vec![1], 1));
    }
    let proto = onnx.proto.clone();
    let shapes: Vec<Vec<i64>> = declared.iter().map(|input| input.dims.clone()).collect();
    let network = Network::new(onnx.clone(), false);
    let made = network.outputs(largest.unwrap_or(0), &shapes).map_err(|e| {
        refusal("E16002", format!("The model cannot be parsed; an operator may be unsupported: {e}"))
    })?;
    let outputs = outputs(arguments, &onnx, made, largest)?;
    let onnx_bytes = prost::Message::encode_to_vec(&proto);
    let name =
        Path::new(arguments.need("output")?).file_name().map(|name| name.to_string_lossy().into_owned());
    let io: u64 = inputs.iter().chain(&outputs).map(|tensor| tensor.size).sum();
    Ok(Model {
        name: name.unwrap_or_else(|| "model".to_string()),
        soc: arguments.need("soc_version")?.to_string(),
        inputs,
        outputs,
        gears,
        aipp,
        // A guess of the real tool's figure: intermediate planes are some 20 times the input.
        work_size: (20 * io).next_multiple_of(512) + (1 << 20),
        // Weights are 16-bit floats on the card.
        weight_size: (onnx_bytes.len() as u64 / 2).next_multiple_of(512),
        command: arguments.command.clone(),
        onnx: onnx_bytes,
    })
}

fn outputs(
    arguments: &Arguments,
    onnx: &Onnx,
    made: Vec<(i32, Vec<i64>)>,
    largest: Option<u64>,
) -> Result<Vec<Tensor>, Refusal> {
    let asked = output_types(arguments.get("output_type"))?;
    let mut outputs = Vec::new();
    for (number, (declared, (kind, dims))) in onnx.outputs().iter().zip(made).enumerate() {
        let (node, index) = onnx.producer(&declared.name).unwrap_or(("output", 0));
        let wanted = asked
            .iter()
            .find(|(place, _)| place.as_deref().is_none_or(|place| place == format!("{node}:{index}")));
        let kind = wanted.map_or(kind, |(_, kind)| *kind);
        if let Some(batch) = largest
            && dims.first().is_none_or(|first| *first == 0 || *first % batch as i64 != 0)
        {
            return Err(refusal(
                "E19999",
                format!(
                    "Output [{}] is {dims:?} for a batch of {batch}; the model's own batch is fixed.",
                    declared.name
                ),
            ));
        }
        let name = format!("PartitionedCall_{node}_{number}:{index}:{}", declared.name);
        let format = if dims.len() == 4 { NCHW } else { ND };
        outputs.push(tensor(&name, kind, format, dims, Vec::new(), 1));
    }
    if outputs.is_empty() {
        return Err(refusal("E19999", "The model has no outputs."));
    }
    Ok(outputs)
}

type OutputTypes = Vec<(Option<String>, i32)>;

/// `--output_type`: one type for all, or `node:index:type;...`.
fn output_types(text: Option<&str>) -> Result<OutputTypes, Refusal> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let kind = |name: &str| match name {
        "FP32" => Ok(FLOAT),
        "FP16" => Ok(FLOAT16),
        "UINT8" | "INT8" => Err(invalid("output_type", text, "the emulator gives out FP32 and FP16 only")),
        _ => Err(invalid("output_type", text, "The value must be selected from [FP32, FP16, UINT8, INT8].")),
    };
    if !text.contains(':') {
        return Ok(vec![(None, kind(text)?)]);
    }
    text.split(';')
        .filter(|part| !part.is_empty())
        .map(|part| match part.rsplit_once(':') {
            Some((place, name)) => Ok((Some(place.to_string()), kind(name)?)),
            None => Err(invalid("output_type", text, "An entry is no node:index:type.")),
        })
        .collect()
}

fn tensor(name: &str, data_type: i32, format: i32, dims: Vec<i64>, dims_v2: Vec<i64>, batch: i64) -> Tensor {
    let count: i64 = dims.iter().map(|dim| if *dim == -1 { batch } else { *dim }).product();
    let size = count.max(0) as u64 * type_size(data_type) as u64;
    Tensor { name: name.to_string(), data_type, format, dims, dims_v2, size }
}
