//! An input or output of a model, in ACL's words.

use serde::{Serialize, Serializer};
use std::fmt;

/// Most dimensions of a tensor (`ACL_MAX_DIM_CNT`).
pub(super) const MOST_DIMS: usize = 128;

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tensor {
    /// Name.
    pub name: String,
    /// Shape; -1 where it is chosen when the model runs.
    pub dims: Vec<i64>,
    /// Shape of what is copied to the device, where that is another one (AIPP); else equal to `dims`.
    pub device_dims: Vec<i64>,
    /// Type of the elements.
    pub data_type: DataType,
    /// Order of the dimensions.
    pub format: Format,
    /// Size in bytes, at the largest gear; 0 if not known before the model runs.
    pub bytes: u64,
}

/// Type of a tensor's elements: a number of `aclDataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataType(pub i32);

impl DataType {
    /// Name without `ACL_`, such as `FLOAT16`.
    pub fn name(self) -> Option<&'static str> {
        TYPES.iter().find(|row| row.0 == self.0).map(|row| row.2)
    }

    /// Bytes per element; nothing for types that have no whole number of them.
    pub fn bytes(self) -> Option<u64> {
        TYPES.iter().find(|row| row.0 == self.0).and_then(|row| row.3)
    }

    /// From a number of the enum `ge.proto.DataType`, which is another one than `aclDataType`.
    pub(super) fn from_definition(number: i64) -> DataType {
        DataType(TYPES.iter().find(|row| i64::from(row.1) == number).map_or(-1, |row| row.0))
    }
}

/// Number in `aclDataType`, number in `ge.proto.DataType`, name, bytes per element.
const TYPES: [(i32, i32, &str, Option<u64>); 15] = [
    (0, 1, "FLOAT", Some(4)),
    (1, 2, "FLOAT16", Some(2)),
    (2, 3, "INT8", Some(1)),
    (3, 7, "INT32", Some(4)),
    (4, 4, "UINT8", Some(1)),
    (6, 5, "INT16", Some(2)),
    (7, 6, "UINT16", Some(2)),
    (8, 9, "UINT32", Some(4)),
    (9, 8, "INT64", Some(8)),
    (10, 10, "UINT64", Some(8)),
    (11, 12, "DOUBLE", Some(8)),
    (12, 11, "BOOL", Some(1)),
    (13, 13, "STRING", None),
    (27, 27, "BF16", Some(2)),
    (29, 28, "INT4", None),
];

/// Order of a tensor's dimensions: a number of `aclFormat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format(pub i32);

impl Format {
    /// Name without `ACL_FORMAT_`, such as `NCHW`.
    pub fn name(self) -> Option<&'static str> {
        FORMATS.iter().find(|row| row.0 == self.0).map(|row| row.1)
    }

    /// From the name in a model description.
    pub(super) fn from_layout(layout: &[u8]) -> Format {
        Format(FORMATS.iter().find(|row| row.1.as_bytes() == layout).map_or(-1, |row| row.0))
    }
}

const FORMATS: [(i32, &str); 15] = [
    (0, "NCHW"),
    (1, "NHWC"),
    (2, "ND"),
    (3, "NC1HWC0"),
    (4, "FRACTAL_Z"),
    (12, "NC1HWC0_C04"),
    (16, "HWCN"),
    (27, "NDHWC"),
    (29, "FRACTAL_NZ"),
    (30, "NCDHW"),
    (32, "NDC1HWC0"),
    (33, "FRACTAL_Z_3D"),
    (35, "NC"),
    (47, "NCL"),
    (-1, "UNDEFINED"),
];

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "type {}", self.0),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "format {}", self.0),
        }
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
