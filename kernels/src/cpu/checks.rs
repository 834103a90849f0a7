//! The engine against the reference, and against itself over batches and threads.

use super::*;
use crate::kernels::{Availability, table};
use crate::network::seeded;

/// Relative L2 error allowed of a feature.
const TOLERANCE: f64 = 3e-5;

/// `count` faces made of a gradient, a disc and noise.
fn faces(network: Network, count: usize) -> Vec<u8> {
    let planes = count * network.input().channels();
    let mut bytes = Vec::with_capacity(planes * SIDE * SIDE);
    let mut noise = 1u32;
    for plane in 0..planes {
        for y in 0..SIDE {
            for x in 0..SIDE {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let disc =
                    if (x + 3 * plane).abs_diff(64).pow(2) + y.abs_diff(64).pow(2) < 900 { 80 } else { 0 };
                bytes.push((disc + x / 2 + y * (plane % 3) / 3 + (noise >> 27) as usize) as u8);
            }
        }
    }
    bytes
}

fn engine(network: Network, threads: usize, kernels: &str) -> CpuNetwork {
    let options = Options { threads, kernels: Some(kernels.into()), ..Options::default() };
    CpuNetwork::new(seeded(network, 5, 3), options).unwrap()
}

fn embed(engine: &mut CpuNetwork, faces: &[u8]) -> Vec<f32> {
    let face = engine.network().input().channels() * SIDE * SIDE;
    let mut features = vec![f32::NAN; faces.len() / face * FEATURE_LENGTH];
    engine.run(faces, &mut features).unwrap();
    features
}

fn agrees_with_the_reference(network: Network) {
    agrees_with_weights_of(network, 5);
}

fn agrees_with_weights_of(network: Network, seed: u64) {
    let face = faces(network, 1);
    let input: Vec<f32> = face.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let weights = seeded(network, seed, 3);
    let expected = reference::features(&weights, &input);
    let norm = expected.iter().map(|v| v * v).sum::<f64>().sqrt();
    for row in table() {
        let Availability::Ready(_) = row.availability else {
            eprintln!("skipped: {} kernels, {:?}", row.name, row.availability);
            continue;
        };
        let options = Options { threads: 2, kernels: Some(row.name.into()), ..Options::default() };
        let mut engine = CpuNetwork::new(seeded(network, seed, 3), options).unwrap();
        assert_eq!(engine.kernels(), row.name);
        let feature = embed(&mut engine, &face);
        let squares = feature.iter().zip(&expected).map(|(&a, b)| (f64::from(a) - b).powi(2));
        let error = squares.sum::<f64>().sqrt() / norm;
        assert!(error <= TOLERANCE, "{network} {}: relative error {error:.2e}", row.name);

        let expected_logits = reference::logits(&weights, &expected);
        assert_eq!(expected_logits.is_some(), network.head().is_some());
        for (logit, expected) in
            engine.logits(&feature).iter().flatten().zip(expected_logits.iter().flatten())
        {
            assert!((f64::from(*logit) - expected).abs() <= TOLERANCE * norm, "{network} {}", row.name);
        }
        assert_eq!(engine.logits(&feature).map(|l| l.len()), expected_logits.map(|l| l.len()));
    }
}

#[test]
fn lightcnn9_agrees_with_the_reference() {
    agrees_with_the_reference(Network::LightCnn9);
}

#[test]
fn lightcnn29_agrees_with_the_reference() {
    agrees_with_the_reference(Network::LightCnn29);
}

/// The deepest network, whose errors are the largest.
#[test]
fn lightcnn29_agrees_with_other_weights() {
    for seed in [101, 102] {
        agrees_with_weights_of(Network::LightCnn29, seed);
    }
}

#[test]
fn lightcnn29v2_agrees_with_the_reference() {
    agrees_with_the_reference(Network::LightCnn29V2);
}

#[test]
fn lightcnnv4_agrees_with_the_reference() {
    agrees_with_the_reference(Network::LightCnnV4);
}

#[test]
fn a_feature_does_not_depend_on_batch_or_threads() {
    let faces = faces(Network::LightCnn9, 11);
    let best = kernels::choose(None).unwrap().name();
    let alone: Vec<f32> = {
        let mut engine = engine(Network::LightCnn9, 1, best);
        faces.chunks_exact(SIDE * SIDE).flat_map(|face| embed(&mut engine, face)).collect()
    };
    for threads in [1, 2, 3] {
        let mut engine = engine(Network::LightCnn9, threads, best);
        for count in [1, 2, 3, 11] {
            let features = embed(&mut engine, &faces[..count * SIDE * SIDE]);
            assert!(features == alone[..count * FEATURE_LENGTH], "{threads} threads, {count} faces");
        }
    }
}

/// Least cosine of a feature of int16 with that of float32. Seeded weights amplify every rounding: bfloat16 shows 0.994.
const INT16_COSINE: f64 = 0.99;

