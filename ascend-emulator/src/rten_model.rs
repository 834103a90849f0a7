//! An ONNX file as `rten` reads it. `rten` wants two things spelled out that the format leaves open: repeated numbers
//! one by one (protobuf allows a run of them in one field, "packed"), and attributes whose defaults follow from the
//! shape of the kernel. Field numbers are those of `onnx.proto3`.

use crate::protobuf::{Field, Fields, Malformed, Message};
use std::collections::HashMap;

/// Graphs inside attributes inside graphs, at most.
const DEPTH: u32 = 64;

/// Dimensions of the weights of a graph, by name.
type Weights = HashMap<Vec<u8>, Vec<i64>>;

/// The `ModelProto` in `bytes`, rewritten.
///
/// # Errors
/// If a message is malformed, or graphs are nested too deeply.
pub fn rten_model(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    rewrite(bytes, |model, number, inner| match number {
        7 => Ok(model.message(number, graph(inner, 0)?)),
        _ => Ok(model.bytes(number, inner)),
    })
    .map(Message::finish)
}

/// Writes the message anew; `part` writes the fields that have a length.
fn rewrite(
    bytes: &[u8],
    mut part: impl FnMut(Message, u32, &[u8]) -> Result<Message, Malformed>,
) -> Result<Message, Malformed> {
    let mut message = Message::new();
    for field in Fields::new(bytes) {
        message = match field? {
            (number, Field::Bytes(inner)) => part(message, number, inner)?,
            (number, value) => message.field(number, value),
        };
    }
    Ok(message)
}

fn graph(bytes: &[u8], depth: u32) -> Result<Message, Malformed> {
    if depth == DEPTH {
        return Err(Malformed);
    }
    let mut weights = Weights::new();
    for field in Fields::new(bytes) {
        if let (5, Field::Bytes(tensor)) = field? {
            let (name, dims) = name_and_dims(tensor)?;
            weights.insert(name, dims);
        }
    }
    rewrite(bytes, |graph, number, inner| match number {
        1 => Ok(graph.message(number, node(inner, &weights, depth)?)),
        5 => Ok(graph.message(number, tensor(inner)?)),
        _ => Ok(graph.bytes(number, inner)),
    })
}

fn name_and_dims(tensor: &[u8]) -> Result<(Vec<u8>, Vec<i64>), Malformed> {
    let (mut name, mut dims) = (Vec::new(), Vec::new());
    for field in Fields::new(tensor) {
        match field? {
            (1, value) => dims.extend(integers(value)?),
            (8, Field::Bytes(text)) => name = text.to_vec(),
            _ => {}
        }
    }
    Ok((name, dims))
}

/// One integer, or a run of them.
fn integers(value: Field<'_>) -> Result<Vec<i64>, Malformed> {
    match value {
        Field::Int(value) => Ok(vec![value as i64]),
        Field::Bytes(packed) => {
            let mut rest = Fields::new(packed);
            let mut values = Vec::new();
            while let Some(value) = rest.packed_int() {
                values.push(value? as i64);
            }
            Ok(values)
        }
        Field::Fixed64(_) | Field::Fixed32(_) => Err(Malformed),
    }
}

