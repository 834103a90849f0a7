//! Checkpoints written by MindSpore and PyTorch themselves.

use crate::shared;
use half::f16;
use lightcnn::checkpoint::{
    self, Checkpoint, CheckpointError, CheckpointFormat, CheckpointSummary, ContentError, LoadOptions, Unfit,
};
use lightcnn::network::{Misfit, Misfits, Network, Tensor, Weights, seeded};
use std::collections::BTreeMap;
use std::fs;

/// Seed and classes of the golden weights.
const SEED: u64 = 9001;
const CLASSES: usize = 16;

fn load(name: &str, options: &LoadOptions) -> Checkpoint {
    checkpoint::load(&shared(&format!("golden/{name}")), options).unwrap()
}

fn inspect(name: &str) -> CheckpointSummary {
    checkpoint::inspect(&shared(name), &LoadOptions::default()).unwrap()
}

fn misfits(summary: CheckpointSummary) -> Misfits {
    match summary.fit {
        Err(Unfit::Misfits { misfits, .. }) => misfits,
        other => panic!("{other:?}"),
    }
}

fn tensors(name: &str) -> BTreeMap<String, Tensor> {
    let bytes = fs::read(shared(&format!("golden/{name}"))).unwrap();
    checkpoint::tensors(&bytes, None).unwrap()
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    tensor.data.iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn assert_same_bits<'a>(found: impl Iterator<Item = (&'a str, &'a Tensor)>, expected: &Weights) -> usize {
    found
        .map(|(name, tensor)| {
            assert_eq!(tensor.shape, expected.get(name).shape, "{name}");
            assert!(bits(tensor) == bits(expected.get(name)), "{name}");
        })
        .count()
}

fn by_name(tensors: &BTreeMap<String, Tensor>) -> impl Iterator<Item = (&str, &Tensor)> {
    tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
}

/// The seeded weights rounded to float16 and back.
fn rounded(network: Network) -> BTreeMap<String, Tensor> {
    seeded(network, SEED, CLASSES)
        .iter()
        .map(|(name, tensor)| {
            let data = tensor.data.iter().map(|value| f16::from_f32(*value).to_f32()).collect();
            (name.to_string(), Tensor { shape: tensor.shape.clone(), data })
        })
        .collect()
}

#[test]
fn mindspore_file_is_the_seeded_network_bit_for_bit() {
    let expected = seeded(Network::LightCnn9, SEED, CLASSES);
    let loaded = load("lightcnn9_seeded.ckpt", &LoadOptions { head: true, ..LoadOptions::default() });
    assert_eq!(loaded.format, CheckpointFormat::MindSpore);
    assert_eq!(assert_same_bits(loaded.weights.iter(), &expected), 22);
    assert_eq!(loaded.weights.head().unwrap().classes, CLASSES);
    let features = load("lightcnn9_seeded.ckpt", &LoadOptions::default());
    assert_eq!(assert_same_bits(features.weights.iter(), &expected), 20);
    assert_eq!(features.sha256, loaded.sha256);
}

#[test]
fn mindspore_float16_part() {
    let found = tensors("lightcnn9_seeded_features_fp16.ckpt");
    let mut expected = rounded(Network::LightCnn9);
    expected.retain(|name, _| name.starts_with("features."));
    assert_eq!(found.len(), 18);
    assert!(found == expected);
}

#[test]
fn a_part_is_refused_with_what_is_missing() {
    let path = shared("golden/lightcnn9_seeded_features_fp16.ckpt");
    let Err(CheckpointError::Content { source: ContentError::Unfit(Unfit::Misfits { misfits, .. }), .. }) =
        checkpoint::load(&path, &LoadOptions::default())
    else {
        panic!("a part was loaded");
    };
    assert_eq!(misfits.network, Network::LightCnn9);
    let missing = ["fc1.filter.bias", "fc1.filter.weight"].map(|name| Misfit::Missing(name.into()));
    assert_eq!(misfits.all, missing);
}

