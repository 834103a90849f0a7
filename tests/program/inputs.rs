//! Manifests and archives as the program takes them: the same features as from plain files, under documented names.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use test_support::pictures::pgm;
use test_support::program::ends;

fn extract(folder: &Path, arguments: &[&str]) -> Output {
    lightcnn(folder, &[&["extract"], arguments, &["--model", "demo", "--device", "cpu"]].concat())
}

fn lightcnn(folder: &Path, arguments: &[&str]) -> Output {
    crate::lightcnn().current_dir(folder).args(arguments).output().unwrap()
}

/// The rows of a run that ends with `code`: name, feature and reason of each.
#[track_caller]
fn rows(folder: &Path, arguments: &[&str], code: i32) -> Vec<(String, String, String)> {
    let run = extract(folder, &[arguments, &["-o", "-"]].concat());
    ends(&run, code);
    let lines = String::from_utf8(run.stdout).unwrap();
    let rows = lines.lines().map(|line| {
        let row: Value = serde_json::from_str(line).unwrap();
        let path = row["path"].as_str().unwrap().to_string();
        // A row has a feature or a reason why it has none.
        let error = match (&row["status"], &row["feature"], &row["error"]) {
            (status, Value::Array(feature), Value::Null) if status == "ok" && feature.len() == 256 => {
                String::new()
            }
            (status, Value::Null, Value::String(error)) if status == "failed" && !error.is_empty() => {
                error.clone()
            }
            _ => panic!("neither good nor bad: {row}"),
        };
        (path, row["feature"].to_string(), error)
    });
    rows.collect()
}

fn picture(seed: usize) -> Vec<u8> {
    pgm(150, 160, |at| ((at / (7 + seed)) ^ (at % (11 + seed))) as u8)
}

/// Three pictures, and the same in a `.tar` and in rows of a `.jsonl`.
fn three_ways(folder: &Path) {
    let mut archive = tar::Builder::new(Vec::new());
    let mut lines = String::new();
    fs::create_dir(folder.join("a")).unwrap();
    for seed in 0..3 {
        let bytes = picture(seed);
        fs::write(folder.join(format!("a/{seed}.pgm")), &bytes).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, format!("a/{seed}.pgm"), &bytes[..]).unwrap();
        let bytes = base64(&bytes);
        lines.push_str(&format!("{{\"id\": \"n{seed}\", \"bytes\": \"{bytes}\"}}\n"));
    }
    fs::write(folder.join("faces.tar"), archive.into_inner().unwrap()).unwrap();
    fs::write(folder.join("faces.jsonl"), lines).unwrap();
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let threes = bytes.chunks(3).map(|three| {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*three.get(at).unwrap_or(&0)));
        let sign = |at: usize| char::from(SIGNS[(bits >> (18 - 6 * at)) as usize & 63]);
        (0..4).map(|at| if at <= three.len() { sign(at) } else { '=' }).collect::<String>()
    });
    threes.collect()
}

#[test]
fn the_same_features_whatever_the_input() {
    let folder = tempfile::tempdir().unwrap();
    three_ways(folder.path());
    let files = rows(folder.path(), &["a"], 0);
    let names = |rows: &[(String, String, String)]| rows.iter().map(|row| row.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&files), ["a/0.pgm", "a/1.pgm", "a/2.pgm"]);
    let all = rows(folder.path(), &["faces.tar", "*.jsonl", "a"], 0);
    let expected =
        ["faces.tar!/a/0.pgm", "faces.tar!/a/1.pgm", "faces.tar!/a/2.pgm", "n0", "n1", "n2", "a/0.pgm"];
    assert_eq!(names(&all)[..7], expected);
    assert_eq!(all.len(), 9);
    for (row, file) in all.iter().zip(files.iter().cycle()) {
        assert_eq!(row.1, file.1, "{}", row.0);
    }
}

/// Points of a row and points of a table give the same faces; a row's own come first.
#[test]
fn points_come_with_the_row_or_from_the_table() {
    let folder = tempfile::tempdir().unwrap();
    three_ways(folder.path());
    let points = "50,60,95,62,73,85,55,110,92,111";
    let header = "path,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5\n";
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("rows.csv", format!("{header}a/0.pgm,{points}\na/1.pgm,,,,,,,,,,\n"));
    write("table.csv", format!("{header}a/0.pgm,{points}\n0.pgm,9,9,99,9,55,50,20,90,90,91\n"));
    let aligned = ["--preprocess", "aligned"];
    let own = rows(folder.path(), &[&["rows.csv"], &aligned[..]].concat(), 1);
    assert!(own[1].2.contains("there are no landmarks for this picture"), "{own:?}");
    let table = ["--landmarks", "table.csv"];
    for input in ["a/0.pgm", "faces.tar", "rows.csv"] {
        let rows =
            rows(folder.path(), &[&[input], &aligned[..], &table].concat(), i32::from(input != "a/0.pgm"));
        assert_eq!(rows[0].1, own[0].1, "{input}");
    }
    // Nothing can bring points along.
    ends(&extract(folder.path(), &["a", "--preprocess", "aligned", "-o", "-"]), 2);
}

/// Features are not taken for a list of pictures, and a list is not taken for features.
#[test]
fn features_and_lists_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    three_ways(folder.path());
    for name in ["f.jsonl", "f.parquet", "f.npy"] {
        ends(&extract(folder.path(), &["a", "-o", name]), 0);
        let said = ends(&extract(folder.path(), &[name, "-o", "again.npy"]), 2);
        assert!(said.contains(&format!("{name} holds features, not pictures")), "{said}");
        assert!(said.contains("to compare features:  lightcnn compare"), "{said}");
    }
    let said = ends(&lightcnn(folder.path(), &["compare", "faces.jsonl#0", "f.npy#0"]), 2);
    assert!(
        said.contains("faces.jsonl") && said.contains("to make features of pictures:  lightcnn extract"),
        "{said}"
    );
}

/// A job takes the same lists, in shards, and notices if a manifest brings other bytes under the same names.
#[test]
fn a_job_over_a_manifest_and_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    three_ways(folder.path());
    let shard = |shard: &str| {
        let run = ["job", "run", "--input", "faces.tar", "faces.jsonl", "--output", "job", "--shard", shard];
        lightcnn(folder.path(), &[&run[..], &["--model", "demo", "--device", "cpu"]].concat())
    };
    for name in ["1/2", "0/2", "1/2"] {
        ends(&shard(name), 0);
    }
    ends(&lightcnn(folder.path(), &["job", "merge", "job", "-o", "job.jsonl"]), 0);
    ends(&extract(folder.path(), &["faces.tar", "faces.jsonl", "-o", "one.jsonl"]), 0);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert!(read("job.jsonl") == read("one.jsonl"));
    let lines = String::from_utf8(read("faces.jsonl")).unwrap();
    fs::write(folder.path().join("faces.jsonl"), lines.replacen("UDUg", "UDVg", 1)).unwrap();
    let said = ends(&shard("0/2"), 2);
    assert!(said.contains("listing"), "{said}");
}
