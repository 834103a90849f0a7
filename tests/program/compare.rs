//! `lightcnn compare`.

use crate::{extract, lightcnn};
use std::fs;
use test_support::pictures::write_gray;
use test_support::program::{ends, text};

#[test]
fn compare_measures_and_refuses_to_mix() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_gray(&at("a.pgm"), 140, 0);
    write_gray(&at("b.pgm"), 100, 90);
    let compare = |left: &str, right: &str, more: &[&str]| {
        let mut command = lightcnn();
        command.current_dir(folder.path()).args(["compare", left, right, "--model", "demo"]).args(more);
        command.output().unwrap()
    };
    let same = compare("a.pgm", "a.pgm", &["--threshold", "0.99"]);
    ends(&same, 0);
    assert_eq!(text(&same.stdout), "1.000000\n");
    let other = compare("a.pgm", "b.pgm", &["--json"]);
    ends(&other, 0);
    let value: serde_json::Value = serde_json::from_slice(&other.stdout).unwrap();
    let cosine = value["cosine"].as_f64().unwrap();
    assert!((-1.0..0.999).contains(&cosine), "{value}");
    assert_eq!(value["contract"]["weights"], "untrained_demo");
    ends(&compare("a.pgm", "b.pgm", &["--threshold", "0.9999"]), 1);

    fs::write(at("list.txt"), "a.pgm\nb.pgm\nmissing.pgm\n").unwrap();
    ends(&extract(at("list.txt"), &at("rows.npy")).output().unwrap(), 1);
    ends(&extract(at("b.pgm"), &at("b.jsonl")).arg("--normalize").output().unwrap(), 0);
    ends(&extract(at("a.pgm"), &at("c.jsonl")).args(["--preprocess", "center"]).output().unwrap(), 0);
    let stored = compare("rows.npy#0", "b.jsonl", &["--json"]);
    ends(&stored, 0);
    let value: serde_json::Value = serde_json::from_slice(&stored.stdout).unwrap();
    assert!((value["cosine"].as_f64().unwrap() - cosine).abs() < 1e-6);
    for (left, right, reason) in [
        ("a.pgm", "c.jsonl", "preprocess: eval against center"),
        ("rows.npy", "a.pgm", "say which one"),
        (
            "rows.npy#2",
            "a.pgm",
            "row 2 of rows.npy has no feature: cannot read: No such file or directory (os error 2)\n",
        ),
        ("rows.npy#3", "a.pgm", "there is no row 3"),
        ("a.pgm", "missing.pgm", "missing.pgm"),
    ] {
        let run = compare(left, right, &[]);
        ends(&run, 2);
        assert!(text(&run.stderr).contains(reason), "{reason}: {}", text(&run.stderr));
    }
}
