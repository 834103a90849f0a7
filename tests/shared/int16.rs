//! int16 on real faces: cosine to float32, and what it does to verification.

use super::shared;
use lightcnn::cpu::{Calibrator, Engine, Options, Precision};
use lightcnn::image::{Preprocess, decode};
use lightcnn::network::{FEATURE_LENGTH, Input, Network, seeded};
use std::fs;
use std::path::Path;

/// The seed of the golden weights.
const SEED: u64 = 9001;

/// Least and median cosine of a feature of LightCNN-9 with that of float32. Seen with 150 faces for calibration: 0.9994
/// and 0.9997. Seeded weights amplify rounding; bfloat16 shows 0.994 with them.
const LEAST_COSINE: f64 = 0.998;
const MEDIAN_COSINE: f64 = 0.9995;

/// Largest difference of the equal error rate, in percentage points.
const EER_DIFFERENCE: f64 = 0.3;

/// Persons and pictures of each in the AT&T set.
const PERSONS: usize = 40;
const PICTURES: usize = 10;

fn face(path: &Path) -> Vec<u8> {
    let picture = decode(&fs::read(path).unwrap(), Input::Gray).unwrap();
    Preprocess::Eval.face(&picture, None).unwrap().as_bytes().to_vec()
}

/// The faces of the AT&T set, person by person.
fn faces() -> Vec<Vec<u8>> {
    let path = |at: usize| {
        let (person, picture) = (at / PICTURES + 1, at % PICTURES + 1);
        shared("data/att-faces").join(format!("s{person}/{picture}.pgm"))
    };
    (0..PERSONS * PICTURES).map(|at| face(&path(at))).collect()
}

fn features(faces: &[Vec<u8>], precision: Precision) -> Vec<Vec<f64>> {
    let options = Options { precision, ..Options::default() };
    let mut engine = Engine::new(seeded(Network::LightCnn9, SEED, 0), options).unwrap();
    let mut features = vec![0.0; faces.len() * FEATURE_LENGTH];
    engine.run(&faces.concat(), &mut features).unwrap();
    let wide = |feature: &[f32]| feature.iter().copied().map(f64::from).collect();
    features.chunks_exact(FEATURE_LENGTH).map(wide).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The equal error rate over all pairs of pictures, in percent: where as many pairs of one person are below the
/// threshold as pairs of two are above it.
fn equal_error_rate(features: &[Vec<f64>]) -> f64 {
    let mut pairs = Vec::new();
    for (i, a) in features.iter().enumerate() {
        for (j, b) in features[..i].iter().enumerate() {
            pairs.push((cosine(a, b), i / PICTURES == j / PICTURES));
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let same = pairs.iter().filter(|pair| pair.1).count() as f64;
    let other = pairs.len() as f64 - same;
    let (mut rejected, mut accepted) = (0.0, other);
    for (_, is_same) in pairs {
        if is_same {
            rejected += 1.0;
        } else {
            accepted -= 1.0;
        }
        if rejected / same >= accepted / other {
            break;
        }
    }
    50.0 * (rejected / same + accepted / other)
}

#[test]
fn int16_is_close_to_float32_on_real_faces() {
    let faces = faces();
    let mut calibrator = Calibrator::new(seeded(Network::LightCnn9, SEED, 0), 2).unwrap();
    // Faces of all persons, and seven of eight pictures are not among them.
    faces.iter().step_by(8).for_each(|face| calibrator.add(face).unwrap());
    let calibration = calibrator.finish("", "eval").unwrap();
    let (float, int16) = (features(&faces, Precision::F32), features(&faces, Precision::Int16(calibration)));
    let mut cosines: Vec<f64> = float.iter().zip(&int16).map(|(a, b)| cosine(a, b)).collect();
    cosines.sort_by(f64::total_cmp);
    let (least, median) = (cosines[0], cosines[cosines.len() / 2]);
    assert!(least >= LEAST_COSINE && median >= MEDIAN_COSINE, "least {least}, median {median}");
    let (before, after) = (equal_error_rate(&float), equal_error_rate(&int16));
    assert!((before - after).abs() <= EER_DIFFERENCE, "equal error rate {before} % became {after} %");
}
