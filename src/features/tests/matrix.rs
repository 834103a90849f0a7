//! Files read as a whole.

use super::contract;
use crate::features::matrix::Values;
use crate::features::{Failure, Features, Row, create};
use half::f16;
use std::fs;

fn npy(descr: &str, fortran: bool, shape: &str, values: &[u8]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
    while !(10 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.bytes());
    bytes.extend(values);
    bytes
}

#[test]
fn numpy_files_of_every_order_give_the_same_rows() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [1.0f32, 2.0, 3.0, -4.0, 0.5, 6.0];
    let columns = [1.0f32, -4.0, 2.0, 0.5, 3.0, 6.0];
    let le4: Vec<u8> = rows.iter().flat_map(|v| v.to_le_bytes()).collect();
    let be4: Vec<u8> = rows.iter().flat_map(|v| v.to_be_bytes()).collect();
    let le8: Vec<u8> = columns.iter().flat_map(|v| f64::from(*v).to_le_bytes()).collect();
    let le2: Vec<u8> = rows.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
    let be2: Vec<u8> = columns.iter().flat_map(|v| f16::from_f32(*v).to_be_bytes()).collect();
    for (descr, fortran, values, mapped) in [
        ("<f4", false, &le4, true),
        (">f4", false, &be4, false),
        ("<f8", true, &le8, false),
        ("<f2", false, &le2, false),
        (">f2", true, &be2, false),
    ] {
        let path = folder.path().join("some.npy");
        fs::write(&path, npy(descr, fortran, "(2, 3)", values)).unwrap();
        let features = Features::open(&path).unwrap();
        assert_eq!((features.rows(), features.width()), (2, 3));
        assert_eq!(features.as_slice(), rows);
        assert_eq!(features.row(1), &rows[3..]);
        assert_eq!(matches!(features.values, Values::Mapped { .. }), mapped, "{descr}");
        assert_eq!(features.name(0), None);
    }
}

/// Python 2 writes long numbers with an L, and later versions of the form have room for longer headers.
#[test]
fn every_version_of_the_header_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.npy");
    let values: Vec<u8> = [1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|v| v.to_le_bytes()).collect();
    for shape in ["(2, 2)", "(2L, 2L)", "(2L, 2)", "(2,2,)"] {
        for version in [1_u8, 2, 3] {
            let mut bytes = npy("<f4", false, shape, &values);
            if version > 1 {
                bytes[6] = version;
                // Two more bytes for the length.
                bytes.splice(10..10, [0, 0]);
            }
            fs::write(&path, bytes).unwrap();
            let features = Features::open(&path).unwrap();
            assert_eq!(
                (features.rows(), features.as_slice()),
                (2, &[1.0, 2.0, 3.0, 4.0][..]),
                "{shape} {version}"
            );
        }
    }
    for shape in ["(2LL, 2L)", "(L, 2)", "(2l, 2)", "(-2L, 2L)"] {
        fs::write(&path, npy("<f4", false, shape, &values)).unwrap();
        let error = Features::open(&path).unwrap_err().to_string();
        assert!(error.contains(&format!("the shape is {shape}")), "{error}");
    }
}

#[test]
fn what_is_no_matrix_of_numbers_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.npy");
    for (bytes, expected) in [
        (b"".to_vec(), "empty"),
        (b"text".to_vec(), "does not begin"),
        (npy("<i4", false, "(1, 1)", &[0; 4]), "'<i4'"),
        (npy("<f4", false, "(4,)", &[0; 16]), "(4,)"),
        (npy("<f4", false, "(2, 3)", &[0; 23]), "promises 2×3"),
        (npy("<f4", false, "(18446744073709551615, 4)", &[]), "promises"),
        (b"\x93NUMPY\x09\x00\x00\x00".to_vec(), "version 9"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "4294967295"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = Features::open(&path).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("bad.npy"), "{error}");
    }
    let error = Features::open(&folder.path().join("f.csv")).unwrap_err().to_string();
    assert!(error.contains(".npy, .parquet"), "{error}");
}

/// All our forms give the same matrix, names, failed rows and contract.
#[test]
fn our_own_files_come_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let good: Vec<f32> = (0..256).map(|i| i as f32 / 7.0).collect();
    let forms: &[&str] =
        if cfg!(feature = "parquet") { &["npy", "jsonl", "parquet"] } else { &["npy", "jsonl"] };
    for form in forms {
        let path = folder.path().join(format!("f.{form}"));
        let mut sink = create(&path, &contract("eval"), false).unwrap();
        for id in 0..3 {
            let outcome = if id == 1 { Err(Failure { kind: "", reason: "torn" }) } else { Ok(&good[..]) };
            sink.write(Row { id, path: &format!("p{id}.png"), outcome }).unwrap();
        }
        sink.finish().unwrap();
        let features = Features::open(&path).unwrap();
        assert_eq!((features.rows(), features.width()), (3, 256), "{form}");
        assert_eq!(features.usable(2).unwrap(), good);
        assert_eq!(features.name(2), Some("p2.png"));
        let error = features.usable(1).unwrap_err().to_string();
        assert!(error.ends_with("row 1 (p1.png) has no feature: torn"), "{error}");
        assert!(features.row(1).iter().all(|value| value.is_nan()));
        assert_eq!(features.contract(), Some(&contract("eval")));
    }
}

#[test]
fn rows_without_a_direction_are_named() {
    let values = vec![1.0, 0.0, 0.0, 0.0, f32::NAN, 1.0];
    let features = Features::from_rows("m".as_ref(), 2, values).unwrap();
    assert!(features.usable(0).is_ok());
    assert_eq!(
        features.usable(1).unwrap_err().to_string(),
        "m: row 1 is all zero and has no direction; make this feature again"
    );
    assert_eq!(
        features.usable(2).unwrap_err().to_string(),
        "m: row 2: value 0 is NaN; make this feature again"
    );
    assert_eq!(
        features.usable(3).unwrap_err().to_string(),
        "m has 3 rows, counted from 0; there is no row 3"
    );
    let named = features.with_names(["a", "b", "c"]).unwrap();
    assert!(named.usable(1).unwrap_err().to_string().contains("row 1 (b)"));
    assert!(named.with_names(["a"]).is_err());
}
