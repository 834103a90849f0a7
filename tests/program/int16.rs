//! int16 as a user meets it: calibrate, extract, and what may be compared.

use std::fs;
use std::path::Path;
use std::process::Output;
use test_support::program;

/// Runs the program in `folder` with the words of `line`; FACES stands for the example faces.
fn lightcnn(folder: &Path, line: &str) -> Output {
    let mut command = crate::lightcnn();
    for word in line.split_whitespace() {
        match word.strip_prefix("FACES") {
            Some(rest) => command.arg(format!("{}{rest}", crate::faces().display())),
            None => command.arg(word),
        };
    }
    command.current_dir(folder).output().unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32, said: &str) {
    let stderr = program::ends(output, code);
    assert!(stderr.contains(said), "'{said}' is not in: {stderr}");
}

#[test]
fn faces_calibrate_and_int16_extracts() {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| lightcnn(folder.path(), line);
    ends(&run("calibrate FACES --model demo -o all.json"), 0, "8 faces measured");
    ends(&run("calibrate FACES --model demo -o all.json"), 2, "--force");
    ends(&run("calibrate FACES/astronaut_1.jpg --model demo -o one.json"), 0, "few");
    ends(&run("extract FACES --model demo -o f32.jsonl"), 0, "0 failed");
    let int16 = "--model demo --precision int16 --calibration";
    ends(&run(&format!("extract FACES -o int16.jsonl {int16} all.json")), 0, "0 failed");
    ends(
        &run(&format!("extract FACES -o again.jsonl {int16} all.json --threads 1 --batch 3")),
        0,
        "0 failed",
    );
    ends(&run(&format!("extract FACES -o one.jsonl {int16} one.json")), 0, "0 failed");

    let rows = fs::read_to_string(folder.path().join("int16.jsonl")).unwrap();
    assert!(rows == fs::read_to_string(folder.path().join("again.jsonl")).unwrap(), "other bits");
    let first: serde_json::Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!(first["contract"]["precision"], "int16");
    assert_eq!(first["contract"]["calibration_sha256"].as_str().unwrap().len(), 64);

    ends(&run("compare int16.jsonl#0 again.jsonl#0"), 0, "");
    ends(&run("compare int16.jsonl#0 f32.jsonl#0"), 2, "precision: int16 against f32");
    ends(&run("compare int16.jsonl#0 one.jsonl#0"), 2, "calibration_sha256: ");
}

#[test]
fn what_int16_needs_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let run = |line: &str| lightcnn(folder.path(), line);
    ends(&run("extract FACES --model demo -o f.npy --precision int16"), 2, "lightcnn calibrate");
    ends(&run("calibrate FACES/astronaut_1.jpg --model demo -o one.json"), 0, "");
    let both = "extract FACES --model demo -o f.npy --calibration one.json";
    ends(&run(both), 2, "--precision");
    ends(&run(&format!("{both} --precision f32")), 2, "no use");
    ends(&run(&format!("{both} --precision int16 --device ascend")), 2, "the CPU engine's");
    ends(
        &run("extract FACES --model demo -o f.npy --precision int16 --calibration none.json"),
        2,
        "none.json",
    );

    let text = fs::read_to_string(folder.path().join("one.json")).unwrap();
    let start = text.find("\"weights_sha256\":\"").unwrap() + 18;
    let mut other = text.clone();
    other.replace_range(start..start + 64, &"0".repeat(64));
    fs::write(folder.path().join("one.json"), other).unwrap();
    ends(&run(&format!("{both} --precision int16")), 2, "other weights");
    fs::write(folder.path().join("one.json"), &text[..text.len() / 2]).unwrap();
    let cut = run(&format!("{both} --precision int16"));
    ends(&cut, 2, "is no calibration");
    ends(&cut, 2, "to measure one:  lightcnn calibrate");
}
