//! Many shards by several processes, in any order.

use std::path::Path;
use std::sync::Mutex;
use test_support::child::wait_until;
use test_support::program::text;

use super::{Place, ends};
use test_support::random::Choices;

/// Whether a shard has a part.
fn is_begun(folder: &Path) -> bool {
    let Ok(files) = std::fs::read_dir(folder) else { return false };
    files
        .map(|file| file.unwrap().path())
        .any(|file| file.extension().is_some_and(|ending| ending == "parquet"))
}

#[test]
fn sixteen_shards_on_four_processes_are_one_job() {
    let place = Place::new(120);
    ends(place.job("whole", &[]), 1);
    let mut choices = Choices(5);
    let mut order: Vec<u64> = (0..16).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, choices.below(at as u64 + 1) as usize);
    }
    let order = Mutex::new(order);
    let place = &place;
    let worker = |kill: bool| {
        let mut kill = kill;
        loop {
            let Some(index) = order.lock().unwrap().pop() else { return };
            let mut command = place.job("shards", &["--shards", "16"]);
            command.env("JOB_COMPLETION_INDEX", index.to_string());
            if std::mem::take(&mut kill) {
                // So slow that after its first part there is time to kill it before its second.
                command.env("ASCEND_EMULATOR_TIMING", "execute=1:900,2:900");
                let mut child = command.spawn().unwrap();
                let folder = place.path().join(format!("shards/shard-{index:02}-of-16"));
                wait_until("the first part", || is_begun(&folder));
                assert_eq!(child.try_wait().unwrap(), None, "it was to be killed in the middle");
                child.kill().unwrap();
                child.wait().unwrap();
                command = place.job("shards", &["--shard", &format!("{index}/16")]);
            }
            let ended = command.output().unwrap();
            let said = text(&ended.stderr);
            // 1: some of its rows are no pictures.
            assert!(matches!(ended.status.code(), Some(0 | 1)), "{said}");
            assert!(said.contains(&format!("shard {index}/16, from ")), "{said}");
        }
    };
    std::thread::scope(|scope| {
        for at in 0..4 {
            scope.spawn(move || worker(at == 0));
        }
    });
    ends(place.lightcnn(&["job", "verify", "shards"]), 0);
    ends(place.lightcnn(&["job", "status", "shards"]), 0);
    for form in ["npy", "jsonl", "parquet"] {
        assert!(place.merged("shards", form) == place.merged("whole", form), "{form}");
    }
}
