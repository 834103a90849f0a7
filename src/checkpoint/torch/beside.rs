//! What is beside the tensors, as a person reads it.

use super::graph::{Global, Graph, Node, Object, Value};
use super::shown;
use crate::checkpoint::dtype::{Dtype, Kind};

/// The value as text: a number or a text as it is, an object by the name of its class. Nothing for containers and
/// tensors.
pub(super) fn show(graph: &Graph, value: Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        Value::Text(text) => Some(shown(text)),
        Value::Global(class) => Some(name(class)),
        Value::Node(_) => match graph.node(value)? {
            Node::Object(object) => numpy_scalar(graph, object).or_else(|| {
                let class = match object.class {
                    Value::Global(class) => name(class),
                    _ => "a class".to_string(),
                };
                Some(format!("an object of {class}, not read"))
            }),
            _ => None,
        },
        Value::None | Value::Long(_) | Value::Bytes(_) | Value::Opaque => None,
    }
}

fn name(class: Global) -> String {
    match class {
        Global::Other(module, name) => shown(&format!("{module}.{name}")),
        Global::Storage(class) => shown(&format!("torch.{class}")),
        Global::OrderedDict => "collections.OrderedDict".to_string(),
        _ => "a function of PyTorch".to_string(),
    }
}

/// The number in `numpy.core.multiarray.scalar(dtype('f8'), bytes)`.
fn numpy_scalar(graph: &Graph, object: &Object) -> Option<String> {
    let Value::Global(Global::Other("numpy.core.multiarray" | "numpy._core.multiarray", "scalar")) =
        object.class
    else {
        return None;
    };
    let [dtype, content] = *graph.tuple(object.arguments)? else { return None };
    let Node::Object(dtype) = graph.node(dtype)? else { return None };
    let [Value::Text(word), ..] = *graph.tuple(dtype.arguments)? else { return None };
    // Big-endian numbers are of machines that PyTorch's files are refused from.
    let kind = Dtype::numpy(word).kind?;
    let content = match content {
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Text(text) => text.as_bytes().to_vec(),
        content => latin1(graph, content)?,
    };
    (kind != Kind::Text && kind.size() == Some(content.len())).then(|| kind.show(&content))
}

/// The bytes in `_codecs.encode(text, 'latin1')`, as Python 3 writes them for Python 2.
fn latin1(graph: &Graph, value: Value) -> Option<Vec<u8>> {
    let Node::Object(object) = graph.node(value)? else { return None };
    let Value::Global(Global::Other("_codecs", "encode")) = object.class else { return None };
    let [Value::Text(text), ..] = *graph.tuple(object.arguments)? else { return None };
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}
