//! Runs that end early: closed pipes, full disks, signals.

use crate::{LIGHTCNN, extract};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use test_support::child::{ended_within, wait_until};
use test_support::pictures::write_gray;
use test_support::program::{ends, text};

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.txt");
    write_gray(&folder.path().join("a.pgm"), 128, 0);
    fs::write(&list, "a.pgm\n".repeat(200)).unwrap();
    let script = format!(
        "{{ {} extract list.txt --model demo -o - 2>said; echo $? >code; }} | head -n 1 >first",
        LIGHTCNN
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
    write_gray(&folder.path().join("a.pgm"), 128, 0);
    fs::write(folder.path().join("list.txt"), "a.pgm\n".repeat(100)).unwrap();
    for (name, blocks) in [("f.npy", 64), ("f.jsonl", 256), ("f.parquet", 64)] {
        let script = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {} extract list.txt --model demo -o {name}",
            LIGHTCNN
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
            let rows = lightcnn::features::Features::open(&folder.path().join(name)).unwrap().rows();
            assert_eq!(rows as u64, kept, "{name}");
        }
    }
}

#[test]
fn a_signal_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    write_gray(&folder.path().join("a.pgm"), 128, 0);
    let mut child = extract("-", &folder.path().join("f.parquet"))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut paths = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        paths.write_all(b"a.pgm\na.pgm\nnone.pgm\n").unwrap();
        // Ends when the program has gone.
        while paths.write_all(b"a.pgm\n").is_ok() {}
    });
    // The third row is told of when it is its turn, and what was begun is finished.
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("none.pgm: ") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended too early");
    }
    signal("-TERM", &child);
    let ended = ended_within(&mut child, Duration::from_secs(60)).expect("it ends when it is told to");
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(ended.code(), Some(130), "{said}");
    feeder.join().unwrap();
    let partial = folder.path().join("f.parquet.partial");
    let whole = folder.path().join("renamed.parquet");
    fs::rename(partial, &whole).unwrap();
    let rows = lightcnn::features::FeatureFile::open(&whole).unwrap().rows();
    assert!(rows >= 3 && said.contains(&format!("{rows} rows are kept")), "{rows}: {said}");
}

/// Sends a signal to a program.
fn signal(name: &str, child: &Child) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// A list that waits for its next path neither holds back rows nor keeps the program from ending.
#[test]
fn a_waiting_list_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    write_gray(&folder.path().join("a.pgm"), 128, 0);
    let mut child = extract("-", &folder.path().join("f.npy"))
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut paths = child.stdin.take().unwrap();
    paths.write_all(b"a.pgm\na.pgm\na.pgm\n").unwrap();
    let partial = folder.path().join("f.npy.partial");
    let rows_are_there = || fs::metadata(&partial).is_ok_and(|file| file.len() == 128 + 3 * 1024);
    wait_until("the three rows", rows_are_there);
    signal("-INT", &child);
    let mut code = None;
    wait_until("the end", || {
        code = child.try_wait().unwrap();
        code.is_some()
    });
    assert_eq!(code.unwrap().code(), Some(130));
    assert!(rows_are_there());
    drop(paths);
}
