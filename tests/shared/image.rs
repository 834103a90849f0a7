//! Decoding and preprocessing against OpenCV's and Pillow's own results.

use super::shared;
use lightcnn::image::{LandmarkTable, Picture, Preprocess, decode};
use lightcnn::network::Input;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Shape and bytes of a `.npy` file of u8.
fn npy(path: &Path) -> (Vec<usize>, Vec<u8>) {
    let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let text = std::str::from_utf8(&bytes[10..header]).unwrap();
    assert!(text.contains("'|u1'") && text.contains("'fortran_order': False"), "{text}");
    let shape = text.split(['(', ')']).nth(1).unwrap();
    let shape =
        shape.split(',').filter(|n| !n.trim().is_empty()).map(|n| n.trim().parse().unwrap()).collect();
    (shape, bytes[header..].to_vec())
}

#[test]
fn gray_eval_and_center_are_opencvs_and_pillows() {
    let folder = shared("golden/preprocess");
    let mut files: Vec<_> =
        fs::read_dir(folder.join("src")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 18);
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let expected = |kind: &str| npy(&folder.join(format!("{kind}_{}.npy", name.replace('.', "_"))));
        let picture =
            decode(&fs::read(&file).unwrap(), Input::Gray).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (shape, gray) = expected("gray");
        assert_eq!([picture.height(), picture.width()], shape[..], "{name}");
        assert!(picture.as_bytes() == gray, "{name}: gray");
        for (preprocess, kind) in [(Preprocess::Eval, "resized"), (Preprocess::Center, "crop144")] {
            let face = preprocess.face(&picture).unwrap();
            assert!(face.as_bytes() == expected(kind).1, "{name}: {preprocess}");
        }
    }
}

/// The aligned pictures were made from points with more digits than the file gives, so they cannot be met exactly: an
/// error of 0.005 in each point moves a corner of the face by about 0.02 pixels, which is 5 levels at the sharpest edge.
#[test]
fn aligned_is_the_alignment_of_the_lfw_subset() {
    let folder = shared("data/lfw-dev-subset");
    let unpacked = tempfile::tempdir().unwrap();
    for archive in ["lfw_dev_deepfunneled250_jpg.tar", "lfw_dev_aligned128_bmp.tar.xz"] {
        let mut tar = Command::new("tar");
        let done = tar.arg("-xf").arg(folder.join(archive)).arg("-C").arg(unpacked.path()).status();
        assert!(done.unwrap().success(), "{archive}");
    }
    let table = LandmarkTable::read(&folder.join("files.csv")).unwrap();
    assert_eq!(table.len(), 1194);
    let read = |path: &Path| -> Picture { decode(&fs::read(path).unwrap(), Input::Gray).unwrap() };
    let (mut faces, mut sum, mut largest) = (0_u64, 0_u64, 0);
    for person in fs::read_dir(unpacked.path()).unwrap() {
        for file in fs::read_dir(person.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|extension| extension == "jpg") {
                let face = Preprocess::Aligned.face_at(&read(&file), table.get(&file).unwrap()).unwrap();
                let expected = read(&file.with_extension("bmp"));
                for (a, b) in face.as_bytes().iter().zip(expected.as_bytes()) {
                    sum += u64::from(a.abs_diff(*b));
                    largest = largest.max(a.abs_diff(*b));
                }
                faces += 1;
            }
        }
    }
    assert_eq!(faces, 1194);
    let mean = sum as f64 / (faces * 128 * 128) as f64;
    println!("mean difference {mean:.4}, largest {largest}");
    assert!(mean < 0.06, "mean difference {mean}");
    assert!(largest <= 5, "largest difference {largest}");
}
