//! Why a file cannot be read as an Ascend offline model.

use crate::error::ErrorKind;
use crate::protobuf::{Damage, DamageKind};
use std::io;
use std::path::PathBuf;

/// A file that cannot be read as an Ascend offline model.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct OmError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub problem: OmProblem,
}

impl OmError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.problem.kind()
    }
}

/// What is wrong with a container.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OmProblem {
    /// The file cannot be opened or read.
    #[error("cannot be read")]
    Read(#[from] io::Error),
    /// Other first bytes than an `.om` has.
    #[error("not an Ascend offline model: it starts with {found}, expected 'IMOD'{hint}")]
    Foreign {
        /// The first bytes, escaped.
        found: String,
        /// What the file may be instead, or nothing.
        hint: &'static str,
    },
    /// Shorter than the header.
    #[error("{size} bytes long, shorter than the header of 256 bytes: the file is cut off")]
    Short {
        /// Size of the file in bytes.
        size: u64,
    },
    /// Another length than the header says.
    #[error(
        "{actual} bytes follow the header, which announces {declared}: the file is cut off or damaged, copy or compile it again"
    )]
    Length {
        /// Length in the header, in bytes.
        declared: u64,
        /// Bytes after the header.
        actual: u64,
    },
    /// A partition table that cannot be.
    #[error("partition table of model {model} at byte {at}: {what}")]
    Table {
        /// Number of the model in the file, from 0.
        model: u32,
        /// Where the table starts.
        at: u64,
        /// What is wrong.
        what: String,
    },
    /// Bytes after the last model.
    #[error("{surplus} bytes follow the last of {models} models")]
    Surplus {
        /// Number of models in the header.
        models: u32,
        /// Bytes left over.
        surplus: u64,
    },
    /// A damaged description of inputs and outputs (partition `MODEL_INOUT_INFO`).
    #[error("MODEL_INOUT_INFO at its byte {at}: {what}")]
    InOut {
        /// Offset in the partition.
        at: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// A damaged model description (partition `MODEL_DEF`).
    #[error("MODEL_DEF: {0}")]
    Definition(#[from] Malformed),
}

impl OmProblem {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            OmProblem::Read(source) => source.into(),
            _ => ErrorKind::Damaged,
        }
    }
}

/// Bytes that are no protobuf message of the kind expected.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("damaged protobuf: {0}")]
pub struct Malformed(pub &'static str);

impl Malformed {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Damaged
    }
}

impl From<Damage> for Malformed {
    fn from(damage: Damage) -> Malformed {
        Malformed(match damage.kind {
            DamageKind::InNumber { .. } => "the message ends inside a number",
            DamageKind::InField { .. } => "a field is longer than its message",
            DamageKind::LongNumber => "a number has more than 64 bits",
            DamageKind::NoField => "unknown field or wire type",
        })
    }
}
