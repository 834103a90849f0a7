//! Pictures that cost nothing to make.

use std::path::Path;

/// Bytes of a gray picture as PGM; `pixel` gives the gray at a place, row by row.
pub fn pgm(width: usize, height: usize, pixel: impl FnMut(usize) -> u8) -> Vec<u8> {
    let mut bytes = format!("P5 {width} {height} 255\n").into_bytes();
    bytes.extend((0..width * height).map(pixel));
    bytes
}

/// Writes a gray picture of `side`×`side` pixels, brighter from row to row.
pub fn write_gray(path: &Path, side: usize, shade: u8) {
    std::fs::write(path, pgm(side, side, |at| shade.wrapping_add((at / 7) as u8))).unwrap();
}
