//! MATLAB 5 MAT-files: what `scipy.io.savemat` and MATLAB's `save -v6` and `-v7` write.
//!
//! MathWorks, "MAT-File Format" (2005 and later), chapter 1: a header of 128 bytes, then elements: a tag of type and
//! size, and data, padded to 8 bytes; elements of up to 4 bytes fit into their tag. Both byte orders, numbers, text,
//! cells, structures, compressed or not. Version 7.3 is HDF5 and refused by name.

mod cursor;
mod error;
mod matrix;
mod value;

pub use error::MatError;
pub use value::{Cells, Matrix, Numbers, Struct, Text, Value};

use cursor::{Budget, Cursor};
use flate2::read::ZlibDecoder;
use std::io::Read;

/// What a hostile file may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory for everything decoded.
    pub memory: usize,
    /// How deep cells and structures may lie in each other.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: 4 << 30, depth: 16 }
    }
}

/// The variables of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct MatFile {
    /// Names and values, in the order of the file.
    pub variables: Vec<(String, Value)>,
}

impl MatFile {
    /// The variable called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.variables.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// Takes the variable called `name` out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.variables.iter().position(|(found, _)| found == name)?;
        Some(self.variables.swap_remove(at).1)
    }

    /// What there is, in words.
    pub fn names(&self) -> String {
        let all: Vec<String> =
            self.variables.iter().map(|(name, value)| format!("{} ({value})", name.escape_debug())).collect();
        if all.is_empty() {
            "the file has no variables".into()
        } else {
            format!("there are {}", all.join(", "))
        }
    }
}

/// Bytes before the first element.
const HEADER: usize = 128;

/// What every HDF5 file begins with; in version 7.3 it comes after a header like that of version 5.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Reads the bytes of a whole file.
///
/// # Errors
/// [`MatError`] says what is wrong and where.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<MatFile, MatError> {
    if bytes.starts_with(HDF5) || bytes.get(512..).is_some_and(|rest| rest.starts_with(HDF5)) {
        return Err(MatError::Hdf5);
    }
    if bytes.starts_with(b"MATLAB 7.3") {
        return Err(MatError::Hdf5);
    }
    let is_big_endian = match bytes.get(126..HEADER) {
        Some(b"IM") => false,
        Some(b"MI") => true,
        _ => return Err(MatError::NotMat),
    };
    let mut budget = Budget { left: limits.memory, limit: limits.memory };
    let mut cursor = Cursor::new(&bytes[HEADER..], is_big_endian, HEADER);
    let mut variables = Vec::new();
    while !cursor.is_empty() {
        let element = cursor.element()?;
        match element.kind {
            cursor::COMPRESSED => {
                let inflated = inflate(element.data, element.offset, &mut budget)?;
                let mut inner = Cursor::new(&inflated, is_big_endian, element.offset);
                let element = inner.element()?;
                if element.kind != cursor::MATRIX {
                    return Err(MatError::Unexpected {
                        offset: element.offset,
                        kind: element.kind,
                        wanted: "a matrix",
                    });
                }
                variables.push(matrix::named(&element, limits.depth, &mut budget)?);
                budget.give(inflated.len());
            }
            cursor::MATRIX => variables.push(matrix::named(&element, limits.depth, &mut budget)?),
            kind => return Err(MatError::Unexpected { offset: element.offset, kind, wanted: "a variable" }),
        }
    }
    // Functions and the like keep a nameless block of their own at the end.
    variables.retain(|(name, _)| !name.is_empty());
    Ok(MatFile { variables })
}

/// The bytes that `data` unpacks to, as far as the budget goes.
fn inflate(data: &[u8], offset: usize, budget: &mut Budget) -> Result<Vec<u8>, MatError> {
    let mut inflated = Vec::new();
    let most = budget.left as u64;
    ZlibDecoder::new(data)
        .take(most.saturating_add(1))
        .read_to_end(&mut inflated)
        .map_err(|error| MatError::Inflate { offset, problem: error.to_string() })?;
    budget.take(inflated.len(), offset)?;
    Ok(inflated)
}

#[cfg(test)]
mod tests;
