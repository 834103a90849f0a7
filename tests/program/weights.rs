//! Files of weights as people have them: what the program says of their keys, prefixes and other tensors.

use crate::{faces, lightcnn};
use lightcnn::network::{Network, Weights, seeded};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use test_support::program::{ends, text};

/// A safetensors file of the sets, each with a prefix before all names, and of a tensor of zeros called `other`.
fn write(path: &Path, sets: &[(&str, &Weights)], other: Option<&str>) {
    let (mut header, mut data) = (Vec::new(), Vec::new());
    let mut add = |name: String, shape: &[usize], values: &[f32]| {
        let start = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        let end = data.len();
        header
            .push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#));
    };
    for (prefix, weights) in sets {
        weights.iter().for_each(|(name, tensor)| add(format!("{prefix}{name}"), &tensor.shape, &tensor.data));
    }
    if let Some(name) = other {
        add(name.to_string(), &[10, 256], &[0.0; 2560]);
    }
    let header = format!("{{{}}}", header.join(","));
    fs::write(path, [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()).unwrap();
}

/// The features of one face by the model in this file.
fn extract(model: &Path, options: &[&str]) -> Output {
    let face = faces().join("drawn_long_2.png");
    let mut command = lightcnn();
    command.arg("extract").arg(face).args(["-o", "-", "--device", "cpu", "--model"]).arg(model).args(options);
    command.output().unwrap()
}

fn feature(run: &Output) -> Value {
    ends(run, 0);
    let rows: Vec<Value> =
        text(&run.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    rows.iter().find_map(|row| row.get("feature")).unwrap().clone()
}

#[test]
fn keys_prefixes_and_other_tensors_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (one, two) = (seeded(Network::LightCnn9, 1, 0), seeded(Network::LightCnn9, 2, 0));
    write(&at("one"), &[("", &one)], None);
    write(&at("two"), &[("", &two)], None);
    let plain = extract(&at("one"), &[]);
    assert!(!text(&plain.stderr).contains("notice:"), "{}", text(&plain.stderr));
    let (one_feature, two_feature) = (feature(&plain), feature(&extract(&at("two"), &[])));
    assert_ne!(one_feature, two_feature);

    write(&at("beside"), &[("backbone.", &one), ("ema_backbone.", &two)], Some("arc.weight"));
    let run = extract(&at("beside"), &[]);
    assert_eq!(feature(&run), one_feature);
    for words in
        ["all names of the weights begin with 'backbone.'", "'arc.weight' (not a", "'ema_backbone' (20 te"]
    {
        assert!(text(&run.stderr).contains(words), "{words}: {}", text(&run.stderr));
    }
    assert_eq!(feature(&extract(&at("beside"), &["--key", "ema_backbone"])), two_feature);
    let run = extract(&at("beside"), &["--strict-weights"]);
    ends(&run, 2);
    assert!(text(&run.stderr).contains("'arc.weight'"), "{}", text(&run.stderr));

    write(&at("both"), &[("student.", &one), ("teacher.", &two)], None);
    let run = extract(&at("both"), &[]);
    ends(&run, 2);
    for words in ["lightcnn9 under 'student', lightcnn9 under 'teacher'", "--key student"] {
        assert!(text(&run.stderr).contains(words), "{words}: {}", text(&run.stderr));
    }
    assert_eq!(feature(&extract(&at("both"), &["--key", "student"])), one_feature);
    assert_eq!(feature(&extract(&at("both"), &["--key", "teacher"])), two_feature);

    let inspect = |name: &str, options: &[&str]| {
        let run = lightcnn().arg("inspect").arg(at(name)).arg("--json").args(options).output().unwrap();
        (run.status.code(), serde_json::from_slice::<Value>(&run.stdout).unwrap())
    };
    let (code, shown) = inspect("beside", &[]);
    assert_eq!(
        (code, shown["prefix"].as_str(), shown["network"].as_str()),
        (Some(0), Some("backbone"), Some("lightcnn9"))
    );
    assert_eq!(shown["unused"].as_array().unwrap().len(), 2);
    let (code, shown) = inspect("both", &[]);
    assert_eq!((code, &shown["network"]), (Some(1), &Value::Null));
    assert!(shown["reason"].as_str().unwrap().contains("'teacher'"), "{shown}");
    let (code, shown) = inspect("both", &["--key", "teacher"]);
    assert_eq!((code, shown["prefix"].as_str()), (Some(0), Some("teacher")));
}

/// What was computed with two sets of one file is not compared as if it were of one model.
#[test]
fn features_of_two_sets_of_a_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (one, two) = (seeded(Network::LightCnn9, 1, 0), seeded(Network::LightCnn9, 2, 0));
    write(&at("both"), &[("student.", &one), ("teacher.", &two)], None);
    for key in ["student", "teacher"] {
        let mut command = lightcnn();
        command
            .arg("extract")
            .arg(faces().join("drawn_long_2.png"))
            .arg("-o")
            .arg(at(key).with_extension("npy"));
        command.args(["--device", "cpu", "--key", key, "--model"]).arg(at("both"));
        ends(&command.output().unwrap(), 0);
    }
    let row = |key: &str| format!("{}#0", at(key).with_extension("npy").display());
    let run = lightcnn().arg("compare").args([row("student"), row("teacher")]).output().unwrap();
    ends(&run, 2);
    assert!(text(&run.stderr).contains("weights_sha256"), "{}", text(&run.stderr));
}

#[test]
fn a_key_has_no_use_for_the_demo() {
    let run = extract(Path::new("demo"), &["--key", "model"]);
    ends(&run, 2);
    assert!(text(&run.stderr).contains("no key 'model' in the demo"), "{}", text(&run.stderr));
}
