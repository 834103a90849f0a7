//! Partition MODEL_DEF: a `ge.proto.ModelDef` with the attributes and the graph's outline.

use super::proto::{Field, Fields, Malformed, Message, split};
use super::{BATCH_INPUT, Model, Tensor};
use crate::aipp::Aipp;

/// The partition's bytes; `sizes` are those of the weights, kernel and task partitions.
pub fn write(model: &Model, sizes: [usize; 3]) -> Vec<u8> {
    let [weights, kernels, tasks] = sizes.map(|size| size as i64);
    let outputs: Vec<&str> = model.outputs.iter().map(|output| output.name.as_str()).collect();
    let attributes = [
        ("soc_version", text(&model.soc)),
        ("atc_version", text("emulator")),
        ("atc_cmdline", text(&model.command)),
        ("framework_type", int(5)),
        ("memory_size", int(model.work_size as i64)),
        ("weight_size", int(model.weight_size as i64)),
        ("zero_copy_memory_size", int(0)),
        ("stream_num", int(1)),
        ("event_num", int(0)),
        ("attr_model_out_nodes_name", list(Message::new(), &outputs)),
        (
            "om_info_list",
            Message::new().message(1, Message::new().packed(3, &[weights, kernels, 0, tasks, 0])),
        ),
    ];
    let message =
        Message::new().bytes(1, &model.name).int(2, 1).bytes(3, "emulator").message(7, graph(model));
    attributes
        .into_iter()
        .fold(message, |message, (key, value)| message.message(11, entry(key, value)))
        .finish()
}

fn entry(key: &str, value: Message) -> Message {
    Message::new().bytes(1, key).message(2, value)
}

fn text(value: &str) -> Message {
    Message::new().bytes(2, value)
}

fn int(value: i64) -> Message {
    Message::new().int(3, value)
}

fn ints(values: &[i64]) -> Message {
    Message::new().message(1, Message::new().packed(3, values).int(20, 2))
}

fn list(message: Message, values: &[&str]) -> Message {
    message.message(1, values.iter().fold(Message::new(), |list, value| list.bytes(2, value)).int(20, 1))
}

fn graph(model: &Model) -> Message {
    let mut graph = Message::new().bytes(1, &model.name);
    let mut sources = Vec::new();
    for (index, input) in model.inputs.iter().enumerate() {
        graph = graph.message(6, data(model, index, input));
        sources.push(format!("{}:0", input.name));
    }
    if let Some(aipp) = &model.aipp {
        let function = Message::new().message(10, aipp.to_function());
        let op = Message::new().bytes(1, "aipp_op").bytes(2, "Aipp").bytes(5, &sources[0]);
        graph = graph.message(6, op.message(10, entry("aipp", function)));
    }
    if !model.gears.is_empty() {
        graph = graph.message(6, case(model, &sources));
    }
    let mut output = Message::new().bytes(1, "Node_Output").bytes(2, "NetOutput");
    for (index, tensor) in model.outputs.iter().enumerate() {
        let padded = tensor.size.next_multiple_of(32) + 32;
        output =
            output.bytes(24, source_node(&tensor.name)).message(33, descriptor(tensor, &tensor.dims, padded));
        output = output.packed(25, &[index as i64]);
    }
    graph.message(6, output)
}

