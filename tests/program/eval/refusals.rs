//! What cannot be evaluated is said by name; nothing is left out in silence.

use super::{PAIRS, eval, fails, fixture, npy, three_persons};
use std::fs;
use std::path::Path;
use std::process::Command;

fn lfw(features: &Path, pairs: &Path) -> Command {
    let mut command = eval(&["lfw", "--features"]);
    command.arg(features).arg("--pairs").arg(pairs);
    command
}

#[test]
fn images_without_a_feature_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("pairs.txt"), PAIRS).unwrap();
    let (rows, names) = three_persons();
    // C_0001 is not there, B_0001 is NaN with a reason, A_0002 is zero, B_0002 is twice there.
    let mut bad = rows[..4].to_vec();
    bad[1] = vec![0.0; 3];
    bad[2] = vec![f32::NAN; 3];
    bad.push(rows[3].clone());
    npy(&at("f.npy"), 3, &bad, Some(&[names[0], names[1], names[2], names[3], "/y/B/B_0002.png"]));
    let failed = r#"{"v":1,"row":2,"path":"/x/B/B_0001.bmp","error":"the picture is torn"}"#;
    fs::write(at("f.errors.jsonl"), format!("{failed}\n")).unwrap();
    fails(
        lfw(&at("f.npy"), &at("pairs.txt")),
        &[
            "4 of the protocol's images",
            "C/C_0001: no row has this name",
            "row 2 (/x/B/B_0001.bmp) has no feature: the picture is torn",
            "row 1 (/x/A/A_0002.bmp) is all zero",
            "B/B_0002: rows 3 (/x/B/B_0002.bmp) and 4 (/y/B/B_0002.png) both match",
            "f.npy",
        ],
    );
}

#[test]
fn rows_without_names_need_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("pairs.txt"), PAIRS).unwrap();
    let (rows, names) = three_persons();
    npy(&at("f.npy"), 3, &rows, None);
    fails(lfw(&at("f.npy"), &at("pairs.txt")), &["6 rows without names", "--list"]);
    let list = |count: usize| {
        fs::write(at("list.txt"), names[..count].join(" 0\n") + " 0\n").unwrap();
        let mut command = lfw(&at("f.npy"), &at("pairs.txt"));
        command.arg("--list").arg(at("list.txt"));
        command
    };
    fails(list(5), &["5 names for 6 rows"]);
    assert!(list(6).output().unwrap().status.success());
    // Numbers that count rows which are not there.
    fails(lfw(&at("f.npy"), &fixture("pairs.mat")), &["has 6 rows, counted from 0; there is no row"]);
    let mut command = eval(&["blufr", "--features"]);
    command.arg(at("f.npy")).arg("--config").arg(fixture("config.mat"));
    fails(command, &["6 rows without names", "24 images"]);
}

#[test]
fn files_that_are_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (rows, names) = three_persons();
    npy(&at("f.npy"), 3, &rows, Some(&names));
    let mut hdf5 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".to_vec();
    hdf5.resize(512, b' ');
    hdf5.extend(b"\x89HDF\r\n\x1a\n");
    fs::write(at("new.mat"), hdf5).unwrap();
    fails(lfw(&at("f.npy"), &at("new.mat")), &["new.mat", "version 7.3 (HDF5)", "-v7"]);
    fails(lfw(&at("f.npy"), &fixture("config.mat")), &["there is no variable pos_pair; there are imageList"]);
    fails(
        lfw(&fixture("everything.mat"), &fixture("pairs.mat")),
        &["no matrix called Descriptors or features"],
    );
    fs::write(at("one.csv"), "left,right,same\n0,1,1\n").unwrap();
    let mut pairs = eval(&["pairs", "--features"]);
    pairs.arg(at("f.npy")).arg("--pairs").arg(at("one.csv"));
    fails(pairs, &["1 pairs of one person and 0 of two"]);
    let mut nothing = eval(&["pairs", "--pairs"]);
    nothing.arg(at("one.csv"));
    fails(nothing, &["give --features, or --images and --model"]);
    fs::write(at("plain.txt"), "1\nA\t1\t2\nA\t1\tB\t1\n").unwrap();
    fails(lfw(&at("f.npy"), &at("plain.txt")), &["no folds", "lightcnn eval pairs"]);
    let mut card = lfw(&at("f.npy"), &at("plain.txt"));
    card.args(["--level", "100%"]);
    fails(card, &["--level"]);
}
