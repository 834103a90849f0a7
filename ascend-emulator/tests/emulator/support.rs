//! What the tests share: C programs run against the library, a small network, and its arithmetic.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use tract_onnx::pb;

/// Side of the network's input.
pub const SIDE: usize = 4;
/// Length of its feature.
pub const FEATURE: usize = 3;
/// Number of its logits.
pub const CLASSES: usize = 2;

/// A directory with the library under the name programs ask for.
pub struct Bench {
    /// The directory.
    pub dir: TempDir,
}

/// What a program did.
pub struct Run {
    /// Exit status and output.
    pub output: Output,
    /// The emulator's report.
    pub report: Value,
}

impl Run {
    /// Standard output.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Both streams, to explain a failure.
    pub fn all(&self) -> String {
        format!("{}{}{}", self.text(), String::from_utf8_lossy(&self.output.stderr), self.report)
    }

    /// Rows of the violations, in order of appearance.
    pub fn rows(&self) -> Vec<u64> {
        self.report["violations"].as_array().unwrap().iter().map(|v| v["row"].as_u64().unwrap()).collect()
    }

    /// Kinds of the leaks.
    pub fn leaks(&self) -> Vec<String> {
        self.report["leaks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["kind"].as_str().unwrap().to_string())
            .collect()
    }
}

impl Bench {
    /// A fresh directory.
    pub fn new() -> Bench {
        let dir = TempDir::new().unwrap();
        let built = std::env::current_exe().unwrap().with_file_name("libascendcl_emulated.so");
        std::os::unix::fs::symlink(&built, dir.path().join("libascendcl.so")).unwrap();
        Bench { dir }
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Builds `tests/c/<name>.c`.
    pub fn build(&self, name: &str) {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
        let output = Command::new("cc")
            .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-I"])
            .arg(&sources)
            .arg(sources.join(format!("{name}.c")))
            .arg("-o")
            .arg(self.path(name))
            .arg("-L")
            .arg(self.dir.path())
            .args(["-lascendcl", "-lpthread"])
            .output()
            .expect("a C compiler named cc");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs a built program with emulator settings given without their prefix.
    pub fn run(&self, name: &str, arguments: &[&str], settings: &[(&str, &str)]) -> Run {
        let report = self.path("report.json");
        if report.exists() {
            std::fs::remove_file(&report).unwrap();
        }
        let mut command = Command::new(self.path(name));
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("ASCEND_")) {
            command.env_remove(key);
        }
        command.current_dir(self.dir.path()).env("LD_LIBRARY_PATH", self.dir.path()).args(arguments);
        command.env("ASCEND_EMULATOR_REPORT", &report);
        for (key, value) in settings {
            command.env(format!("ASCEND_EMULATOR_{key}"), value);
        }
        let output = command.output().unwrap();
        let report = match std::fs::read(&report) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Value::Null,
            Err(error) => panic!("{}: {error}", report.display()),
        };
        Run { output, report }
    }

    /// Writes the small network's ONNX; `batch` of `None` leaves it open.
    pub fn onnx(&self, name: &str, batch: Option<i64>) {
        std::fs::write(self.path(name), prost::Message::encode_to_vec(&network(batch))).unwrap();
    }

    /// Runs the stand-in compiler.
    pub fn atc(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_atc")).current_dir(self.dir.path()).args(arguments).output().unwrap()
    }

