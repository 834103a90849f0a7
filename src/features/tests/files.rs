//! Every form, written and read back row by row.

use super::contract;
#[cfg(feature = "parquet")]
use crate::features::Encoder;
use crate::features::{
    Failure, FeatureFile, Features, Kept, ReadError, Row, Sink, SinkError, check_output, create,
};
use crate::network::FEATURE_LENGTH;
use crate::partial::partial_name;
use std::fs;
use std::path::Path;

const FORMS: &[&str] = &["features.npy", "features.jsonl", "features.parquet"];

fn feature(row: u64) -> Vec<f32> {
    (0..FEATURE_LENGTH).map(|i| (row as f32 + 0.1) * (i as f32 - 100.0) / 3.0).collect()
}

const NO_PICTURE: Failure<'_> = Failure { kind: "not a picture", reason: "no \"picture\"" };

/// Every third row fails; its path needs escaping.
fn write_rows(sink: &mut dyn Sink, rows: std::ops::Range<u64>) {
    for id in rows {
        let feature = feature(id);
        let outcome = if id % 3 == 1 { Err(NO_PICTURE) } else { Ok(feature.as_slice()) };
        sink.write(Row { id, path: &format!(r"a\n{id}é"), outcome }).unwrap();
        if id % 2 == 0 {
            sink.flush().unwrap();
        }
    }
}

fn assert_rows(path: &Path, rows: u64) {
    let expected = |id| if id % 3 == 1 { Err("no \"picture\"".to_string()) } else { Ok(feature(id)) };
    let features = Features::open(path).unwrap();
    assert_eq!(features.contract(), Some(&contract("eval")));
    assert_eq!(features.rows() as u64, rows, "{}", path.display());
    for id in 0..rows {
        let row = id as usize;
        assert_eq!(features.name(row), Some(format!(r"a\n{id}é").as_str()));
        let outcome = match features.missing().get(&row) {
            Some(reason) => Err(reason.clone()),
            None => Ok(features.row(row).to_vec()),
        };
        assert_eq!(outcome, expected(id));
    }
    if path.extension().is_some_and(|ending| ending == "npy") {
        return;
    }
    let mut file = FeatureFile::open(path).unwrap();
    assert_eq!(file.contract(), Some(&contract("eval")));
    assert_eq!(file.rows(), rows, "{}", path.display());
    for id in (0..rows).rev() {
        let row = file.row(id).unwrap();
        assert_eq!(row.id, id);
        assert_eq!(row.path, format!(r"a\n{id}é"));
        assert_eq!(row.outcome, expected(id));
    }
    assert!(matches!(file.row(rows), Err(ReadError::NoRow { .. })));
}

#[test]
fn every_form_gives_its_rows_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in FORMS {
        let path = folder.path().join(name);
        let mut sink = create(&path, &contract("eval"), false).unwrap();
        write_rows(&mut *sink, 0..10);
        sink.finish().unwrap();
        assert_rows(&path, 10);
        assert!(matches!(check_output(&path, false), Err(SinkError::Exists { .. })));
        // Replacing leaves nothing of the old output behind, its failures included.
        let mut sink = create(&path, &contract("eval"), true).unwrap();
        write_rows(&mut *sink, 0..1);
        assert_rows(&path, 10);
        sink.finish().unwrap();
        assert_rows(&path, 1);
    }
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), FORMS.len() + 2, "{names:?}");
}

/// A Parquet file longer than a row group.
#[test]
fn row_groups_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("features.parquet");
    let mut sink = create(&path, &contract("eval"), false).unwrap();
    write_rows(&mut *sink, 0..2_500);
    // The first groups are whole although nobody has finished the file.
    fs::copy(partial_name(&path), folder.path().join("copy.parquet")).unwrap();
    assert_eq!(FeatureFile::open(&folder.path().join("copy.parquet")).unwrap().rows(), 2_049);
    sink.finish().unwrap();
    let mut file = FeatureFile::open(&path).unwrap();
    assert_eq!(file.rows(), 2_500);
    assert_eq!(file.row(2_499).unwrap().outcome, Ok(feature(2_499)));
}

/// The encoder makes what the sink makes, from whatever is read.
#[cfg(feature = "parquet")]
#[test]
fn encoded_rows_are_read_in_any_order() {
    struct Bytes(Vec<u8>);
    impl crate::storage::ReadAt for Bytes {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, at: u64, length: usize) -> std::io::Result<Vec<u8>> {
            let from = &self.0[at as usize..];
            Ok(from[..length.min(from.len())].to_vec())
        }
    }
    let encode = || {
        let mut encoder = Encoder::new(&contract("eval")).unwrap();
        for id in 0..2_500 {
            let feature = feature(id);
            let outcome = if id % 3 == 1 { Err(NO_PICTURE) } else { Ok(feature.as_slice()) };
            encoder.push(Row { id, path: &format!("{id}"), outcome }).unwrap();
        }
        encoder.finish().unwrap()
    };
    let bytes = encode();
    assert_eq!(bytes, encode());
    let mut file = FeatureFile::open_parquet(Path::new("part"), Box::new(Bytes(bytes))).unwrap();
    assert_eq!(file.rows(), 2_500);
    for id in (0..2_500).chain([2_499, 3, 1_023, 1_024, 1_025, 0, 2_047, 2_048]) {
        let row = file.row(id).unwrap();
        let expected = if id % 3 == 1 { Err(NO_PICTURE.reason.to_string()) } else { Ok(feature(id)) };
        assert_eq!((row.id, row.outcome), (id, expected));
    }
}

