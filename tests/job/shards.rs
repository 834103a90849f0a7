//! Many shards by several processes, in any order.

use std::sync::Mutex;
use std::time::Duration;

use crate::{Choices, Place, ends};

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
    let worker = |kill: bool| {
        let mut kill = kill;
        loop {
            let Some(index) = order.lock().unwrap().pop() else { return };
            let mut command = place.job("shards", &["--shards", "16"]);
            command.env("JOB_COMPLETION_INDEX", index.to_string());
            if std::mem::take(&mut kill) {
                let mut child = command.spawn().unwrap();
                std::thread::sleep(Duration::from_millis(60));
                child.kill().unwrap();
                child.wait().unwrap();
                command = place.job("shards", &["--shard", &format!("{index}/16")]);
            }
            let ended = command.output().unwrap();
            let said = crate::said(&ended);
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
