//! A job of a million rows.

use std::fmt::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Place, ends};

const ROWS: usize = 1_000_000;

/// Bytes of memory a job of any size may take.
const MEMORY: u64 = 300 << 20;

#[test]
#[ignore = "minutes: cargo test --release --test program -- --ignored --nocapture a_million_rows"]
fn a_million_rows() {
    let place = Place::new(20);
    let mut list = String::new();
    for row in 0..ROWS {
        writeln!(list, "faces/{:04}.pgm {row}", row % 20).unwrap();
    }
    std::fs::write(place.path().join("list.txt"), list).unwrap();
    let job = || {
        let mut command = place.lightcnn(&[
            "job",
            "run",
            "--input",
            "list.txt",
            "--model",
            "tiny.om",
            "--network",
            "lightcnn9",
            "--device",
            "ascend",
            "--batch",
            "64",
            "--output",
            "job",
            "--quiet",
        ]);
        command.stderr(Stdio::null());
        command
    };
    let started = Instant::now();
    let mut child = job().spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (mut peak, mut readings) = (0, 0);
    let code = loop {
        // A process that has ended and was not waited for has no memory.
        let text = std::fs::read_to_string(&status).unwrap();
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            peak = peak.max(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10);
            readings += 1;
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(readings > 100, "memory was read {readings} times");
    assert_eq!(code, Some(1));
    let whole = started.elapsed();
    // Seconds of the parts, in order.
    let mut seconds = Vec::new();
    for chunk in 0..ROWS.div_ceil(4096) {
        let record = place.path().join(format!("job/shard-00-of-01/part-{chunk:05}.json"));
        let record: serde_json::Value = serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
        seconds.push(record["seconds"].as_f64().unwrap());
    }
    let tenth = seconds.len() / 10;
    let last = seconds.len() - 1;
    let (first, end) = (&mut seconds[..tenth].to_vec(), &mut seconds[last - tenth..last].to_vec());
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (first, end) = (median(first), median(end));
    let started = Instant::now();
    ends(job(), 1);
    let resume = started.elapsed();
    println!(
        "{ROWS} rows in {whole:.1?}, peak {} MiB, resume of the finished job {resume:.2?}, a part takes {first:.3} s in \
         the first tenth and {end:.3} s in the last",
        peak >> 20
    );
    assert!(peak <= MEMORY, "{peak} bytes");
    assert!(resume <= Duration::from_secs(2), "{resume:?}");
    assert!(end <= 1.25 * first, "{first} {end}");
}
