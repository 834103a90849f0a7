//! Devices that do not open.

use std::path::Path;

use crate::atc;
use crate::program::{self, right_rows};
use test_support::program::Run;
use test_support::tiny;

/// Pictures of a run.
const PICTURES: u64 = 9;

/// A folder with pictures and a model.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    program::pictures(folder.path(), PICTURES);
    tiny::om(folder.path(), "tiny", &[1, 2], true, false);
    folder
}

/// Runs `extract` on so many devices, with a fault script.
fn extract(folder: &Path, more: &[&str], devices: &str, script: &str) -> Run {
    let named =
        ["extract", "faces", "--model", "tiny.om", "--network", "lightcnn9", "-o", "out.jsonl", "--force"];
    let variables = [("ASCEND_EMULATOR_DEVICES", devices), ("ASCEND_EMULATOR_FAULTS", script)];
    program::run(folder, &[&named[..], more].concat(), &variables)
}

/// The device that a run says it does not use.
#[track_caller]
fn not_used(ended: &Run) -> u8 {
    let parts: Vec<&str> = ended.stderr.split(" does not open and is not used: ").collect();
    let [before, _] = parts[..] else { panic!("not one device is left out: {}", ended.stderr) };
    before.rsplit("warning: device ").next().unwrap().parse().unwrap()
}

/// A device that did not start, no memory, a wrong argument, a failure of the device.
const CODES: [&str; 4] = ["507033", "207001", "107000", "507899"];

/// Whether `function` is called for the whole process, and not for a device.
fn is_of_the_process(function: &str) -> bool {
    [
        "aclInit",
        "aclFinalize",
        "aclrtGetVersion",
        "aclrtGetSocName",
        "aclrtGetDeviceCount",
        "aclGetRecentErrMsg",
    ]
    .iter()
    .any(|name| function.starts_with(name))
}

fn releases(function: &str) -> bool {
    ["Destroy", "Free", "Unload", "Reset"].iter().any(|verb| function.contains(verb))
}

/// Whatever call keeps one of two devices from opening, the other computes all, and the loss is said.
#[test]
fn the_other_device_computes_all() {
    let folder = folder();
    let folder = folder.path();
    let clean = extract(folder, &[], "2", "");
    assert_eq!(clean.code, Some(0), "{}", clean.stderr);
    let calls = clean.report().calls().into_iter().map(|(function, _)| function);
    let of_devices = calls.filter(|function| !is_of_the_process(function) && !releases(function));
    // Every function that a device needs is called for the first time when one opens.
    let mut scripts: Vec<String> =
        of_devices.zip(CODES.iter().cycle()).map(|(function, code)| format!("{function}:1={code}")).collect();
    assert!(scripts.len() > 20, "{scripts:?}");
    let others =
        ["aclrtSetDevice:1=507033", "aclmdlLoadFromFile:1=507008", "execute:1=507011", "device:1@0=507901"];
    scripts.extend(others.map(str::to_owned));
    for (script, device) in scripts.iter().zip(["auto", "ascend"].into_iter().cycle()) {
        let ended = extract(folder, &["--device", device, "--json"], "2", script);
        assert_eq!(ended.code, Some(1), "{script}: {}", ended.stderr);
        assert_eq!(right_rows(&folder.join("out.jsonl"), script), PICTURES);
        let other = 1 - not_used(&ended);
        let advice = format!("--device ascend:{other}\n");
        assert!(ended.stderr.contains(&advice), "{script}: {}", ended.stderr);
        assert!(ended.stderr.contains(", 1 of 2 devices) -> "), "{script}: {}", ended.stderr);
        assert!(!ended.stderr.contains("lost since"), "{script}: {}", ended.stderr);
        let summary: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&summary["devices"], &summary["devices_lost"]), (&1.into(), &1.into()));
        ended.nothing_left(script);
    }
}

#[test]
fn how_many_devices_compute_is_said() {
    let folder = folder();
    let folder = folder.path();
    for (devices, script, code, said) in [
        ("1", "", 0, ", ascend Ascend310P3, 1 device)"),
        ("3", "", 0, ", ascend Ascend310P3, 3 devices)"),
        ("3", "aclrtSetDevice:1-2=507033", 1, ", ascend Ascend310P3, 1 of 3 devices)"),
    ] {
        let ended = extract(folder, &["--streams", "1"], devices, script);
        assert_eq!(ended.code, Some(code), "{script}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
        assert_eq!(right_rows(&folder.join("out.jsonl"), script), PICTURES);
        ended.nothing_left(script);
    }
}

/// Who names devices gets these or an error that says which of them open.
#[test]
fn no_other_takes_the_place_of_a_device_that_was_named() {
    let folder = folder();
    let folder = folder.path();
    for (named, script, reason) in [
        ("ascend:0,1", "aclrtSetDevice:1=507033", "the device could not start"),
        ("ascend:0,1", "aclrtCreateStream:1=507899", "aclrtCreateStream"),
        ("ascend:1,5", "", "no device 5"),
    ] {
        let ended = extract(folder, &["--device", named], "2", script);
        assert_eq!(ended.code, Some(2), "{script}: {}", ended.stderr);
        let Some((error, advice)) =
            ended.stderr.split_once("to run on the devices that open:  --device ascend:")
        else {
            panic!("{script}: {}", ended.stderr)
        };
        let other = advice.trim();
        assert!(error.contains(reason), "{script}: {error}");
        assert!(error.contains(&format!("; device {other} does open")), "{script}: {error}");
        assert!(!error.contains(&format!("device {other}: ")), "{script}: {error}");
        assert!(!error.contains("lost since"), "{script}: {error}");
        assert!(!folder.join("out.jsonl").exists(), "{script}");
        ended.nothing_left(script);
    }
}

/// The lanes of a device fail together, and only one knows why: that one is heard, whichever is first.
#[test]
fn the_cause_is_told_and_not_its_consequence() {
    let folder = folder();
    let folder = folder.path();
    for script in ["aclrtCreateStream:1=507899", "aclrtCreateContext:2=507899", "aclrtMallocHost:3=507899"] {
        let call = script.split_once(':').unwrap().0;
        for device in ["ascend", "ascend:0"] {
            let ended = extract(folder, &["--device", device, "--streams", "4"], "1", script);
            assert_eq!(ended.code, Some(2), "{script}: {}", ended.stderr);
            let first = ended.stderr.lines().next().unwrap();
            assert!(first.starts_with("error: ") && first.contains(call), "{script}: {}", ended.stderr);
            assert!(!ended.stderr.contains("lost since"), "{script}: {}", ended.stderr);
        }
    }
}

/// What is the same everywhere is told once; what is not, for each device.
#[test]
fn no_device_opens() {
    let folder = folder();
    let folder = folder.path();
    let ended = extract(folder, &["--streams", "1"], "2", "aclrtSetDevice:*=507033");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("(507033)").count(), 1, "{}", ended.stderr);
    ended.nothing_left("alike");
    let ended = extract(folder, &["--streams", "1"], "2", "aclrtSetDevice:1=507033;aclrtSetDevice:2=207001");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    for part in ["device 0: ", "device 1: ", "(507033)", "(207001)"] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    ended.nothing_left("different");
}

