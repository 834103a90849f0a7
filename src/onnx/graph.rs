//! A network's layers as ONNX nodes.

use crate::network::{Convolution, Dense, FEATURE_NAME, INPUT_NAME, LOGITS_NAME, Layer, Pool, Weights};
use crate::protobuf::Message;

/// `AttributeProto.type`.
const INT: i64 = 2;
const INTS: i64 = 7;
/// `TensorProto.data_type` and `TypeProto.Tensor.elem_type`.
pub(super) const FLOAT: i64 = 1;

/// Nodes and initializers in the order in which they compute.
pub(super) struct Graph<'a> {
    weights: &'a Weights,
    nodes: Vec<Message>,
    initializers: Vec<Message>,
    pools: usize,
}

impl<'a> Graph<'a> {
    /// The graph from [`INPUT_NAME`] to [`FEATURE_NAME`], and on to [`LOGITS_NAME`] if `logits` is set.
    pub(super) fn new(weights: &'a Weights, logits: bool) -> Graph<'a> {
        let mut graph = Graph { weights, nodes: Vec::new(), initializers: Vec::new(), pools: 0 };
        let mut value = INPUT_NAME.to_string();
        for layer in weights.network().layers() {
            value = match layer {
                Layer::Convolution(convolution) => graph.convolution(&value, &convolution),
                Layer::Residual(first, second) => {
                    let inner = graph.convolution(&value, &first);
                    let inner = graph.convolution(&inner, &second);
                    let sum = format!("{}/sum", second.name);
                    graph.node("Add", &[&value, &inner], &[&sum], vec![])
                }
                Layer::Pool(pool) => graph.pool(&value, pool),
                Layer::Dense(dense) => graph.dense(&value, &dense),
            };
        }
        if logits {
            graph.gemm(&value, "fc2", weights.head().is_some_and(|head| head.bias.is_some()), LOGITS_NAME);
        }
        graph
    }

    /// `GraphProto.node` (1) and `GraphProto.initializer` (5).
    pub(super) fn write(self, into: Message) -> Message {
        into.messages(1, self.nodes).messages(5, self.initializers)
    }

    fn convolution(&mut self, input: &str, convolution: &Convolution) -> String {
        let name = &convolution.name;
        let side = convolution.kernel as i64;
        let weight = self.initializer(&format!("{name}.weight"));
        let bias = self.initializer(&format!("{name}.bias"));
        let attributes = vec![
            integers("kernel_shape", &[side; 2]),
            integers("pads", &[side / 2; 4]),
            integers("strides", &[1; 2]),
        ];
        let filters = self.node("Conv", &[input, &weight, &bias], &[&format!("{name}/conv")], attributes);
        self.max_feature_map(&filters, name, convolution.output, &format!("{name}/mfm"))
    }

    /// `Split` into halves along the channels, then `Max`: both are ordinary AI Core operators, and halves
    /// that are multiples of 16 channels (all of ours) are split without moving data between blocks.
    fn max_feature_map(&mut self, input: &str, name: &str, output: usize, result: &str) -> String {
        let (low, high) = (format!("{name}/low"), format!("{name}/high"));
        let attributes = vec![integer("axis", 1), integers("split", &[output as i64; 2])];
        self.node("Split", &[input], &[&low, &high], attributes);
        self.node("Max", &[&low, &high], &[result], vec![])
    }

    fn pool(&mut self, input: &str, pool: Pool) -> String {
        self.pools += 1;
        let name = format!("pool{}", self.pools);
        let window = || vec![integers("kernel_shape", &[2; 2]), integers("strides", &[2; 2])];
        let max = self.node("MaxPool", &[input], &[&format!("{name}/max")], window());
        match pool {
            Pool::Max => max,
            Pool::MaxPlusAverage => {
                let mean = self.node("AveragePool", &[input], &[&format!("{name}/average")], window());
                self.node("Add", &[&max, &mean], &[&format!("{name}/sum")], vec![])
            }
        }
    }

    fn dense(&mut self, input: &str, dense: &Dense) -> String {
        let name = &dense.name;
        let flat = self.node("Flatten", &[input], &[&format!("{name}/flat")], vec![integer("axis", 1)]);
        if dense.max_feature_map {
            let rows = self.gemm(&flat, name, true, &format!("{name}/gemm"));
            self.max_feature_map(&rows, name, dense.output, FEATURE_NAME)
        } else {
            self.gemm(&flat, name, true, FEATURE_NAME)
        }
    }

    fn gemm(&mut self, input: &str, name: &str, bias: bool, result: &str) -> String {
        let weight = self.initializer(&format!("{name}.weight"));
        let mut inputs = vec![input.to_string(), weight];
        if bias {
            inputs.push(self.initializer(&format!("{name}.bias")));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.node("Gemm", &inputs, &[result], vec![integer("transB", 1)])
    }

    /// Adds a `NodeProto` named like its first output, and gives that output's name.
    fn node(&mut self, op: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<Message>) -> String {
        let mut node = Message::default();
        for input in inputs {
            node = node.text(1, input);
        }
        for output in outputs {
            node = node.text(2, output);
        }
        self.nodes.push(node.text(3, outputs[0]).text(4, op).messages(5, attributes));
        outputs[0].to_string()
    }

    /// Adds a `TensorProto` with the weights called `name`, as little-endian float32.
    fn initializer(&mut self, name: &str) -> String {
        let tensor = self.weights.get(name);
        let dims: Vec<i64> = tensor.shape.iter().map(|side| *side as i64).collect();
        let data: Vec<u8> = tensor.data.iter().flat_map(|value| value.to_le_bytes()).collect();
        let tensor = Message::default().integers(1, &dims).integer(2, FLOAT).text(8, name).bytes(9, &data);
        self.initializers.push(tensor);
        name.to_string()
    }
}

fn integer(name: &str, value: i64) -> Message {
    Message::default().text(1, name).integer(3, value).integer(20, INT)
}

fn integers(name: &str, values: &[i64]) -> Message {
    Message::default().text(1, name).integers(8, values).integer(20, INTS)
}
