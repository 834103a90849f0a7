//! Functions beyond the usual inference flow.

use crate::support::Bench;
use serde_json::json;

#[test]
fn each_answers_as_documented() {
    let bench = Bench::with_models();
    bench.build("functions");
    std::fs::write(bench.path("acl.json"), r#"{"err_msg_mode":"0","dump":{"dump_scene":"lite_exception"}}"#)
        .unwrap();
    let settings = [
        ("ACL_VERSION", "1.8.0"),
        ("DELAY_US", "20000"),
        // Executions: the first is plain, the second hangs. Copies on streams: the one of `events`, then the
        // failing one.
        ("FAULTS", "execute:2=hang;copy:2=507052"),
    ];
    let run = bench.run("functions", &[], &settings);
    assert!(run.output.status.success(), "{}", run.all());
    assert!(run.rows().is_empty() && run.leaks().is_empty(), "{}", run.all());
}

#[test]
fn other_peoples_functions_work_or_say_that_they_do_not() {
    let bench = Bench::new();
    bench.build("others");
    let run = bench.run("others", &[], &[("DEVICES", "2")]);
    assert!(run.output.status.success(), "{}", run.all());
    assert!(run.rows().is_empty() && run.leaks().is_empty(), "{}", run.all());
    assert_eq!(run.report["unsupported"], json!({}));
    let log = String::from_utf8_lossy(&run.output.stderr).into_owned();
    assert!(log.contains("[ERROR] others.c:1 working: error %d") && !log.contains("unheard"), "{log}");

    let run = bench.run("others", &["refused"], &[]);
    assert!(run.output.status.success(), "{}", run.all());
    assert_eq!(run.report["unsupported"].as_object().unwrap().len(), 10, "{}", run.all());
    assert_eq!(run.report["unsupported"]["aclprofInit"], 1);
}

#[test]
#[ignore = "needs valgrind"]
fn a_program_runs_clean_under_valgrind() {
    let bench = Bench::with_models();
    bench.build("inference");
    std::fs::write(bench.path("in"), [7; 48]).unwrap();
    let output = std::process::Command::new("valgrind")
        .args(["--quiet", "--error-exitcode=9", "./inference", "gray.om", "in", "out", "async", "1"])
        .current_dir(bench.dir.path())
        .env("LD_LIBRARY_PATH", bench.dir.path())
        .env("ASCEND_EMULATOR_MEMORY", "64M")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
