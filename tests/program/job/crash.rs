//! Killed at any moment, gone on with until it is done: the bytes are those of a job that was never killed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use test_support::child::ended_within;

use super::{Place, ends};
use test_support::random::{Choices, seeds};

/// Jobs that are killed.
const SEEDS: u64 = 5;

/// Kills of one job, after which it is let run.
const KILLS: u32 = 12;

#[test]
fn killed_jobs_end_as_if_nothing_had_happened() {
    let seeds = seeds(SEEDS);
    let place = Place::new(41);
    let started = Instant::now();
    ends(place.job("whole", &[]), 1);
    // What a job takes from begin to end: the least seen, as the machine may have been busy.
    let whole = Mutex::new(started.elapsed());
    let (parts, merged) = (place.parts("whole"), place.merged("whole", "npy"));
    assert_eq!(parts.len(), 11);
    let (next, kills) = (Mutex::new(0..seeds), AtomicU64::new(0));
    let worker = || {
        loop {
            let Some(seed) = next.lock().unwrap().next() else { return };
            let (output, mut choices, mut killed) = (format!("seed{seed}"), Choices(seed), 0);
            loop {
                let mut command = place.job(&output, &["--quiet"]);
                let started = Instant::now();
                let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
                let time = match killed < KILLS {
                    true => whole.lock().unwrap().mul_f64(choices.below(1_200) as f64 / 1_000.0),
                    false => Duration::from_secs(120),
                };
                match ended_within(&mut child, time) {
                    // Some rows are no pictures.
                    Some(status) if status.code() == Some(1) => {
                        if killed == 0 {
                            let mut whole = whole.lock().unwrap();
                            *whole = started.elapsed().min(*whole);
                        }
                        break;
                    }
                    Some(status) => panic!("seed {seed}: {status}"),
                    None => killed += 1,
                }
            }
            kills.fetch_add(u64::from(killed), Ordering::Relaxed);
            assert!(place.parts(&output) == parts, "seed {seed}: other parts");
            ends(place.lightcnn(&["job", "verify", &output]), 0);
            if seed % 10 == 0 {
                assert!(place.merged(&output, "npy") == merged, "seed {seed}: another merged file");
            }
            std::fs::remove_dir_all(place.path().join(output)).unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(worker);
        scope.spawn(worker);
    });
    let kills = kills.into_inner();
    println!("{seeds} jobs, {kills} kills");
    assert!(kills >= seeds, "{kills} kills");
}
