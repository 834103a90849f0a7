//! An ONNX file: what it declares, and the few changes that `atc` makes to it.
//!
//! Messages are changed field by field; what is not understood stays as it is. Field numbers are those of
//! `onnx.proto3`.

use crate::protobuf::{Field, Fields, Malformed, Message};
use half::f16;

/// `ModelProto.opset_import`.
const OPSETS: u32 = 8;
/// `ModelProto.graph`.
const GRAPH: u32 = 7;
/// `GraphProto.node`.
const NODES: u32 = 1;
/// `GraphProto.initializer`.
const INITIALIZERS: u32 = 5;
/// `GraphProto.input`.
const INPUTS: u32 = 11;
/// `GraphProto.output`.
const OUTPUTS: u32 = 12;
/// `GraphProto.value_info`.
const VALUES: u32 = 13;
/// `TensorProto.name`.
const TENSOR_NAME: u32 = 8;
/// `TensorProto.DataType` of 32-bit floats.
const FLOAT: u64 = 1;

/// An input or output as the ONNX file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// `aclDataType`; -1 if not declared.
    pub data_type: i32,
    /// Dimensions; -1 where the file leaves one open. Empty if not declared.
    pub dims: Vec<i64>,
}

/// A node: what it is called and what it makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its name; may be empty.
    pub name: String,
    /// Its operator, such as `Conv`.
    pub operator: String,
    /// Names of its outputs.
    pub outputs: Vec<String>,
    /// `aclDataType` of the attribute `to`, which `Cast` has; -1 if there is none.
    pub cast_to: i32,
}

/// A parsed ONNX model.
#[derive(Clone, Debug)]
pub struct Onnx {
    bytes: Vec<u8>,
    opset: i64,
    nodes: Vec<Node>,
    inputs: Vec<Declared>,
    outputs: Vec<Declared>,
    values: Vec<Declared>,
}

impl Onnx {
    /// Parses an ONNX file.
    ///
    /// # Errors
    /// If it is no protobuf message, or holds no graph.
    pub fn parse(bytes: &[u8]) -> Result<Onnx, String> {
        let malformed = |_| "the file is no protobuf message".to_string();
        let mut onnx = Onnx {
            bytes: bytes.to_vec(),
            opset: 0,
            nodes: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            values: Vec::new(),
        };
        let mut found = false;
        for field in Fields::new(bytes) {
            match field.map_err(malformed)? {
                (GRAPH, Field::Bytes(graph)) => {
                    found = true;
                    onnx.read_graph(graph).map_err(malformed)?;
                }
                (OPSETS, Field::Bytes(set)) => {
                    if let Some(version) = default_opset(set).map_err(malformed)? {
                        onnx.opset = version;
                    }
                }
                _ => {}
            }
        }
        if found { Ok(onnx) } else { Err("the file holds no graph".to_string()) }
    }

    fn read_graph(&mut self, graph: &[u8]) -> Result<(), Malformed> {
        let mut weights = Vec::new();
        for field in Fields::new(graph) {
            match field? {
                (NODES, Field::Bytes(bytes)) => self.nodes.push(node(bytes)?),
                (INPUTS, Field::Bytes(bytes)) => self.inputs.push(declared(bytes)?),
                (OUTPUTS, Field::Bytes(bytes)) => self.outputs.push(declared(bytes)?),
                (VALUES, Field::Bytes(bytes)) => self.values.push(declared(bytes)?),
                (INITIALIZERS, Field::Bytes(bytes)) => weights.push(text_field(bytes, TENSOR_NAME)?),
                _ => {}
            }
        }
        self.inputs.retain(|input| !weights.contains(&input.name));
        Ok(())
    }

    /// The file's bytes, as changed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Version of the default operator set; 0 if none is named.
    pub fn opset(&self) -> i64 {
        self.opset
    }

    /// Inputs that are no weights, in order.
    pub fn inputs(&self) -> &[Declared] {
        &self.inputs
    }

    /// Outputs, in order.
    pub fn outputs(&self) -> &[Declared] {
        &self.outputs
    }

    /// The nodes, in order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that makes `output`, and which of its outputs that is.
    pub fn producer(&self, output: &str) -> Option<(&Node, usize)> {
        self.nodes.iter().find_map(|node| {
            let index = node.outputs.iter().position(|name| name == output)?;
            Some((node, index))
        })
    }

    /// `aclDataType` that the file declares for a value, or that its operator's definition gives it; -1 if neither
    /// says.
    pub fn declared_type(&self, value: &str) -> i32 {
        let all = self.outputs.iter().chain(&self.values);
        let known =
            all.filter(|known| known.name == value).map(|known| known.data_type).find(|kind| *kind >= 0);
        known.unwrap_or_else(|| match self.producer(value) {
            Some((node, index)) => match (node.operator.as_str(), index) {
                ("Cast", _) => node.cast_to,
                ("ArgMax" | "ArgMin" | "Shape" | "Size" | "NonZero" | "NonMaxSuppression", _)
                | ("TopK", 1) => 9,
                _ => -1,
            },
            None => -1,
        })
    }