fn node(bytes: &[u8], weights: &Weights, depth: u32) -> Result<Message, Malformed> {
    let (mut operator, mut inputs) = (Vec::new(), Vec::new());
    let mut attributes: HashMap<Vec<u8>, Vec<i64>> = HashMap::new();
    for field in Fields::new(bytes) {
        match field? {
            (1, Field::Bytes(name)) => inputs.push(name.to_vec()),
            (4, Field::Bytes(name)) => operator = name.to_vec(),
            (5, Field::Bytes(attribute)) => {
                let (mut name, mut values) = (Vec::new(), Vec::new());
                for field in Fields::new(attribute) {
                    match field? {
                        (1, Field::Bytes(text)) => name = text.to_vec(),
                        (8, value) => values.extend(integers(value)?),
                        _ => {}
                    }
                }
                attributes.insert(name, values);
            }
            _ => {}
        }
    }
    let node = rewrite(bytes, |node, number, inner| match number {
        5 => Ok(node.message(number, attribute(inner, depth)?)),
        _ => Ok(node.bytes(number, inner)),
    })?;
    let missing = |name: &str| !attributes.contains_key(name.as_bytes());
    Ok(match operator.as_slice() {
        b"Conv" | b"ConvTranspose" | b"ConvInteger" if missing("kernel_shape") => {
            match inputs.get(1).and_then(|name| weights.get(name)) {
                // The kernel is output channels × input channels × its shape.
                Some(dims) if dims.len() > 2 => node.message(5, ints("kernel_shape", &dims[2..])),
                _ => node,
            }
        }
        b"MaxPool" | b"AveragePool" if missing("strides") => match attributes.get(b"kernel_shape".as_slice())
        {
            Some(shape) => node.message(5, ints("strides", &vec![1; shape.len()])),
            None => node,
        },
        _ => node,
    })
}

/// An `AttributeProto` of integers.
fn ints(name: &str, values: &[i64]) -> Message {
    values.iter().fold(Message::new().bytes(1, name), |message, value| message.int(8, *value)).int(20, 7)
}

fn attribute(bytes: &[u8], depth: u32) -> Result<Message, Malformed> {
    rewrite(bytes, |mut attribute, number, inner| {
        match number {
            // `floats`.
            7 => {
                let (words, []) = inner.as_chunks::<4>() else { return Err(Malformed) };
                for word in words {
                    attribute = attribute.float(number, f32::from_le_bytes(*word));
                }
            }
            // `ints`.
            8 => {
                for value in integers(Field::Bytes(inner))? {
                    attribute = attribute.int(number, value);
                }
            }
            5 | 10 => attribute = attribute.message(number, tensor(inner)?),
            6 | 11 => attribute = attribute.message(number, graph(inner, depth + 1)?),
            _ => attribute = attribute.bytes(number, inner),
        }
        Ok(attribute)
    })
}

fn tensor(bytes: &[u8]) -> Result<Message, Malformed> {
    rewrite(bytes, |mut tensor, number, inner| {
        if number != 1 {
            return Ok(tensor.bytes(number, inner));
        }
        for dim in integers(Field::Bytes(inner))? {
            tensor = tensor.int(number, dim);
        }
        Ok(tensor)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(tensor: Message, attribute: Message) -> Vec<u8> {
        let node = Message::new().bytes(1, "x").bytes(1, "w").bytes(4, "Conv").message(5, attribute);
        Message::new().message(7, Message::new().message(1, node).message(5, tensor)).finish()
    }

    #[test]
    fn packed_and_single_numbers_become_the_same() {
        let floats: Vec<u8> = [0.5_f32, -2.0].into_iter().flat_map(f32::to_le_bytes).collect();
        let packed = model(
            Message::new().packed(1, &[3, 300]),
            Message::new().bytes(1, "kernel_shape").bytes(7, floats).packed(8, &[1, -1]),
        );
        let single = model(
            Message::new().int(1, 3).int(1, 300),
            Message::new().bytes(1, "kernel_shape").float(7, 0.5).float(7, -2.0).int(8, 1).int(8, -1),
        );
        assert_ne!(packed, single);
        assert_eq!(rten_model(&packed).unwrap(), single);
        assert_eq!(rten_model(&single).unwrap(), single);
    }

    #[test]
    fn a_convolution_says_its_kernels_shape() {
        let weights = Message::new().packed(1, &[8, 4, 3, 5]).bytes(8, "w");
        let rewritten = rten_model(&model(weights, Message::new().bytes(1, "group").int(3, 1))).unwrap();
        let wanted = ints("kernel_shape", &[3, 5]).finish();
        assert!(rewritten.windows(wanted.len()).any(|part| part == wanted));
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut graph = Message::new();
        for _ in 0..100 {
            let attribute = Message::new().message(6, graph);
            graph = Message::new().message(1, Message::new().message(5, attribute));
        }
        assert_eq!(rten_model(&Message::new().message(7, graph).finish()), Err(Malformed));
    }
}