/// What was flushed is readable whatever happens to the process afterwards.
#[test]
fn an_unfinished_output_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    for name in FORMS {
        let path = folder.path().join(name);
        let mut sink = create(&path, &contract("eval"), false).unwrap();
        write_rows(&mut *sink, 0..8);
        let kept = sink.keep_partial();
        drop(sink);
        assert_eq!(kept, Kept { rows: 8, path: Some(partial_name(&path)) });
        assert!(!path.exists());
        for file in fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_some_and(|ending| ending == "partial") {
                fs::rename(&file, file.with_extension("")).unwrap();
            }
        }
        assert_rows(&path, 8);
    }
}

#[test]
fn outputs_that_cannot_be_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert!(matches!(check_output(at("a.csv"), false), Err(SinkError::Form { .. })));
    assert!(matches!(check_output(at("noending"), false), Err(SinkError::Form { .. })));
    assert!(matches!(check_output(at("no/folder.npy"), false), Err(SinkError::NoFolder { .. })));
    fs::create_dir(at("folder.npy")).unwrap();
    assert!(matches!(check_output(at("folder.npy"), true), Err(SinkError::Folder { .. })));
    fs::write(at("b.paths.txt"), "").unwrap();
    assert!(matches!(check_output(at("b.npy"), false), Err(SinkError::Exists { .. })));
    assert!(check_output(at("b.npy"), true).is_ok());
}

#[test]
fn two_writers_of_one_output_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    for name in FORMS {
        let path = folder.path().join(name);
        let first = create(&path, &contract("eval"), false).unwrap();
        assert!(matches!(create(&path, &contract("eval"), false), Err(SinkError::Busy { .. })), "{name}");
        drop(first);
        assert!(create(&path, &contract("eval"), false).is_ok());
    }
}

#[test]
fn damaged_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in FORMS {
        let path = folder.path().join(name);
        let mut sink = create(&path, &contract("eval"), false).unwrap();
        write_rows(&mut *sink, 0..5);
        sink.finish().unwrap();
        let whole = fs::read(&path).unwrap();
        for length in [0, 1, 7, 64, 127, 128, whole.len() / 2, whole.len() - 2] {
            fs::write(&path, &whole[..length]).unwrap();
            let text = match Features::open(&path) {
                Ok(_) => panic!("{name} cut to {length} bytes was read"),
                Err(error) => error.to_string(),
            };
            assert!(text.contains(name), "{text}");
        }
        fs::write(&path, [b'{'; 3000]).unwrap();
        assert!(Features::open(&path).is_err());
    }
    // Without its contract an array is only numbers, until somebody says what they are.
    let path = folder.path().join("alone.npy");
    let mut sink = create(&path, &contract("eval"), false).unwrap();
    sink.finish().unwrap();
    fs::remove_file(path.with_extension("contract.json")).unwrap();
    let mut features = Features::open(&path).unwrap();
    assert_eq!(features.contract(), None);
    for said in ["center", "eval"] {
        features.assume(&contract(said));
        assert_eq!(features.contract(), Some(&contract("center")));
    }
}

#[test]
fn json_lines_of_two_contracts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut mixed = Vec::new();
    for preprocess in ["eval", "center"] {
        let path = folder.path().join(format!("{preprocess}.jsonl"));
        let mut sink = create(&path, &contract(preprocess), false).unwrap();
        write_rows(&mut *sink, 0..2);
        sink.finish().unwrap();
        mixed.extend(fs::read(&path).unwrap());
    }
    let path = folder.path().join("mixed.jsonl");
    fs::write(&path, mixed).unwrap();
    let Err(error) = FeatureFile::open(&path) else { panic!("two contracts were read as one") };
    assert!(error.to_string().contains("line 3 has another contract"), "{error}");
}

/// As tools write a table of features that they have read.
#[test]
fn json_lines_of_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("back.jsonl");
    let line = |row: u64, more: &str| {
        let feature = serde_json::to_string(&feature(row)).unwrap();
        format!("{{\"feature\":{feature}{more}}}\n")
    };
    let null = r#"{"feature":null,"path":"b","error":"torn"}"#;
    fs::write(&path, [line(0, r#","path":"a","id":"x""#), format!("{null}\n")].concat()).unwrap();
    let features = Features::open(&path).unwrap();
    assert_eq!((features.usable(0).unwrap(), features.name(1)), (&feature(0)[..], Some("b")));
    assert_eq!((features.missing()[&1].as_str(), features.contract()), ("torn", None));
    let nulls = format!("{{\"feature\":[{}]}}\n", vec!["null"; FEATURE_LENGTH].join(","));
    fs::write(&path, [line(0, ""), nulls, "{\"feature\":[]}\n".to_string()].concat()).unwrap();
    let contract = serde_json::to_string(&contract("eval")).unwrap();
    fs::write(path.with_extension("contract.json"), contract).unwrap();
    let features = Features::open(&path).unwrap();
    assert!(!features.is_named() && features.contract().is_some());
    let missing: Vec<_> = features.missing().values().collect();
    assert_eq!(missing, ["value 0 is null", "the list is empty"]);
    for (second, problem) in [
        (line(1, ""), "either line 1 or line 2 has no path"),
        ("{\"path\":\"b\"}\n".to_string(), "line 2 is no row of features: missing field `feature`"),
        ("{\"path\":\"b\",\"feature\":[1]}\n".to_string(), "line 2 has 1 values, expected 256"),
        (line(1, r#","path":"b","v":2"#), "line 2 has version 2"),
    ] {
        fs::write(&path, [line(0, r#","path":"a""#), second].concat()).unwrap();
        let error = Features::open(&path).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
}
