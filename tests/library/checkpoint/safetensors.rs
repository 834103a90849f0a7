//! safetensors, written here and by the crate of that name.

use super::writers::{self, safetensors_of};
use super::{chain, tiny};
use lightcnn::checkpoint::{self, CheckpointFormat, LoadOptions};
use lightcnn::network::{Network, seeded};
use safetensors::{Dtype, tensor::TensorView};

#[test]
fn a_file_of_the_usual_writer_loads() {
    let weights = seeded(Network::LightCnn29V2, 5, 3);
    let tensors = writers::of_weights(&weights);
    let views = tensors
        .iter()
        .map(|t| (t.name.as_str(), TensorView::new(Dtype::F32, t.shape.clone(), &t.bytes).unwrap()));
    let bytes = safetensors::serialize(views, None).unwrap();
    let loaded = checkpoint::read(&bytes, &LoadOptions { head: true, ..LoadOptions::default() }).unwrap();
    assert_eq!((loaded.weights, loaded.format), (weights, CheckpointFormat::Safetensors));
}

#[test]
fn metadata_is_shown() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), writers::safetensors(&tiny())).unwrap();
    let summary = checkpoint::inspect(file.path(), &LoadOptions::default()).unwrap();
    assert_eq!(summary.metadata, [("format".to_string(), "ms".to_string())]);
    assert_eq!(summary.tensors[0].dtype, "F32");
    assert_eq!(summary.tensors[0].shape, [2, 1, 1, 3]);
    let misfits = summary.fit.unwrap_err();
    assert!(misfits.to_string().contains("conv.weight: not a parameter"), "{misfits}");
}

#[test]
fn broken_headers_are_named() {
    let tensor = |name: &str, from: u64, to: u64| {
        format!(
            r#""{name}":{{"dtype":"F32","shape":[{}],"data_offsets":[{from},{to}]}}"#,
            to.saturating_sub(from) / 4
        )
    };
    let header = |parts: &[String]| format!("{{{}}}", parts.join(","));
    let data = [0; 16];
    let mut long = safetensors_of("{}", &[]);
    long[..8].copy_from_slice(&(9u64 << 20).to_le_bytes());
    let mut longer_than_file = safetensors_of("{}", &[]);
    longer_than_file[..8].copy_from_slice(&1000u64.to_le_bytes());
    for (file, words) in [
        (safetensors_of(&header(&[tensor("a", 0, 16), tensor("a", 0, 16)]), &data), "overlap"),
        (safetensors_of(&header(&[tensor("a", 0, 8), tensor("a", 8, 16)]), &data), "'a' is there twice"),
        (safetensors_of(&header(&[tensor("a", 0, 8), tensor("b", 4, 16)]), &data), "overlap"),
        (safetensors_of(&header(&[tensor("a", 0, 4), tensor("b", 8, 16)]), &data), "gap"),
        (safetensors_of(&header(&[tensor("a", 0, 8)]), &data), "bytes are left"),
        (safetensors_of(&header(&[tensor("a", 0, 32)]), &data), "needs 32 bytes and 16 are left"),
        (safetensors_of(&header(&[tensor("a", 0, u64::MAX)]), &data), "are left"),
        (safetensors_of(&header(&[tensor("a", u64::MAX - 3, u64::MAX)]), &data), "gap"),
        (safetensors_of(&header(&[tensor("a", 0, 16).replace("[4]", "[5]")]), &data), "takes 20 bytes"),
        (safetensors_of(&header(&[tensor("a", 0, 16).replace("[4]", "[-4]")]), &data), "invalid value"),
        (safetensors_of("{", &data), "EOF"),
        (safetensors_of("{\"a\": 1}", &data), "invalid type"),
        (safetensors_of(&format!("{{\"a\": {}", "[".repeat(100_000)), &data), "header"),
        (safetensors_of("{}", &[]), "no tensor found"),
        (long, "more than 8388608 bytes of header"),
        (longer_than_file, "needs 1000 bytes and 2 are left"),
    ] {
        let error = checkpoint::tensors(&file, Some(CheckpointFormat::Safetensors)).unwrap_err();
        assert!(chain(&error).contains(words), "{words}: {}", chain(&error));
    }
}
