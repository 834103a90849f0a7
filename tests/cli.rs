//! The program as a user meets it: its words, its files, its exit codes.
#![allow(clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn lightcnn() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lightcnn"));
    command.env_remove("LIGHTCNN_MODEL").env_remove("LIGHTCNN_KERNELS").env("LIGHTCNN_CACHE", "/nonexistent");
    command
}

fn faces() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/faces")
}

fn extract(input: impl AsRef<OsStr>, output: &Path) -> Command {
    let mut command = lightcnn();
    command.arg("extract").arg(input).args(["--model", "demo", "-o"]).arg(output);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn ends(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stderr: {}", text(&output.stderr));
}

/// A gray picture of `side`×`side` pixels, as PGM.
fn pgm(path: &Path, side: usize, shade: u8) {
    let mut bytes = format!("P5 {side} {side} 255\n").into_bytes();
    bytes.extend((0..side * side).map(|i| shade.wrapping_add((i / 7) as u8)));
    fs::write(path, bytes).unwrap();
}

fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

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
        pgm(&folder.path().join(format!("{side:02}.pgm")), 90 + 5 * side, side as u8 * 11);
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
    pgm(&at("00-good.pgm"), 128, 3);
    fs::write(at("01-empty.png"), "").unwrap();
    fs::write(at("02-text.jpg"), "this is no picture").unwrap();
    for (name, ending) in [("03-cut.jpg", "jpg"), ("04-cut.png", "png")] {
        let whole = face_file(ending);
        fs::write(at(name), &whole[..whole.len() / 2]).unwrap();
    }
    pgm(&at("05-one.pgm"), 1, 9);
    fs::write(at("06-bomb.pgm"), "P5 20000 20000 255\n").unwrap();
    fs::create_dir(at("07-folder.png")).unwrap();
    pgm(&at("07-folder.png/inside.pgm"), 64, 1);
    fs::write(at("08-closed.pgm"), "P5 1 1 255\n0").unwrap();
    fs::set_permissions(at("08-closed.pgm"), fs::Permissions::from_mode(0o000)).unwrap();
    pgm(&folder.path().join(OsStr::from_bytes(b"09 new\nline \xff.pgm")), 130, 7);
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
        pgm(&folder.path().join(OsStr::from_bytes(name)), 20, 50);
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
    let script = format!("exec {} extract - --model demo -o none.npy <&-", env!("CARGO_BIN_EXE_lightcnn"));
    ends(&shell.args(["-c", &script]).current_dir(folder.path()).output().unwrap(), 2);
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    pgm(&folder.path().join("a.pgm"), 128, 0);
    fs::write(&list, "a.pgm\n".repeat(200)).unwrap();
    let script = format!(
        "{{ {} extract list.txt --model demo -o - 2>said; echo $? >code; }} | head -n 1 >first",
        env!("CARGO_BIN_EXE_lightcnn")
    );
    Command::new("sh").args(["-c", &script]).current_dir(folder.path()).status().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("code").trim(), "0", "{}", read("said"));
    assert!(serde_json::from_str::<serde_json::Value>(&read("first")).is_ok());
}

/// No space: the shell's limit on file size stands for a full disk.
#[test]
fn a_full_disk_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    pgm(&folder.path().join("a.pgm"), 128, 0);
    fs::write(folder.path().join("list.txt"), "a.pgm\n".repeat(100)).unwrap();
    for (name, blocks) in [("f.npy", 64), ("f.jsonl", 256), ("f.parquet", 64)] {
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {} extract list.txt --model demo -o {name}",
            env!("CARGO_BIN_EXE_lightcnn")
        );
        let run = Command::new("sh").args(["-c", &script]).current_dir(folder.path()).output().unwrap();
        ends(&run, 2);
        let said = text(&run.stderr);
        assert!(said.contains("rows are kept in") && said.contains(".partial"), "{said}");
        assert!(!folder.path().join(name).exists());
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap().path();
            if file.extension() == Some(OsStr::new("partial")) {
                fs::rename(&file, file.with_extension("")).unwrap();
            }
        }
        let kept: u64 = said.split("early; ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        if name != "f.parquet" {
            assert!(kept > 0, "{said}");
        }
        if kept > 0 || name == "f.parquet" {
            let rows = lightcnn::sink::open(&folder.path().join(name)).unwrap().rows();
            assert_eq!(rows, kept, "{name}");
        }
    }
}

