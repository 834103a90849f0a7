//! An input or output of a model, in ACL's words.

use ascend_sys::{DataType, Format};
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
    #[serde(serialize_with = "as_text")]
    pub data_type: DataType,
    /// Order of the dimensions.
    #[serde(serialize_with = "as_text")]
    pub format: Format,
    /// Size in bytes, at the largest gear; 0 if not known before the model runs.
    pub bytes: u64,
}

/// The type of a number of the enum `ge.proto.DataType`, which is another one than `aclDataType`.
pub(super) fn type_in_definition(number: i64) -> DataType {
    DEFINITION_TYPES
        .iter()
        .find(|(theirs, _)| *theirs == number)
        .map_or(DataType::UNDEFINED, |&(_, acl)| DataType(acl))
}

/// Number in `ge.proto.DataType`, number in `aclDataType`.
const DEFINITION_TYPES: [(i64, i32); 15] = [
    (1, 0),
    (2, 1),
    (3, 2),
    (7, 3),
    (4, 4),
    (5, 6),
    (6, 7),
    (9, 8),
    (8, 9),
    (10, 10),
    (12, 11),
    (11, 12),
    (13, 13),
    (27, 27),
    (28, 29),
];

/// The order that a model description names.
pub(super) fn format_of_layout(layout: &[u8]) -> Format {
    str::from_utf8(layout).map_or(Format::UNDEFINED, Format::named)
}

/// By its name.
fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
