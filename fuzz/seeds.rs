//! Writes the seeds of all targets into `corpus/`.

#[expect(dead_code, reason = "shared with the tests of checkpoints")]
#[path = "../tests/library/checkpoint/writers.rs"]
mod writers;

#[expect(dead_code, reason = "shared with the tests of checkpoints")]
#[path = "../tests/library/checkpoint/python.rs"]
mod python;

use parquet::data_type::ByteArrayType;
use parquet::file::writer::SerializedFileWriter;
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
    // What trainers keep beside the weights, without the longest list.
    let mut file = python::File::default();
    let mut all = python::beside(&mut file);
    all.retain(|(key, _)| key != "losses");
    let [zip, legacy] = file.save(2, &python::Py::Dict(all));
    write("torch_zip", "objects", &zip)?;
    write("torch_legacy", "objects", &legacy)?;
    // The first byte is the form: see the target.
    write("manifest", "list", b"\0a/1.jpg 0\n/b 2.png\n")?;
    let points = "1,2,3,4,5,6,7,8,9,10";
    let csv = format!("\u{1}id,path,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5\nann,\"a,1.jpg\",{points}\n,b.jpg,,,,,,,,,,\n");
    write("manifest", "csv", csv.as_bytes())?;
    let jsonl = "\u{2}{\"path\":\"a.jpg\",\"landmarks\":[[1,2],[3,4],[5,6],[7,8],[9,10]]}\n{\"id\":7,\"bytes\":\"AQI=\"}\n";
    write("manifest", "jsonl", jsonl.as_bytes())?;
    write("manifest", "tar", &[&[3], &archive()?[..]].concat())?;
    write("manifest", "parquet", &[&[4], &columns().map_err(std::io::Error::other)?[..]].concat())
}

/// An archive with points beside a picture and a long name.
fn archive() -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    let long = format!("{}b.png", "n/".repeat(80));
    for (name, content) in [("a.jpg", "x"), ("a.landmarks", "1 2 3 4 5 6 7 8 9 10"), (&long, "y")] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, content.as_bytes())?;
    }
    builder.into_inner()
}

/// A Parquet file of paths and pictures.
fn columns() -> parquet::errors::Result<Vec<u8>> {
    let schema = "message m { optional binary path (STRING); optional group image { optional binary bytes; } }";
    let schema = parquet::schema::parser::parse_message_type(schema)?;
    let mut writer = SerializedFileWriter::new(Vec::new(), schema.into(), Default::default())?;
    let mut group = writer.next_row_group()?;
    for (text, levels) in [("a.jpg", [1, 0]), ("x", [0, 2])] {
        let Some(mut column) = group.next_column()? else { break };
        column.typed::<ByteArrayType>().write_batch(&[text.into()], Some(&levels), None)?;
        column.close()?;
    }
    group.close()?;
    writer.into_inner()
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