    /// Makes `names` the graph's outputs.
    ///
    /// # Errors
    /// If the model cannot be read any more after the change.
    pub fn set_outputs(&mut self, names: &[String]) -> Result<(), String> {
        let outputs: Vec<Declared> = names
            .iter()
            .map(|name| {
                let known = self.outputs.iter().chain(&self.values).find(|known| known.name == *name);
                known.cloned().unwrap_or_else(|| Declared {
                    name: name.clone(),
                    data_type: -1,
                    dims: Vec::new(),
                })
            })
            .collect();
        self.change_graph(
            |field, _| (field == OUTPUTS).then(Message::new),
            |graph| outputs.iter().fold(graph, |graph, output| graph.message(OUTPUTS, value_info(output))),
        )
    }

    /// Gives the inputs other dimensions, in their order. A dimension of -1 is open and called `batch`. Dimensions
    /// that the file declares for other values are dropped, as they may no longer be true.
    ///
    /// # Errors
    /// If the model cannot be read any more after the change.
    pub fn set_input_dims(&mut self, dims: &[Vec<i64>]) -> Result<(), String> {
        let inputs: Vec<Declared> = self
            .inputs
            .iter()
            .zip(dims)
            .map(|(input, dims)| Declared { dims: dims.clone(), ..input.clone() })
            .collect();
        let undimensioned = |known: &Declared| Declared { dims: Vec::new(), ..known.clone() };
        let outputs: Vec<Declared> = self.outputs.iter().map(undimensioned).collect();
        let is_input = |bytes: &[u8]| {
            declared(bytes).is_ok_and(|found| inputs.iter().any(|input| input.name == found.name))
        };
        self.change_graph(
            |field, bytes| {
                let dropped = matches!(field, OUTPUTS | VALUES) || field == INPUTS && is_input(bytes);
                dropped.then(Message::new)
            },
            |graph| {
                let graph =
                    inputs.iter().fold(graph, |graph, input| graph.message(INPUTS, value_info(input)));
                outputs.iter().fold(graph, |graph, output| graph.message(OUTPUTS, value_info(output)))
            },
        )
    }

    /// Rounds the weights to 16-bit floats.
    ///
    /// # Errors
    /// If the model cannot be read any more after the change.
    pub fn round_weights(&mut self) -> Result<(), String> {
        self.change_graph(
            |field, bytes| {
                let rounded = (field == INITIALIZERS).then(|| rounded(bytes))?;
                rounded.ok().map(|tensor| Message::new().bytes(INITIALIZERS, tensor))
            },
            |graph| graph,
        )
    }

    /// Rewrites the graph: `change` sees each field that is a message or text and may put another message part in its
    /// place, `append` adds what comes last.
    fn change_graph(
        &mut self,
        change: impl Fn(u32, &[u8]) -> Option<Message>,
        append: impl FnOnce(Message) -> Message,
    ) -> Result<(), String> {
        let mut model = Message::new();
        let mut append = Some(append);
        for field in Fields::new(&self.bytes) {
            let (number, value) = field.map_err(|_| "the file is no protobuf message")?;
            let (GRAPH, Field::Bytes(old)) = (number, value) else {
                model = model.field(number, value);
                continue;
            };
            let mut graph = Message::new();
            for field in Fields::new(old) {
                let (number, value) = field.map_err(|_| "the graph is no protobuf message")?;
                let changed = match value {
                    Field::Bytes(bytes) => change(number, bytes),
                    _ => None,
                };
                graph = match changed {
                    Some(part) => graph.append(part),
                    None => graph.field(number, value),
                };
            }
            if let Some(append) = append.take() {
                graph = append(graph);
            }
            model = model.message(GRAPH, graph);
        }
        *self = Onnx::parse(&model.finish())?;
        Ok(())
    }
}

/// The version in an `OperatorSetIdProto`, if it is of the default set.
fn default_opset(bytes: &[u8]) -> Result<Option<i64>, Malformed> {
    let domain = text_field(bytes, 1)?;
    let mut version = 0;
    for field in Fields::new(bytes) {
        if let (2, Field::Int(value)) = field? {
            version = value as i64;
        }
    }
    Ok((domain.is_empty() || domain == "ai.onnx").then_some(version))
}

/// The last text of this field number; empty if there is none.
fn text_field(bytes: &[u8], wanted: u32) -> Result<String, Malformed> {
    let mut text = String::new();
    for field in Fields::new(bytes) {
        if let (number, Field::Bytes(bytes)) = field?
            && number == wanted
        {
            text = String::from_utf8_lossy(bytes).into_owned();
        }
    }
    Ok(text)
}

