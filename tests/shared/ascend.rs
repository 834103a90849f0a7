//! Offline models on emulated devices, against features made by float64 arithmetic outside this crate.

use crate::{golden, shared, suite};
use lightcnn::checkpoint::{LoadOptions, load};
use lightcnn::network::{FEATURE_LENGTH, Network, SIDE, seeded};
use lightcnn::onnx::{self, ExportBatch};
use lightcnn::{Device, Engine};
use test_support::{scenario, tiny};

/// The golden faces and features of a network, one by one.
fn faces(network: Network) -> (Vec<Vec<u8>>, Vec<Vec<f32>>) {
    let gray = golden::u8("inputs_u8.npy");
    let planes: Vec<&[u8]> = gray.chunks_exact(SIDE * SIDE).collect();
    let face = |index: usize| -> Vec<u8> {
        let channels = 0..network.input().channels();
        channels.flat_map(|plane| planes[(index + plane) % planes.len()].iter().copied()).collect()
    };
    let features = golden::f64(&format!("{network}_features_f64.npy"));
    let features = features.chunks_exact(FEATURE_LENGTH);
    let narrow = |feature: &[f64]| feature.iter().map(|value| *value as f32).collect();
    ((0..planes.len()).map(face).collect(), features.map(narrow).collect())
}

#[test]
#[ignore = "a scenario, run by the test below"]
fn scenario_golden() {
    let folder = tempfile::tempdir().unwrap();
    let options = LoadOptions::default();
    let lightcnn9 = load(&shared("golden/lightcnn9_seeded.ckpt"), &options).unwrap().weights;
    let layouts = [(1, 1), (1, 4), (2, 2), (4, 1), (4, 4)];
    for (weights, layouts) in
        [(lightcnn9, &layouts[..]), (seeded(Network::LightCnnV4, 9001, 0), &layouts[..1])]
    {
        let network = weights.network();
        let (faces, features) = faces(network);
        let export = onnx::ExportOptions { batch: ExportBatch::Dynamic, logits: false, weights_sha256: None };
        let file = folder.path().join(format!("{network}.onnx"));
        std::fs::write(&file, onnx::export(&weights, &export).unwrap()).unwrap();
        for aipp in [true, false] {
            let name = format!("{network}-{aipp}");
            let model =
                tiny::compile_for(network.input().channels(), folder.path(), &name, &file, &[1, 2, 4], aipp);
            // Where the devices are, a model's input does not matter.
            let layouts = if aipp { layouts } else { &layouts[..1] };
            for &(devices, streams) in layouts {
                let builder = Engine::builder(&model).network(network).streams(streams);
                let builder = builder.device(Device::Ascend((0..devices).collect())).unwrap();
                suite::check(&builder.open().unwrap(), &faces, &features, suite::SINGLE);
            }
        }
    }
}

#[test]
fn devices_give_the_golden_features() {
    scenario::run("ascend::scenario_golden", &[("ASCEND_EMULATOR_DEVICES", "4")]).clean();
}

#[test]
fn the_cpu_gives_the_golden_features() {
    let (faces, features) = faces(Network::LightCnn9);
    let builder = Engine::builder(shared("golden/lightcnn9_seeded.ckpt")).device(Device::Cpu).unwrap();
    suite::check(&builder.open().unwrap(), &faces, &features, suite::SINGLE);
}
