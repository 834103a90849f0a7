//! Writes the seeds of all targets into `corpus/`.

#[expect(dead_code, reason = "shared with the tests of checkpoints")]
#[path = "../tests/checkpoint/writers.rs"]
mod writers;

use std::fs;
use std::path::Path;
use writers::{Raw, Style, View, floats, raw};

fn main() -> std::io::Result<()> {
    let tensors = tensors();
    let mut views_and_storages = writers::torch_parts(&tensors);
    // One storage seen twice, once turned.
    views_and_storages.0.push(View {
        name: "turned".into(),
        storage: 0,
        offset: 0,
        shape: vec![3, 2],
        strides: vec![1, 3],
    });
    let (views, storages) = &views_and_storages;

    write("mindspore", "plain", &writers::mindspore(&tensors))?;
    write("mindspore", "trailer", &writers::with_trailer(writers::mindspore(&tensors[..1])))?;
    let slice = |bytes: &[u8]| writers::record("cut", &[2], "Float32", bytes);
    write("mindspore", "slices", &[slice(&[0; 4]), slice(&[1; 4])].concat())?;
    write("safetensors", "plain", &writers::safetensors(&tensors))?;
    write("safetensors", "empty", &writers::safetensors_of("{}", &[]))?;
    for (name, style) in [
        ("official", Style::OFFICIAL),
        ("protocol5", Style { protocol: 5, nested: false, ..Style::OFFICIAL }),
        ("parameters", Style { parameters: true, parallel: false, ..Style::OFFICIAL }),
        ("python2", Style { python2: true, first_version: true, ..Style::OFFICIAL }),
    ] {
        write("torch_zip", name, &writers::torch_zip(style, views, storages))?;
        write("torch_legacy", name, &writers::torch_legacy(style, views, storages))?;
    }
    Ok(())
}

/// Tensors of every kind, in names of a network and of an optimizer.
fn tensors() -> Vec<Raw> {
    vec![
        floats("features.0.filter.weight", &[2, 1, 1, 3], &[1.0, -2.0, 3.5, 0.0, 1e-20, 7.0]),
        floats("accum.features.0.filter.weight", &[2, 1, 1, 3], &[0.0; 6]),
        raw("half", &[2], "Float16", vec![0x00, 0x3c, 0x00, 0xbc]),
        raw("brain", &[1], "BFloat16", vec![0x80, 0x3f]),
        raw("double", &[1], "Float64", 0.1f64.to_le_bytes().to_vec()),
        raw("epoch_num", &[1], "Int64", 3i64.to_le_bytes().to_vec()),
        floats("momentum", &[], &[0.9]),
    ]
}

fn write(target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("seed_{name}")), bytes)
}
