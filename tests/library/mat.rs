//! MAT-files written by scipy (`make.py`), read.

use lightcnn::features::Features;
use lightcnn::protocol::mat::{Limits, Value, read};
use lightcnn::protocol::read_blufr;
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mat").join(name)
}

#[test]
fn every_kind_of_value() {
    for name in ["everything.mat", "everything_compressed.mat"] {
        let file = read(&fs::read(fixture(name)).unwrap(), &Limits::default()).unwrap();
        let numbers = |name: &str| match file.get(name) {
            Some(Value::Numbers(matrix)) => (matrix.dims.clone(), matrix.values().collect::<Vec<_>>()),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(numbers("double"), (vec![2, 2], vec![1.5, 3.0, -2.0, 4.0]));
        assert_eq!(numbers("int8"), (vec![1, 3], vec![-1.0, 2.0, 3.0]));
        assert_eq!(numbers("truth"), (vec![1, 2], vec![1.0, 0.0]));
        assert_eq!(numbers("empty"), (vec![0, 3], vec![]));
        assert_eq!(numbers("large"), (vec![1, 1], vec![1_099_511_627_776.0]));
        let line = |value: &Value| match value {
            Value::Text(text) => text.line(),
            other => panic!("{other}"),
        };
        assert_eq!(line(file.get("text").unwrap()), "grüße");
        assert_eq!(line(file.get("lines").unwrap()), "ab");
        let Some(Value::Cells(cells)) = file.get("cells") else { panic!() };
        assert_eq!((cells.dims.as_slice(), line(&cells.values[1])), (&[2, 1][..], "x".to_string()));
        let Some(Value::Struct(record)) = file.get("record") else { panic!() };
        assert_eq!((record.fields[1].0.as_str(), line(&record.fields[1].1[0])), ("b", "two".to_string()));
        assert_eq!(file.get("complex"), Some(&Value::Other("complex numbers")));
    }
}

#[test]
fn features_and_configuration() {
    let features = Features::open(&fixture("features.mat")).unwrap();
    assert_eq!((features.rows(), features.width()), (24, 16));
    assert_eq!(features.row(5)[..2], [0.0, 4.0]);
    assert_eq!(features.row(5)[8..11], [0.0, 0.0, 2.0]);
    let config = read_blufr(&fixture("config.mat")).unwrap();
    assert_eq!((config.images[4].as_str(), config.labels[4]), ("P2_0002.jpg", 2));
    assert_eq!(config.trials[1].gallery, [6, 9, 12]);
}
