//! MindSpore's `.ckpt` in the variants of its releases.

use super::writers::{self, Raw, field, floats, raw, record, with_trailer};
use super::{chain, content_error, fault, tiny};
use half::{bf16, f16};
use lightcnn::checkpoint::{self, CheckpointFormat, ContentError, Fault, LoadOptions};
use lightcnn::network::{Network, seeded};
use std::fs;

#[test]
fn a_file_loads_with_and_without_its_head() {
    let full = seeded(Network::LightCnn9, 5, 3);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), writers::mindspore(&writers::of_weights(&full))).unwrap();

    let options = LoadOptions { head: true, ..LoadOptions::default() };
    let with_head = checkpoint::load(file.path(), &options).unwrap();
    assert_eq!(with_head.weights, full);
    assert_eq!(with_head.format, CheckpointFormat::MindSpore);

    let without = checkpoint::load(file.path(), &LoadOptions::default()).unwrap();
    assert_eq!(without.weights, seeded(Network::LightCnn9, 5, 0));
    assert!(without.weights.head().is_none());
    assert_eq!(without.sha256, with_head.sha256);

    let bytes = fs::read(file.path()).unwrap();
    assert_eq!(checkpoint::read(&bytes, &options).unwrap(), with_head);
}

/// The optimizer's order, its state, and scalars in both spellings, as `ModelCheckpoint` saves them.
#[test]
fn a_training_checkpoint_loads() {
    let weights = seeded(Network::LightCnn9, 5, 3);
    let mut tensors: Vec<Raw> = writers::of_weights(&weights);
    tensors.sort_by_key(|t| (!t.name.ends_with("bias"), !t.name.starts_with("fc2")));
    for prefix in ["accum.", "stat.", "moments."] {
        tensors.extend(
            writers::of_weights(&weights)
                .into_iter()
                .map(|t| Raw { name: prefix.to_string() + &t.name, ..t }),
        );
    }
    tensors.push(raw("global_step", &[1], "Int32", 1875i32.to_le_bytes().to_vec()));
    tensors.push(floats("momentum", &[], &[0.9]));
    tensors.push(floats("learning_rate", &[1000], &[0.01; 1000]));
    tensors.push(floats("learning_rate_group_0", &[1000], &[0.01; 1000]));
    tensors.push(raw("epoch_num", &[0], "Int64", 3i64.to_le_bytes().to_vec()));
    tensors.push(raw("done", &[], "Bool", vec![1]));
    tensors.push(raw("seen", &[1], "Uint8", vec![200]));
    tensors.push(raw("note", &[0], "str", b"g\0\0\0o\0\0\0".to_vec()));
    let bytes = writers::mindspore(&tensors);
    let loaded = checkpoint::read(&bytes, &LoadOptions { head: true, ..LoadOptions::default() }).unwrap();
    assert_eq!(loaded.weights, weights);

    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &bytes).unwrap();
    let summary = checkpoint::inspect(file.path(), &LoadOptions::default()).unwrap();
    assert_eq!(summary.fit.unwrap().network, Network::LightCnn9);
    assert_eq!(summary.tensors.len(), tensors.len());
    assert_eq!(summary.tensors[0].name, "fc2.bias");
    assert_eq!(summary.bytes, bytes.len() as u64);
    assert_eq!(summary.sha256, loaded.sha256);
    assert!(!summary.has_checksum);
    let shown: Vec<(&str, &str)> = summary.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("global_step", "1875"),
            ("momentum", "0.9"),
            ("epoch_num", "3"),
            ("done", "true"),
            ("seen", "200"),
            ("note", "go")
        ]
    );
}

#[test]
fn slices_of_a_tensor_are_joined() {
    let bytes: Vec<u8> = (0..6).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let slice = |from: usize, to: usize| record("a", &[2, 3], "Float32", &bytes[from..to]);
    let other = record("b", &[1], "Float32", &bytes[..4]);
    let file = [slice(0, 8), slice(8, 20), slice(20, 24), other.clone()].concat();
    assert_eq!(checkpoint::tensors(&file, None).unwrap()["a"].data, [0., 1., 2., 3., 4., 5.]);

    let interleaved = [slice(0, 24), other.clone(), slice(0, 24)].concat();
    assert!(
        matches!(fault(checkpoint::tensors(&interleaved, None)), Fault::Duplicate { name } if name == "a")
    );
    let twice = [slice(0, 24), slice(0, 24)].concat();
    assert!(matches!(fault(checkpoint::tensors(&twice, None)), Fault::Duplicate { name } if name == "a"));
    let too_much = [slice(0, 20), slice(16, 24)].concat();
    assert!(matches!(
        fault(checkpoint::tensors(&too_much, None)),
        Fault::Length { needed: 24, found: 28, .. }
    ));
    let last_is_missing = [slice(0, 8), slice(8, 20), other].concat();
    assert!(matches!(
        fault(checkpoint::tensors(&last_is_missing, None)),
        Fault::Length { needed: 24, found: 20, .. }
    ));
    let within_an_element = [slice(0, 7), slice(7, 24)].concat();
    assert!(matches!(fault(checkpoint::tensors(&within_an_element, None)), Fault::Length { .. }));
}

