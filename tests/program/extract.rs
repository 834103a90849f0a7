//! `lightcnn extract`: rows, failures, and what it refuses.

use crate::{LIGHTCNN, extract, faces, json_lines, lightcnn};
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use test_support::pictures::write_gray;
use test_support::program::{ends, text};

#[test]
fn the_first_command_of_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("features.npy");
    let run = extract(faces(), &output).output().unwrap();
    ends(&run, 0);
    assert!(run.stdout.is_empty());
    let said = text(&run.stderr);
    assert!(said.contains("untrained: for trying the tool, not for recognising people"), "{said}");
    assert!(said.contains("0 failed") && said.contains("features.npy"), "{said}");
    let paths = fs::read_to_string(folder.path().join("features.paths.txt")).unwrap();
    let mut sorted: Vec<&str> = paths.lines().collect();
    sorted.sort_unstable();
    assert_eq!(paths.lines().collect::<Vec<_>>(), sorted);
    let length = fs::metadata(&output).unwrap().len();
    assert_eq!(length, 128 + 1024 * paths.lines().count() as u64);
    let contract = fs::read_to_string(folder.path().join("features.contract.json")).unwrap();
    assert!(contract.contains("untrained_demo"), "{contract}");
    assert!(!folder.path().join("features.errors.jsonl").exists());
}

/// The same rows in the same order whatever the threads, the batch and the form of output.
#[test]
fn rows_do_not_depend_on_how_they_were_made() {
    let folder = tempfile::tempdir().unwrap();
    for side in 0..21 {
        write_gray(&folder.path().join(format!("{side:02}.pgm")), 90 + 5 * side, side as u8 * 11);
    }
    let mut seen = Vec::new();
    for (threads, batch) in [("1", "1"), ("2", "5"), ("3", "64")] {
        let output = folder.path().join(format!("{threads}.jsonl"));
        let run =
            extract(folder.path(), &output).args(["--threads", threads, "--batch", batch]).output().unwrap();
        ends(&run, 0);
        seen.push(fs::read(output).unwrap());
    }
    assert!(seen[0] == seen[1] && seen[0] == seen[2]);
    let names: Vec<String> = json_lines(&folder.path().join("1.jsonl"))
        .iter()
        .map(|row| row["path"].as_str().unwrap().rsplit('/').next().unwrap().to_string())
        .collect();
    let expected: Vec<String> = (0..21).map(|side| format!("{side:02}.pgm")).collect();
    assert_eq!(names, expected);
}

/// Every bad picture is a row with a reason, and the good ones around it are there.
#[test]
fn bad_pictures_are_rows() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_gray(&at("00-good.pgm"), 128, 3);
    fs::write(at("01-empty.png"), "").unwrap();
    fs::write(at("02-text.jpg"), "this is no picture").unwrap();
    for (name, ending) in [("03-cut.jpg", "jpg"), ("04-cut.png", "png")] {
        let whole = face_file(ending);
        fs::write(at(name), &whole[..whole.len() / 2]).unwrap();
    }
    write_gray(&at("05-one.pgm"), 1, 9);
    fs::write(at("06-bomb.pgm"), "P5 20000 20000 255\n").unwrap();
    fs::create_dir(at("07-folder.png")).unwrap();
    write_gray(&at("07-folder.png/inside.pgm"), 64, 1);
    fs::write(at("08-closed.pgm"), "P5 1 1 255\n0").unwrap();
    fs::set_permissions(at("08-closed.pgm"), fs::Permissions::from_mode(0o000)).unwrap();
    write_gray(&folder.path().join(OsStr::from_bytes(b"09 new\nline \xff.pgm")), 130, 7);
    let output = at("rows.jsonl");
    let run = extract(folder.path(), &output).output().unwrap();
    ends(&run, 1);
    let rows = json_lines(&output);
    assert_eq!(rows.len(), 10);
    for (row, id) in rows.iter().zip(0..) {
        assert_eq!(row["id"], id);
        let path = row["path"].as_str().unwrap();
        // Whoever runs this as root may read everything.
        let readable = fs::File::open(at("08-closed.pgm")).is_ok();
        let good = ["00-good", "05-one", "07-folder", "09 new"].iter().any(|name| path.contains(name))
            || (readable && path.contains("08-closed"));
        assert_eq!(row["status"], if good { "ok" } else { "failed" }, "{row}");
        assert_eq!(row["feature"].as_array().map(Vec::len), good.then_some(256), "{path}");
        assert_eq!(row["error"].is_string(), !good, "{path}");
    }
    assert!(rows[9]["path"].as_str().unwrap().ends_with(r"09 new\nline \xff.pgm"));
    let said = text(&run.stderr);
    assert!(said.contains("06-bomb.pgm: ") && said.contains("20000"), "{said}");
}

