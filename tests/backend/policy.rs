//! What runs where, and that it is said.

use std::path::Path;

use crate::{atc, program};
use test_support::tiny;

fn contract(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(folder.join("out.contract.json")).unwrap()).unwrap()
}

fn extract<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["extract", "faces", "-o", "out.npy", "--force"], more].concat()
}

#[test]
fn weights_are_compiled_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, 2);
    let atc = atc::script(folder);
    // What is computed is looked at elsewhere; here time is only modelled.
    let variables = [("LIGHTCNN_ATC", atc.as_str()), ("ASCEND_EMULATOR_TIMING", "execute=1:1,32:4")];
    let arguments = extract(&["--model", "demo", "--device", "ascend", "--streams", "1"]);
    let first = program::run(folder, &arguments, &variables);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert!(first.stderr.contains("compiling for Ascend310P3, once"), "{}", first.stderr);
    assert!(first.stderr.contains("--soc_version=Ascend310P3"), "the command is shown: {}", first.stderr);
    assert!(first.stderr.contains("untrained"), "{}", first.stderr);
    assert_eq!(contract(folder)["backend"], "ascend");
    assert_eq!(contract(folder)["kernels"], "Ascend310P3");
    assert_eq!(contract(folder)["precision"], "f16");
    assert_eq!(contract(folder)["weights"], "untrained_demo");
    first.nothing_left("first");
    let second = program::run(folder, &arguments, &variables);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    assert!(!second.stderr.contains("compiling"), "{}", second.stderr);
    // What is damaged is made anew.
    for file in std::fs::read_dir(folder.join("cache")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "om") {
            std::fs::write(path, b"IMOD").unwrap();
        }
    }
    let third = program::run(folder, &arguments, &variables);
    assert_eq!(third.code, Some(0), "{}", third.stderr);
    assert!(third.stderr.contains("compiling"), "{}", third.stderr);
}

/// A cache that cannot be written or found costs compiling again, which is said; it does not cost the device.
#[test]
fn an_unusable_cache_does_not_send_the_run_to_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, 9);
    let atc = atc::script(folder);
    let (file, below) = (folder.join("file"), folder.join("file/cache"));
    std::fs::write(&file, "").unwrap();
    std::fs::create_dir(folder.join("tmp")).unwrap();
    let temporary = folder.join("tmp").display().to_string();
    let (file, below) = (file.display().to_string(), below.display().to_string());
    for (cache, reason) in [
        (&[("LIGHTCNN_CACHE", file.as_str())][..], "/file cannot be written: not a directory"),
        (&[("LIGHTCNN_CACHE", below.as_str())], "/file/cache cannot be written: "),
        (&[("LIGHTCNN_CACHE", "/proc/cache")], "/proc/cache cannot be written: "),
        (&[("LIGHTCNN_CACHE", ""), ("XDG_CACHE_HOME", ""), ("HOME", "")], "neither LIGHTCNN_CACHE, "),
    ] {
        let set = [
            ("LIGHTCNN_ATC", atc.as_str()),
            ("TMPDIR", temporary.as_str()),
            ("ASCEND_EMULATOR_TIMING", "execute=1:1,32:4"),
            // The lane loads the model again.
            ("ASCEND_EMULATOR_FAULTS", "execute:11=507011"),
        ];
        for device in ["auto", "ascend"] {
            let line = extract(&["--model", "demo", "--device", device, "--streams", "1", "--batch", "1"]);
            let ended = program::run(folder, &line, &[&set[..], cache].concat());
            assert_eq!(ended.code, Some(0), "{cache:?}: {}", ended.stderr);
            assert_eq!(contract(folder)["backend"], "ascend", "{}", ended.stderr);
            let said = ended.stderr.lines().next().unwrap();
            assert!(said.starts_with("warning: the compiled model cannot be kept"), "{}", ended.stderr);
            assert!(said.contains(reason) && said.contains("set LIGHTCNN_CACHE"), "{}", ended.stderr);
            assert!(ended.stderr.contains("for this run\n"), "{}", ended.stderr);
            assert_eq!(ended.report().count("aclmdlLoadFromFile"), 2, "{}", ended.stderr);
            ended.nothing_left("no cache");
            assert_eq!(std::fs::read_dir(folder.join("tmp")).unwrap().count(), 0, "it goes with the run");
        }
    }
}

#[test]
fn auto_says_why_it_is_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, 2);
    let nothing = folder.join("nothing.so").display().to_string();
    let no_library = [("LIGHTCNN_ACL_LIBRARY", nothing.as_str())];
    let no_compiler = [("LIGHTCNN_ATC", nothing.as_str())];
    let no_device = [("ASCEND_EMULATOR_FAULTS", "aclInit:*=500000"), ("LIGHTCNN_ATC", nothing.as_str())];
    for (variables, reason) in [
        (&no_library[..], "no usable ACL library was found where LIGHTCNN_ACL_LIBRARY says: "),
        (&no_compiler[..], "atc, CANN's model compiler, was not found where LIGHTCNN_ATC says: "),
        (&no_device[..], "no chip was found"),
    ] {
        let ended = program::run(folder, &extract(&["--model", "demo"]), variables);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let notice: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("on the CPU")).collect();
        assert!(matches!(notice[..], [line] if line.contains(reason)), "{reason}: {}", ended.stderr);
        assert_eq!(contract(folder)["backend"], "cpu");
    }
    // Who asks for the CPU is told nothing.
    let ended = program::run(folder, &extract(&["--model", "demo", "--device", "cpu"]), &no_library);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("on the CPU"), "{}", ended.stderr);
}

#[test]
fn ascend_is_ascend_or_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    program::pictures(folder, 2);
    tiny::om(folder, "tiny", &[1, 2], true, false);
    let nothing = folder.join("nothing.so").display().to_string();
    let no_library = [("LIGHTCNN_ACL_LIBRARY", nothing.as_str())];
    let named = ["--model", "tiny.om", "--network", "lightcnn9"];
    // The last column: whether a device is asked at all.
    for (more, variables, reason, asked) in [
        (&["--model", "demo", "--device", "ascend"][..], &no_library[..], "nothing.so", false),
        (&["--model", "tiny.om"], &[], "--network", false),
        (&[&named[..], &["--device", "cpu"]].concat(), &[], "runs on Ascend devices only", false),
        (&named, &no_library, "nothing.so", false),
        (&[&named[..], &["--device", "ascend:0,3"]].concat(), &[], "no device 3", true),
        (&[&named[..], &["--device", "ascend:0,0"]].concat(), &[], "is no device", false),
        (&named, &[("ASCEND_EMULATOR_SOC", "Ascend910A")], "compiled for another chip", true),
        (&["--model", "tiny.om", "--network", "lightcnnv4"], &[], "pictures of 1 planes", true),
    ] {
        let ended = program::run(folder, &extract(more), variables);
        assert_eq!(ended.code, Some(2), "{more:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{more:?}: {}", ended.stderr);
        assert!(!folder.join("out.npy").exists());
        match asked {
            true => ended.nothing_left(reason),
            false => ended.no_device(reason),
        }
    }
}
