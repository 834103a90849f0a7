//! Every call of a whole run failing at each of its first uses.

use std::path::Path;
use std::sync::Mutex;

use crate::program::{self, right_rows};
use test_support::program::Run;
use test_support::tiny;

/// Pictures of a run.
const PICTURES: u64 = 9;

/// Runs `extract` over the pictures with a fault script, into an output of its own.
fn extract(folder: &Path, name: &str, script: &str) -> Run {
    let output = format!("{name}.jsonl");
    let arguments = [
        "extract",
        "faces",
        "--model",
        "tiny.om",
        "--network",
        "lightcnn9",
        "--device",
        "ascend",
        "--streams",
        "1",
        "--batch",
        "2",
        "-j",
        "1",
        "--limit",
        "5",
        "-o",
        &output,
    ];
    program::run(folder, &arguments, &[("ASCEND_EMULATOR_FAULTS", script)])
}

fn releases(function: &str) -> bool {
    ["Destroy", "Free", "Unload", "Reset", "Finalize"].iter().any(|verb| function.contains(verb))
}

/// A wrong argument, no memory, a failure of the device.
const CODES: [&str; 3] = ["107000", "207001", "507899"];

/// No call that fails once, with a code of each kind, makes the run hang, leak, misuse ACL, or lose what it has
/// written; and where the run cannot make it good, it names the call.
#[test]
fn every_call_may_fail() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, PICTURES);
    tiny::om(folder, "tiny", &[1, 2], true, false);
    let clean = extract(folder, "clean", "");
    assert_eq!(clean.code, Some(0), "{}", clean.stderr);
    clean.nothing_left("the clean run");
    assert_eq!(right_rows(&folder.join("clean.jsonl"), "the clean run"), PICTURES);
    // The first use of each function fails, with the codes in turn; LIGHTCNN_USES says how many uses fail, with each code.
    let uses = test_support::random::number("LIGHTCNN_USES");
    let (uses, codes) = uses.map_or((1, 1), |uses| (uses, CODES.len()));
    let mut cases = Vec::new();
    for (function, count) in clean.report().calls() {
        // Without ACL's words an error is only shorter.
        if function == "aclGetRecentErrMsg" {
            continue;
        }
        for nth in 1..=count.min(uses) {
            for code in CODES.iter().cycle().skip(cases.len()).take(codes) {
                cases.push((function.clone(), nth, (*code).to_owned()));
                if releases(&function) {
                    cases.push((function.clone(), nth, format!("after:{code}")));
                }
            }
        }
    }
    assert!(cases.len() > 40, "{}", cases.len());
    let next = Mutex::new(cases.into_iter().enumerate());
    let worker = || {
        loop {
            let Some((number, (function, nth, code))) = next.lock().unwrap().next() else { return };
            let script = format!("{function}:{nth}={code}");
            let name = format!("run{number}");
            let ended = extract(folder, &name, &script);
            if releases(&function) && !code.starts_with("after:") {
                // Nothing is released twice, so what this call did not release is left.
                ended.report().no_violations(&format!("{script}: {}", ended.stderr));
            } else {
                ended.nothing_left(&script);
            }
            let whole = folder.join(format!("{name}.jsonl"));
            match ended.code {
                // It costs nothing that is wanted.
                Some(0) => assert_eq!(right_rows(&whole, &script), PICTURES, "{script}: {}", ended.stderr),
                Some(2) => {
                    assert!(ended.stderr.contains(&function), "{script}: {}", ended.stderr);
                    assert!(!whole.exists(), "{script}: an unfinished run has no finished output");
                    // There is a file if the program says so, with as many rows.
                    let partial = folder.join(format!("{name}.jsonl.partial"));
                    match kept(&ended.stderr) {
                        Some(rows) => assert_eq!(right_rows(&partial, &script), rows, "{script}"),
                        None => assert!(!partial.exists(), "{script}: {}", ended.stderr),
                    }
                }
                other => panic!("{script}: {other:?}: {}", ended.stderr),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(worker);
        scope.spawn(worker);
    });
}

/// The rows that the program says it has kept.
fn kept(stderr: &str) -> Option<u64> {
    let (before, _) = stderr.split_once(" rows are kept in ")?;
    Some(before.rsplit(' ').next().unwrap().parse().unwrap())
}

/// A run that fails once is done again.
#[test]
fn a_failed_run_is_done_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, PICTURES);
    tiny::om(folder, "tiny", &[1, 2], true, false);
    // The first four runs warm up.
    for (name, script) in
        [("failed", "execute:6=507011"), ("copied", "copy:14=507015"), ("hung", "execute:7=hang")]
    {
        let ended = extract(folder, name, script);
        assert_eq!(ended.code, Some(0), "{script}: {}", ended.stderr);
        ended.nothing_left(script);
        assert_eq!(right_rows(&folder.join(format!("{name}.jsonl")), script), PICTURES);
    }
}

/// A run that fails every time ends the job, and what was written stays.
#[test]
fn a_run_that_always_fails_ends_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, PICTURES);
    tiny::om(folder, "tiny", &[1, 2], true, false);
    let ended = extract(folder, "always", "execute:7+=507011");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("507011"), "{}", ended.stderr);
    ended.nothing_left("always");
    assert!(right_rows(&folder.join("always.jsonl.partial"), "always") >= 2, "{}", ended.stderr);
}