/// Reads a `NodeProto`.
fn node(bytes: &[u8]) -> Result<Node, Malformed> {
    let mut node = Node { cast_to: -1, ..Node::default() };
    for field in Fields::new(bytes) {
        let (number, Field::Bytes(bytes)) = field? else { continue };
        let text = || String::from_utf8_lossy(bytes).into_owned();
        match number {
            2 => node.outputs.push(text()),
            3 => node.name = text(),
            4 => node.operator = text(),
            5 if text_field(bytes, 1)? == "to" => {
                for field in Fields::new(bytes) {
                    if let (3, Field::Int(kind)) = field? {
                        node.cast_to = acl_type(kind);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(node)
}

/// Reads a `ValueInfoProto`: `type.tensor_type` has the element type and `shape.dim`, each a value or a name.
fn declared(bytes: &[u8]) -> Result<Declared, Malformed> {
    let mut value = Declared { name: text_field(bytes, 1)?, data_type: -1, dims: Vec::new() };
    for tensor in parts(&parts(&[bytes], 2)?, 1)? {
        for field in Fields::new(tensor) {
            if let (1, Field::Int(kind)) = field? {
                value.data_type = acl_type(kind);
            }
        }
        for dim in parts(&parts(&[tensor], 2)?, 1)? {
            let mut size = -1;
            for field in Fields::new(dim) {
                if let (1, Field::Int(found)) = field?
                    && found as i64 > 0
                {
                    size = found as i64;
                }
            }
            value.dims.push(size);
        }
    }
    Ok(value)
}

/// The messages of field `wanted` in each of `messages`.
fn parts<'a>(messages: &[&'a [u8]], wanted: u32) -> Result<Vec<&'a [u8]>, Malformed> {
    let mut found = Vec::new();
    for message in messages {
        for field in Fields::new(message) {
            if let (number, Field::Bytes(part)) = field?
                && number == wanted
            {
                found.push(part);
            }
        }
    }
    Ok(found)
}

/// Writes a `ValueInfoProto`.
fn value_info(value: &Declared) -> Message {
    let info = Message::new().bytes(1, &value.name);
    let Some(kind) = onnx_type(value.data_type) else { return info };
    let mut tensor = Message::new().int(1, kind);
    if !value.dims.is_empty() {
        let shape = value.dims.iter().fold(Message::new(), |shape, dim| {
            let dim = if *dim < 0 { Message::new().bytes(2, BATCH) } else { Message::new().int(1, *dim) };
            shape.message(1, dim)
        });
        tensor = tensor.message(2, shape);
    }
    info.message(2, Message::new().message(1, tensor))
}

/// Name of an open dimension.
pub const BATCH: &str = "batch";

/// A `TensorProto` with its 32-bit floats rounded to 16 bits; others as they are.
fn rounded(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut is_float = false;
    for field in Fields::new(bytes) {
        is_float |= field? == (2, Field::Int(FLOAT));
    }
    let mut tensor = Message::new();
    for field in Fields::new(bytes) {
        let (number, value) = field?;
        tensor = match (number, value) {
            // `float_data`, packed, or `raw_data`.
            (4 | 9, Field::Bytes(floats)) if is_float => tensor.bytes(number, round_floats(floats)),
            (4, Field::Fixed32(bits)) if is_float => tensor.float(4, round(f32::from_bits(bits))),
            _ => tensor.field(number, value),
        };
    }
    Ok(tensor.finish())
}

fn round_floats(bytes: &[u8]) -> Vec<u8> {
    bytes.as_chunks::<4>().0.iter().flat_map(|word| round(f32::from_le_bytes(*word)).to_le_bytes()).collect()
}

fn round(value: f32) -> f32 {
    f16::from_f32(value).to_f32()
}

/// `TensorProto.DataType` and `aclDataType` of the types that both have.
const TYPES: [(u64, i32); 12] =
    [(1, 0), (2, 4), (3, 2), (4, 7), (5, 6), (6, 3), (7, 9), (9, 12), (10, 1), (11, 11), (12, 8), (13, 10)];

/// `aclDataType` of an ONNX element type; -1 if there is none.
fn acl_type(onnx: u64) -> i32 {
    TYPES.iter().find(|(kind, _)| *kind == onnx).map_or(-1, |(_, acl)| *acl)
}

/// ONNX element type of an `aclDataType`.
fn onnx_type(acl: i32) -> Option<i64> {
    TYPES.iter().find(|(_, kind)| *kind == acl).map(|(onnx, _)| *onnx as i64)
}

/// Bytes of one value of an `aclDataType`; 0 if unknown.
pub fn type_size(acl: i32) -> usize {
    match acl {
        2 | 4 | 12 | 29 | 30 | 34..=41 => 1,
        1 | 6 | 7 | 27 => 2,
        0 | 3 | 8 | 33 => 4,
        9 | 10 | 11 | 16 => 8,
        17 => 16,
        _ => 0,
    }
}
