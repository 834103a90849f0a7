//! Which files are a network's weights, and what is said of those that are not.

use super::writers::{self, Raw, floats, raw};
use super::{chain, content_error};
use lightcnn::checkpoint::{self, CheckpointError, ContentError, LoadOptions, Surplus, Unfit};
use lightcnn::network::{Misfit, Misfits, Network, seeded};
use std::fs;
use std::path::Path;

fn asked(network: Network) -> LoadOptions {
    LoadOptions { network: Some(network), ..LoadOptions::default() }
}

#[track_caller]
fn misfits(tensors: &[Raw], options: &LoadOptions) -> Misfits {
    match checkpoint::read(&writers::mindspore(tensors), options) {
        Err(ContentError::Unfit(Unfit::Misfits { misfits, .. })) => misfits,
        other => panic!("{:?}", other.map(|checkpoint| checkpoint.sha256)),
    }
}

#[test]
fn every_network_is_recognised() {
    for network in Network::ALL {
        let weights = seeded(network, 1, 2);
        let bytes = writers::mindspore(&writers::of_weights(&weights));
        let loaded = checkpoint::read(&bytes, &LoadOptions::default()).unwrap();
        assert_eq!(loaded.weights, seeded(network, 1, 0));
        let head = LoadOptions { head: true, ..LoadOptions::default() };
        match (network.head(), checkpoint::read(&bytes, &head)) {
            (Some(_), Ok(loaded)) => assert_eq!(loaded.weights, weights),
            (None, Err(ContentError::Unfit(Unfit::NoHead(Network::LightCnnV4)))) => {}
            (_, other) => panic!("{network}: {:?}", other.map(|checkpoint| checkpoint.sha256)),
        }
    }
}

