//! Inputs and jobs in an object store: a server that speaks S3, and a proxy with faults before it.

#![allow(clippy::unwrap_used)]

use cloud_tests::{Fault, PICTURES, Place, Proxy, Server, ends, said};
use std::fs;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A place, and a server with the place's pictures.
fn place_and_server() -> (Place, Server) {
    let (place, server) = (Place::default(), Server::start());
    for id in 0..PICTURES {
        let name = Place::name(id);
        server.put(&name, &fs::read(place.path().join(&name)).unwrap());
        assert!(server.has(&name));
    }
    (place, server)
}

/// Through a proxy that throttles, loses, cuts and delays every third request, a job is done as one on local files.
#[test]
fn a_job_in_a_store_that_misbehaves() {
    let (place, server) = place_and_server();
    ends(place.job("faces", "local", "4", server.port), 1);
    let proxy = Proxy::start(server.port, |number, _| match number % 15 {
        2 => Fault::Throttled,
        5 => Fault::Lost,
        8 => Fault::Cut,
        11 => Fault::Slow,
        14 => Fault::Throttled,
        _ => Fault::None,
    });
    let run = || place.job("s3://bucket/faces", "s3://bucket/out", "4", proxy.port);
    let said = ends(run(), 1);
    assert!(said.contains("41 of 41 rows done, 4 failed (not a picture: 4)"), "{said}");
    assert!(proxy.faults.load(Ordering::SeqCst) > 20);
    // Done is done, and whole.
    let said = ends(run(), 1);
    assert!(said.contains("41 of 41 rows are done, 0 to do"), "{said}");
    for command in [["job", "status"], ["job", "verify"]] {
        ends(place.lightcnn(&[command[0], command[1], "s3://bucket/out"], proxy.port), 0);
    }
    assert!(place.merged("s3://bucket/out", proxy.port) == place.merged("local", proxy.port));
    assert!(!server.has("out/lock") && !server.has("out/shard-00-of-01/lock"), "locks are given back");
    // An output may be there, too; one that is there is not replaced unasked.
    let merge = ["job", "merge", "s3://bucket/out", "-o", "s3://bucket/whole.npy"];
    ends(place.lightcnn(&merge, proxy.port), 0);
    let here = place.merged("local", proxy.port);
    assert!(server.ask("GET", "whole.npy", b"").1 == here && server.has("whole.paths.txt"));
    let said = ends(place.lightcnn(&merge, proxy.port), 2);
    assert!(said.contains("s3://bucket/whole.npy exists"), "{said}");
    // A flipped byte is found.
    let part = "out/shard-00-of-01/part-00003.parquet";
    let mut bytes = server.ask("GET", part, b"").1;
    bytes[1_000] ^= 1;
    server.put(part, &bytes);
    let said = place
        .lightcnn(&["job", "verify", "s3://bucket/out"], proxy.port)
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&said.stdout).contains("part-00003"), "{said:?}");
}

/// Lists, manifests and archives in a store, and plain HTTP, give what the same on local files gives.
#[test]
fn every_input_may_be_in_a_store() {
    let (place, server) = place_and_server();
    let mut archive = tar::Builder::new(Vec::new());
    let (mut list, mut manifest) = (String::new(), "id,path\n".to_string());
    for id in 0..PICTURES {
        let bytes = fs::read(place.path().join(format!("faces/{id:04}.pgm"))).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, format!("{id:04}.pgm"), &bytes[..]).unwrap();
        list.push_str(&format!("faces/{id:04}.pgm {id}\n"));
        manifest.push_str(&format!("n{id},s3://bucket/faces/{id:04}.pgm\n"));
    }
    server.put("faces.tar", &archive.into_inner().unwrap());
    server.put("list.txt", list.as_bytes());
    fs::write(place.path().join("manifest.csv"), manifest).unwrap();
    let features = |input: &str| {
        let arguments = ["extract", input, "--model", "demo", "--device", "cpu", "-o", "out.npy", "--force"];
        let command = place.lightcnn(&arguments, server.port);
        ends(command, 1);
        (
            fs::read(place.path().join("out.npy")).unwrap(),
            fs::read_to_string(place.path().join("out.paths.txt")).unwrap(),
        )
    };
    let (local, _) = features("faces");
    let web = format!("http://127.0.0.1:{}/bucket/list.txt", server.port);
    for (input, first) in [
        ("s3://bucket/faces/", "s3://bucket/faces/0000.pgm"),
        ("s3://bucket/f*s/*.pgm", "s3://bucket/faces/0000.pgm"),
        ("s3://bucket/list.txt", "s3://bucket/faces/0000.pgm"),
        ("s3://bucket/faces.tar", "s3://bucket/faces.tar!/0000.pgm"),
        ("manifest.csv", "n0"),
        (web.as_str(), web.replace("list.txt", "faces/0000.pgm").as_str()),
    ] {
        let (found, paths) = features(input);
        assert_eq!(paths.lines().next(), Some(first));
        assert!(found == local, "{input}");
    }
}

