//! `lightcnn search` as a user meets it.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use test_support::pictures::pgm;
use test_support::program::ends;

fn lightcnn(folder: &Path) -> Command {
    let mut command = crate::lightcnn();
    command.env("LIGHTCNN_MODEL", "demo").current_dir(folder);
    command
}

#[track_caller]
fn run(folder: &Path, words: &str, code: i32) -> Output {
    let output = lightcnn(folder).args(words.split(' ')).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[track_caller]
fn json(folder: &Path, words: &str) -> Value {
    serde_json::from_slice(&run(folder, words, 0).stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Three persons of three pictures, one of which is none.
fn persons(folder: &Path) {
    for (person, shape) in [("ann", 3), ("ben", 7), ("cy", 11)] {
        fs::create_dir_all(folder.join("faces").join(person)).unwrap();
        for picture in 0..3 {
            let bytes = pgm(64, 64, |at| ((at % (64 + shape)) * shape + at / 64 * picture) as u8);
            fs::write(folder.join(format!("faces/{person}/{picture}.pgm")), bytes).unwrap();
        }
    }
    fs::write(folder.join("faces/ben/1.pgm"), "no picture").unwrap();
}

/// The rows found for a probe, with their cosines.
fn hits(answer: &Value, probe: usize) -> Vec<(u64, f64)> {
    let hit = |hit: &Value| (hit["row"].as_u64().unwrap(), hit["cosine"].as_f64().unwrap());
    answer["probes"][probe]["hits"].as_array().unwrap().iter().map(hit).collect()
}

#[test]
fn the_same_is_found_in_every_form_of_gallery_with_every_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    persons(folder);
    for output in ["f.npy", "f.jsonl", "f.parquet"] {
        run(folder, &format!("extract faces -o {output}"), 1);
    }
    run(folder, "job run --input faces --output job --max-bad 1", 0);
    let mut answers = Vec::new();
    for gallery in ["f.npy", "f.jsonl", "f.parquet", "job"] {
        for (kernels, threads) in [("", 1), ("plain", 2)] {
            let words = format!("search -g {gallery} {gallery}#5 faces/cy/0.pgm -k 9 --json -j {threads}");
            let output =
                lightcnn(folder).args(words.split(' ')).env("LIGHTCNN_KERNELS", kernels).output().unwrap();
            let said = ends(&output, 0);
            assert!(said.contains("1 of 9 rows") && said.contains("left out"), "{words}: {said}");
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(answer["gallery"]["failed"], 1);
            assert_eq!(answer["probes"][0]["hits"][0]["path"], "faces/ben/2.pgm");
            assert_eq!(answer["probes"][1]["hits"][0]["path"], "faces/cy/0.pgm");
            answers.push((hits(&answer, 0), hits(&answer, 1).iter().map(|hit| hit.0).collect::<Vec<_>>()));
        }
    }
    assert_eq!(answers.len(), 4 * 2);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!((answers[0].0.len(), answers[0].0[0].0), (8, 5));
    assert!((answers[0].0[0].1 - 1.0).abs() < 1e-15);

    let text = run(folder, "search -g f.npy f.npy -k 2", 1);
    assert!(stderr(&text).contains("f.npy#4 (faces/ben/1.pgm)"), "{}", stderr(&text));
    let text = String::from_utf8(text.stdout).unwrap();
    assert_eq!(text.lines().count(), 8 * 3);
    assert!(
        text.starts_with("f.npy#0 (faces/ann/0.pgm)\n   1   1.000000  row 0  faces/ann/0.pgm\n"),
        "{text}"
    );
}

#[test]
fn persons_are_identified_or_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    persons(folder);
    run(folder, "extract faces -o f.npy", 1);
    let answer = json(folder, "search -g f.npy faces/ben/0.pgm --identify --json");
    let people: Vec<_> =
        answer["probes"][0]["hits"].as_array().unwrap().iter().map(|hit| hit["person"].as_str()).collect();
    assert_eq!((people.len(), people[0]), (3, Some("ben")));
    assert_eq!(answer["gallery"]["persons"], 3);
    assert!(answer["probes"][0].get("person").is_none());

    let answer = json(folder, "search -g f.npy faces/ben/0.pgm --identify --threshold 0.99 --json");
    assert_eq!(answer["probes"][0]["person"], "ben");
    let text = run(folder, "search -g f.npy faces/ben/0.pgm --identify --threshold 1.1", 0);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("faces/ben/0.pgm: unknown\n"), "{text}");

    let far = run(folder, "search -g f.npy faces/ben/0.pgm --identify --far 25% --json", 0);
    assert!(stderr(&far).contains("rests on 2 of 8"), "{}", stderr(&far));
    let answer: Value = serde_json::from_slice(&far.stdout).unwrap();
    assert!((-1.0..=1.0).contains(&answer["threshold"].as_f64().unwrap()), "{answer}");

    let lines = ["ann", "ben", "cy"].iter().enumerate().flat_map(|(number, person)| {
        (0..3).map(move |picture| format!("faces/{person}/{picture}.pgm,P{}\n", (number + picture) % 2))
    });
    fs::write(folder.join("p.csv"), format!("path,person\n{}", lines.collect::<String>())).unwrap();
    let answer = json(folder, "search -g f.npy f.npy#8 --identify --persons p.csv --json");
    assert_eq!(answer["probes"][0]["hits"].as_array().unwrap().len(), 2);
    assert_eq!(answer["probes"][0]["hits"][0]["person"], "P0");
    fs::write(folder.join("p.csv"), "path,person\nfaces/ann/0.pgm,Ann\n").unwrap();
    let missing = run(folder, "search -g f.npy f.npy#8 --identify --persons p.csv", 2);
    assert!(stderr(&missing).contains("no person for row 1"), "{}", stderr(&missing));
    run(folder, "search -g f.npy f.npy#8 --threshold 0.5", 2);
}