#[test]
fn another_network_is_refused_with_every_misfit() {
    let tensors = writers::of_weights(&seeded(Network::LightCnn29, 1, 2));
    let found = misfits(&tensors, &asked(Network::LightCnn9));
    let count = |is: fn(&Misfit) -> bool| found.all.iter().filter(|misfit| is(misfit)).count();
    assert_eq!(count(|m| matches!(m, Misfit::Missing(_))), 20);
    assert_eq!(count(|m| matches!(m, Misfit::Unexpected(_))), tensors.len() - 2);
    let text = found.to_string();
    for name in ["features.0.filter.weight: missing", "block1.0.conv1.filter.weight: not a parameter"] {
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn all_kinds_of_misfits_come_together() {
    let mut tensors = writers::of_weights(&seeded(Network::LightCnn9, 1, 0));
    tensors.retain(|t| t.name != "fc1.filter.bias");
    tensors.push(floats("features.8.conv.filter.weight", &[2, 2], &[0.0; 4]));
    for tensor in &mut tensors {
        match tensor.name.as_str() {
            "features.0.filter.bias" => *tensor = floats("features.0.filter.bias", &[48, 2], &[0.0; 96]),
            "features.2.conv.filter.bias" => tensor.dtype = "Int32",
            _ => {}
        }
    }
    for options in [LoadOptions::default(), asked(Network::LightCnn9)] {
        let found = misfits(&tensors, &options);
        assert_eq!(found.network, Network::LightCnn9);
        assert_eq!(
            found.all,
            [
                Misfit::Shape {
                    name: "features.0.filter.bias".into(),
                    expected: vec![96],
                    found: vec![48, 2]
                },
                Misfit::Missing("fc1.filter.bias".into()),
                Misfit::Unexpected("features.8.conv.filter.weight".into()),
                Misfit::Type { name: "features.2.conv.filter.bias".into(), found: "Int32".into() },
            ]
            .sorted_like(&found.all)
        );
    }
}

/// The order of misfits is not part of the promise.
trait SortedLike {
    fn sorted_like(self, other: &[Misfit]) -> Vec<Misfit>;
}

impl<const N: usize> SortedLike for [Misfit; N] {
    fn sorted_like(self, other: &[Misfit]) -> Vec<Misfit> {
        let mut sorted = self.to_vec();
        sorted.sort_by_key(|misfit| other.iter().position(|other| other == misfit));
        sorted
    }
}

#[test]
fn values_that_are_not_finite_are_named() {
    let mut tensors = writers::of_weights(&seeded(Network::LightCnn9, 1, 0));
    for (name, index, value) in
        [("fc1.filter.bias", 7, f32::NAN), ("features.0.filter.bias", 95, f32::INFINITY)]
    {
        let tensor = tensors.iter_mut().find(|t| t.name == name).unwrap();
        tensor.bytes[4 * index..4 * index + 4].copy_from_slice(&value.to_le_bytes());
    }
    let text = misfits(&tensors, &LoadOptions::default()).to_string();
    assert!(text.contains("fc1.filter.bias: element 7 is NaN"), "{text}");
    assert!(text.contains("features.0.filter.bias: element 95 is inf"), "{text}");
}

#[test]
fn a_bad_head_matters_only_when_it_is_asked_for() {
    let mut tensors = writers::of_weights(&seeded(Network::LightCnn9, 1, 3));
    tensors.retain(|t| t.name != "fc2.bias");
    let bytes = writers::mindspore(&tensors);
    checkpoint::read(&bytes, &LoadOptions::default()).unwrap();
    let head = LoadOptions { head: true, ..LoadOptions::default() };
    assert_eq!(misfits(&tensors, &head).all, [Misfit::Missing("fc2.bias".into())]);
    tensors.retain(|t| t.name != "fc2.weight");
    assert_eq!(
        misfits(&tensors, &head).all,
        [Misfit::Missing("fc2.bias".into()), Misfit::Missing("fc2.weight".into())]
    );
}

#[test]
fn harmless_extras_are_passed_over() {
    let weights = seeded(Network::LightCnn9, 1, 0);
    let mut tensors = writers::of_weights(&weights);
    tensors.push(floats("beta1_power", &[], &[0.9]));
    tensors.push(floats("learning_rate", &[7], &[0.1; 7]));
    tensors.push(floats("adam_m.features.0.filter.bias", &[96], &[f32::NAN; 96]));
    tensors.push(floats("stat.fc2.weight", &[1, 256], &[0.0; 256]));
    tensors.push(raw("features.0.num_batches_tracked", &[2], "Int64", vec![0; 16]));
    tensors.push(floats("loss_scale.scale", &[2], &[1.0, 2.0]));
    tensors.push(raw("random_op", &[3], "random_op", vec![1, 2, 3]));
    let loaded = checkpoint::read(&writers::mindspore(&tensors), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.weights, weights);
}

#[test]
fn a_second_tensor_of_a_name_with_module_is_listed() {
    let weights = seeded(Network::LightCnn9, 1, 0);
    let mut tensors = writers::of_weights(&weights);
    tensors.push(floats("module.fc1.filter.bias", &[512], &[0.0; 512]));
    let loaded = checkpoint::read(&writers::mindspore(&tensors), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.weights, weights);
    let [passed] = &loaded.set.passed_over[..] else { panic!("{:?}", loaded.set) };
    assert_eq!((passed.name.as_str(), passed.what), ("module.fc1.filter.bias", Surplus::Copy));
}

#[test]
fn paths_that_are_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| checkpoint::load(path, &LoadOptions::default());
    assert!(matches!(load(folder.path()), Err(CheckpointError::NotAFile { .. })));
    let missing = load(&folder.path().join("none.ckpt")).unwrap_err();
    assert!(chain(&missing).contains("none.ckpt"), "{}", chain(&missing));
    let empty = folder.path().join("empty.ckpt");
    fs::write(&empty, b"").unwrap();
    assert!(matches!(content_error(load(&empty)), ContentError::Empty));
    assert!(matches!(
        content_error(checkpoint::inspect(&empty, &LoadOptions::default())),
        ContentError::Empty
    ));
}

#[test]
fn nothing_from_a_file_reaches_the_terminal_raw() {
    let mut tensors = writers::of_weights(&seeded(Network::LightCnn9, 1, 0));
    tensors.push(floats("\x1b[2J.weight", &[1, 1, 1, 2], &[0.0; 2]));
    let text = misfits(&tensors, &LoadOptions::default()).to_string();
    assert!(text.contains(r"\u{1b}[2J.weight"), "{text:?}");
    assert!(!text.contains('\x1b'));
}
