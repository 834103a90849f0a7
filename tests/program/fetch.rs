//! `lightcnn fetch`, and weights that are none.

use crate::{LIGHTCNN, faces, lightcnn};
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use test_support::program::{ends, text};

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

/// No space for a download: the shell's limit on file size stands for a full disk. The next run goes on from there.
#[test]
fn a_fetch_without_space_keeps_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/model.ckpt", server.local_addr().unwrap());
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
        let body = vec![7_u8; 1 << 20];
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        // The client hangs up half-way.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    });
    let script = format!("trap '' XFSZ; ulimit -f 256; exec {} fetch lightcnn9 --url {url}", LIGHTCNN);
    let mut command = Command::new("sh");
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let run = command.args(["-c", &script]).env("LIGHTCNN_CACHE", folder.path()).output().unwrap();
    answers.join().unwrap();
    ends(&run, 2);
    let said = text(&run.stderr);
    assert!(said.contains("cannot write to") && said.contains("bytes are kept"), "{said}");
    let left: Vec<PathBuf> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let partial = left.iter().find(|path| path.extension() == Some(OsStr::new("partial"))).unwrap();
    assert!(fs::metadata(partial).unwrap().len() > 0);
    assert!(!left.iter().any(|path| path.extension() == Some(OsStr::new("ckpt"))), "{left:?}");
}