fn calibrated(network: Network) -> Precision {
    let mut calibrator = Calibrator::new(seeded(network, 5, 3), 2).unwrap();
    calibrator.add(&faces(network, 2)).unwrap();
    Precision::Int16(calibrator.finish("00", "eval").unwrap())
}

fn int16(network: Network, precision: &Precision, threads: usize, kernels: &str) -> CpuNetwork {
    let options = Options { threads, kernels: Some(kernels.into()), precision: precision.clone() };
    CpuNetwork::new(seeded(network, 5, 3), options).unwrap()
}

#[test]
fn int16_is_close_to_float32_and_the_same_with_every_set() {
    for network in Network::ALL {
        let faces = faces(network, 2);
        let best = kernels::choose(None).unwrap().name();
        let expected = embed(&mut engine(network, 2, best), &faces);
        let mut first: Option<Vec<f32>> = None;
        // Measured with the best set's float32, so it is the same for all.
        let precision = calibrated(network);
        for row in table() {
            let Availability::Ready(_) = row.availability else {
                eprintln!("skipped: {} kernels, {:?}", row.name, row.availability);
                continue;
            };
            let features = embed(&mut int16(network, &precision, 2, row.name), &faces);
            for (a, b) in features.chunks_exact(FEATURE_LENGTH).zip(expected.chunks_exact(FEATURE_LENGTH)) {
                let dot = |a: &[f32], b: &[f32]| -> f64 {
                    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
                };
                let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
                assert!(cosine >= INT16_COSINE, "{network} {}: cosine {cosine}", row.name);
            }
            let first = first.get_or_insert_with(|| features.clone());
            assert!(*first == features, "{network} {}: other bits than the first set", row.name);
        }
    }
}

#[test]
fn an_int16_feature_does_not_depend_on_batch_or_threads() {
    let faces = faces(Network::LightCnn9, 11);
    let best = kernels::choose(None).unwrap().name();
    let precision = calibrated(Network::LightCnn9);
    let alone: Vec<f32> = {
        let mut engine = int16(Network::LightCnn9, &precision, 1, best);
        faces.chunks_exact(SIDE * SIDE).flat_map(|face| embed(&mut engine, face)).collect()
    };
    for threads in [1, 2, 3] {
        let mut engine = int16(Network::LightCnn9, &precision, threads, best);
        for count in [1, 2, 3, 11] {
            let features = embed(&mut engine, &faces[..count * SIDE * SIDE]);
            assert!(features == alone[..count * FEATURE_LENGTH], "{threads} threads, {count} faces");
        }
    }
}

#[test]
fn a_calibration_of_another_network_is_refused() {
    let mut calibrator = Calibrator::new(seeded(Network::LightCnn9, 5, 0), 1).unwrap();
    calibrator.add(&faces(Network::LightCnn9, 1)).unwrap();
    let precision = Precision::Int16(calibrator.finish("00", "eval").unwrap());
    let options = Options { threads: 1, precision, ..Options::default() };
    assert!(matches!(
        CpuNetwork::new(seeded(Network::LightCnn29, 5, 0), options),
        Err(CpuError::OtherNetwork { .. })
    ));
}

#[test]
fn a_profile_is_a_run_that_tells_its_layers() {
    let faces = faces(Network::LightCnn9, 9);
    let mut engine = engine(Network::LightCnn9, 2, "plain");
    let features = embed(&mut engine, &faces);
    let mut profiled = vec![f32::NAN; features.len()];
    let layers = engine.profile(&faces, &mut profiled).unwrap();
    assert!(profiled == features);
    let kernels: Vec<&str> = layers.iter().map(|layer| layer.kernel).collect();
    assert_eq!(kernels[..3], ["first", "pointwise", "winograd"]);
    assert_eq!((kernels.len(), kernels[9]), (10, "dense"));
    assert!(layers.iter().all(|layer| !layer.time.is_zero() && layer.bytes > 0));
    // 976.7 million multiply-adds an image.
    let operations: u64 = layers.iter().map(|layer| layer.operations).sum();
    assert_eq!(operations / 9 / 200_000, 9767);
}

#[test]
fn misfits_are_errors() {
    let mut engine = engine(Network::LightCnn9, 1, "plain");
    let error = engine.run(&[0; 1000], &mut []).expect_err("no whole face");
    assert!(error.to_string().contains("16384"), "{error}");
    assert!(engine.run(&[0; SIDE * SIDE], &mut [0.0; 255]).is_err());
    engine.run(&[], &mut []).expect("nothing to do is fine");
    for threads in [0, MAX_THREADS + 1] {
        let options = Options { threads, ..Options::default() };
        assert!(matches!(
            CpuNetwork::new(seeded(Network::LightCnn9, 5, 0), options),
            Err(CpuError::ThreadCount(count)) if count == threads
        ));
    }
}
