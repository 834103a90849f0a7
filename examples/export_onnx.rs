//! Writes the ONNX file of a network with seeded, untrained weights.
//!
//! `cargo run --example export_onnx -- lightcnn9 lightcnn9.onnx [BATCH] [--logits]`; without BATCH the batch
//! is dynamic. `tests/onnx_check.py` checks such files against the golden features.

use lightcnn::network::{DEMO_SEED, Network, seeded};
use lightcnn::onnx::{ExportBatch, ExportOptions, export};
use std::error::Error;

const USAGE: &str = "usage: export_onnx NETWORK OUTPUT.onnx [BATCH] [--logits]";

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, arguments): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let [network, output, batch @ ..] = arguments.as_slice() else { return Err(USAGE.into()) };
    let network: Network = network.parse()?;
    let batch = match batch {
        [] => ExportBatch::Dynamic,
        [size] => ExportBatch::Fixed(size.parse()?),
        _ => return Err(USAGE.into()),
    };
    let logits = flags.iter().any(|flag| flag == "--logits");
    let weights = seeded(network, DEMO_SEED, if logits { 16 } else { 0 });
    std::fs::write(output, export(&weights, &ExportOptions { batch, logits, weights_sha256: None })?)?;
    Ok(())
}
