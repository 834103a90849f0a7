//! Environment variables: one that is set and empty counts as unset, and a wrong value is told with its variable's name.

use crate::{extract, faces, lightcnn};
use std::fs;
use test_support::program::{ends, text};

/// Every variable that is read, as templates of schedulers leave it.
const VARIABLES: &[&str] = &[
    "LIGHTCNN_MODEL",
    "LIGHTCNN_CACHE",
    "LIGHTCNN_KERNELS",
    "LIGHTCNN_SHARD",
    "LIGHTCNN_ACL_LIBRARY",
    "LIGHTCNN_ATC",
    "JOB_COMPLETION_INDEX",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_COUNT",
    "ASCEND_RT_VISIBLE_DEVICES",
    "ASCEND_HOME_PATH",
    "ASCEND_TOOLKIT_HOME",
    "ASCEND_OPP_PATH",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "HOME",
    "TMPDIR",
    "AWS_ENDPOINT",
    "AWS_ALLOW_HTTP",
    "AZURE_STORAGE_ACCOUNT_NAME",
    "GOOGLE_SERVICE_ACCOUNT",
];

#[test]
fn set_and_empty_is_unset() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let empty = |command: &mut std::process::Command| {
        let ended = command.envs(VARIABLES.iter().map(|name| (name, ""))).output().unwrap();
        (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
    };
    ends(&extract(faces(), &at("unset.npy")).output().unwrap(), 0);
    let (code, _, said) = empty(&mut extract(faces(), &at("empty.npy")));
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::read(at("unset.npy")).unwrap() == fs::read(at("empty.npy")).unwrap());

    let mut job = lightcnn();
    job.args(["job", "run", "--model", "demo", "--device", "cpu", "--input"]).arg(faces());
    let (code, _, said) = empty(job.arg("--output").arg(at("job")));
    assert_eq!(code, Some(0), "{said}");
    assert!(at("job/shard-00-of-01").is_dir() && !said.contains("from"), "{said}");

    // No model is named, so it is the published one, whose place cannot be told.
    let (code, _, said) = empty(lightcnn().arg("extract").arg(faces()).args(["--device", "cpu", "-o", "-"]));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("LIGHTCNN_CACHE") && !said.contains("''"), "{said}");
    let mut calibrate = lightcnn();
    calibrate.arg("calibrate").arg(faces()).arg("-o").arg(at("calibration.json"));
    let (code, _, said) = empty(&mut calibrate);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("LIGHTCNN_CACHE") && !said.contains("''"), "{said}");

    let (_, told, said) = empty(lightcnn().arg("doctor"));
    assert!(told.contains("ASCEND_RT_VISIBLE_DEVICES: not set"), "{told}{said}");
}

#[test]
fn a_wrong_value_is_told_with_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("job");
    for (name, value, shown) in [
        ("LIGHTCNN_SHARD", "0-2", "'0-2'"),
        ("LIGHTCNN_SHARD", "2/2", "'2/2'"),
        ("JOB_COMPLETION_INDEX", "two", "'two'"),
        ("JOB_COMPLETION_INDEX", "2", "--shards N"),
        ("SLURM_ARRAY_TASK_ID", "-1", "'-1'"),
        ("LIGHTCNN_MODEL", "nobody", "'nobody'"),
        ("LIGHTCNN_MODEL", "/none/x.ckpt", "'/none/x.ckpt'"),
        ("LIGHTCNN_KERNELS", "sse9", "'sse9'"),
    ] {
        let mut command = lightcnn();
        command.env("LIGHTCNN_MODEL", "demo").env(name, value);
        command.args(["job", "run", "--device", "cpu", "--input"]).arg(faces()).arg("--output").arg(&output);
        let ended = command.output().unwrap();
        let said = ends(&ended, 2);
        assert!(said.contains(name) && said.contains(shown), "{name}={value}: {said}");
    }
    // A flag goes before a variable, and then the variable is not to blame.
    let mut command = lightcnn();
    command.env("LIGHTCNN_MODEL", "demo").arg("extract").arg(faces()).args(["-o", "-", "--model", "nobody"]);
    let said = ends(&command.output().unwrap(), 2);
    assert!(said.contains("nobody") && !said.contains("LIGHTCNN_MODEL"), "{said}");
}

/// Bytes that are no text are a wrong value, too.
#[test]
fn what_is_not_utf8_is_not_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let wrong = std::ffi::OsStr::from_bytes(b"\xff/2");
    for name in ["LIGHTCNN_SHARD", "LIGHTCNN_KERNELS"] {
        let mut command = lightcnn();
        command.env(name, wrong).args(["job", "run", "--model", "demo", "--device", "cpu", "--input"]);
        let ended = command.arg(faces()).arg("--output").arg(folder.path().join("job")).output().unwrap();
        let said = ends(&ended, 2);
        assert!(said.contains(name), "{name}: {said}");
    }
}

#[cfg(feature = "cloud")]
#[test]
fn a_wrong_setting_of_a_store_is_told_with_its_variable() {
    let mut command = lightcnn();
    command.env("AWS_ALLOW_HTTP", "perhaps").args(["extract", "s3://bucket/a.png", "--model", "demo"]);
    let said = ends(&command.args(["--device", "cpu", "-o", "-"]).output().unwrap(), 2);
    assert!(said.contains("AWS_ALLOW_HTTP"), "{said}");
}