/// The first of the pictures in the repository with this ending.
fn face_file(ending: &str) -> Vec<u8> {
    let mut names: Vec<PathBuf> = fs::read_dir(faces()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    fs::read(names.iter().find(|path| path.extension() == Some(OsStr::new(ending))).unwrap()).unwrap()
}

#[test]
fn nothing_useful_is_exit_2_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let output = at("out.npy");
    let cases: Vec<(Command, &str)> = vec![
        (extract(folder.path(), &output), "no pictures found"),
        (extract(at("nowhere"), &output), "does not exist"),
        (extract(faces(), &at("out.csv")), ".npy, .parquet or .jsonl"),
        (extract(faces(), &at("no/out.npy")), "does not exist; make it first"),
        (
            {
                let mut command = lightcnn();
                command.arg("extract").arg(faces()).arg("-o").arg(&output);
                command
            },
            "lightcnn fetch lightcnn9",
        ),
        (
            {
                let mut command = extract(faces(), &output);
                command.args(["--preprocess", "aligned"]);
                command
            },
            "--landmarks",
        ),
        (
            {
                let mut command = extract(faces(), &output);
                command.env("LIGHTCNN_KERNELS", "abacus");
                command
            },
            "abacus",
        ),
    ];
    for (mut command, reason) in cases {
        let run = command.output().unwrap();
        ends(&run, 2);
        assert!(text(&run.stderr).contains(reason), "{reason}: {}", text(&run.stderr));
        assert!(!output.exists());
    }
    // All pictures bad: the rows are there, and nothing else.
    fs::write(at("bad.png"), "x").unwrap();
    ends(&extract(at("bad.png"), &output).output().unwrap(), 2);
    assert!(output.exists());
}

#[test]
fn an_output_is_not_overwritten_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("features.parquet");
    fs::write(&output, "precious").unwrap();
    let run = extract(faces(), &output).output().unwrap();
    ends(&run, 2);
    assert!(text(&run.stderr).contains("--force"));
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    ends(&extract(faces(), &output).arg("--force").output().unwrap(), 0);
    assert_eq!(&fs::read(&output).unwrap()[..4], b"PAR1");
}

#[test]
fn paths_come_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let names: [&[u8]; 2] = [b"b.pgm", b"a new\nline.pgm"];
    for name in names {
        write_gray(&folder.path().join(OsStr::from_bytes(name)), 20, 50);
    }
    let output = folder.path().join("rows.jsonl");
    let mut child = extract("-", &output)
        .arg("-0")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&names.join(&0)).unwrap();
    ends(&child.wait_with_output().unwrap(), 0);
    let rows = json_lines(&output);
    assert_eq!((&rows[0]["path"], &rows[1]["path"]), (&"b.pgm".into(), &r"a new\nline.pgm".into()));

    let closed = extract("-", &folder.path().join("none.npy")).stdin(Stdio::null()).output().unwrap();
    ends(&closed, 2);
    let mut shell = Command::new("sh");
    let script = format!("exec {LIGHTCNN} extract - --model demo -o none.npy <&-");
    ends(&shell.args(["-c", &script]).current_dir(folder.path()).output().unwrap(), 2);
}