/// What is not there, and what nobody may have, is said; a store that is away is worth another try.
#[test]
fn errors_say_what_is_wrong_with_the_store() {
    let (place, server) = place_and_server();
    let run = |input: &str, output: &str, port: u16| {
        let mut command = place.job(input, output, "4", port);
        // The client's own patience is three minutes.
        command.env("AWS_TIMEOUT", "1s");
        command
    };
    let said = ends(run("s3://bucket/nothing", "out", server.port), 2);
    assert!(said.contains("s3://bucket/nothing") && said.contains("no pictures found"), "{said}");
    let said = ends(run("s3://other/faces", "out", server.port), 2);
    assert!(said.contains("s3://other/faces"), "{said}");
    let said = ends(run("http://127.0.0.1:1/a.jpg?key=1", "out", server.port), 2);
    assert!(said.contains("query"), "{said}");
    let said = ends(run("s3://", "out", server.port), 2);
    assert!(said.contains("names no bucket"), "{said}");
    // A picture that is gone is a failed row.
    fs::write(place.path().join("list.txt"), "s3://bucket/faces/0000.pgm\ns3://bucket/faces/gone.pgm\n")
        .unwrap();
    let said = ends(run("list.txt", "gone", server.port), 1);
    assert!(said.contains("2 of 2 rows done, 1 failed (cannot read: 1)"), "{said}");
    // Pictures can no longer be had in the middle of the job.
    let proxy = Proxy::start(server.port, |_, line| match line.contains("faces/0030.pgm") {
        true => Fault::Throttled,
        false => Fault::None,
    });
    let said = ends(run("s3://bucket/faces", "s3://bucket/away", proxy.port), 75);
    assert!(said.contains("0030.pgm"), "{said}");
    ends(run("s3://bucket/faces", "s3://bucket/away", server.port), 1);
    ends(run("s3://bucket/faces", "local-out", server.port), 1);
    assert!(place.merged("s3://bucket/away", server.port) == place.merged("local-out", server.port));
}

/// Killed in the middle of an upload in parts: nobody sees a part of a part, and the job goes on.
#[test]
fn a_kill_leaves_half_an_upload_that_nobody_sees() {
    let (place, server) = place_and_server();
    // Rows without pictures are done quickly, and their names fill the part.
    let (folder, name) = ("x".repeat(250), "y".repeat(240));
    let rows: String = (0..20_000).map(|row| format!("{folder}/{name}{row}.pgm\n")).collect();
    fs::write(place.path().join("long.txt"), rows).unwrap();
    let part = "out/shard-00-of-01/part-00000.parquet";
    let proxy = Proxy::start(server.port, move |_, line| match line.contains("partNumber=2") {
        true => Fault::Held,
        false => Fault::None,
    });
    let run = |output: &str, port: u16| place.job("long.txt", output, "20000", port);
    let mut child = run("s3://bucket/out", proxy.port).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while proxy.faults.load(Ordering::SeqCst) == 0 {
        assert!(started.elapsed() < Duration::from_secs(120), "no upload in parts was seen");
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::sleep(Duration::from_millis(20));
    }
    // While it lives, its shard is its own.
    let other = run("s3://bucket/out", server.port).output().unwrap();
    assert_eq!(other.status.code(), Some(75), "{}", said(&other));
    assert!(said(&other).contains(&format!("process {}", child.id())), "{}", said(&other));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(server.uploads().contains(part), "{}", server.uploads());
    assert!(!server.has(part));
    // Its lock is taken over at once: the process is known to be dead.
    let started = Instant::now();
    ends(run("s3://bucket/out", server.port), 1);
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
    ends(run("local", server.port), 1);
    assert!(
        server.ask("GET", part, b"").1
            == fs::read(place.path().join("local/shard-00-of-01/part-00000.parquet")).unwrap()
    );
}
