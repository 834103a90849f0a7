//! The numbers by which ACL names the types of elements and the orders of dimensions.

use std::fmt;

use crate::bindings::*;

/// Type of a tensor's elements: a number of `aclDataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DataType(pub i32);

impl DataType {
    /// No type.
    pub const UNDEFINED: Self = Self(ACL_DT_UNDEFINED);
    /// 32-bit float.
    pub const FLOAT: Self = Self(ACL_FLOAT);
    /// 16-bit float.
    pub const FLOAT16: Self = Self(ACL_FLOAT16);
    /// Byte, 0 to 255.
    pub const UINT8: Self = Self(ACL_UINT8);

    /// Its name in the headers without `ACL_`, such as `FLOAT16`; `None` for a number they do not name.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.1)
    }

    /// Bytes of an element; `None` for types that have no whole number of them, and for numbers without a name.
    pub fn bytes(self) -> Option<usize> {
        self.row().and_then(|row| row.2)
    }

    fn row(self) -> Option<&'static (aclDataType, &'static str, Option<usize>)> {
        TYPES.iter().find(|row| row.0 == self.0)
    }
}

/// Number, name, bytes of an element.
const TYPES: &[(aclDataType, &str, Option<usize>)] = &[
    (ACL_FLOAT, "FLOAT", Some(4)),
    (ACL_FLOAT16, "FLOAT16", Some(2)),
    (ACL_INT8, "INT8", Some(1)),
    (ACL_INT32, "INT32", Some(4)),
    (ACL_UINT8, "UINT8", Some(1)),
    (ACL_INT16, "INT16", Some(2)),
    (ACL_UINT16, "UINT16", Some(2)),
    (ACL_UINT32, "UINT32", Some(4)),
    (ACL_INT64, "INT64", Some(8)),
    (ACL_UINT64, "UINT64", Some(8)),
    (ACL_DOUBLE, "DOUBLE", Some(8)),
    (ACL_BOOL, "BOOL", Some(1)),
    (ACL_STRING, "STRING", None),
    (ACL_COMPLEX64, "COMPLEX64", Some(8)),
    (ACL_COMPLEX128, "COMPLEX128", Some(16)),
    (ACL_BF16, "BF16", Some(2)),
    (ACL_INT4, "INT4", None),
    (ACL_UINT1, "UINT1", None),
    (ACL_COMPLEX32, "COMPLEX32", Some(4)),
];

/// Order of a tensor's dimensions: a number of `aclFormat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Format(pub i32);

impl Format {
    /// No order.
    pub const UNDEFINED: Self = Self(ACL_FORMAT_UNDEFINED);

    /// Its name in the headers without `ACL_FORMAT_`, such as `NCHW`; `None` for a number they do not name.
    pub fn name(self) -> Option<&'static str> {
        FORMATS.iter().find(|row| row.0 == self.0).map(|row| row.1)
    }

    /// The order of this name, [`Format::UNDEFINED`] if there is none.
    pub fn named(name: &str) -> Self {
        FORMATS.iter().find(|row| row.1 == name).map_or(Self::UNDEFINED, |row| Self(row.0))
    }
}

const FORMATS: &[(aclFormat, &str)] = &[
    (ACL_FORMAT_UNDEFINED, "UNDEFINED"),
    (ACL_FORMAT_NCHW, "NCHW"),
    (ACL_FORMAT_NHWC, "NHWC"),
    (ACL_FORMAT_ND, "ND"),
    (ACL_FORMAT_NC1HWC0, "NC1HWC0"),
    (ACL_FORMAT_FRACTAL_Z, "FRACTAL_Z"),
    (ACL_FORMAT_NC1HWC0_C04, "NC1HWC0_C04"),
    (ACL_FORMAT_HWCN, "HWCN"),
    (ACL_FORMAT_NDHWC, "NDHWC"),
    (ACL_FORMAT_FRACTAL_NZ, "FRACTAL_NZ"),
    (ACL_FORMAT_NCDHW, "NCDHW"),
    (ACL_FORMAT_NDC1HWC0, "NDC1HWC0"),
    (ACL_FRACTAL_Z_3D, "FRACTAL_Z_3D"),
    (ACL_FORMAT_NC, "NC"),
    (ACL_FORMAT_NCL, "NCL"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_names_and_sizes() {
        assert_eq!((DataType::FLOAT16.to_string().as_str(), DataType::FLOAT16.bytes()), ("FLOAT16", Some(2)));
        assert_eq!((DataType(29).to_string().as_str(), DataType(29).bytes()), ("INT4", None));
        assert_eq!((DataType(99).to_string().as_str(), DataType(99).bytes()), ("type 99", None));
        assert_eq!(Format(0).to_string(), "NCHW");
        assert_eq!(Format::named("NCHW"), Format(0));
        assert_eq!(Format::named("nchw"), Format::UNDEFINED);
        assert_eq!(Format(99).to_string(), "format 99");
    }
}
