//! A network and its weights as an ONNX file, for `atc` and for any other ONNX runtime.
//!
//! The file computes features only: the classifier head is left out unless asked for. Equal weights and
//! options give equal bytes.
//!
//! Sources: `onnx.proto` and the operator list of ONNX; CANN's `atc` documentation for the operator set.

mod graph;

use crate::error::ErrorKind;
use crate::network::{FEATURE_LENGTH, FEATURE_NAME, INPUT_NAME, LOGITS_NAME, Network, SIDE, Weights};
use crate::protobuf::Message;
use graph::{FLOAT, Graph};
use std::num::NonZeroU32;

/// The operator set. `atc` takes 11 to 18, and CANN 5 asks for 11.
pub const OPSET: i64 = 11;

/// The file format version that belongs to operator set 11 (ONNX 1.6).
const IR_VERSION: i64 = 6;

/// How a network is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// Images per call.
    pub batch: ExportBatch,
    /// Also give the logits, as the first output and before the features: the order in which MindSpore's
    /// `lightCNN_9Layers4Test` exports them.
    pub logits: bool,
    /// SHA-256 of the weight file, in hex; kept in the file's metadata.
    pub weights_sha256: Option<String>,
}

/// Images per call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportBatch {
    /// Always so many.
    Fixed(NonZeroU32),
    /// As many as the caller brings: the first dimension is the symbol `N`.
    Dynamic,
}

/// Logits were asked for, and these weights have no classifier head.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the weights of {network} have no classifier head (fc2), so no logits can be exported; export features only"
)]
pub struct NoHead {
    /// The network.
    pub network: Network,
}

impl NoHead {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Unsupported
    }
}

/// The ONNX file of `weights`.
///
/// # Errors
/// [`NoHead`] if logits are asked for and the weights have no head.
pub fn export(weights: &Weights, options: &ExportOptions) -> Result<Vec<u8>, NoHead> {
    let network = weights.network();
    let head = weights.head();
    if options.logits && head.is_none() {
        return Err(NoHead { network });
    }
    let channels = network.input().channels();
    let graph = Graph::new(weights, options.logits).write(Message::default());
    let mut graph = graph.text(2, network.name());
    graph = graph.message(11, tensor(INPUT_NAME, options.batch, &[channels, SIDE, SIDE]));
    if let (true, Some(head)) = (options.logits, head) {
        graph = graph.message(12, tensor(LOGITS_NAME, options.batch, &[head.classes]));
    }
    graph = graph.message(12, tensor(FEATURE_NAME, options.batch, &[FEATURE_LENGTH]));

    let mut model = Message::default()
        .integer(1, IR_VERSION)
        .text(2, env!("CARGO_PKG_NAME"))
        .text(3, env!("CARGO_PKG_VERSION"))
        .message(7, graph)
        .message(8, Message::default().text(1, "").integer(2, OPSET))
        .message(14, entry("network", network.name()));
    if let Some(sha256) = &options.weights_sha256 {
        model = model.message(14, entry("weights_sha256", sha256));
    }
    Ok(model.into_bytes())
}

/// A `ValueInfoProto` of a float32 tensor `N×rest`.
fn tensor(name: &str, batch: ExportBatch, rest: &[usize]) -> Message {
    let first = match batch {
        ExportBatch::Fixed(size) => Message::default().integer(1, i64::from(size.get())),
        ExportBatch::Dynamic => Message::default().text(2, "N"),
    };
    let rest = rest.iter().map(|side| Message::default().integer(1, *side as i64));
    let shape = Message::default().message(1, first).messages(1, rest);
    let tensor = Message::default().integer(1, FLOAT).message(2, shape);
    Message::default().text(1, name).message(2, Message::default().message(1, tensor))
}

/// A `StringStringEntryProto`.
fn entry(key: &str, value: &str) -> Message {
    Message::default().text(1, key).text(2, value)
}

#[cfg(test)]
mod tests;
