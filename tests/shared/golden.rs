//! The arrays of `$LIGHTCNN_SHARED/golden`.

use super::shared;
use std::fs;

/// The data of a `.npy` file of the given element type, in little-endian bytes.
fn array(name: &str, descr: &str) -> Vec<u8> {
    let path = shared("golden").join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00", "{name}");
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = String::from_utf8_lossy(&bytes[10..end]);
    assert!(header.contains(&format!("'descr': '{descr}', 'fortran_order': False")), "{name}: {header}");
    bytes[end..].to_vec()
}

/// An array of bytes.
pub fn u8(name: &str) -> Vec<u8> {
    array(name, "|u1")
}

/// An array of float64 values.
pub fn f64(name: &str) -> Vec<f64> {
    array(name, "<f8").as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
}