#[test]
fn packed_dims_and_unknown_fields_are_read() {
    let packed = [field(1, &[2, 1]), field(2, b"Float32"), vec![0x78, 1], field(3, &[0; 8])].concat();
    let value =
        [field(2, &packed), vec![0x7d, 1, 2, 3, 4], field(1, b"a"), vec![0x79, 1, 2, 3, 4, 5, 6, 7, 8]]
            .concat();
    let file = [field(1, &value), field(9, b"later")].concat();
    let tensors = checkpoint::tensors(&file, None).unwrap();
    assert_eq!((tensors["a"].shape.as_slice(), tensors["a"].data.as_slice()), (&[2, 1][..], &[0.0, 0.0][..]));
}

#[test]
fn every_float_type_becomes_float32() {
    let values = [1.0f32, -0.5, 0.25];
    let file = writers::mindspore(&[
        raw("half", &[3], "Float16", values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()),
        raw(
            "brain",
            &[3],
            "BFloat16",
            values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect(),
        ),
        raw("double", &[3], "Float64", values.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect()),
        raw("int", &[1], "Int32", vec![0; 4]),
        raw("packed", &[3], "Int4", vec![0; 2]),
    ]);
    let tensors = checkpoint::tensors(&file, None).unwrap();
    assert_eq!(tensors.keys().collect::<Vec<_>>(), ["brain", "double", "half"]);
    assert!(tensors.values().all(|tensor| tensor.data == values));
}

#[test]
fn the_trailer_is_verified() {
    let weights = seeded(Network::LightCnn9, 5, 0);
    let mut bytes = with_trailer(writers::mindspore(&writers::of_weights(&weights)));
    assert_eq!(checkpoint::read(&bytes, &LoadOptions::default()).unwrap().weights, weights);

    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &bytes).unwrap();
    assert!(checkpoint::inspect(file.path(), &LoadOptions::default()).unwrap().has_checksum);
    assert_eq!(checkpoint::load(file.path(), &LoadOptions::default()).unwrap().weights, weights);

    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file.path(), &bytes).unwrap();
    for error in [
        content_error(checkpoint::load(file.path(), &LoadOptions::default())),
        content_error(checkpoint::inspect(file.path(), &LoadOptions::default())),
        checkpoint::read(&bytes, &LoadOptions::default()).unwrap_err(),
    ] {
        assert!(matches!(error, ContentError::Checksum { .. }), "{error}");
    }
}

#[test]
fn broken_records_are_named() {
    let good = writers::mindspore(&tiny());
    for (file, words) in [
        (field(1, b""), "no name"),
        (field(1, &field(1, b"a")), "no tensor"),
        (field(1, &[field(1, b"a"), field(2, b"")].concat()), "no type"),
        (field(1, &[field(1, b"a"), field(1, b"b")].concat()), "two names"),
        (field(1, &field(1, b"\xff")), "UTF-8"),
        (field(1, &field(1, &[b'a'; 5000])), "more than 1024 bytes in a tensor's name"),
        (record("a", &[1 << 40, 1 << 40], "Float32", b""), "impossible shape"),
        (record("a", &[u64::MAX], "Float32", b""), "negative"),
        (record("a", &[1; 9], "Float32", &[0; 4]), "more than 8 dimensions"),
        (record("a", &[2], "Float32", &[0; 4]), "takes 8 bytes, the file has 4"),
        ([good.clone(), vec![0x0b]].concat(), "no protobuf field"),
        ([good.clone(), vec![0x0a]].concat(), "are left"),
        ([good, vec![0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]].concat(), "are left"),
        (b"\x0a\x00\x00crc_num\x01\0\0\0\0\0\0\0\0\0".to_vec(), "CRC trailer"),
    ] {
        let error = checkpoint::tensors(&file, None).unwrap_err();
        assert!(chain(&error).contains(words), "{words}: {}", chain(&error));
    }
}
