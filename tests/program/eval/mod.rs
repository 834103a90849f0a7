//! `lightcnn eval` as a user meets it, and MAT-files written by scipy.

mod refusals;
mod thresholds;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use test_support::pictures::pgm;
use test_support::program::{ends, text};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mat").join(name)
}

fn lightcnn(cache: &Path) -> Command {
    let mut command = crate::lightcnn();
    command.env("LIGHTCNN_CACHE", cache);
    command
}

fn eval(words: &[&str]) -> Command {
    let mut command = lightcnn(Path::new("/nonexistent"));
    command.arg("eval").args(words);
    command
}

#[track_caller]
fn fails(mut command: Command, expected: &[&str]) {
    let said = ends(&command.output().unwrap(), 2);
    expected.iter().for_each(|part| assert!(said.contains(part), "{part} is not in:\n{said}"));
}

#[track_caller]
fn json(mut command: Command) -> Value {
    let output = command.arg("--json").output().unwrap();
    ends(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The value of a metric of the first evaluation.
fn metric(found: &Value, name: &str, definition: &str) -> f64 {
    let metrics = found["evaluations"][0]["metrics"].as_array().unwrap();
    let metric = metrics.iter().find(|m| m["name"] == name && m["definition"] == definition);
    metric.unwrap_or_else(|| panic!("no {name} {definition}"))["value"].as_f64().unwrap()
}

/// A `.npy` of float32, its names beside it.
fn npy(path: &Path, width: usize, rows: &[Vec<f32>], names: Option<&[&str]>) {
    let shape = format!("({}, {width})", rows.len());
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(rows.iter().flatten().flat_map(|value| value.to_le_bytes()));
    fs::write(path, bytes).unwrap();
    if let Some(names) = names {
        fs::write(path.with_extension("paths.txt"), names.join("\n") + "\n").unwrap();
    }
}

/// Two images of each of three persons, close together.
fn three_persons() -> (Vec<Vec<f32>>, [&'static str; 6]) {
    let rows = [
        [1.0, 0.0, 0.1],
        [1.0, 0.1, 0.0],
        [0.0, 1.0, 0.1],
        [0.1, 1.0, 0.0],
        [0.1, 0.0, 1.0],
        [0.0, 0.1, 1.0],
    ];
    let names = [
        "/x/A/A_0001.bmp",
        "/x/A/A_0002.bmp",
        "/x/B/B_0001.bmp",
        "/x/B/B_0002.bmp",
        "/x/C/C_0001.bmp",
        "/x/C/C_0002.bmp",
    ];
    (rows.map(|row| row.to_vec()).to_vec(), names)
}

const PAIRS: &str = "2\t1\nA\t1\t2\nA\t1\tB\t1\nB\t1\t2\nC\t1\tB\t2\n";

#[test]
fn a_list_of_names_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (rows, names) = three_persons();
    npy(&at("f.npy"), 3, &rows, Some(&names));
    fs::write(at("pairs.txt"), PAIRS).unwrap();
    fs::write(at("pairs.csv"), "left,right,same,fold\nA_0001.jpg,A/A_0002,1,0\n0,2,0,0\nB/B_0001.png,B_0002,1,1\nC_0001,B_0002,different,1\n").unwrap();
    fs::write(
        at("pairs.jsonl"),
        "{\"left\":0,\"right\":1,\"same\":true}\n{\"left\":\"A_0001\",\"right\":2,\"same\":false}\n",
    )
    .unwrap();
    let features = at("f.npy");
    for (protocol, list) in [("lfw", "pairs.txt"), ("lfw", "pairs.csv"), ("pairs", "pairs.jsonl")] {
        let found = json(eval(&[
            protocol,
            "--features",
            features.to_str().unwrap(),
            "--pairs",
            at(list).to_str().unwrap(),
        ]));
        assert_eq!(metric(&found, "100%-EER", "model-card"), 1.0, "{list}");
        let hardest = &found["evaluations"][0]["hardest"]["impostors"][0];
        assert!(hardest["left"].is_string() && hardest["score"].is_number(), "{hardest}");
    }
    // Every two pictures, persons by folder.
    let found = json(eval(&["pairs", "--features", features.to_str().unwrap(), "--pairs", "all"]));
    assert_eq!(
        (found["evaluations"][0]["genuine"].as_u64(), found["evaluations"][0]["impostors"].as_u64()),
        (Some(3), Some(12))
    );
    assert_eq!(metric(&found, "TPR@FAR=0", "every-threshold"), 1.0);
}

#[test]
fn precisions_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (mut rows, names) = three_persons();
    npy(&at("f32.npy"), 3, &rows, Some(&names));
    // One feature is spoilt: B_0002 now looks like C.
    rows[3] = vec![0.0, 0.1, 1.0];
    npy(&at("int16.npy"), 3, &rows, Some(&names));
    fs::write(at("pairs.txt"), PAIRS).unwrap();
    let both = |first: &str, second: &str, words: &[&str]| {
        let mut command = eval(&["lfw", "--bootstrap", "0", "--card", "lightcnn9", "--pairs"]);
        command.arg(at("pairs.txt")).arg("--features").arg(at(first)).arg("--features").arg(at(second));
        command.args(words).output().unwrap()
    };
    let output = both("f32.npy", "int16.npy", &[]);
    ends(&output, 0);
    let said = text(&output.stdout);
    let line = said.lines().find(|line| line.starts_with("100%-EER") && line.contains("model card")).unwrap();
    let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells[2..], ["100.000*", "50.000*", "-50.000", "98.73", "+1.270", "98.70"], "{said}");
    assert!(said.contains("note: int16.npy: rests on fewer than 10"), "{said}");
    // A conversion is accepted by what it costs.
    let judged = both("f32.npy", "int16.npy", &["--max-drop", "49.9%"]);
    ends(&judged, 1);
    assert!(text(&judged.stderr).contains("100%-EER falls by 50.000 percent points, more than 49.900"));
    ends(&both("f32.npy", "int16.npy", &["--max-drop", "100%"]), 0);
    ends(&both("int16.npy", "f32.npy", &["--max-drop", "0"]), 0);
}

