//! Why a file gave no weights.

use super::CheckpointFormat;
use super::names::Escaped;
use super::passed::{Listed, PassedOver};
use crate::error::ErrorKind;
use crate::network::{Misfits, Network};
use std::io;
use std::path::PathBuf;

/// Why the file at a path gave no weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The path leads to nothing that can be opened.
    #[error("cannot open the checkpoint '{}'", path.display())]
    Open {
        /// The path as given.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The path leads to a directory, a pipe or a device.
    #[error("'{}' is not a regular file; give the path of a checkpoint", path.display())]
    NotAFile {
        /// The path as given.
        path: PathBuf,
    },
    /// The system failed to read the file.
    #[error("cannot read the checkpoint '{}'", path.display())]
    Read {
        /// The path as given.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file's length or time of change moved while it was read.
    #[error("the checkpoint '{}' changed while it was read; wait until it is complete and try again", path.display())]
    Changed {
        /// The path as given.
        path: PathBuf,
    },
    /// The file was read, and its content cannot be used.
    #[error("cannot use the checkpoint '{}'", path.display())]
    Content {
        /// The path as given.
        path: PathBuf,
        /// What is wrong with the content.
        source: ContentError,
    },
}

impl CheckpointError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            CheckpointError::Open { source, .. } | CheckpointError::Read { source, .. } => source.into(),
            CheckpointError::NotAFile { .. } => ErrorKind::InvalidInput,
            CheckpointError::Changed { .. } => ErrorKind::Busy,
            CheckpointError::Content { source, .. } => source.kind(),
        }
    }
}

/// Why the bytes of a file gave no weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// There is no byte.
    #[error("the file is empty; copy or download it again")]
    Empty,
    /// The bytes are of a known kind that is no checkpoint.
    #[error("this is {what}, not a checkpoint; {advice}")]
    Foreign {
        /// What it is.
        what: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The bytes are of no known kind.
    #[error(
        "no known checkpoint format (first bytes: {start}); give a MindSpore .ckpt, a .safetensors or a \
         PyTorch .pth file"
    )]
    Unknown {
        /// The first bytes, in hex.
        start: String,
    },
    /// The file was saved with `enc_key`.
    #[error(
        "the file is encrypted by MindSpore ({mode}); load it in MindSpore with `dec_key` and save it again \
         without `enc_key`"
    )]
    Encrypted {
        /// The cipher that the magic number names.
        mode: &'static str,
    },
    /// The bytes do not add up to the checksum at their end.
    #[error(
        "the file's CRC-32 is {found:08x}, its trailer says {stated:08x}; it is damaged, copy or download it \
         again"
    )]
    Checksum {
        /// The number in the trailer.
        stated: u32,
        /// The number computed.
        found: u32,
    },
    /// The file breaks the rules of its format or our limits.
    #[error("{}", about(*format, source))]
    Fault {
        /// The format that the first bytes announce.
        format: CheckpointFormat,
        /// What is wrong.
        source: Fault,
    },
    /// The tensors are not the weights of one network.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

fn about(format: CheckpointFormat, fault: &Fault) -> String {
    match fault.kind() {
        ErrorKind::Damaged => format!("this is no sound {format} file"),
        _ => format!("this {format} file cannot be used"),
    }
}

impl ContentError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ContentError::Empty | ContentError::Checksum { .. } => ErrorKind::Damaged,
            ContentError::Fault { source, .. } => source.kind(),
            ContentError::Foreign { .. } | ContentError::Unknown { .. } | ContentError::Encrypted { .. } => {
                ErrorKind::Unsupported
            }
            ContentError::Unfit(unfit) => unfit.kind(),
        }
    }
}

/// Why the tensors of a file are not the weights of one network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// They fit no network, or not the one asked for.
    #[error("{}{misfits}", Under(key))]
    Misfits {
        /// The keys, and what else the names begin with, of the tensors that were tried; empty at the top.
        key: String,
        /// All misfits between those tensors and the network that comes closest. Their names are without `key`.
        misfits: Misfits,
    },
    /// There are several sets of weights.
    #[error("the file has {} complete sets of weights, {}; say which one is meant by its key", sets.len(), SetsFound(sets))]
    Ambiguous {
        /// The keys, and what else the names begin with, of each; empty at the top.
        sets: Vec<(String, Network)>,
    },
    /// No tensor is below the key that was asked for.
    #[error("no tensor is under the key {}{}", Escaped(key), KeysFound("keys of tensors", keys))]
    NoKey {
        /// The key that was asked for.
        key: String,
        /// The keys of the file that have tensors.
        keys: Vec<String>,
    },
    /// The classifier head was asked for, and the network has none.
    #[error("{0} has no classifier head; ask for features only")]
    NoHead(Network),
    /// There are tensors beside the weights, and that was forbidden.
    #[error("the file has tensors that are not the network's: {}", Listed(passed_over))]
    Beside {
        /// Those tensors.
        passed_over: Vec<PassedOver>,
    },
}

