//! int16 on real faces: cosine to float32, and what it does to verification.

use super::shared;
use lightcnn::image::{Preprocess, decode};
use lightcnn::network::{FEATURE_LENGTH, Input, Network, seeded};
use lightcnn_cpu::cpu::{Calibrator, CpuNetwork, Options, Precision};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The seed of the golden weights.
const SEED: u64 = 9001;

/// Least and median cosine of a feature of LightCNN-9 with that of float32. Seen: 0.9987 and
/// 0.9995. Seeded weights amplify rounding; bfloat16 shows 0.994 with them.
const LEAST_COSINE: f64 = 0.998;
const MEDIAN_COSINE: f64 = 0.9995;

/// Largest difference of the equal error rate, in percentage points.
const EER_DIFFERENCE: f64 = 0.3;

fn face(path: &Path) -> Vec<u8> {
    let picture = decode(&fs::read(path).unwrap(), Input::Gray).unwrap();
    Preprocess::Eval.face(&picture).unwrap().as_bytes().to_vec()
}

/// Faces, each with the name of its person.
type Faces = Vec<(String, Vec<u8>)>;

/// The faces in the folders of `root`, one folder a person, with this ending.
fn faces(root: &Path, ending: &str) -> Faces {
    let sorted = |folder: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let mut faces = Vec::new();
    for person in sorted(root).into_iter().filter(|path| path.is_dir()) {
        for path in
            sorted(&person).iter().filter(|path| path.extension().is_some_and(|found| found == ending))
        {
            faces.push((person.display().to_string(), face(path)));
        }
    }
    faces
}

/// The aligned faces of the LFW subset; `tar` and `xz` unpack them.
fn lfw() -> Faces {
    let folder = tempfile::tempdir().unwrap();
    let archive = shared("data/lfw-dev-subset/lfw_dev_aligned128_bmp.tar.xz");
    let unpacked =
        Command::new("tar").arg("-xJf").arg(archive).arg("-C").arg(folder.path()).status().unwrap();
    assert!(unpacked.success());
    faces(folder.path(), "bmp")
}

fn features(faces: &Faces, seed: u64, precision: Precision) -> Vec<Vec<f64>> {
    let options = Options { precision, ..Options::default() };
    let mut engine = CpuNetwork::new(seeded(Network::LightCnn9, seed, 0), options).unwrap();
    let mut features = vec![0.0; faces.len() * FEATURE_LENGTH];
    let bytes: Vec<u8> = faces.iter().flat_map(|(_, face)| face).copied().collect();
    engine.run(&bytes, &mut features).unwrap();
    let wide = |feature: &[f32]| feature.iter().copied().map(f64::from).collect();
    features.chunks_exact(FEATURE_LENGTH).map(wide).collect()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn least_and_median(float: &[Vec<f64>], int16: &[Vec<f64>]) -> (f64, f64) {
    let mut cosines: Vec<f64> = float.iter().zip(int16).map(|(a, b)| cosine(a, b)).collect();
    cosines.sort_by(f64::total_cmp);
    (cosines[0], cosines[cosines.len() / 2])
}

/// The equal error rate over all pairs of pictures, in percent: where as many pairs of one person are below the
/// threshold as pairs of two are above it.
fn equal_error_rate(faces: &Faces, features: &[Vec<f64>]) -> f64 {
    let mut pairs = Vec::new();
    for (i, a) in features.iter().enumerate() {
        for (j, b) in features[..i].iter().enumerate() {
            pairs.push((cosine(a, b), faces[i].0 == faces[j].0));
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
    let sets = [("AT&T", faces(&shared("data/att-faces"), "pgm"), 400), ("LFW", lfw(), 1194)];
    let mut calibrator = Calibrator::new(seeded(Network::LightCnn9, SEED, 0), 2).unwrap();
    // Seven of eight faces are not among them.
    for (_, faces, count) in &sets {
        assert_eq!(faces.len(), *count);
        faces.iter().step_by(8).for_each(|(_, face)| calibrator.add(face).unwrap());
    }
    let calibration = calibrator.finish("", "eval").unwrap();
    for (set, faces, _) in sets {
        let float = features(&faces, SEED, Precision::F32);
        let int16 = features(&faces, SEED, Precision::Int16(calibration.clone()));
        let (least, median) = least_and_median(&float, &int16);
        let (before, after) = (equal_error_rate(&faces, &float), equal_error_rate(&faces, &int16));
        println!(
            "{set}: least {least:.5}, median {median:.5}; equal error rate {before:.3} % and {after:.3} %"
        );
        assert!(least >= LEAST_COSINE && median >= MEDIAN_COSINE, "{set}: least {least}, median {median}");
        assert!((before - after).abs() <= EER_DIFFERENCE, "{set}: {before} % became {after} %");
    }
}

/// Values beyond the measured ranges are cut off. With weights and faces that the ranges were not chosen for, few are.
#[test]
fn int16_is_close_on_faces_unlike_those_of_the_calibration() {
    let (measured, others) = (faces(&shared("data/att-faces"), "pgm"), lfw());
    for seed in [SEED, 1, 2] {
        let mut calibrator = Calibrator::new(seeded(Network::LightCnn9, seed, 0), 2).unwrap();
        measured.iter().step_by(8).for_each(|(_, face)| calibrator.add(face).unwrap());
        let calibration = calibrator.finish("", "eval").unwrap();
        let float = features(&others, seed, Precision::F32);
        let int16 = features(&others, seed, Precision::Int16(calibration));
        let (least, median) = least_and_median(&float, &int16);
        println!("seed {seed}: least {least:.5}, median {median:.5}");
        assert!(least >= LEAST_COSINE && median >= MEDIAN_COSINE, "{seed}: least {least}, median {median}");
    }
}
