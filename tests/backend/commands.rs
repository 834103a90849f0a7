//! The commands around offline models, as a user types them.

use std::path::Path;

use serde_json::Value;

use crate::{atc, program};
use test_support::program::Run;
use test_support::tiny;

/// Runs a command line without quotes in `folder`.
fn line(folder: &Path, line: &str, variables: &[(&str, &str)]) -> Run {
    let arguments: Vec<&str> = line.split_whitespace().collect();
    program::run(folder, &arguments, variables)
}

fn json(ended: &Run) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
}

/// Runs, in `folder`, every command that the page of the book called `name` has for somebody with a card. Gives what the
/// commands with `--json` printed, with the name of each.
fn commands_of(name: &str, folder: &Path, atc: &str) -> Vec<(String, Value)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    let text = std::fs::read_to_string(&page).unwrap();
    // What computes is far slower than a card, so where no feature is looked at a card is modelled.
    let modelled = [("LIGHTCNN_ATC", atc), ("ASCEND_EMULATOR_TIMING", "execute=1:1,32:4")];
    let computed = [("LIGHTCNN_ATC", atc)];
    let (mut ran, mut printed, mut shell) = (0, Vec::new(), false);
    for written in text.lines() {
        match written {
            "```sh,needs-card" => shell = true,
            "```" => shell = false,
            _ => {}
        }
        let Some(command) = written.strip_prefix("lightcnn ").filter(|_| shell) else { continue };
        let command = command.split(" > ").next().unwrap().split(" >> ").next().unwrap();
        let command = command.split(" 2>").next().unwrap();
        let variables = if command.starts_with("verify") { &computed[..] } else { &modelled[..] };
        let ended = line(folder, command, variables);
        // The emulated machine has no driver, unless this one has.
        let codes = if command.starts_with("doctor") { 0..=1 } else { 0..=0 };
        let good = ended.code.is_some_and(|code| codes.contains(&code));
        assert!(good, "{name}: {command}: {:?}: {}{}", ended.code, ended.stdout, ended.stderr);
        let needs_none = ["inspect", "export"].iter().any(|name| command.starts_with(name));
        match needs_none || command.contains("--soc ") {
            true => ended.no_device(command),
            false => ended.nothing_left(command),
        }
        if command.contains("--json") {
            printed.push((command.split(' ').next().unwrap().to_owned(), json(&ended)));
        }
        ran += 1;
    }
    assert!(ran > 0, "{name} has no command for a card");
    printed
}

/// A folder like a clone of this repository, with an `atc` beside it.
fn clone() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::os::unix::fs::symlink(root.join("examples"), folder.path().join("examples")).unwrap();
    let atc = atc::script(folder.path());
    (folder, atc)
}

#[test]
fn the_page_about_ascend() {
    let (folder, atc) = clone();
    commands_of("ascend.md", folder.path(), &atc);
}

#[test]
fn the_ten_minutes_on_a_card() {
    let (folder, atc) = clone();
    let card = folder.path().join("card");
    std::fs::create_dir(&card).unwrap();
    let ran = commands_of("hardware.md", &card, &atc);
    let told = |name: &str| -> Vec<&Value> {
        ran.iter().filter(|(command, _)| command == name).map(|(_, value)| value).collect()
    };
    assert_eq!(told("doctor").len(), 1);
    assert_eq!(told("verify").len(), 2);
    for verified in told("verify") {
        assert_eq!((&verified["ok"], &verified["faces"]), (&true.into(), &8.into()), "{verified}");
        assert!(verified["min_cosine"].as_f64().unwrap() > 0.9999, "{verified}");
        assert_eq!(verified["device"], "Ascend310P3");
    }
    assert_eq!(told("bench").len(), 4);
    for measured in told("bench") {
        assert!(measured["images_per_second"].as_f64().unwrap() > 0.0, "{measured}");
        let stages: Vec<&str> = measured["stages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|stage| stage["stage"].as_str().unwrap())
            .collect();
        assert_eq!(stages, ["copy in", "execute", "copy out", "write"]);
    }
}

#[test]
fn inspect_tells_what_was_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let atc = atc::script(folder);
    let variables = [("LIGHTCNN_ATC", atc.as_str())];
    let compiled = line(folder, "compile demo --soc Ascend310P3 --gears 1,4 --aipp -o x.om", &variables);
    assert_eq!(compiled.code, Some(0), "{}", compiled.stderr);
    assert!(compiled.stderr.contains("--dynamic_batch_size=1,4"), "the exact command: {}", compiled.stderr);
    let shown = line(folder, "inspect x.om", &[]);
    for part in ["Ascend310P3", "1, 4", "AIPP", "lightcnn9", "sha256"] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    let shown = json(&line(folder, "inspect x.om --json", &[]));
    assert_eq!(shown["om"]["soc_version"], "Ascend310P3");
    assert_eq!(shown["manifest"]["network"], "lightcnn9", "{shown}");
    // Nothing is overwritten unasked.
    let again = line(folder, "compile demo --soc Ascend310P3 -o x.om", &variables);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
}

