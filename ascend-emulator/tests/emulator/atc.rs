//! The stand-in compiler's messages and exit status.

use crate::support::{Bench, GRAY};

const BASE: [&str; 4] = ["--framework=5", "--model=net.onnx", "--output=x", "--soc_version=Ascend310P3"];

#[test]
fn success_and_failure_look_like_the_real_tools() {
    let bench = Bench::new();
    bench.onnx("net.onnx", None);
    std::fs::write(bench.path("aipp.cfg"), GRAY).unwrap();
    std::fs::write(bench.path("bad.cfg"), GRAY.replace("YUV400_U8", "RGB888_U8")).unwrap();
    std::fs::write(bench.path("text.onnx"), "no model").unwrap();
    let output = bench.atc(&[&BASE[..], &["--input_shape=data:1,1,4,4", "--log=error"]].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("ATC start working now") && text.contains("ATC run success"), "{text}");
    assert!(bench.path("x.om").exists());
    for (extra, says) in [
        (&[][..], "E10002"),
        (&["--input_shape=data:-1,1,4,4"], "E10002"),
        (&["--input_shape=date:1,1,4,4"], "E10016"),
        (&["--input_shape=data:1,1,5,4"], "E11018"),
        (&["--input_shape=data:1,-1,4,4"], "E10018"),
        (&["--input_shape=data:1,1,4,4", "--dynamic_batch_size=1,2"], "E10031"),
        (&["--input_shape=data:1,1,4,4", "--insert_op_conf=bad.cfg"], "3 channels"),
        (&["--input_shape=data:1,1,4,4", "--insert_op_conf=none.cfg"], "E10001"),
        (&["--input_shape=data:1,1,4,4", "--out_nodes=Nothing:0"], "E10016"),
        (&["--input_shape=data:1,1,4,4", "--input_fp16_nodes=x"], "E10016"),
        (&["--input_shape=data:1,1,4,4", "--output_type=FP8"], "E10001"),
        (&["--input_shape=data:1,1,4,4", "--model=text.onnx"], "E10001"),
        (&["--input_shape=data:1,1,4,4", "--model=none.onnx"], "E10001"),
        (&["--input_shape=data:1,1,4,4", "--output=none/x"], "E10001"),
    ] {
        let output = bench.atc(&[&BASE[..], extra].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(255), "{extra:?}: {text}");
        assert!(text.contains("ATC run failed") && text.contains(says), "{extra:?}: {text}");
    }
    let output = bench.atc(&["--colour=red"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("unknown command line flag 'colour'"));
}

#[test]
fn the_same_input_makes_the_same_bytes() {
    let bench = Bench::with_models();
    let first = std::fs::read(bench.path("gray.om")).unwrap();
    bench.compile(
        "gray",
        &["--input_shape=data:-1,1,4,4", "--dynamic_batch_size=1,2,4", "--insert_op_conf=aipp.cfg"],
    );
    assert!(first == std::fs::read(bench.path("gray.om")).unwrap());
}
