//! The suite on the CPU engine and on emulated devices.

use std::fs;
use std::path::Path;

use lightcnn::engine::LoadedWeights;
use lightcnn::image::Preprocess;
use lightcnn::network::Network;
use lightcnn::{Device, Engine, ErrorKind, ModelSource};

use crate::pictures::{cpu, pictures};
use crate::suite;
use test_support::scenario::run;
use test_support::tiny;

fn open(model: &Path, devices: i32, streams: usize) -> Engine {
    let builder = Engine::builder(model).network(Network::LightCnn9).streams(streams);
    builder.device(Device::Ascend((0..devices).collect())).unwrap().open().unwrap()
}

/// Devices and streams in every number, on the tiny network: AIPP, float, fixed shape, and two outputs.
#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_every_layout() {
    let folder = tempfile::tempdir().unwrap();
    let faces: Vec<Vec<u8>> = (0..11).map(tiny::face).collect();
    let reference: Vec<Vec<f32>> = faces.iter().map(|face| tiny::feature(face)).collect();
    let bytes = tiny::om(folder.path(), "bytes", &[1, 3, 4], true, false);
    let floats = tiny::om(folder.path(), "floats", &[2, 5], false, false);
    let fixed = tiny::om(folder.path(), "fixed", &[3], true, false);
    let official = tiny::om(folder.path(), "official", &[2], false, true);
    for devices in [1, 2, 4] {
        for streams in [1, 2, 4] {
            suite::check(&open(&bytes, devices, streams), &faces, &reference, suite::SINGLE);
        }
    }
    for model in [&floats, &fixed, &official] {
        suite::check(&open(model, 2, 2), &faces, &reference, suite::SINGLE);
    }
    // From bytes, which have no manifest: the network must be named.
    let given = || Engine::builder(fs::read(&bytes).unwrap()).device("ascend:0").unwrap();
    let engine = given().network(Network::LightCnn9).open().unwrap();
    suite::check(&engine, &faces, &reference, suite::SINGLE);
    let sha256 = engine.contract(Preprocess::Eval, false).weights_sha256;
    assert_eq!(sha256, open(&bytes, 1, 1).contract(Preprocess::Eval, false).weights_sha256);
    assert!(given().open().unwrap_err().to_string().contains("name the network"));
    let cut = fs::read(&bytes).unwrap()[..300].to_vec();
    let cut = Engine::builder(cut).device("ascend:0").unwrap().network(Network::LightCnn9).open();
    let error = cut.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
}

#[test]
fn devices_and_streams_in_every_number() {
    run("contract::scenario_every_layout", &[("ASCEND_EMULATOR_DEVICES", "4")]).clean();
}

#[test]
fn on_the_chip_itself() {
    let variables = [("ASCEND_EMULATOR_DEVICES", "4"), ("ASCEND_EMULATOR_RUN_MODE", "device")];
    let outcome = run("contract::scenario_every_layout", &variables).clean();
    assert_eq!(outcome.report().count("aclrtMemcpyAsync"), 0, "one memory needs no copies");
}

/// LightCNN-9 itself, against the CPU engine.
#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_lightcnn9() {
    let folder = tempfile::tempdir().unwrap();
    let (faces, reference) = pictures();
    for aipp in [true, false] {
        let model = compile(folder.path(), aipp);
        suite::check(&open(&model, 2, 1), &faces, &reference, suite::SINGLE);
    }
}

#[test]
fn lightcnn9_agrees_with_the_cpu() {
    run("contract::scenario_lightcnn9", &[("ASCEND_EMULATOR_DEVICES", "2")]).clean();
}

#[test]
fn the_cpu_does_the_same() {
    let (faces, reference) = pictures();
    suite::check(&cpu(), &faces, &reference, suite::SINGLE);
}

/// The demo's network for gears 1 and 4.
fn compile(folder: &Path, aipp: bool) -> std::path::PathBuf {
    use lightcnn::onnx;
    let LoadedWeights { weights, sha256, .. } = ModelSource::Demo.weights(&Default::default()).unwrap();
    let options = onnx::ExportOptions {
        batch: onnx::ExportBatch::Dynamic,
        logits: false,
        weights_sha256: Some(sha256),
    };
    let name = if aipp { "bytes" } else { "floats" };
    let file = folder.join(format!("{name}.onnx"));
    fs::write(&file, onnx::export(&weights, &options).unwrap()).unwrap();
    tiny::compile(folder, name, &file, &[1, 4], aipp)
}