#[test]
fn official_files_of_scipy() {
    let features = fixture("features.mat");
    let words = ["lfw", "--bootstrap", "0", "--features", features.to_str().unwrap(), "--pairs"];
    let mut command = eval(&words);
    command.arg(fixture("pairs.mat"));
    let found = json(command);
    assert_eq!(metric(&found, "accuracy", "lfw"), 1.0);
    assert_eq!(found["evaluations"][0]["folds"].as_array().unwrap().len(), 10);
    let mut command =
        eval(&["blufr", "--bootstrap", "10", "--features", features.to_str().unwrap(), "--config"]);
    command.arg(fixture("config.mat"));
    let found = json(command);
    assert_eq!(metric(&found, "VR@FAR=0.1%", "model-card"), 1.0);
    assert_eq!(metric(&found, "DIR@FAR=1%", "blufr"), 1.0);
    let trial = &found["evaluations"][0]["trials"][1];
    let counts = ["images", "genuine", "gallery", "genuine_probes", "impostor_probes"]
        .map(|key| trial[key].as_u64().unwrap());
    assert_eq!(counts, [18, 18, 3, 6, 9]);
}

#[test]
fn intervals_are_the_same_every_time() {
    let features = fixture("features.mat");
    let pairs = fixture("pairs.mat");
    let words =
        ["lfw", "--features", features.to_str().unwrap(), "--pairs", pairs.to_str().unwrap(), "--seed"];
    let run = |seed: &str| json(eval(&[&words[..], &[seed]].concat()));
    assert_eq!(run("3"), run("3"));
    assert!(run("3")["evaluations"][0]["metrics"][0]["interval"]["level"] == 0.95);
}

/// From pictures, by the same pipeline as `extract`: the figures are those of the file it writes.
#[test]
fn pictures_are_evaluated_in_one_go() {
    let folder = tempfile::tempdir().unwrap();
    for (person, shade) in [("A", 10u8), ("B", 90), ("C", 200)] {
        fs::create_dir(folder.path().join(person)).unwrap();
        for image in 0..2u8 {
            let bytes = pgm(128, 128, |at| (shade + image).wrapping_add((at / 64) as u8).wrapping_mul(3));
            fs::write(folder.path().join(person).join(format!("{image}.pgm")), bytes).unwrap();
        }
    }
    let pictures = folder.path().to_str().unwrap();
    let made = json(eval(&[
        "pairs",
        "--pairs",
        "all",
        "--bootstrap",
        "0",
        "--device",
        "cpu",
        "--model",
        "demo",
        "--images",
        pictures,
    ]));
    let file = folder.path().join("f.npy");
    let mut extract = lightcnn(Path::new("/nonexistent"));
    extract.args(["extract", pictures, "--model", "demo", "--device", "cpu", "-o", file.to_str().unwrap()]);
    ends(&extract.output().unwrap(), 0);
    let read =
        json(eval(&["pairs", "--pairs", "all", "--bootstrap", "0", "--features", file.to_str().unwrap()]));
    assert_eq!(made["evaluations"][0]["metrics"], read["evaluations"][0]["metrics"]);
    assert_eq!(made["evaluations"][0]["hardest"], read["evaluations"][0]["hardest"]);
    assert_eq!(made["evaluations"][0]["source"]["contract"], read["evaluations"][0]["source"]["contract"]);
}