/// Node part of an output's name.
fn source_node(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

fn data(model: &Model, index: usize, input: &Tensor) -> Message {
    let (shape, mut op) = match input.dims.first() {
        Some(-1) => {
            let mut shape = input.dims.clone();
            shape[0] = model.largest_batch() as i64;
            let op = Message::new().message(10, entry("_mbatch_origin_input_dims", ints(&input.dims)));
            (shape, op)
        }
        _ => (input.dims.clone(), Message::new()),
    };
    if index == 0 && model.aipp.is_some() {
        op = op.message(10, entry("input_dims", ints(&input.dims_v2)));
        let shown: Vec<String> = input.dims_v2.iter().map(i64::to_string).collect();
        let line = format!("NHWC:DT_UINT8:{}:{}:{}", input.name, input.size, shown.join(","));
        op = op.message(10, entry("_aipp_inputs", list(Message::new(), &[&line])));
    }
    if input.name == BATCH_INPUT {
        op = op.message(10, entry("mbatch-inserted-node", Message::new().int(5, 1)));
    }
    op.bytes(1, &input.name)
        .bytes(2, "Data")
        .message(10, entry("index", int(index as i64)))
        .message(33, descriptor(input, &shape, input.size))
        .message(34, descriptor(input, &shape, input.size))
}

fn case(model: &Model, sources: &[String]) -> Message {
    let mut op = Message::new().bytes(1, "ascend_mbatch_case").bytes(2, "Case");
    for source in sources {
        op = op.bytes(5, source);
    }
    op = op
        .message(10, entry("_batch_num", int(model.gears.len() as i64)))
        .message(10, entry("mbatch_dynamic_type", int(1)))
        .message(10, entry("mbatch-inserted-node", Message::new().int(5, 1)));
    for (index, gear) in model.gears.iter().enumerate() {
        op = op.message(10, entry(&format!("_pred_value_{index}"), ints(&[*gear as i64])));
    }
    op
}

fn descriptor(tensor: &Tensor, shape: &[i64], size: u64) -> Message {
    let layout = match tensor.format {
        0 => "NCHW",
        1 => "NHWC",
        _ => "ND",
    };
    Message::new()
        .bytes(1, &tensor.name)
        .int(2, proto_type(tensor.data_type))
        .message(3, Message::new().packed(1, shape))
        .bytes(4, layout)
        .int(10, size as i64)
}

/// The proto's own numbering of an `aclDataType`.
fn proto_type(data_type: i32) -> i64 {
    match data_type {
        0 => 1,
        1 => 2,
        2 => 3,
        3 => 7,
        4 => 4,
        6 => 5,
        7 => 6,
        8 => 9,
        9 => 8,
        10 => 10,
        11 => 12,
        12 => 11,
        _ => 0,
    }
}

/// What the loader takes from the partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definition {
    /// Model name.
    pub name: String,
    /// Chip, empty if not told.
    pub soc: String,
    /// Working memory, bytes.
    pub work_size: u64,
    /// Memory for weights, bytes.
    pub weight_size: u64,
    /// Command line.
    pub command: String,
    /// Preprocessing.
    pub aipp: Option<Aipp>,
}

/// Reads the partition.
pub fn read(bytes: &[u8]) -> Result<Definition, Malformed> {
    let mut definition = Definition::default();
    for field in Fields::new(bytes) {
        match field? {
            (1, Field::Bytes(name)) => definition.name = string(name),
            (7, Field::Bytes(graph)) => definition.aipp = definition.aipp.take().or(find_aipp(graph)?),
            (11, Field::Bytes(entry)) => {
                let Some((key, value)) = split(entry)? else { continue };
                for field in Fields::new(value) {
                    match (key, field?) {
                        ("soc_version", (2, Field::Bytes(value))) => definition.soc = string(value),
                        ("atc_cmdline", (2, Field::Bytes(value))) => definition.command = string(value),
                        ("memory_size", (3, Field::Int(value))) => definition.work_size = value,
                        ("weight_size", (3, Field::Int(value))) => definition.weight_size = value,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(definition)
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn find_aipp(graph: &[u8]) -> Result<Option<Aipp>, Malformed> {
    for field in Fields::new(graph) {
        let (6, Field::Bytes(op)) = field? else { continue };
        for field in Fields::new(op) {
            let (10, Field::Bytes(attribute)) = field? else { continue };
            let Some(("aipp", value)) = split(attribute)? else { continue };
            for field in Fields::new(value) {
                if let (10, Field::Bytes(function)) = field? {
                    return Aipp::from_function(function).map(Some);
                }
            }
        }
    }
    Ok(None)
}
