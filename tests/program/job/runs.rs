//! Jobs as a user meets them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use test_support::child::wait_until;
use test_support::program;

use super::{Place, ends};

fn json(place: &Place, arguments: &[&str], code: i32) -> serde_json::Value {
    let output = place.lightcnn(arguments).stdout(Stdio::piped()).output().unwrap();
    program::ends(&output, code);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_job_from_begin_to_end() {
    let place = Place::new(30);
    let said = ends(place.job("job", &[]), 1);
    assert!(said.contains("shard 0/1: 30 of 30 rows done, 3 failed (not a picture: 3)"), "{said}");
    assert!(said.contains("the limit was"), "{said}");
    // Done is done.
    let said = ends(place.job("job", &[]), 1);
    assert!(said.contains("30 of 30 rows are done, 0 to do"), "{said}");
    let status = json(&place, &["job", "status", "job", "--json"], 0);
    assert_eq!((&status["done"], &status["failed"]), (&30.into(), &3.into()), "{status}");
    assert_eq!(status["reasons"]["not a picture"], 3);
    assert!(status["shards"][0]["bound"]["limit"].is_string(), "{status}");
    assert!(status["shards"][0]["bound"]["device"]["execute"].is_number(), "{status}");
    let verified = json(&place, &["job", "verify", "job", "--json"], 0);
    assert_eq!((&verified["parts"], &verified["rows"]), (&8.into(), &30.into()));
    // The rows are those of `extract`, in order.
    let arguments = [
        "extract",
        "faces",
        "--model",
        "tiny.om",
        "--network",
        "lightcnn9",
        "--device",
        "ascend",
        "-o",
        "one.jsonl",
    ];
    ends(place.lightcnn(&arguments), 1);
    assert!(place.merged("job", "jsonl") == std::fs::read(place.path().join("one.jsonl")).unwrap());
    // The paths of the rows have the listing's hash.
    place.merged("job", "npy");
    let job = std::fs::read_to_string(place.path().join("job/job.json")).unwrap();
    let job: serde_json::Value = serde_json::from_str(&job).unwrap();
    let paths =
        std::process::Command::new("sha256sum").arg(place.path().join("job-merged.paths.txt")).output();
    let paths = String::from_utf8(paths.unwrap().stdout).unwrap();
    assert_eq!(job["listing"]["sha256"].as_str().unwrap(), &paths[..64]);
    // Failed rows that can be read now are done again.
    for id in [7, 17, 27] {
        place.mend(id);
    }
    let said =
        ends(place.lightcnn(&["job", "retry-bad", "job", "--network", "lightcnn9", "--device", "ascend"]), 0);
    assert!(said.contains("30 of 30 rows done, 0 failed; 3 now"), "{said}");
    ends(place.job("anew", &[]), 0);
    assert!(place.parts("job") == place.parts("anew"));
    let said = ends(place.lightcnn(&["job", "retry-bad", "job"]), 0);
    assert!(said.contains("no failed rows"), "{said}");
}

#[test]
fn damage_is_found_and_mended() {
    let place = Place::new(10);
    ends(place.job("job", &[]), 1);
    let parts = place.parts("job");
    let part = place.path().join("job/shard-00-of-01/part-00001.parquet");
    let mut bytes = std::fs::read(&part).unwrap();
    bytes[1_000] ^= 1;
    std::fs::write(&part, bytes).unwrap();
    let verified = json(&place, &["job", "verify", "job", "--json"], 1);
    let problem = verified["findings"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("damaged") && problem.contains("part-00001.json"), "{verified}");
    let said = ends(place.lightcnn(&["job", "merge", "job", "-o", "out.npy"]), 2);
    assert!(said.contains("part-00001"), "{said}");
    // As the finding says.
    std::fs::remove_file(part.with_extension("json")).unwrap();
    ends(place.job("job", &[]), 1);
    assert!(place.parts("job") == parts);
    let said = ends(place.lightcnn(&["job", "status", "faces"]), 2);
    assert!(said.contains("no job here"), "{said}");
}

/// The first signal ends a run at the end of a chunk, resumable; a second one ends it at once.
#[test]
fn signals_end_a_run_between_chunks() {
    let place = Place::new(200);
    // 10 ms a face, so that there is time to send one.
    let slow = |output: &str, chunk: &str| {
        let command = place.job(output, &["--interval", "20ms"]);
        let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
        let mut changed = place.lightcnn(&[]);
        changed.env("ASCEND_EMULATOR_TIMING", "execute=1:10,2:20");
        for (at, argument) in arguments.iter().enumerate() {
            let is_chunk = at > 0 && arguments[at - 1] == "--chunk";
            changed.arg(if is_chunk { chunk.as_ref() } else { argument.as_os_str() });
        }
        changed
    };
    for (output, chunk, signals) in [("once", "20", 1), ("twice", "199", 2)] {
        let mut child = slow(output, chunk).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        // Wait for a line of progress.
        let mut line = String::new();
        let progress: serde_json::Value = loop {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "{output} ended too early");
            if line.starts_with('{') {
                break serde_json::from_str(&line).unwrap();
            }
        };
        assert!(progress["seconds_left"].is_number() && progress["of"] == 200, "{progress}");
        let started = Instant::now();
        // SAFETY: the child is ours and not waited for yet.
        let signal = |child: &Child| assert_eq!(unsafe { libc::kill(child.id() as i32, libc::SIGTERM) }, 0);
        signal(&child);
        if signals == 2 {
            // Two that are under way at once are one, so there are as many as it takes.
            wait_until("the end", || {
                let ended = child.try_wait().unwrap().is_some();
                if !ended {
                    signal(&child);
                }
                ended
            });
        }
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{rest}");
        assert!(started.elapsed() < Duration::from_secs(20));
        let done = json(&place, &["job", "status", output, "--json"], 1)["done"].as_u64().unwrap();
        match signals {
            1 => {
                assert!(rest.contains("stopped by a signal"), "{rest}");
                assert!(done > 0 && done < 200 && done.is_multiple_of(20), "{done}");
            }
            _ => assert_eq!(done, 0),
        }
        ends(slow(output, chunk), 1);
        ends(place.lightcnn(&["job", "verify", output]), 0);
    }
}
