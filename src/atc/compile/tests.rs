//! `compile` against small shell scripts in the place of `atc`.

use super::*;
use crate::atc::PrecisionMode;
use crate::network::Network;
use crate::om::sample::{self, Layout, MODEL_INOUT_INFO, container};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A folder with a space in its name, a script as `atc`, and a model that the script may copy.
struct Bench {
    folder: TempDir,
    atc: Atc,
}

fn inout(gears: &[u64], bytes: u64) -> Vec<u8> {
    let largest = *gears.last().unwrap();
    let device_dims = [largest as i64, 128, 128, 1];
    let mut partition =
        sample::tlv(0, &sample::tensors(&[("data", bytes, 1, 4, &[-1, 128, 128, 1], &device_dims)]));
    partition.extend(sample::tlv(1, &sample::tensors(&[("feature", largest * 1024, 2, 0, &[-1, 256], &[])])));
    let sizes: Vec<u8> = gears.iter().flat_map(|gear| gear.to_le_bytes()).collect();
    partition.extend(sample::tlv(2, &[&(gears.len() as u32).to_le_bytes(), sizes.as_slice()].concat()));
    partition
}

impl Bench {
    fn new(script: &str) -> Bench {
        let folder = TempDir::with_prefix("atc test ").unwrap();
        let model = |name: &str, inout: Vec<u8>| {
            let partitions = [(MODEL_INOUT_INFO, inout), (0, sample::definition())];
            fs::write(folder.path().join(name), container(Layout::Wide, 0, &[&partitions])).unwrap();
        };
        model("good.om", inout(&[1, 4], 4 * 16_384));
        model("other-gears.om", inout(&[1, 8], 8 * 16_384));
        model("floats.om", inout(&[1, 4], 4 * 65_536));
        let program = folder.path().join("atc script");
        fs::write(&program, format!("#!/bin/sh\nhere=$(dirname \"$0\")\n{script}\n")).unwrap();
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        Bench { atc: Atc { program, cann_version: Some("8.1.RC1".to_string()) }, folder }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("my model.om")
    }

    fn compile(&self, stop: &AtomicBool) -> (Result<Compiled, CompileError>, Vec<String>) {
        let plan = Plan {
            network: Network::LightCnn9,
            soc: "Ascend310P3".parse().unwrap(),
            batch: BatchSizes::new(&[1, 4]).unwrap(),
            precision: PrecisionMode::ForceFp16,
            aipp: true,
        };
        let output = self.output();
        let job = Compilation { plan: &plan, onnx: b"onnx", weights_sha256: "ab12", output: &output };
        let mut lines = Vec::new();
        let compiled = compile(&self.atc, job, stop, &mut |line| lines.push(line.to_string()));
        (compiled, lines)
    }

