//! A face network that costs nothing: a feature is the mean of each 8×8 block of the face. Written as ONNX byte by
//! byte, compiled by the emulator's `atc`.

use crate::emulator;
use crate::pictures::pgm;
use crate::protobuf::{message, number, text};
use std::path::{Path, PathBuf};

/// Side of a face, in pixels.
const SIDE: usize = 128;

/// Values of a feature.
const FEATURE_LENGTH: usize = 256;

/// Pixels of face `id`: no two faces look alike.
pub fn face(id: u64) -> Vec<u8> {
    let mut state = id.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x1234_5678;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    // One gray per block, so that features differ, and a little noise, so that every pixel counts.
    let blocks: Vec<u32> = (0..FEATURE_LENGTH).map(|_| next() % 200).collect();
    (0..SIDE * SIDE).map(|at| (blocks[at / SIDE / 8 * 16 + at % SIDE / 8] + next() % 50) as u8).collect()
}

/// What the network gives for a face.
pub fn feature(face: &[u8]) -> Vec<f32> {
    let mean = |block: usize| {
        let (top, left) = (block / 16 * 8, block % 16 * 8);
        let sum: u32 = (0..64).map(|at| u32::from(face[(top + at / 8) * SIDE + left + at % 8])).sum();
        sum as f32 / 64.0 / 255.0
    };
    (0..FEATURE_LENGTH).map(mean).collect()
}

/// Writes the face as a picture that `eval` takes unchanged.
pub fn write_picture(path: &Path, face: &[u8]) {
    std::fs::write(path, pgm(SIDE, SIDE, |at| face[at])).unwrap();
}

/// Compiles the network in `folder` for these gears, one for a model of fixed shape; with `logits`, two outputs as
/// the official export has them: logits first.
pub fn om(folder: &Path, name: &str, gears: &[u64], aipp: bool, logits: bool) -> PathBuf {
    let onnx = folder.join(format!("{name}.onnx"));
    std::fs::write(&onnx, network(logits)).unwrap();
    compile(folder, name, &onnx, gears, aipp)
}

/// Compiles a gray face network.
pub fn compile(folder: &Path, name: &str, onnx: &Path, gears: &[u64], aipp: bool) -> PathBuf {
    compile_for(1, folder, name, onnx, gears, aipp)
}

/// Compiles a face network for pictures of `channels` planes, one or three.
pub fn compile_for(
    channels: usize,
    folder: &Path,
    name: &str,
    onnx: &Path,
    gears: &[u64],
    aipp: bool,
) -> PathBuf {
    let output = folder.join(name);
    let list = gears.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
    let batch = if gears.len() == 1 { list.clone() } else { "-1".to_owned() };
    let mut arguments = vec![
        "--framework=5".to_owned(),
        format!("--model={}", onnx.display()),
        format!("--output={}", output.display()),
        "--soc_version=Ascend310P3".to_owned(),
        "--input_format=NCHW".to_owned(),
        format!("--input_shape=data:{batch},{channels},128,128"),
    ];
    if gears.len() > 1 {
        arguments.push(format!("--dynamic_batch_size={list}"));
    }
    if aipp {
        let config = folder.join(format!("{name}.cfg"));
        let format = if channels == 1 { "YUV400_U8" } else { "RGB888_U8" };
        let mut text = format!(
            "aipp_op {{\n aipp_mode: static\n input_format: {format}\n src_image_size_w: 128\n \
             src_image_size_h: 128\n crop: false\n csc_switch: false\n"
        );
        for channel in 0..channels {
            text.push_str(&format!(" var_reci_chn_{channel}: 0.00392156862745098\n"));
        }
        text.push_str("}\n");
        std::fs::write(&config, text).unwrap();
        arguments.push(format!("--insert_op_conf={}", config.display()));
    }
    emulator::atc(&arguments);
    output.with_extension("om")
}

fn network(logits: bool) -> Vec<u8> {
    let value = |name: &str, sizes: &[u64]| {
        let mut shape = message(1, &text(2, "N"));
        for size in sizes {
            shape.extend(message(1, &number(1, *size)));
        }
        let tensor = [number(1, 1), message(2, &shape)].concat();
        [text(1, name), message(2, &message(1, &tensor))].concat()
    };
    // AttributeProto: name = 1, ints = 8, type = 20 (7: a list of whole numbers).
    let eights = |name: &str| [text(1, name), number(8, 8), number(8, 8), number(20, 7)].concat();
    let pool = [
        text(1, "data"),
        text(2, "blocks"),
        text(3, "pool"),
        text(4, "AveragePool"),
        message(5, &eights("kernel_shape")),
        message(5, &eights("strides")),
    ]
    .concat();
    let flatten = |input: &str, output: &str| {
        [text(1, input), text(2, output), text(3, output), text(4, "Flatten")].concat()
    };
    let mut graph = [message(1, &pool), message(1, &flatten("blocks", "feature"))].concat();
    if logits {
        graph.extend(message(1, &flatten("data", "logits")));
    }
    graph.extend(text(2, "tiny"));
    graph.extend(message(11, &value("data", &[1, 128, 128])));
    if logits {
        graph.extend(message(12, &value("logits", &[16_384])));
    }
    graph.extend(message(12, &value("feature", &[256])));
    let opset = [text(1, ""), number(2, 11)].concat();
    [number(1, 6), message(8, &opset), message(7, &graph)].concat()
}