#[test]
fn a_signal_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    pgm(&folder.path().join("a.pgm"), 128, 0);
    let mut child = extract("-", &folder.path().join("f.parquet"))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut paths = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        // Ends when the program has gone.
        while paths.write_all(b"a.pgm\n").is_ok() {}
    });
    while !folder.path().join("f.parquet.partial").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let run = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    ends(&run, 130);
    let partial = folder.path().join("f.parquet.partial");
    let whole = folder.path().join("renamed.parquet");
    fs::rename(partial, &whole).unwrap();
    assert!(lightcnn::sink::open(&whole).unwrap().rows() > 0);
}

#[test]
fn compare_measures_and_refuses_to_mix() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    pgm(&at("a.pgm"), 140, 0);
    pgm(&at("b.pgm"), 100, 90);
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
        ("rows.npy#2", "a.pgm", "row 2 of rows.npy has no feature: cannot read"),
        ("rows.npy#3", "a.pgm", "there is no row 3"),
        ("a.pgm", "missing.pgm", "missing.pgm"),
    ] {
        let run = compare(left, right, &[]);
        ends(&run, 2);
        assert!(text(&run.stderr).contains(reason), "{reason}: {}", text(&run.stderr));
    }
}

/// Weight files that are none, or another network's, are refused by name before any output is made.
#[test]
fn unusable_weights_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // A `.ckpt` of one tensor of another network: value { tag, tensor { dims, type, content } }.
    let tensor = [&b"\x08\x01\x12\x07Float32\x1a\x04"[..], &1.0_f32.to_le_bytes()].concat();
    let body = [&b"\x0a\x0bconv9.weight"[..], b"\x12", &[tensor.len() as u8], &tensor].concat();
    let body = [&b"\x0a\x0c"[..], &body[2..]].concat();
    fs::write(at("other.ckpt"), [&[0x0a, body.len() as u8], &body[..]].concat()).unwrap();
    fs::write(at("empty.ckpt"), "").unwrap();
    fs::write(at("text.ckpt"), "hello").unwrap();
    for (name, reason) in [
        ("other.ckpt", "features.0.filter.weight: missing"),
        ("empty.ckpt", "empty"),
        ("text.ckpt", "no known checkpoint format"),
        ("absent.ckpt", "there is no file"),
    ] {
        let mut command = lightcnn();
        command.arg("extract").arg(faces()).arg("-o").arg(at("out.npy")).arg("--model").arg(at(name));
        command.args(["--network", "lightcnn9"]);
        let run = command.output().unwrap();
        ends(&run, 2);
        assert!(text(&run.stderr).contains(reason), "{name}: {}", text(&run.stderr));
        assert!(!at("out.npy").exists() && !at("out.npy.partial").exists());
    }
    let run = lightcnn().arg("inspect").arg(at("other.ckpt")).output().unwrap();
    ends(&run, 1);
    assert!(text(&run.stdout).contains("conv9.weight"), "{}", text(&run.stdout));
}

/// A proxy named in the environment is asked instead of the server.
#[test]
fn fetch_honours_proxies() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        // The client may have hung up.
        let _ = stream.write_all(b"HTTP/1.1 404 Not Here\r\nContent-Length: 0\r\n\r\n");
        line
    });
    let mut command = lightcnn();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env("LIGHTCNN_CACHE", folder.path()).env("HTTP_PROXY", &address);
    let url = "http://models.invalid/lightcnn9.ckpt";
    let mut child =
        command.args(["fetch", "lightcnn9", "--url", url]).stderr(Stdio::piped()).spawn().unwrap();
    let line = asked.join().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("models.invalid"), "{line}");
}

#[test]
fn the_rest_of_the_words() {
    let run = |args: &[&str]| lightcnn().args(args).output().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        ends(&script, 0);
        assert!(text(&script.stdout).contains("lightcnn"));
    }
    let page = run(&["man"]);
    ends(&page, 0);
    assert!(text(&page.stdout).contains("lightcnn\\-extract") && text(&page.stdout).contains("SYNOPSIS"));
    let list = run(&["fetch", "--list"]);
    ends(&list, 0);
    assert!(
        text(&list.stdout).contains("lightcnn9  lightcnn9  Apache-2.0  not fetched"),
        "{}",
        text(&list.stdout)
    );
    ends(&run(&["fetch", "nobody"]), 2);
    ends(&run(&["inspect", "Cargo.toml"]), 2);
    ends(&run(&["extract"]), 2);
    assert!(text(&run(&["--version"]).stdout).starts_with("lightcnn 0."));
}
