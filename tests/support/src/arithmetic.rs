//! A small ONNX model, written byte by byte, and its compilation by the emulator's `atc`.

use crate::emulator;
use crate::protobuf::{message, number, text};
use std::path::{Path, PathBuf};

/// Values of one sample of the input `data`, N×1×2×3.
pub const INPUTS: usize = 6;

/// What output `scaled` is for one value of the input.
pub fn scaled(x: f32) -> f32 {
    3.0 * x
}

/// What output `shifted` is for one value of the input.
pub fn shifted(x: f32) -> f32 {
    x + 5.0
}

/// Writes `scaled = 3 * data` and `shifted = data + 5` as ONNX.
fn write_onnx(path: &Path) {
    let dims = |first: &[u8]| {
        let dim = |value: &[u8]| message(1, value);
        let mut shape = message(1, first);
        for size in [1, 2, 3] {
            shape.extend(dim(&number(1, size)));
        }
        shape
    };
    let value = |name: &str| {
        let tensor = [number(1, 1), message(2, &dims(&text(2, "N")))].concat();
        [text(1, name), message(2, &message(1, &tensor))].concat()
    };
    let constant = |name: &str, value: f32| {
        [number(1, 1), number(2, 1), text(8, name), message(9, &value.to_le_bytes())].concat()
    };
    let node = |op: &str, constant: &str, output: &str| {
        [text(1, "data"), text(1, constant), text(2, output), text(3, output), text(4, op)].concat()
    };
    let graph = [
        message(1, &node("Mul", "three", "scaled")),
        message(1, &node("Add", "five", "shifted")),
        text(2, "arithmetic"),
        message(5, &constant("three", 3.0)),
        message(5, &constant("five", 5.0)),
        message(11, &value("data")),
        message(12, &value("scaled")),
        message(12, &value("shifted")),
    ]
    .concat();
    let opset = [text(1, ""), number(2, 11)].concat();
    let model = [number(1, 6), message(8, &opset), message(7, &graph)].concat();
    std::fs::write(path, model).unwrap();
}

/// Compiles the model for the emulator in `folder`: with these gears, or for the fixed batch of one if there are
/// none.
pub fn om(folder: &Path, gears: &[u64]) -> PathBuf {
    let onnx = folder.join("arithmetic.onnx");
    write_onnx(&onnx);
    let name = if gears.is_empty() { "fixed".to_owned() } else { format!("gears{}", gears.len()) };
    let output = folder.join(name);
    let list = gears.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let mut arguments = vec![
        "--framework=5".to_owned(),
        format!("--model={}", onnx.display()),
        format!("--output={}", output.display()),
        "--soc_version=Ascend310P3".to_owned(),
        "--input_format=NCHW".to_owned(),
    ];
    if gears.is_empty() {
        arguments.push("--input_shape=data:1,1,2,3".to_owned());
    } else {
        arguments.push("--input_shape=data:-1,1,2,3".to_owned());
        arguments.push(format!("--dynamic_batch_size={list}"));
    }
    emulator::atc(&arguments);
    output.with_extension("om")
}
