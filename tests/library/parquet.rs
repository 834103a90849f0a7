//! Parquet files that others wrote (`make.py`): features that came back, and manifests of pictures.

use lightcnn::features::{FeatureFile, Features};
use lightcnn::source::{PictureSource, SourceOptions, list};
use std::fs;
use std::path::{Path, PathBuf};

/// The files whose names begin with `kind`.
fn fixtures(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = files.filter(|file| name(file).starts_with(kind)).collect();
    found.sort();
    found
}

fn name(file: &Path) -> &str {
    file.file_stem().unwrap().to_str().unwrap()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet").join(name).with_extension("parquet")
}

/// Row `row` as `make.py` writes it.
fn feature(row: usize) -> Vec<f32> {
    (0..256).map(|column| (((column * 7 + row * 11) % 31) as f32 - 15.0) / 8.0).collect()
}

#[test]
fn features_of_every_tool_come_back() {
    let files = fixtures("features_");
    assert_eq!(files.len(), 28);
    for file in files {
        let features = Features::open(&file).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((features.rows(), features.width()), (3, 256), "{}", name(&file));
        assert!(features.missing().is_empty() && features.contract().is_none(), "{}", name(&file));
        for row in 0..3 {
            assert_eq!(features.usable(row).unwrap(), feature(row), "{} {row}", name(&file));
            assert_eq!(features.name(row), Some(format!("faces/{row}.png").as_str()), "{}", name(&file));
        }
        // In any order.
        let mut rows = FeatureFile::open(&file).unwrap();
        for row in [2, 0, 1] {
            assert_eq!(rows.row(row).unwrap().outcome, Ok(feature(row as usize)), "{}", name(&file));
        }
    }
}

#[test]
fn rows_without_a_feature_are_failed_rows() {
    let reasons = [
        ("null_list", "no feature and no reason"),
        ("null_fixed", "no feature and no reason"),
        ("null_told", "torn"),
        ("null_empty", "the list is empty"),
        ("null_value", "value 9 is null"),
    ];
    assert_eq!(fixtures("null_").len(), reasons.len());
    for (name, reason) in reasons {
        let features = Features::open(&fixture(name)).unwrap();
        let missing: Vec<_> =
            features.missing().iter().map(|(row, reason)| (*row, reason.as_str())).collect();
        assert_eq!(missing, [(1, reason)], "{name}");
        for row in [0, 2] {
            assert_eq!(features.usable(row).unwrap(), feature(row), "{name}");
        }
    }
}

#[test]
fn what_is_no_feature_is_refused_by_name() {
    let problems = [
        ("wrong_short", "9 values in row 1, expected 256"),
        ("wrong_long", "1536 values in 3 rows, expected 256 in each"),
        ("wrong_nested", "lists in lists"),
        ("wrong_whole", "column 'feature': it is nested, without numbers that have a point"),
        ("wrong_text", "column 'feature': it is BYTE_ARRAY; expected lists of 256"),
        ("wrong_parts", "feature.data.list.element, feature.shape.list.element"),
        ("wrong_no_feature", "the columns are path, embedding"),
        ("wrong_no_name", "row 1: the path is null"),
        ("wrong_number_path", "column 'path': it is INT64"),
    ];
    assert_eq!(fixtures("wrong_").len(), problems.len());
    for (name, problem) in problems {
        let error = Features::open(&fixture(name)).unwrap_err().to_string();
        assert!(error.contains(problem) && error.contains(name), "{name}: {error}");
    }
    let error = Features::open(Path::new("f.feather")).unwrap_err().to_string();
    assert!(error.contains("Arrow") && error.contains("write it as Parquet"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let error = lightcnn::stored::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("not of a job") && error.contains("give one file of features"), "{error}");
}

#[test]
fn names_are_not_guessed() {
    let features = Features::open(&fixture("unnamed")).unwrap();
    assert!(!features.is_named());
    assert_eq!(features.usable(2).unwrap(), feature(2));
}

/// The contract is in the metadata, which most tools leave out, or beside the file.
#[test]
fn a_contract_lies_beside() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.parquet");
    fs::copy(fixture("features_polars_array"), &file).unwrap();
    let contract = r#"{"network":"lightcnn9","weights":"untrained_demo","weights_sha256":"00","preprocess":"eval",
        "backend":"cpu","kernels":"plain","precision":"f32","normalized":false,"version":"0"}"#;
    fs::write(folder.path().join("f.contract.json"), contract).unwrap();
    assert_eq!(Features::open(&file).unwrap().contract().unwrap().network, "lightcnn9");
    fs::write(folder.path().join("f.contract.json"), "{}").unwrap();
    let error = Features::open(&file).unwrap_err().to_string();
    assert!(error.contains("f.contract.json") && error.contains("remove it if"), "{error}");
}

#[test]
fn manifests_of_every_codec_are_read() {
    let files = fixtures("pictures_");
    assert_eq!(files.len(), 21);
    for file in files {
        let items = list(std::slice::from_ref(&file), &SourceOptions::default()).unwrap();
        let items: Vec<_> = items.map(|item| item.unwrap_or_else(|error| panic!("{error}"))).collect();
        let keys: Vec<_> = items.iter().map(|item| item.key.to_str().unwrap()).collect();
        assert_eq!(keys, ["a", "b", "c"], "{}", name(&file));
        for (row, item) in items.iter().enumerate() {
            let PictureSource::Bytes(bytes) = &item.picture else { panic!("{}: {item:?}", name(&file)) };
            let expected = [b"P5 8 8 255 ".as_slice(), &[64 * row as u8; 64]].concat();
            assert_eq!(*bytes, expected, "{}", name(&file));
        }
    }
}

/// What tools rewrite has no mark of ours, and `path` names pictures there as in a manifest.
#[test]
fn features_are_no_manifest() {
    for name in ["features_polars_array", "both", "wrong_nested"] {
        let error = list(&[fixture(name)], &SourceOptions::default()).err().unwrap().to_string();
        assert!(error.contains("holds features, not pictures"), "{name}: {error}");
    }
    assert_eq!(Features::open(&fixture("both")).unwrap().usable(1).unwrap(), feature(1));
    // Some other column of that name.
    assert_eq!(list(&[fixture("wrong_text")], &SourceOptions::default()).unwrap().count(), 3);
}
