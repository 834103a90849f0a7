//! Why a MAT-file cannot be read.

use crate::error::ErrorKind;

/// A MAT-file cannot be read. Offsets are bytes of the file; within compressed data, those of where it begins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MatError {
    /// Version 7.3.
    #[error("this is a MAT-file of version 7.3 (HDF5), which is not read; save it anew with save(…, '-v7')")]
    Hdf5,
    /// No MAT-file of version 5.
    #[error(
        "this is no MATLAB 5 MAT-file: there is no byte order mark at byte 126; save it with save(…, '-v7')"
    )]
    NotMat,
    /// The data ends too early.
    #[error(
        "the file ends within the element at byte {offset}: {wanted} bytes are promised, {left} are left"
    )]
    Truncated {
        /// Where.
        offset: usize,
        /// Bytes promised.
        wanted: usize,
        /// Bytes there are.
        left: usize,
    },
    /// Another element is needed here.
    #[error("byte {offset}: an element of type {kind}, expected {wanted}")]
    Unexpected {
        /// Where.
        offset: usize,
        /// Type found.
        kind: u32,
        /// What should be there.
        wanted: &'static str,
    },
    /// Compressed data is damaged.
    #[error("byte {offset}: the compressed data is damaged: {problem}")]
    Inflate {
        /// Where it begins.
        offset: usize,
        /// What the decompressor says.
        problem: String,
    },
    /// Sizes that do not fit each other.
    #[error("byte {offset}: {problem}")]
    Shape {
        /// Where.
        offset: usize,
        /// What does not fit.
        problem: String,
    },
    /// More than the limit.
    #[error("byte {offset}: decoding takes more than {limit} bytes of memory")]
    TooLarge {
        /// Where.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// Too many levels.
    #[error("byte {offset}: cells and structures lie too deep in each other")]
    TooDeep {
        /// Where.
        offset: usize,
    },
}

impl MatError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            MatError::Hdf5 | MatError::TooLarge { .. } | MatError::TooDeep { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Damaged,
        }
    }
}