/// With weights, too: the run goes to the CPU only if no device opens.
#[test]
fn weights_are_computed_on_the_device_that_opens() {
    let folder = folder();
    let folder = folder.path();
    let atc = atc::script(folder);
    let run = |script: &str| {
        let variables = [
            ("LIGHTCNN_ATC", atc.as_str()),
            ("ASCEND_EMULATOR_TIMING", "execute=1:1,32:4"),
            ("ASCEND_EMULATOR_DEVICES", "2"),
            ("ASCEND_EMULATOR_FAULTS", script),
        ];
        program::run(folder, &["extract", "faces", "--model", "demo", "-o", "out.npy", "--force"], &variables)
    };
    let ended = run("aclrtSetDevice:1=507033");
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains(", 1 of 2 devices)"), "{}", ended.stderr);
    not_used(&ended);
    ended.nothing_left("weights");
    let ended = run("aclrtSetDevice:*=507033");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let notice = ended.stderr.lines().find(|line| line.contains("on the CPU")).unwrap();
    assert!(notice.contains("the device could not start"), "{}", ended.stderr);
}

/// A job says the same, and its rows are done.
#[test]
fn a_job_uses_the_device_that_opens() {
    let folder = folder();
    let folder = folder.path();
    let line = [
        "job",
        "run",
        "--input",
        "faces",
        "--model",
        "tiny.om",
        "--network",
        "lightcnn9",
        "--output",
        "job",
        "--json",
    ];
    let variables = [("ASCEND_EMULATOR_DEVICES", "2"), ("ASCEND_EMULATOR_FAULTS", "aclrtSetDevice:1=507033")];
    let ended = program::run(folder, &line, &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(", 1 of 2 devices)"), "{}", ended.stderr);
    not_used(&ended);
    let summary: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&summary["finished"], &summary["devices_lost"]), (&true.into(), &1.into()));
    ended.nothing_left("job");
}

/// A list that CANN reads to its first mistake, or not at all, is not passed over.
#[test]
fn a_wrong_list_of_visible_devices_is_said() {
    let folder = folder();
    let folder = folder.path();
    for (list, code, warned, said) in [
        ("0,1", 0, "", ", 2 devices)"),
        ("", 0, "", ", 2 devices)"),
        (
            "0, 1",
            0,
            "='0, 1' has a blank before '1'; CANN stops reading there and sees only device 0",
            ", 1 device)",
        ),
        ("1,0", 2, "='1,0' names device 0 after 1", "(207004)"),
        (" 0", 2, "=' 0' has a blank before '0'; CANN stops reading there and sees no device", "(207004)"),
    ] {
        let line = [
            "extract",
            "faces",
            "--model",
            "tiny.om",
            "--network",
            "lightcnn9",
            "-o",
            "out.jsonl",
            "--force",
        ];
        let variables = [("ASCEND_EMULATOR_DEVICES", "2"), ("ASCEND_RT_VISIBLE_DEVICES", list)];
        let ended = program::run(folder, &line, &variables);
        assert_eq!(ended.code, Some(code), "{list}: {}", ended.stderr);
        let warning = format!("warning: ASCEND_RT_VISIBLE_DEVICES{warned}");
        assert_eq!(ended.stderr.contains(&warning), !warned.is_empty(), "{list}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{list}: {}", ended.stderr);
    }
}

/// A container without device files has no chip: that is what is said, and trying again is no use.
#[test]
fn a_machine_without_a_chip() {
    let folder = folder();
    let folder = folder.path();
    for code in ["507008", "500000"] {
        let script = format!("aclInit:*={code}");
        let variables = [("ASCEND_EMULATOR_FAULTS", script.as_str())];
        let line = [
            "job",
            "run",
            "--input",
            "faces",
            "--model",
            "tiny.om",
            "--network",
            "lightcnn9",
            "--output",
            "job",
        ];
        let ended = program::run(folder, &line, &variables);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        for part in [code, "no chip was found", "/dev/davinci_manager"] {
            assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
        }
        for wrong in ["another chip", "soc_version"] {
            assert!(!ended.stderr.contains(wrong), "{wrong}: {}", ended.stderr);
        }
    }
}