#[test]
fn compile_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let atc = atc::script(folder);
    let (with, without) = ([("LIGHTCNN_ATC", atc.as_str())], [("LIGHTCNN_ATC", "/none/atc")]);
    for (command, variables, reason) in [
        ("compile demo --soc Ascend310P3 -o x.om", &without, "/none/atc"),
        ("compile demo --soc Ascend999 -o x.om", &with, "E10001"),
        ("compile demo --soc Ascend310P3 --gears 1,1 -o x.om", &with, "twice"),
        ("compile none.ckpt --soc Ascend310P3 -o x.om", &with, "none.ckpt"),
        ("compile demo --soc Ascend310P3 -o none/x.om", &with, "none/x.om"),
    ] {
        let ended = line(folder, command, variables);
        assert_eq!(ended.code, Some(2), "{command}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{command}: {}", ended.stderr);
        assert!(!folder.join("x.om").exists(), "{command} leaves nothing behind");
    }
}

/// A model that computes something else does not pass.
#[test]
fn verify_refuses_another_network() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    tiny::om(folder, "tiny", &[1, 2], true, false);
    program::pictures(folder, 3);
    let ended = line(folder, "verify tiny.om --network lightcnn9 --against demo faces", &[]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.ends_with("FAIL\n"), "{}", ended.stdout);
    assert!(ended.stderr.contains("was not made from demo"), "{}", ended.stderr);
    ended.nothing_left("verify");
    let ended = line(folder, "verify tiny.om --network lightcnn9 --against demo none", &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

/// One line says what is wrong, the next what to do.
#[test]
fn doctor_diagnoses_broken_machines() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let broken = folder.join("broken/libascendcl.so");
    std::fs::create_dir(broken.parent().unwrap()).unwrap();
    std::fs::write(&broken, b"\x7fELF no library").unwrap();
    let (absent, broken) = (folder.join("none").display().to_string(), broken.display().to_string());
    for (name, value, finding, advice) in [
        ("LIGHTCNN_ACL_LIBRARY", absent.as_str(), "were not found", "install CANN"),
        ("LIGHTCNN_ACL_LIBRARY", broken.as_str(), "found, and cannot be used", "set_env.sh"),
        ("ASCEND_EMULATOR_STUB", "1", "a stub for building programs", "set_env.sh"),
        ("ASCEND_EMULATOR_FAULTS", "aclInit:*=500000", "aclInit failed", "npu-smi"),
        ("ASCEND_RT_VISIBLE_DEVICES", "1,0", "names device 0 after 1", "write 0,1"),
        ("ASCEND_RT_VISIBLE_DEVICES", "0, 1", "has a blank before '1'", "write 0,1"),
        ("ASCEND_EMULATOR_FAULTS", "aclInit:*=507008", "no chip was found", "npu-smi"),
    ] {
        let ended = line(folder, "doctor", &[(name, value)]);
        assert_eq!(ended.code, Some(1), "{}", ended.stdout);
        let mut lines = ended.stdout.lines().skip_while(|line| !line.contains(finding));
        assert!(lines.next().is_some_and(|line| line.starts_with("PROBLEM")), "{finding}: {}", ended.stdout);
        assert!(lines.next().is_some_and(|line| line.contains(advice)), "{advice}: {}", ended.stdout);
    }
    let report = json(&line(folder, "doctor --json", &[]));
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.iter().any(|check| check["subject"] == "devices" && check["state"] == "good"), "{report}");
}