    /// The error's text; nothing may be left behind.
    fn refusal(&self) -> String {
        let before = self.files();
        let error = self.compile(&AtomicBool::new(false)).0.unwrap_err();
        assert_eq!(self.files(), before);
        error.to_string()
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn model_and_manifest_are_written_together() {
    let script = "cp \"$here/good.om\" lightcnn9.om; pwd; echo \"$@\"; cat lightcnn9.onnx; echo; \
                  head -1 aipp.cfg >&2; mkdir kernel_meta";
    let bench = Bench::new(script);
    let (compiled, lines) = bench.compile(&AtomicBool::new(false));
    let compiled = compiled.unwrap();
    assert_eq!(fs::read(bench.output()).unwrap(), fs::read(bench.folder.path().join("good.om")).unwrap());
    assert!(!Path::new(&lines[0]).exists(), "the folder in which atc ran is gone");
    assert!(lines.contains(&"onnx".to_string()) && lines.contains(&"aipp_op {".to_string()), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("--dynamic_batch_size=1,4")), "{lines:?}");
    let manifest = Manifest::of(&bench.output()).unwrap().unwrap();
    assert_eq!(manifest, compiled.manifest);
    assert_eq!(manifest.atc_version.as_deref(), Some("7.6.0.1.220"));
    assert_eq!(manifest.recipe.cann_version.as_deref(), Some("8.1.RC1"));
    assert_eq!(
        (manifest.recipe.weights_sha256.as_str(), manifest.recipe.batch_sizes.as_slice()),
        ("ab12", &[1, 4][..])
    );
    assert_eq!(bench.files().len(), 6, "{:?}", bench.files());
    let text = fs::read_to_string(Manifest::path_of(&bench.output())).unwrap();
    for field in [
        "\"preprocess\": \"divide_by_255_on_device\"",
        "\"input\": \"gray_bytes\"",
        "\"soc_version\": \"Ascend310P3\"",
    ] {
        assert!(text.contains(field), "{field} is not in {text}");
    }
    assert!(!text.contains(bench.folder.path().to_str().unwrap()), "no path of this machine: {text}");
}

#[test]
fn a_manifest_of_another_model_is_refused() {
    let bench = Bench::new("cp \"$here/good.om\" lightcnn9.om");
    bench.compile(&AtomicBool::new(false)).0.unwrap();
    fs::write(bench.output(), "other").unwrap();
    let error = Manifest::of(&bench.output()).unwrap_err().to_string();
    assert!(error.contains("the model was replaced or damaged"), "{error}");
    let path = Manifest::path_of(&bench.output());
    let later = fs::read_to_string(&path).unwrap().replace("\"format\": 1", "\"format\": 2");
    fs::write(&path, later).unwrap();
    assert!(Manifest::of(&bench.output()).unwrap_err().to_string().contains("manifest format 2"));
    fs::write(&path, "{").unwrap();
    assert!(
        Manifest::of(&bench.output())
            .unwrap_err()
            .to_string()
            .ends_with("not a manifest of a compiled model")
    );
    fs::remove_file(&path).unwrap();
    assert_eq!(Manifest::of(&bench.output()).unwrap(), None);
}

#[test]
fn failures_are_explained() {
    let refusal = Bench::new("echo 'E10001: Value [x] for [--soc_version]'; exit 255").refusal();
    assert!(
        refusal.starts_with("atc failed (exit status: 255)\n  E10001: a value is not allowed; "),
        "{refusal}"
    );
    assert!(refusal.ends_with("\nits last lines:\n  | E10001: Value [x] for [--soc_version]"), "{refusal}");
    let missing = "echo 'atc.bin: error while loading shared libraries: libge.so' >&2; exit 127";
    assert!(Bench::new(missing).refusal().contains("source set_env.sh"));
    // Success without a model, and a failure after writing one.
    assert!(Bench::new("echo done").refusal().starts_with("atc ended without an error and without an .om"));
    assert!(Bench::new("cp \"$here/good.om\" lightcnn9.om; exit 3").refusal().contains("exit status: 3"));
    assert!(Bench::new("echo IMODx > lightcnn9.om").refusal().contains("cannot be read"));
}

#[test]
fn another_model_than_asked_for_is_not_kept() {
    let copy = |name: &str| Bench::new(&format!("cp \"$here/{name}\" lightcnn9.om")).refusal();
    assert!(copy("other-gears.om").contains("its batch sizes are [1, 8], not [1, 4]"));
    assert!(copy("floats.om").contains("its inputs take [262144] bytes, not [65536] for 4 pictures"));
}

/// Long lines come in pieces, a child that keeps the pipe open is not waited for, and the last lines are kept.
#[test]
fn odd_output_is_survived() {
    let script = "head -c 20000 /dev/zero | tr '\\0' x; echo; i=0; while [ $i -lt 30 ]; do i=$((i+1)); echo $i; done; \
                  sleep 30 & exit 9";
    let begin = Instant::now();
    let (compiled, lines) = Bench::new(script).compile(&AtomicBool::new(false));
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert_eq!(lines[..3].iter().map(String::len).collect::<Vec<_>>(), [8192, 8192, 3616]);
    let Err(CompileError::Failed { tail, .. }) = compiled else { panic!("{compiled:?}") };
    assert_eq!((tail.len(), tail[19].as_str()), (20, "30"));
}

#[test]
fn a_stop_ends_atc() {
    let bench = Bench::new("touch \"$here/started\"; exec sleep 60");
    let stop = AtomicBool::new(false);
    let begin = Instant::now();
    let plan_stop = &stop;
    let result = thread::scope(|scope| {
        let compiling = scope.spawn(|| bench.compile(plan_stop).0);
        while !bench.folder.path().join("started").exists() {
            assert!(begin.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(2));
        }
        stop.store(true, Ordering::Relaxed);
        compiling.join().unwrap()
    });
    assert!(matches!(result, Err(CompileError::Stopped)));
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert_eq!(bench.files().len(), 5);
}

#[test]
fn outputs_that_cannot_be_are_refused_first() {
    let mut bench = Bench::new("touch \"$here/ran\"");
    let folder = bench.folder.path().join("no such folder");
    let atc = bench.atc.clone();
    let plan = Plan {
        network: Network::LightCnn9,
        soc: "Ascend310P3".parse().unwrap(),
        batch: BatchSizes::new(&[1]).unwrap(),
        precision: PrecisionMode::ForceFp16,
        aipp: false,
    };
    for output in [folder.join("a.om"), bench.folder.path().to_path_buf()] {
        let job = Compilation { plan: &plan, onnx: b"", weights_sha256: "", output: &output };
        let error = compile(&atc, job, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
        assert!(matches!(error, CompileError::Output { .. }), "{error}");
    }
    assert!(!bench.files().contains(&"ran".to_string()));
    bench.atc.program = bench.folder.path().join("gone");
    assert!(bench.refusal().ends_with("gone: cannot be started"));
}

#[test]
fn the_command_can_be_copied() {
    let plan = Plan {
        network: Network::LightCnn9,
        soc: "Ascend310P3".parse().unwrap(),
        batch: BatchSizes::new(&[1]).unwrap(),
        precision: PrecisionMode::ForceFp16,
        aipp: false,
    };
    let atc = |program: &str| Atc { program: program.into(), cann_version: None }.command_line(&plan);
    assert!(atc("/opt/cann/bin/atc").starts_with("/opt/cann/bin/atc --mode=0 --framework=5 "));
    assert!(atc("/opt/it's here/atc").starts_with("'/opt/it'\\''s here/atc' --mode=0"));
}
