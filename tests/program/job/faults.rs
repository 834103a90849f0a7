//! Devices that fail while a job runs: nothing is lost, nothing doubled, and the exit code says whether to try again.

use super::{Place, ends};

/// The first five runs warm up the lanes of two devices: two of each of two batch sizes in one lane, one in the other.
const FAULTS: &[(&str, i32, &str)] = &[
    // Made good within the run.
    ("execute:10=507011", 1, ""),
    ("copy:20=507015", 1, ""),
    ("execute:11=hang", 1, ""),
    // One of two devices: the other does all.
    ("device:0@9=507901", 1, "device 0 is lost"),
    // Try again.
    ("device:0@9=507901;device:1@9=507901", 75, "no device is left"),
    ("execute:12+=507011", 75, "507011"),
    ("aclrtMalloc:1+=207001", 75, "207001"),
    // No use.
    ("aclmdlLoadFromFile:1+=500002", 2, "500002"),
];

#[test]
fn faults_cost_time_and_nothing_else() {
    let place = Place::new(40);
    ends(place.job("whole", &[]), 1);
    let merged = place.merged("whole", "jsonl");
    for (at, (script, code, words)) in FAULTS.iter().enumerate() {
        let output = format!("fault{at}");
        let mut command = place.job(&output, &[]);
        command.env("ASCEND_EMULATOR_FAULTS", script).env("ASCEND_EMULATOR_DEVICES", "2");
        let said = ends(command, *code);
        assert!(said.contains(words), "{script}: {said}");
        if *code != 1 {
            // What was done is kept, and the same command goes on.
            ends(place.job(&output, &[]), 1);
        }
        assert!(place.parts(&output) == place.parts("whole"), "{script}");
        assert!(place.merged(&output, "jsonl") == merged, "{script}");
    }
}

#[test]
fn what_is_wrong_for_good_is_exit_2() {
    let place = Place::new(12);
    std::fs::write(place.path().join("cut.om"), b"IMOD").unwrap();
    std::fs::write(place.path().join("empty.txt"), "").unwrap();
    for (arguments, words) in [
        (&["--model", "cut.om"][..], "cut.om"),
        (&["--model", "nowhere.om"], "nowhere.om"),
        (&["--input", "nowhere"], "does not exist"),
        (&["--input", "empty.txt"], "no pictures found"),
        (&["--input", "-"], "lists its inputs again"),
        (&["--shard", "4/4"], "shards count from 0"),
        (&["--max-bad", "few"], "0.1%"),
    ] {
        let (name, value) = (arguments[0], arguments[1]);
        let mut plain = vec!["job", "run", "--network", "lightcnn9", "--device", "ascend", "--output", "out"];
        for (known, default) in [("--model", "tiny.om"), ("--input", "faces")] {
            if known != name {
                plain.extend([known, default]);
            }
        }
        plain.extend([name, value]);
        let said = ends(place.lightcnn(&plain), 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!place.path().join("out").exists(), "{arguments:?} began a job");
    }
    ends(place.job("job", &["--max-bad", "10%"]), 0);
    let said = ends(place.job("job", &["--normalize"]), 2);
    assert!(said.contains("normalized was false and is now true"), "{said}");
    let said = ends(place.job("strict", &["--max-bad", "0"]), 2);
    assert!(said.contains("1 of 12 rows failed, more than the 0 allowed (not a picture: 1)"), "{said}");
}