#[test]
fn mindspore_file_with_checksum_and_scalars() {
    let name = "lightcnn9_seeded_conv1_crc.ckpt";
    let summary = inspect(&format!("golden/{name}"));
    assert!(summary.has_checksum);
    assert_eq!(summary.tensors.len(), 6);
    let metadata: BTreeMap<_, _> = summary.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let expected = [("done", "true"), ("epoch_num", "3"), ("lr", "0.25"), ("note", "golden")];
    assert_eq!(metadata, BTreeMap::from(expected));

    let mut found = tensors(name);
    assert_eq!(found.remove("lr").unwrap(), Tensor { shape: vec![], data: vec![0.25] });
    assert_eq!(assert_same_bits(by_name(&found), &seeded(Network::LightCnn9, SEED, 0)), 2);

    let mut bytes = fs::read(shared(&format!("golden/{name}"))).unwrap();
    bytes[1000] ^= 1;
    assert!(matches!(checkpoint::tensors(&bytes, None), Err(ContentError::Checksum { .. })));
}

#[test]
fn mindspore_safetensors_part() {
    let found = tensors("lightcnn9_seeded_first3.safetensors");
    assert_eq!(assert_same_bits(by_name(&found), &seeded(Network::LightCnn9, SEED, 0)), 10);
    let summary = inspect("golden/lightcnn9_seeded_first3.safetensors");
    assert_eq!(summary.format, CheckpointFormat::Safetensors);
    assert_eq!(summary.metadata, [("format".to_string(), "ms".to_string())]);
    assert_eq!(misfits(summary).network, Network::LightCnn9);
}

#[test]
fn torch_parts_in_both_containers() {
    let expected = seeded(Network::LightCnn29V2, SEED, CLASSES);
    for (name, format) in [
        ("lightcnn29v2_part_zip.pth", CheckpointFormat::TorchZip),
        ("lightcnn29v2_part_legacy.pth", CheckpointFormat::TorchLegacy),
    ] {
        let found = tensors(name);
        assert_eq!(assert_same_bits(by_name(&found), &expected), 11);
        let summary = inspect(&format!("golden/{name}"));
        assert_eq!(summary.format, format);
        let metadata: Vec<_> = summary.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(metadata, [("epoch", "12"), ("arch", "LightCNN"), ("prec1", "98.5")]);
        // The part is the same in LightCNN-29, so only that something is missing can be said.
        let misfits = misfits(summary).all;
        let missing = misfits.iter().filter(|misfit| matches!(misfit, Misfit::Missing(_))).count();
        assert!(missing > 0 && missing == misfits.len(), "{misfits:?}");
    }
}

#[test]
fn torch_half_precision_network() {
    let loaded = load("lightcnn29v2_seeded_fp16.pth", &LoadOptions { head: true, ..LoadOptions::default() });
    assert_eq!(
        (loaded.format, loaded.weights.network()),
        (CheckpointFormat::TorchZip, Network::LightCnn29V2)
    );
    let found: BTreeMap<String, Tensor> =
        loaded.weights.iter().map(|(name, tensor)| (name.to_string(), tensor.clone())).collect();
    assert!(found == rounded(Network::LightCnn29V2));
}

/// LeNet-5 as MindSpore 1.x saved it in training: no network of ours, and it must be shown all the same.
#[test]
fn a_checkpoint_of_another_network_is_shown() {
    let name = "data/mindspore-ckpt/checkpoint_lenet-10_1875.ckpt";
    let summary = inspect(name);
    assert_eq!(summary.format, CheckpointFormat::MindSpore);
    assert_eq!(summary.bytes, 494_163);
    let sums = fs::read_to_string(shared("data/mindspore-ckpt/SHA256SUMS")).unwrap();
    assert!(sums.starts_with(&summary.sha256), "{sums}");
    let conv1 = summary.tensors.iter().find(|tensor| tensor.name == "conv1.weight").unwrap();
    assert_eq!((conv1.dtype.as_str(), conv1.shape.as_slice()), ("Float32", &[6, 1, 5, 5][..]));
    assert!(summary.tensors.iter().any(|tensor| tensor.name == "moments.conv1.weight"));

    let Err(CheckpointError::Content { source: ContentError::Unfit(Unfit::Misfits { misfits, .. }), .. }) =
        checkpoint::load(&shared(name), &LoadOptions::default())
    else {
        panic!("LeNet was loaded as a LightCNN");
    };
    assert!(misfits.all.contains(&Misfit::Unexpected("conv1.weight".into())), "{misfits}");
    assert!(!misfits.to_string().contains("moments."), "{misfits}");
}

#[test]
fn an_ascend_model_is_named() {
    let path = shared("data/ascend-om/a3c_pong_model.om");
    let Err(CheckpointError::Content { source: ContentError::Foreign { what, .. }, .. }) =
        checkpoint::inspect(&path, &LoadOptions::default())
    else {
        panic!("an .om was read");
    };
    assert!(what.contains(".om"), "{what}");
}
