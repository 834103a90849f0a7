//! Thresholds: measured by `eval`, used by `compare`.

use super::{fails, lightcnn, npy};
use std::fs;
use std::path::Path;
use test_support::program::{ends, text};

const CONTRACT: &str = r#"{"network":"lightcnn9","weights":"unknown","weights_sha256":"0123456789abcdef","preprocess":"eval",
    "backend":"cpu","kernels":"plain","precision":"f32","normalized":false,"version":"0"}"#;

/// Two images of three persons, as 256 values; and a contract.
fn features(folder: &Path, name: &str, contract: Option<&str>) -> String {
    let rows: Vec<Vec<f32>> = (0..6)
        .map(|row| {
            (0..256).map(|k| f32::from(k % 3 == row / 2) + 0.1 * f32::from(k % 5 == row % 2)).collect()
        })
        .collect();
    let names = ["A/1.png", "A/2.png", "B/1.png", "B/2.png", "C/1.png", "C/2.png"];
    let path = folder.join(name);
    npy(&path, 256, &rows, Some(&names));
    if let Some(contract) = contract {
        fs::write(path.with_extension("contract.json"), contract).unwrap();
    }
    path.to_str().unwrap().to_string()
}

#[test]
fn a_verdict_from_measured_thresholds() {
    let folder = tempfile::tempdir().unwrap();
    let ours = features(folder.path(), "f.npy", Some(CONTRACT));
    let eval = |words: &[&str]| {
        let mut command = lightcnn(folder.path());
        command
            .args(["eval", "pairs", "--pairs", "all", "--bootstrap", "0", "--features", &ours])
            .args(words);
        command
    };
    let compare = |right: &str, words: &[&str]| {
        let mut command = lightcnn(folder.path());
        command.args(["compare", &format!("{ours}#0"), right, "--threshold-at-far", "0"]).args(words);
        command
    };
    let (same, other) = (format!("{ours}#1"), format!("{ours}#2"));
    fails(compare(&same, &[]), &["no thresholds for these features", "--save-thresholds"]);
    // In the cache, found by what the features have in common.
    let run = eval(&["--save-thresholds"]).output().unwrap();
    ends(&run, 0);
    assert!(text(&run.stderr).contains("thresholds-lightcnn9-0123456789ab-eval-f32.json"));
    ends(&compare(&same, &[]).output().unwrap(), 0);
    let verdict = compare(&other, &["--json"]).output().unwrap();
    ends(&verdict, 1);
    let verdict: serde_json::Value = serde_json::from_slice(&verdict.stdout).unwrap();
    assert_eq!(verdict["same"], false);
    assert!(verdict["threshold"].as_f64().unwrap() > verdict["cosine"].as_f64().unwrap());
    // In a file, under the other name.
    let file = folder.path().join("deep/t.json");
    ends(&eval(&["--save-calibration", file.to_str().unwrap()]).output().unwrap(), 0);
    ends(&compare(&same, &["--thresholds", file.to_str().unwrap()]).output().unwrap(), 0);
    let mut unmeasured = lightcnn(folder.path());
    unmeasured.args(["compare", &same, &other, "--threshold-at-far", "0.1%"]);
    fails(unmeasured, &["no threshold for FAR = 0.001", "there are those for 10%, 0%"]);
}

#[test]
fn thresholds_of_other_features_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.json");
    let eval = |features: &str| {
        let mut command = lightcnn(folder.path());
        command.args(["eval", "pairs", "--pairs", "all", "--bootstrap", "0", "--features", features]);
        command.arg("--save-thresholds").arg(&file);
        command
    };
    let bare = features(folder.path(), "bare.npy", None);
    fails(eval(&bare), &["bare.npy: no embedding contract"]);
    let theirs = features(folder.path(), "theirs.npy", Some(&CONTRACT.replace("\"f32\"", "\"int16\"")));
    let mut said = eval(&bare);
    said.arg("--contract").arg(folder.path().join("theirs.contract.json"));
    ends(&said.output().unwrap(), 0);
    let told = fs::read_to_string(&file).unwrap();
    assert!(told.contains("int16"), "{told}");
    ends(&eval(&theirs).output().unwrap(), 0);
    let ours = features(folder.path(), "ours.npy", Some(CONTRACT));
    let mut compare = lightcnn(folder.path());
    compare.args(["compare", &format!("{ours}#0"), &format!("{ours}#1"), "--threshold-at-far", "0"]);
    compare.arg("--thresholds").arg(&file);
    fails(compare, &["not made like the ones compared", "precision: int16 against f32"]);
    fs::write(&file, "{}").unwrap();
    let mut compare = lightcnn(folder.path());
    compare.args(["compare", &format!("{ours}#0"), &format!("{ours}#1"), "--threshold-at-far", "0"]);
    compare.arg("--thresholds").arg(&file);
    fails(compare, &["t.json: no thresholds"]);
}