#[test]
fn what_cannot_be_compared_is_refused_and_bad_probes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    persons(folder);
    run(folder, "extract faces -o f.npy", 1);
    run(folder, "extract faces -o c.jsonl --preprocess center", 1);
    // A file of others: no contract, another width.
    let header = format!("{:117}\n", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }");
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(header.bytes());
    bytes.extend([1.0_f32, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0].iter().flat_map(|value| value.to_le_bytes()));
    fs::write(folder.join("theirs.npy"), bytes).unwrap();
    for (words, code, reason) in [
        ("search -g f.npy c.jsonl", 2, "preprocess: eval against center"),
        ("search -g c.jsonl faces/cy/0.pgm", 2, "preprocess: center against eval"),
        ("search -g f.npy theirs.npy", 2, "256 values"),
        ("search -g theirs.npy faces/cy/0.pgm", 2, "nothing says how the features of theirs.npy were made"),
        ("search -g theirs.npy faces/cy/0.pgm", 2, "to say how they were made:  --contract FILE"),
        ("search -g theirs.npy faces/cy/0.pgm --contract none.json", 2, "cannot read none.json"),
        ("search -g theirs.npy faces/cy/0.pgm --contract c.jsonl", 2, "no embedding contract"),
        ("search -g theirs.npy theirs.npy#0", 0, "theirs.npy, row 1 (no name): all zero, left out"),
        ("search -g theirs.npy theirs.npy#0 --identify", 2, "have no names"),
        ("search -g f.npy f.npy#9", 2, "there is no row 9"),
        ("search -g f.npy faces/ben/1.pgm", 2, "faces/ben/1.pgm: "),
        ("search -g f.npy faces/ben", 1, "faces/ben/1.pgm: "),
        ("search -g f.npy missing.png", 2, "'missing.png' does not exist"),
        ("search -g missing.npy f.npy", 2, "missing.npy"),
        ("search -g f.npy f.npy -k 0", 2, "0"),
    ] {
        let output = run(folder, words, code);
        assert!(stderr(&output).contains(reason), "{words}: {reason}: {}", stderr(&output));
    }
    let answer: Value =
        serde_json::from_slice(&run(folder, "search -g f.npy faces/ben --json", 1).stdout).unwrap();
    assert_eq!(answer["probes"].as_array().unwrap().len(), 3);
    assert!(answer["probes"][1]["error"].as_str().is_some() && answer["probes"][1].get("hits").is_none());
}

/// Features that came back through another tool, which left out how they were made.
#[test]
fn a_contract_is_given_where_a_file_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    persons(folder);
    run(folder, "extract faces -o f.npy", 1);
    run(folder, "extract faces -o c.npy --preprocess center", 1);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet/features_polars_array.parquet");
    fs::copy(fixture, folder.join("back.parquet")).unwrap();
    let answer = json(folder, "search -g back.parquet back.parquet#2 --json");
    assert_eq!(answer["gallery"]["contract"], Value::Null);
    assert_eq!(answer["probes"][0]["hits"][0]["path"], "faces/2.png");
    let answer = json(folder, "search -g back.parquet f.npy#0 --contract f.contract.json --json");
    assert_eq!(answer["gallery"]["contract"]["preprocess"], "eval");
    json(folder, "search -g f.npy back.parquet#0 --contract f.contract.json --json");
    for (words, code, reason) in [
        ("search -g f.npy back.parquet#0", 2, "nothing says how the features of back.parquet were made"),
        ("search -g back.parquet f.npy#0 --contract c.contract.json", 2, "preprocess: center against eval"),
        ("compare back.parquet#0 f.npy#0", 2, "--contract FILE"),
        ("compare back.parquet#0 f.npy#0 --contract f.contract.json", 0, ""),
        ("compare back.parquet#0 back.parquet#2", 0, ""),
        ("compare back.parquet#0 back.parquet#2 --threshold-at-far 1%", 2, "say it with --contract"),
        // What a file says of itself holds.
        ("compare f.npy#0 c.npy#0 --contract f.contract.json", 2, "preprocess: eval against center"),
    ] {
        let output = run(folder, words, code);
        assert!(stderr(&output).contains(reason), "{words}: {reason}: {}", stderr(&output));
    }
}
