//! The reference and the engine against features made by float64 arithmetic outside this crate.

use crate::golden;
use lightcnn::network::{FEATURE_LENGTH, Network, SIDE, seeded};
use lightcnn_cpu::cpu::{CpuNetwork, Options, reference};
use lightcnn_cpu::kernels::{Availability, table};

/// The seed of the golden weights.
const SEED: u64 = 9001;
/// Classes of the golden heads.
const CLASSES: usize = 16;
/// The golden faces.
const FACES: usize = 16;

/// The 16 golden faces, `16×C×128×128`; a plane of v4's face `i` is gray face `i + plane`.
fn faces(network: Network) -> Vec<u8> {
    let gray = golden::u8("inputs_u8.npy");
    let channels = network.input().channels();
    let planes = (0..FACES * channels).map(|i| (i / channels + i % channels) % FACES);
    planes.flat_map(|plane| &gray[plane * SIDE * SIDE..(plane + 1) * SIDE * SIDE]).copied().collect()
}

fn expected(network: Network) -> Vec<f64> {
    golden::f64(&format!("{network}_features_f64.npy"))
}

#[test]
fn reference_is_the_golden_feature() {
    std::thread::scope(|scope| {
        for network in Network::ALL {
            scope.spawn(move || {
                let weights = seeded(network, SEED, CLASSES);
                let (faces, expected) = (faces(network), expected(network));
                let face = faces.len() / FACES;
                for image in [0, 4] {
                    let input: Vec<f32> = faces[image * face..(image + 1) * face]
                        .iter()
                        .map(|&b| f32::from(b) / 255.0)
                        .collect();
                    let expected = &expected[image * FEATURE_LENGTH..(image + 1) * FEATURE_LENGTH];
                    let feature = reference::features(&weights, &input);
                    let norm = expected.iter().map(|v| v * v).sum::<f64>().sqrt();
                    let worst = feature.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                    assert!(worst <= 1e-6 * norm, "{network} image {image}: {worst:.2e} of {norm}");
                    if network == Network::LightCnn9 {
                        let logits = reference::logits(&weights, &feature).expect("seeded with a head");
                        let expected = golden::f64("lightcnn9_logits_f64.npy");
                        for (a, b) in logits.iter().zip(&expected[image * CLASSES..]) {
                            assert!((a - b).abs() <= 1e-6 * norm, "logits of image {image}: {a} {b}");
                        }
                    }
                }
            });
        }
    });
}

/// Cosine and relative L2 error of every feature, and the same bits for any batch and any number of threads.
fn engine_is_golden(network: Network) {
    let (faces, expected) = (faces(network), expected(network));
    let face = faces.len() / FACES;
    for row in table() {
        let Availability::Ready(_) = row.availability else {
            eprintln!("skipped: {} kernels, {:?}", row.name, row.availability);
            continue;
        };
        let mut first: Option<Vec<f32>> = None;
        for threads in [1, 2] {
            let options = Options { threads, kernels: Some(row.name.into()), ..Options::default() };
            let mut engine = CpuNetwork::new(seeded(network, SEED, CLASSES), options).expect("it is ready");
            for batch in [16, 1, 2, 3, 7, 33] {
                let faces: Vec<u8> = faces.iter().cycle().take(batch * face).copied().collect();
                let mut features = vec![f32::NAN; batch * FEATURE_LENGTH];
                engine.run(&faces, &mut features).expect("whole faces");
                let first = first.get_or_insert_with(|| features.clone());
                for (image, feature) in features.chunks_exact(FEATURE_LENGTH).enumerate() {
                    let same = &first[image % FACES * FEATURE_LENGTH..][..FEATURE_LENGTH];
                    assert!(feature == same, "{network} {} {threads} threads, {image} of {batch}", row.name);
                }
            }
            if network == Network::LightCnn9 {
                let features = first.as_deref().expect("set above");
                let logits = engine.logits(features).expect("seeded with a head");
                let expected = golden::f64("lightcnn9_logits_f64.npy");
                let norm = expected.iter().map(|v| v * v).sum::<f64>().sqrt();
                let error = logits.iter().zip(&expected).map(|(&a, b)| (f64::from(a) - b).powi(2));
                assert!(error.sum::<f64>().sqrt() <= 3e-5 * norm);
            }
        }
        let features = first.expect("set above");
        for image in 0..FACES {
            let range = image * FEATURE_LENGTH..(image + 1) * FEATURE_LENGTH;
            let (mut product, mut norm, mut expected_norm, mut error) = (0.0, 0.0, 0.0, 0.0);
            for (&a, &b) in features[range.clone()].iter().zip(&expected[range]) {
                let a = f64::from(a);
                product += a * b;
                norm += a * a;
                expected_norm += b * b;
                error += (a - b) * (a - b);
            }
            let cosine = product / (norm * expected_norm).sqrt();
            let error = (error / expected_norm).sqrt();
            assert!(cosine >= 0.99999999, "{network} {} image {image}: cosine {cosine}", row.name);
            assert!(error <= 3e-5, "{network} {} image {image}: relative error {error:.2e}", row.name);
        }
    }
}

#[test]
fn lightcnn9_is_golden() {
    engine_is_golden(Network::LightCnn9);
}

#[test]
fn lightcnn29_is_golden() {
    engine_is_golden(Network::LightCnn29);
}

#[test]
fn lightcnn29v2_is_golden() {
    engine_is_golden(Network::LightCnn29V2);
}

#[test]
fn lightcnnv4_is_golden() {
    engine_is_golden(Network::LightCnnV4);
}