impl Unfit {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Unfit::Misfits { .. } | Unfit::Beside { .. } => ErrorKind::Mismatch,
            Unfit::Ambiguous { .. } => ErrorKind::InvalidInput,
            Unfit::NoKey { .. } => ErrorKind::NotFound,
            Unfit::NoHead(_) => ErrorKind::Unsupported,
        }
    }
}

struct Under<'a>(&'a str);

impl std::fmt::Display for Under<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            "" => Ok(()),
            key => write!(f, "under {}: ", Escaped(key)),
        }
    }
}

struct SetsFound<'a>(&'a [(String, Network)]);

impl std::fmt::Display for SetsFound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 20;
        for (number, (key, network)) in self.0.iter().take(SHOWN).enumerate() {
            let between = if number == 0 { "" } else { ", " };
            match key.as_str() {
                "" => write!(f, "{between}{network} at the top")?,
                key => write!(f, "{between}{network} under {}", Escaped(key))?,
            }
        }
        Ok(())
    }
}

/// One rule that a file breaks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The file ends too early, or a length in it is wrong.
    #[error(
        "at byte {offset}: {what} needs {needed} bytes and {left} are left; the file is cut short or \
         damaged, copy or download it again"
    )]
    Cut {
        /// Where, from the start of the file.
        offset: u64,
        /// What was being read.
        what: &'static str,
        /// Bytes it takes.
        needed: u64,
        /// Bytes there are.
        left: u64,
    },
    /// The bytes make no sense.
    #[error("at byte {offset}: {problem}")]
    Malformed {
        /// Where, from the start of the file.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// The file has more of something than a checkpoint ever needs.
    #[error("at byte {offset}: more than {limit} {what}; no LightCNN checkpoint needs so many")]
    TooMany {
        /// Where, from the start of the file.
        offset: u64,
        /// What there is too much of.
        what: &'static str,
        /// How many are accepted.
        limit: u64,
    },
    /// The file describes something that this reader refuses, and there is a way out.
    #[error("{what} is {found}, which is not supported; {advice}")]
    Unsupported {
        /// The part of the file.
        what: String,
        /// What was found.
        found: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// Two tensors have one name.
    #[error("the tensor {} is there twice; which one is meant cannot be told", Escaped(name))]
    Duplicate {
        /// Full name.
        name: String,
    },
    /// A tensor's dimensions multiply to more than fits.
    #[error("the tensor {} has the impossible shape {shape:?}", Escaped(name))]
    Shape {
        /// Name in the file.
        name: String,
        /// Shape in the file.
        shape: Vec<u64>,
    },
    /// A tensor's payload is longer or shorter than its shape says.
    #[error(
        "the tensor {} of type {dtype} and shape {shape:?} takes {needed} bytes, the file has {found}",
        Escaped(name)
    )]
    Length {
        /// Name in the file.
        name: String,
        /// Element type in the file's own word.
        dtype: String,
        /// Shape in the file.
        shape: Vec<usize>,
        /// Product of the shape times the size of an element.
        needed: u64,
        /// Length of the payload.
        found: u64,
    },
    /// A tensor reaches outside its storage, or names a storage that is not there.
    #[error("the tensor {} {problem}", Escaped(name))]
    Storage {
        /// Name in the file.
        name: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A pickle has an instruction that is none of protocols 2 to 5, or that PyTorch never writes.
    #[error("at byte {offset}: pickle instruction 0x{code:02x} is not known")]
    Instruction {
        /// Where, from the start of the file.
        offset: u64,
        /// The instruction.
        code: u8,
    },
    /// The file is sound and has no tensor.
    #[error(
        "no tensor found{}; save model.state_dict(), alone or in a dict, or save it as safetensors",
        KeysFound("keys at the top", keys)
    )]
    NoTensors {
        /// Keys at the top, if there are any.
        keys: Vec<String>,
    },
    /// The header is no JSON of the right form.
    #[error("the header is not what safetensors asks for")]
    Header(#[source] serde_json::Error),
}

impl Fault {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Fault::Unsupported { .. } | Fault::NoTensors { .. } | Fault::TooMany { .. } => {
                ErrorKind::Unsupported
            }
            _ => ErrorKind::Damaged,
        }
    }
}

/// What keys are called, and the keys.
struct KeysFound<'a>(&'static str, &'a [String]);

impl std::fmt::Display for KeysFound<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 20;
        for (i, key) in self.1.iter().take(SHOWN).enumerate() {
            match i {
                0 => write!(f, " ({}: {}", self.0, Escaped(key))?,
                _ => write!(f, ", {}", Escaped(key))?,
            }
        }
        match self.1.len() {
            0 => Ok(()),
            n if n > SHOWN => write!(f, ", and {} more)", n - SHOWN),
            _ => f.write_str(")"),
        }
    }
}
