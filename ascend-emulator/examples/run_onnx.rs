//! Computes an ONNX model as the emulator does, without ACL around it:
//!
//! ```sh
//! run_onnx MODEL.onnx FOLDER INPUT_DIMS...
//! ```
//!
//! `INPUT_DIMS` are such as `1x3x224x224`, one for each input, `scalar` for one without dimensions. Input `i` is read
//! from `FOLDER/input_i`, raw and little-endian, in the type that the model declares; output `i` is written to
//! `FOLDER/output_i`, and a line on standard output has its `aclDataType` and dimensions.

use ascendcl_emulated::network::{Network, Onnx};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder, dims @ ..] = arguments.as_slice() else {
        return Err("usage: run_onnx MODEL.onnx FOLDER INPUT_DIMS...".into());
    };
    let folder = Path::new(folder);
    let onnx = Onnx::parse(&std::fs::read(model)?)?;
    let shapes = dims.iter().map(|dims| shape(dims)).collect::<Result<Vec<_>, _>>()?;
    let mut inputs = Vec::new();
    for (index, input) in onnx.inputs().iter().enumerate() {
        inputs.push((input.data_type, std::fs::read(folder.join(format!("input_{index}")))?));
    }
    let network = Network::new(onnx, false);
    let outputs = network.outputs(0, &shapes)?;
    let types: Vec<i32> = outputs.iter().map(|(data_type, _)| *data_type).collect();
    let values = network.run(0, &shapes, &inputs, &types)?;
    for (index, ((data_type, dims), bytes)) in outputs.iter().zip(values).enumerate() {
        std::fs::write(folder.join(format!("output_{index}")), bytes)?;
        println!("{data_type} {dims:?}");
    }
    Ok(())
}

fn shape(dims: &str) -> Result<Vec<i64>, std::num::ParseIntError> {
    if dims == "scalar" { Ok(Vec::new()) } else { dims.split('x').map(str::parse).collect() }
}