    /// Compiles `net.onnx` to `<output>.om` with the usual switches and `extra`.
    pub fn compile(&self, output: &str, extra: &[&str]) {
        let name = format!("--output={output}");
        let mut arguments = vec!["--framework=5", "--model=net.onnx", &name, "--soc_version=Ascend310P3"];
        arguments.extend(extra);
        let output = self.atc(&arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }

    /// A directory with `net.onnx` (open batch), `fixed.om` (batch 2), `float.om` and `gray.om` (gears 1, 2, 4).
    pub fn with_models() -> Bench {
        let bench = Bench::new();
        bench.onnx("net.onnx", None);
        let gears = ["--input_shape=data:-1,1,4,4", "--dynamic_batch_size=1,2,4"];
        bench.compile("fixed", &["--input_shape=data:2,1,4,4"]);
        bench.compile("float", &gears);
        std::fs::write(bench.path("aipp.cfg"), GRAY).unwrap();
        bench.compile("gray", &[gears[0], gears[1], "--insert_op_conf=aipp.cfg"]);
        bench
    }
}

/// AIPP for 8-bit gray scaled to 0..1.
pub const GRAY: &str = "aipp_op {
  aipp_mode: static
  input_format: YUV400_U8
  src_image_size_w: 4
  src_image_size_h: 4
  csc_switch: false
  mean_chn_0: 0
  min_chn_0: 0.0
  var_reci_chn_0: 0.00392156862745098
}
";

/// Pixels of image `index`: different for each, 0 and 255 among them.
pub fn pixels(index: usize) -> Vec<u8> {
    (0..SIDE * SIDE).map(|i| ((i * 37 + index * 101 + i * i * index) % 256) as u8).collect()
}

fn filter(f: usize, y: usize, x: usize) -> f32 {
    (f as f32 - 0.5) * 0.2 + (3 * y + x) as f32 * 0.05
}

fn dense(row: usize, column: usize) -> f32 {
    ((row * 7 + column * 5) % 11) as f32 * 0.1 - 0.5
}

const BIAS: [f32; 2] = [0.1, -0.2];

/// Logits and feature of one image with values 0..1: a 3x3 convolution to two planes, the larger of the two, a
/// dense layer to the feature, and one to the logits.
pub fn expected(image: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let at = |y: isize, x: isize| {
        let inside = (0..SIDE as isize).contains(&y) && (0..SIDE as isize).contains(&x);
        if inside { image[y as usize * SIDE + x as usize] } else { 0.0 }
    };
    let plane = |f: usize, y: usize, x: usize| {
        let mut sum = BIAS[f];
        for j in 0..3 {
            for i in 0..3 {
                sum += filter(f, j, i) * at(y as isize + j as isize - 1, x as isize + i as isize - 1);
            }
        }
        sum
    };
    let mfm: Vec<f32> =
        (0..SIDE * SIDE).map(|i| plane(0, i / SIDE, i % SIDE).max(plane(1, i / SIDE, i % SIDE))).collect();
    let feature: Vec<f32> =
        (0..FEATURE).map(|row| mfm.iter().enumerate().map(|(c, v)| dense(row, c) * v).sum()).collect();
    let logits = (0..CLASSES).map(|row| (0..FEATURE).map(|c| dense(row + 3, c) * feature[c]).sum()).collect();
    (logits, feature)
}

fn floats(name: &str, dims: &[i64], values: Vec<f32>) -> pb::TensorProto {
    pb::TensorProto {
        name: name.to_string(),
        dims: dims.to_vec(),
        data_type: 1,
        float_data: values,
        ..Default::default()
    }
}

fn integers(name: &str, values: &[i64]) -> pb::TensorProto {
    pb::TensorProto {
        name: name.to_string(),
        dims: vec![values.len() as i64],
        data_type: 7,
        int64_data: values.to_vec(),
        ..Default::default()
    }
}

fn attribute(name: &str, value: i64) -> pb::AttributeProto {
    pb::AttributeProto { name: name.to_string(), r#type: 2, i: value, ..Default::default() }
}

fn attributes(name: &str, values: &[i64]) -> pb::AttributeProto {
    pb::AttributeProto { name: name.to_string(), r#type: 7, ints: values.to_vec(), ..Default::default() }
}

fn node(kind: &str, inputs: &[&str], outputs: &[&str], attribute: Vec<pb::AttributeProto>) -> pb::NodeProto {
    pb::NodeProto {
        op_type: kind.to_string(),
        name: format!("{kind}_{}", outputs[0]),
        input: inputs.iter().map(|s| (*s).to_string()).collect(),
        output: outputs.iter().map(|s| (*s).to_string()).collect(),
        attribute,
        ..Default::default()
    }
}

fn value(name: &str, dims: &[Option<i64>]) -> pb::ValueInfoProto {
    use pb::tensor_shape_proto::{Dimension, dimension};
    let dim = |size: &Option<i64>| Dimension {
        value: Some(match size {
            Some(size) => dimension::Value::DimValue(*size),
            None => dimension::Value::DimParam("N".to_string()),
        }),
        ..Default::default()
    };
    let shape = pb::TensorShapeProto { dim: dims.iter().map(dim).collect() };
    let tensor = pb::type_proto::Tensor { elem_type: 1, shape: Some(shape) };
    let kind = pb::TypeProto { value: Some(pb::type_proto::Value::TensorType(tensor)), ..Default::default() };
    pb::ValueInfoProto { name: name.to_string(), r#type: Some(kind), ..Default::default() }
}

fn network(batch: Option<i64>) -> pb::ModelProto {
    let filters = (0..18).map(|i| filter(i / 9, i % 9 / 3, i % 3)).collect();
    let rows = |rows: usize, columns: usize, first: usize| -> Vec<f32> {
        (0..rows * columns).map(|i| dense(i / columns + first, i % columns)).collect()
    };
    let square = (SIDE * SIDE) as i64;
    let graph = pb::GraphProto {
        name: "small".to_string(),
        node: vec![
            node("Conv", &["data", "w", "b"], &["planes"], vec![attributes("pads", &[1, 1, 1, 1])]),
            node("Split", &["planes", "halves"], &["low", "high"], vec![attribute("axis", 1)]),
            node("Max", &["low", "high"], &["mfm"], vec![]),
            node("Flatten", &["mfm"], &["flat"], vec![attribute("axis", 1)]),
            node("Gemm", &["flat", "fc1", "zero1"], &["feature"], vec![attribute("transB", 1)]),
            node("Gemm", &["feature", "fc2", "zero2"], &["logits"], vec![attribute("transB", 1)]),
        ],
        initializer: vec![
            floats("w", &[2, 1, 3, 3], filters),
            floats("b", &[2], BIAS.to_vec()),
            integers("halves", &[1, 1]),
            floats("fc1", &[FEATURE as i64, square], rows(FEATURE, SIDE * SIDE, 0)),
            floats("zero1", &[FEATURE as i64], vec![0.0; FEATURE]),
            floats("fc2", &[CLASSES as i64, FEATURE as i64], rows(CLASSES, FEATURE, 3)),
            floats("zero2", &[CLASSES as i64], vec![0.0; CLASSES]),
        ],
        input: vec![value("data", &[batch, Some(1), Some(SIDE as i64), Some(SIDE as i64)])],
        output: vec![
            value("logits", &[batch, Some(CLASSES as i64)]),
            value("feature", &[batch, Some(FEATURE as i64)]),
        ],
        ..Default::default()
    };
    pb::ModelProto {
        ir_version: 8,
        opset_import: vec![pb::OperatorSetIdProto { domain: String::new(), version: 13 }],
        graph: Some(graph),
        ..Default::default()
    }
}
